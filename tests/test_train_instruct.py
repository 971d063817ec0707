"""`avitalk train instruct`: recipes, every stage on a handful of recordings, going on, refusals."""

import json
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from avitalk.audio import load
from avitalk.errors import InputError
from avitalk.instruct.instructor import Instructor
from avitalk.speech import SpeechEncoder
from avitalk.train.instruct.recipe import Recipe, available, find_recipe, read_recipe
from avitalk.train.instruct.stages import STAGES, Job, train
from avitalk.train.loop import CHECKPOINT, Workers
from avitalk.types import Speech
from avitalk.weights import find
from instruct_recordings import emodb, sentence_model


class StoppedError(Exception):
    """What an interruption looks like to the trainer."""


def test_every_shipped_recipe_fits_the_code() -> None:
    assert available() == ["embedded", "paper", "tiny"]
    paper = find_recipe("paper")
    assert paper.hear.source == "frames" and not paper.language.ours and paper.prompts is None
    assert paper.project.joint is False
    embedded = find_recipe("embedded")
    assert embedded.former == Recipe().former
    assert (embedded.align, embedded.prompts) == (Recipe().align, Recipe().prompts)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("aling: {}", "mine.yaml:1: unknown key 'aling'; allowed: corpus, hear"),
        (
            "align:\n  steps: 9\n  stepz: 1",
            "mine.yaml:3: unknown key 'align.stepz'",
        ),
        ("align: {steps: many}", "mine.yaml:1: 'align.steps' is 'many'; a value of type int"),
        ("align: {steps: true}", "'align.steps' is True"),
        ("align: {steps: 0}", "align: 0 steps of 96; need at least 1 of 1"),
        ("align: {steps: 2, steps: 3}", "'align.steps' stands here twice"),
        ("prompts: null\nproject: {steps: 0}", "0 steps without prompts of facts"),
        ("align: 3", "'align' is a section"),
        ("\nhear: {source: ears}", "mine.yaml:2: unknown source 'ears'; available: statistics"),
        ("hear: {source: frames}", "frames with a HuBERT"),
        ("former: {sentence: 3}", "unknown key 'former.sentence'"),
        ("language: {config: {width: 3}}", "width 3 does not part"),
        ("computing: {device: gpu}", "unknown device 'gpu'; allowed: cpu, cuda, auto"),
        ("words: {augmented: 2}", "augmented 2; allowed: 0 to 1"),
        ("a: [", "not YAML"),
    ],
)
def test_recipes_that_do_not_fit_are_refused_with_their_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read_recipe(text, "mine.yaml")
    assert message in str(error.value)


def test_values_are_changed_by_their_full_names() -> None:
    changes = ("align.learning_rate=1e-4", "prompts=null", "former.emotions=[anger, fear]")
    recipe = find_recipe("tiny", changes)
    assert (recipe.align.learning_rate, recipe.prompts) == (1e-4, None)
    assert recipe.former.emotions == ("anger", "fear")
    for change in ("align.steps", "align.stepz=2", "=3", "steps=3"):
        with pytest.raises(InputError, match="--set"):
            find_recipe("tiny", (change,))
    with pytest.raises(InputError, match="unknown recipe 'huge'; available: embedded, paper, tiny"):
        find_recipe("huge")


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Recordings, and the change that names a sentence model."""
    folder = tmp_path_factory.mktemp("given")
    model = sentence_model(folder / "sentences")
    return emodb(folder / "emodb"), f"words.sentences={model}"


@pytest.fixture(scope="module")
def trained(given: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of all stages by the command."""
    out = tmp_path_factory.mktemp("run")
    from avitalk.cli.entry import app, register

    register()
    words = ["train", "instruct", "all", "--recipe", "tiny", "--data", str(given[0])]
    done = CliRunner().invoke(app, [*words, "--out", str(out), "--set", given[1]])
    assert done.exit_code == 0, (done.output, done.exception)
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == list(STAGES)
    return out


def job(given: tuple[Path, str], out: Path, *changes: str, fresh: bool = False) -> Job:
    return Job(find_recipe("tiny", (given[1], *changes)), out, given[0], fresh)


def test_all_stages_make_an_instructor(trained: Path) -> None:
    encoder = SpeechEncoder.load(find("speech-encoder").path)
    instructor = Instructor.load(trained, encoder=encoder)
    speech = load(Path(__file__).resolve().parent.parent / "examples" / "dashwood.wav")
    words = instructor.write(Speech(speech.samples[: 2 * 16_000]), candidates=1)
    assert words.segments and words.segments[0].author == "model"
    assert not list(trained.rglob(".avitalk-*"))


def test_what_is_done_is_left_alone(given: tuple[Path, str], trained: Path) -> None:
    before = (trained / "affect-ear.safetensors").stat().st_mtime_ns
    for stage in STAGES:
        assert train(job(given, trained), stage) == "already there"
    assert (trained / "affect-ear.safetensors").stat().st_mtime_ns == before


