"""`avitalk train style`: recipes, every stage on a handful of clips, going on, refusals."""

import json
import re
import shutil
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from avitalk.errors import InputError
from avitalk.facs.cue import Cue
from avitalk.style.encoder import StyleEncoder
from avitalk.style.writer import StyleWriter
from avitalk.talker.performer import Performer
from avitalk.train.loop import CHECKPOINT, Workers
from avitalk.train.style.job import Job
from avitalk.train.style.recipe import Recipe, available, find_recipe, read_recipe
from avitalk.train.style.stages import ORDER, STAGES, train
from avitalk.types import Motion, Segment
from instruct_recordings import sentence_model
from style_recordings import spoken


class StoppedError(Exception):
    """What an interruption looks like to the trainer."""


def test_every_shipped_recipe_fits_the_code() -> None:
    assert available() == ["embedded", "paper", "tiny"]
    embedded, usual = find_recipe("embedded"), Recipe()
    for name in ("performer", "encoder", "motion", "tower", "distil", "prior", "teach", "words"):
        assert getattr(embedded, name) == getattr(usual, name), name
    paper = find_recipe("paper")
    assert paper.corpus.kind == "filmed" and paper.filmed.channels == 103
    assert paper.filmed.encoder == "facebook/wav2vec2-base-960h"
    sizes = paper.performer_for(768, 103, 11)
    assert (sizes.inputs, sizes.outputs, sizes.labels, sizes.style_width) == (768, 103, 11, 128)
    assert paper.encoder_for(103).frame == 103 and paper.teach.diffusion == 30
    assert sizes.reach_frames / paper.filmed.rate == pytest.approx(1.2)


def test_the_order_names_what_the_recipe_has() -> None:
    for stage in STAGES:
        values = ORDER._values(Recipe(), stage)
        for part in ORDER.parts[stage]:
            assert any(name == part or name.startswith(f"{part}.") for name in values), part
    named = {part.split(".")[0] for parts in ORDER.parts.values() for part in parts}
    assert named == set(Recipe.__slots__)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("moton: {}", "mine.yaml:1: unknown key 'moton'; allowed: corpus, filmed, style_width"),
        ("motion:\n  steps: 9\n  stepz: 1", "mine.yaml:3: unknown key 'motion.stepz'"),
        ("motion: {steps: many}", "'motion.steps' is 'many'; a value of type int"),
        ("motion: {steps: 0}", "motion: 0 steps of 16; need 1 of 2 or more"),
        ("corpus: {kind: filmd}", "unknown corpus 'filmd'; available: spoken, filmed"),
        ("performer: {inputs: 3}", "unknown key 'performer.inputs'"),
        ("encoder: {heads: 7}", "encoder: width 128 does not part into 7 heads"),
        ("filmed: {rate: 30}", "rate 30; allowed: 25, 50"),
        ("filmed: {held_out: 0.5}", "held_out 0.5; allowed: 0 to below 0.5"),
        ("corpus: {kind: filmed}", "teach.twins 0.5 with corpus 'filmed'"),
        ("style_width: 0", "style_width 0; allowed: 1 and more"),
        ("words: {lessons: 1}", "lessons 1, checked 800; allowed: 8 of each and more"),
        ("performer: {dilations: 3}", "'performer.dilations' is 3; a value of type list"),
        ("motion: [", "not YAML"),
    ],
)
def test_recipes_that_do_not_fit_are_refused_with_their_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read_recipe(text, "mine.yaml")
    assert message in str(error.value)


def test_values_are_changed_by_their_full_names() -> None:
    changes = ("motion.learning_rate=1e-4", "performer.dilations=[1, 2]", "text.wordnet=null")
    recipe = find_recipe("tiny", changes)
    assert (recipe.motion.learning_rate, recipe.performer.dilations) == (1e-4, (1, 2))
    for change in ("motion.steps", "motion.stepz=2", "=3", "steps=3"):
        with pytest.raises(InputError, match="--set"):
            find_recipe("tiny", (change,))
    with pytest.raises(InputError, match="unknown recipe 'huge'; available: embedded, paper, tiny"):
        find_recipe("huge")


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Prepared clips, and the change that names a sentence model."""
    folder = tmp_path_factory.mktemp("given")
    model = sentence_model(folder / "sentences")
    return spoken(folder / "spoken.npz"), f"text.sentences={model}"


@pytest.fixture(scope="module")
def trained(given: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of all stages by the command."""
    out = tmp_path_factory.mktemp("run")
    from avitalk.cli.entry import app, register

    register()
    words = ["train", "style", "all", "--recipe", "tiny", "--data", str(given[0])]
    done = CliRunner().invoke(app, [*words, "--out", str(out), "--set", given[1]])
    assert done.exit_code == 0, (done.output, done.exception)
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == list(STAGES)
    return out


def job(given: tuple[Path, str], out: Path, *changes: str, fresh: bool = False) -> Job:
    return Job(find_recipe("tiny", (given[1], *changes)), out, given[0], fresh)


def test_all_stages_make_what_turns_words_into_a_performance(trained: Path) -> None:
    writer = StyleWriter.load(trained / "style-prior.safetensors")
    style = writer.styles(["furious"], seeds=[1])[0]
    performer = Performer.load(trained / "performer.safetensors")
    still = Motion.still(100, 50.0)
    cue = Cue(Segment(0, 2, "furious"), style)
    found = performer.perform(still, np.zeros((100, 6)), (cue,), still, duration_s=2.0)
    assert found.frames == 100
    seen = StyleEncoder.load(trained / "style-encoder.safetensors").encode(found)
    assert seen.vector.shape == style.vector.shape == (64,)
    with np.load(trained / "teacher.npz") as teacher:
        assert teacher["W"].shape == (64, 62)
    assert not list(trained.rglob(".avitalk-*"))


def test_what_is_done_is_left_alone(given: tuple[Path, str], trained: Path) -> None:
    before = (trained / "performer.safetensors").stat().st_mtime_ns
    for stage in STAGES:
        assert train(job(given, trained), stage) == "already there"
    assert (trained / "performer.safetensors").stat().st_mtime_ns == before


def test_other_settings_are_refused(given: tuple[Path, str], trained: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"motion\.json: made with motion\.steps 2, now 8; --fr"):
        train(job(given, trained, "motion.steps=8"), "motion")
    with pytest.raises(InputError, match=r"distil\.json: made with style_width 64, now 32"):
        train(job(given, trained, "style_width=32"), "distil")
    with pytest.raises(InputError, match="stage 'prepare' has to be run there first"):
        train(job(given, tmp_path), "motion")
    with pytest.raises(InputError, match="unknown stage 'move'; available: prepare, motion, dist"):
        train(job(given, tmp_path), "move")
    for data, message in ((tmp_path / "none", "no such folder"), (None, "give --data FOLDER")):
        with pytest.raises(InputError, match=message):
            train(Job(Recipe(), tmp_path, data), "prepare")
    with pytest.raises(InputError, match=r"grid_s1\.jsonl: not found; .*train\.speech\.prepare"):
        train(Job(Recipe(), tmp_path, tmp_path), "prepare")
    assert not list(tmp_path.iterdir())


def same(one: Path, other: Path) -> bool:
    """Whether all weights are equal to the last bit (metadata has no order)."""
    found, wanted = load_file(one), load_file(other)
    return found.keys() == wanted.keys() and all(torch.equal(found[n], wanted[n]) for n in found)


@pytest.mark.parametrize(
    ("stage", "name"),
    [
        ("motion", "performer"),
        ("motion", "style-encoder"),
        ("distil", "distil/tower"),
        ("words", "style-prior"),
    ],
)
def test_interrupted_and_resumed_is_as_uninterrupted(
    stage: str, name: str, given: tuple[Path, str], trained: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again"
    shutil.copytree(trained, out)
    (out / f"{name}.safetensors").unlink()

    def stop(stage: str, done: int, steps: int, loss: float) -> None:
        raise StoppedError

    begun = replace(job(given, out, fresh=True), told=stop)
    with pytest.raises(StoppedError):
        train(begun, stage)
    assert torch.load(out / stage / CHECKPOINT, weights_only=True)["step"] == 1
    assert json.loads((out / f"{stage}.json").read_text())["done"] is False
    told: list[int] = []
    train(replace(job(given, out), told=lambda s, done, *_: told.append(done)), stage)
    assert told == [2]
    assert same(out / f"{name}.safetensors", trained / f"{name}.safetensors")


def test_damaged_files_name_their_stage(
    given: tuple[Path, str], trained: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again"
    shutil.copytree(trained, out)
    (out / "prepare" / "spoken.npz").write_bytes(b"PK no archive")
    with pytest.raises(InputError, match=r"what stage 'prepare' wrote cannot be read .* --fresh"):
        train(job(given, out, fresh=True), "motion")
    shutil.copy(trained / "motion.json", out)
    (out / "distil" / "tower.safetensors").unlink()
    with pytest.raises(InputError, match=r"tower\.safetensors: not a readable safetensors file"):
        train(job(given, out, fresh=True), "words")


def test_several_processes_share_the_motion_prior_only(
    given: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = Workers(0, 2, torch.device("cpu"))
    monkeypatch.setattr(Workers, "join", classmethod(lambda cls, device: two))
    with pytest.raises(InputError, match="stage 'prepare' is for one process; 2 share motion"):
        train(job(given, tmp_path), "prepare")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ((), "/nowhere: no such folder of recordings\n"),
        (("--set", "motion.stepz=2"), "--set motion.stepz=2: unknown key 'motion.stepz'; allowed"),
        (("--recipe", "huge"), "unknown recipe 'huge'; available: embedded, paper, tiny, or a"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    more: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    from avitalk.cli.entry import main

    words = ["avitalk", "train", "style", "prepare", "--recipe", "tiny"]
    words += ["--data", str(tmp_path / "nowhere"), "--out", str(tmp_path / "run"), *more]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as stopped:
        main()
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert said.startswith("avitalk: ") and message in said and said.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_commands_of_the_handbook_fit_the_code() -> None:
    text = (Path(__file__).resolve().parent.parent / "docs" / "training.md").read_text("utf-8")
    text = text.split("# Training stage 2")[1]
    found = [line for line in text.splitlines() if " train style " in line and line[0] in "at"]
    for line in found:
        words = line.split(" train style ")[1].split()
        assert words[0] in (*STAGES, "all"), line
        values = [value for key, value in pairwise(words) if key == "--set"]
        find_recipe(words[words.index("--recipe") + 1], values)
        options = {word for word in words if word.startswith("--")}
        assert options <= {"--recipe", "--data", "--out", "--set"}
    assert len(found) >= 8
    changes = re.findall(r"--set\s+([\w.]+=\S+?)[`\s]", text)
    assert len(changes) >= 9
    find_recipe("embedded", changes)
    code = text.split("```python")[1].split("```")[0]
    imports = "\n".join(line for line in code.splitlines() if line.startswith("from "))
    exec(imports, {})