def test_other_settings_are_refused(given: tuple[Path, str], trained: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"align\.json: made with align\.steps 6, now 8; --fresh"):
        train(job(given, trained, "align.steps=8"), "align")
    with pytest.raises(InputError, match=r"hear\.json: made with hear\.windows 2, now 3"):
        train(job(given, trained, "hear.windows=3"), "words")
    with pytest.raises(InputError, match="stage 'words' has to be run there first"):
        train(job(given, tmp_path), "align")
    with pytest.raises(InputError, match="unknown stage 'listen'; available: language, hear"):
        train(job(given, tmp_path), "listen")
    with pytest.raises(InputError, match="no such folder of recordings"):
        train(Job(Recipe(), tmp_path, tmp_path / "nowhere"), "hear")
    with pytest.raises(InputError, match="give --data FOLDER"):
        train(Job(Recipe(), tmp_path), "hear")


def same(one: Path, other: Path) -> bool:
    """Whether all weights are equal to the last bit (metadata has no order)."""
    found, wanted = load_file(one), load_file(other)
    return found.keys() == wanted.keys() and all(torch.equal(found[n], wanted[n]) for n in found)


@pytest.mark.parametrize("stage", ["align", "project"])
def test_interrupted_and_resumed_is_as_uninterrupted(
    stage: str, given: tuple[Path, str], trained: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again"
    shutil.copytree(trained, out)
    name = {"align": "affect-ear", "project": "prompt-projection"}[stage] + ".safetensors"
    (out / name).unlink()

    def stop(stage: str, done: int, steps: int, loss: float) -> None:
        if done == 5:  # a step after the checkpoint
            raise StoppedError

    begun = Job(find_recipe("tiny", (given[1],)), out, given[0], True, stop)
    with pytest.raises(StoppedError):
        train(begun, stage)
    assert torch.load(out / stage / CHECKPOINT, weights_only=True)["step"] == 4
    assert json.loads((out / f"{stage}.json").read_text())["done"] is False
    told: list[int] = []
    recipe = find_recipe("tiny", (given[1],))
    said = train(Job(recipe, out, given[0], told=lambda s, done, *_: told.append(done)), stage)
    assert told == [5, 6] and "6 steps" in said
    assert same(out / name, trained / name)


def test_unreadable_checkpoint_is_refused_and_replaced_when_fresh(
    given: tuple[Path, str], trained: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again"
    shutil.copytree(trained, out)
    mark = json.loads((out / "align.json").read_text())
    (out / "align.json").write_text(json.dumps(mark | {"done": False}))
    (out / "align" / CHECKPOINT).write_bytes(b"no checkpoint")
    with pytest.raises(InputError, match=r"state\.pt: not a readable checkpoint .* --fresh"):
        train(job(given, out), "align")
    train(job(given, out, fresh=True), "align")
    name = "affect-ear.safetensors"
    assert same(out / name, trained / name)


def test_damaged_files_name_their_stage(
    given: tuple[Path, str], trained: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again"
    shutil.copytree(trained, out)
    (out / "heard.npz").write_bytes(b"PK no archive")
    with pytest.raises(InputError, match=r"what stage 'hear' wrote cannot be read .* --fresh"):
        train(job(given, out, fresh=True), "align")
    (out / "sentences.npz").unlink()
    shutil.copy(trained / "heard.npz", out)
    with pytest.raises(InputError, match="what stage 'words' wrote cannot be read"):
        train(job(given, out, fresh=True), "align")
    (out / "language.json").unlink()
    (out / "language" / "state.pt").write_bytes(b"")
    with pytest.raises(InputError, match=r"state\.pt: not a readable checkpoint; --fresh"):
        train(job(given, out), "language")


def test_projection_can_stay_as_it_starts(
    given: tuple[Path, str], trained: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again"
    shutil.copytree(trained, out)
    train(job(given, out, "project.steps=0", fresh=True), "project")
    assert not (out / "project" / CHECKPOINT).exists()
    assert Instructor.load(out).projection.config.joint


def test_one_process_hears(
    given: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = Workers(0, 2, torch.device("cpu"))
    monkeypatch.setattr(Workers, "join", classmethod(lambda cls, device: two))
    with pytest.raises(InputError, match="stage 'hear' is for one process; 2 share align and"):
        train(job(given, tmp_path), "hear")


def test_bad_input_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "avitalk.cli", "train", "instruct", "hear", "--recipe", "tiny"]
    words += ["--data", str(tmp_path / "nowhere"), "--out", str(tmp_path / "run")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"avitalk: {tmp_path}/nowhere: no such folder of recordings\n"
    assert not (tmp_path / "run").exists()


def test_commands_and_recipe_of_the_handbook_fit_the_code() -> None:
    text = (Path(__file__).resolve().parent.parent / "docs" / "training.md").read_text("utf-8")
    text = text.split("# Training stage 2")[0]
    found = [line for line in text.splitlines() if " train instruct " in line and line[0] in "at"]
    for line in found:
        words = line.split(" train instruct ")[1].split()
        assert words[0] in (*STAGES, "all"), line
        values = [value for key, value in pairwise(words) if key == "--set"]
        find_recipe(words[words.index("--recipe") + 1], values)
        options = {word for word in words if word.startswith("--")}
        assert options <= {"--recipe", "--data", "--out", "--set"}
    assert len(found) >= 9
    changes = re.findall(r"--set\s+([\w.]+=\S+?)[`\s]", text)
    assert len(changes) >= 7
    find_recipe("embedded", changes)
    own = read_recipe(text.split("```yaml")[1].split("```")[0])
    assert own.hear.source == "frames"
