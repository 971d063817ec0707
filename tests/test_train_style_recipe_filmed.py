"""The paper's scale on made-up people: wav2vec 2.0, FLAME, MEAD's labels and texts, tiny sizes."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from avitalk.arkit import INDEX
from avitalk.audio import load
from avitalk.errors import InputError
from avitalk.export.flame import load_flame_track
from avitalk.face import load_head
from avitalk.face.flame import FlameMotion, FlameSolver, load_flame
from avitalk.face.flame.channels import gap_by_channel, packed, unpacked
from avitalk.speech.content import content, in_between
from avitalk.speech.load import load_encoder
from avitalk.style.encoder import StyleEncoder
from avitalk.style.writer import StyleWriter
from avitalk.talker.performer import Performer
from avitalk.talker.performer_flame import FlameParts, FlamePerformer, as_motion, write_flame
from avitalk.train.loop import CHECKPOINT
from avitalk.train.style.filmed import filmed_clips, parts_by_speaker
from avitalk.train.style.filmed_heard import Filmed, FilmedPart, Row
from avitalk.train.style.filmed_lessons import FilmedLessons, stretch
from avitalk.train.style.filmed_solve import solve_films
from avitalk.train.style.job import Job
from avitalk.train.style.recipe import Recipe, find_recipe
from avitalk.train.style.stages import STAGES, train
from avitalk.types import Motion, Speech, Style
from instruct_recordings import sentence_model
from style_recordings import EXPRESSIONS, PEOPLE, face, filmed, wav2vec2
from synthetic_flame import synthetic_flame

SMALLER = (
    f"filmed.expressions={EXPRESSIONS}", "filmed.predicted=8", "filmed.apart=2",
    "filmed.references=8", "style_width=64", "performer.width=12", "performer.dilations=[1, 2]",
    "encoder={width: 16, layers: 1, heads: 2, inner: 16}", "motion.batch=4", "motion.steps=2",
    "prior={width: 16, layers: 1, heads: 2, hidden: 16}", "teach.steps=2", "teach.batch=6",
    "computing.tensorboard=no", "computing.save_every=1",
)  # fmt: skip


class StoppedError(Exception):
    """What an interruption looks like to the trainer."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoints and filmed people."""
    made = tmp_path_factory.mktemp("paper")
    wav2vec2(made / "wav2vec2")
    sentence_model(made / "sentences")
    filmed(made / "mead")
    return made


def recipe(folder: Path, *changes: str) -> Recipe:
    names = (f"filmed.encoder={folder / 'wav2vec2'}", f"text.backbone={folder / 'sentences'}")
    return find_recipe("paper", (*SMALLER, *names, *changes))


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    """All stages."""
    job = Job(recipe(folder), folder / "run", folder / "mead")
    for stage in STAGES:
        train(job, stage)
    return job.out


def test_a_folder_laid_out_as_mead_is_read(folder: Path) -> None:
    clips = filmed_clips(folder / "mead")
    assert len(clips) == 16
    first = clips[0]
    assert first.clip_id == "M003/front/angry/level_3/014"
    assert (first.emotion, first.intensity, first.speaker) == ("anger", 3, "M003")
    assert first.texts == ("They are angry.", "The brows of M003 move.")
    track = first.read(EXPRESSIONS)
    assert track.fps == 30 and track.jaw[:, 0].max() > 0.15
    with pytest.raises(InputError, match="8 expression coefficients; 50 are needed"):
        first.read(50)


def one_clip(folder: Path, source: Path, name: str = "any/clip.npz", **changes: object) -> Path:
    """A folder with a single clip, whose arrays may be left out with None."""
    expression, jaw = face(1.0, 0)
    arrays = {"expression": expression, "jaw": jaw, "fps": 30.0, "emotion": "happy",
              "intensity": 2, "speaker": "anna", **changes}  # fmt: skip
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    wave = next(source.rglob("*.wav"))
    shutil.copy(wave, path.with_name(path.name.split(".")[0] + ".wav"))
    return folder


def test_labels_may_be_in_the_file_and_parameters_by_other_names(
    folder: Path, tmp_path: Path
) -> None:
    expression, jaw = face(1.0, 0)
    pose = np.concatenate([np.zeros_like(jaw), jaw], axis=1)
    one_clip(tmp_path, folder, "x.flame.npz", expression=None, jaw=None, exp=expression, pose=pose)
    (clip,) = filmed_clips(tmp_path)
    assert (clip.clip_id, clip.audio.name) == ("x", "x.wav")
    assert (clip.emotion, clip.intensity, clip.speaker) == ("happiness", 2, "anna")
    assert np.allclose(clip.read(6).jaw, jaw)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"jaw": None}, r"clip\.npz: no jaw; looked for jaw_pose, jaw"),
        ({"expression": None}, "no expression; looked for expression, exp"),
        ({"fps": None}, "no fps; looked for fps"),
        ({"emotion": None}, "no emotion; give it in the file, or lay the folder out as M003/"),
        ({"speaker": None}, "no speaker"),
        ({"emotion": "hungry"}, "unknown emotion 'hungry'; available: anger, contempt"),
        ({"intensity": 4}, "intensity '4'; allowed: 1, 2, 3"),
    ],
)
def test_what_is_missing_is_named(
    changes: dict[str, object], message: str, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        filmed_clips(one_clip(tmp_path, folder, **changes))


def test_missing_files_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \.npz of FLAME parameters"):
        filmed_clips(tmp_path)
    with pytest.raises(InputError, match="no such folder of filmed clips"):
        filmed_clips(tmp_path / "none")
    one_clip(tmp_path, folder)
    (tmp_path / "any" / "clip.wav").unlink()
    with pytest.raises(InputError, match=r"no recording beside it; looked for clip with \.wav"):
        filmed_clips(tmp_path)
    (tmp_path / "any" / "clip.npz").write_bytes(b"no archive")
    (tmp_path / "any" / "clip.wav").write_bytes(b"")
    with pytest.raises(InputError, match="not a file of FLAME parameters"):
        filmed_clips(tmp_path)
    with pytest.raises(InputError, match="has to be run there first"):
        train(Job(recipe(folder), tmp_path / "run", tmp_path), "motion")


def test_nobody_is_in_two_parts() -> None:
    names = [f"P{number}" for number in range(20)] * 3
    parts = parts_by_speaker(names)
    assert len(parts) == 20
    assert [list(parts.values()).count(p) for p in ("train", "validation", "test")] == [14, 3, 3]
    assert parts == parts_by_speaker(reversed(names))  # type: ignore[arg-type]
    assert set(parts_by_speaker(["a", "b"], 0).values()) == {"train"}
    with pytest.raises(InputError, match="2 speakers; a split by speaker needs 3 or more"):
        parts_by_speaker(["a", "b"])


def numbered(frames: int) -> Filmed:
    """A clip each of whose frames is its number."""
    values = np.repeat(np.arange(frames)[:, None], 4, axis=1)
    row = Row("a", 0, frames, "train", "anger", 3, "anna", ())
    labels = ("anger", "level 3", "anna", "bert")
    return Filmed(values.astype(np.float16), values.astype(np.float32), [row], labels)


@pytest.mark.parametrize("frames", [11, 30, 200])
def test_what_is_predicted_and_its_neighbours_are_no_reference(frames: int) -> None:
    part = FilmedPart(expressions=1, predicted=25, apart=5, references=32)
    lessons = FilmedLessons(numbered(frames), part, reach=6)
    rng = np.random.default_rng(0)
    predicted, apart = stretch(frames, part)
    assert (predicted, apart) == (25, 5) if frames == 200 else predicted < 25
    firsts = set()
    for _ in range(100):
        lesson = lessons.draw(rng)
        aimed = lesson.moved[lesson.counted > 0, 0]
        assert len(aimed) == predicted and np.ptp(aimed) == predicted - 1
        near = np.abs(lesson.references[:, :1] - aimed[None]).min(axis=1)
        assert near.min() > apart
        assert np.array_equal(lesson.inputs, lesson.moved)
        assert lesson.inputs.shape == (25 + 2 * 6, 4) and lesson.references.shape == (32, 4)
        assert lesson.vector.tolist() == [1, 1, 1, 0] and not lesson.spoken.any()
        firsts.add(float(aimed[0]))
    assert {0.0, float(frames - predicted)} <= firsts or frames == 200
    with pytest.raises(InputError, match="no filmed clips to test on"):
        FilmedLessons(numbered(frames), part, 6, "test")


def test_content_is_at_the_rate_of_the_face(folder: Path) -> None:
    speech = load(next((folder / "mead").rglob("*.wav")))
    encoder = load_encoder(folder / "wav2vec2")
    fine = content(speech, encoder, rate=50, prosody=True)
    coarse = content(speech, encoder, rate=25, prosody=False)
    assert fine.shape == (75, 30) and coarse.shape == (37, 24)
    assert np.allclose(fine[:74:2, :24], coarse, atol=1e-6)
    assert np.allclose(fine[:, :24].mean(axis=1), 0, atol=1e-5)
    ramp = np.arange(5.0)[:, None]
    assert in_between(ramp, np.array([-1, 0.25, 3.5, 9])).ravel().tolist() == [0, 0.25, 3.5, 4]
    with pytest.raises(InputError, match="rate 30; allowed: 25, 50"):
        content(speech, encoder, rate=30, prosody=False)


def test_a_run_performs_by_labels_words_and_example(
    run: Path, folder: Path, tmp_path: Path
) -> None:
    performer = FlamePerformer.load(run)
    sizes = performer.config
    assert (sizes.inputs, sizes.outputs, sizes.style_width) == (24, EXPRESSIONS + 3, 64)
    assert len(performer.parts.labels) == sizes.labels == 8 + 3 + 2
    assert len(set(performer.parts.labels) & set(PEOPLE)) == 2  # of four, two are held out
    speech, encoder = load(next((folder / "mead").rglob("*.wav"))), performer.parts.listener()
    writer = StyleWriter.load(run / "style-prior.safetensors")
    sees = StyleEncoder.load(run / "style-encoder.safetensors")
    example = packed(FlameMotion(*(part[:, :EXPRESSIONS] for part in face(2.0, 1))))
    styles = (
        performer.style(("anger", "level 3")), sees.seen(example),
        *writer.styles(["They are angry."], seeds=[3]),
    )  # fmt: skip
    for style in styles:
        found = performer.perform(speech, style, encoder)
        assert found.expression.shape == (37, EXPRESSIONS) and found.jaw.shape == (37, 3)
        again = performer.perform(speech, style, encoder)
        assert np.array_equal(found.expression, again.expression)
    write_flame(tmp_path / "voice.flame.npz", found, performer.parts.rate)
    track = load_flame_track(tmp_path / "voice.flame.npz")
    assert track.fps == 25 and np.allclose(track.jaw, found.jaw, atol=1e-6)


def test_widths_that_do_not_fit_are_named(run: Path, folder: Path) -> None:
    performer = FlamePerformer.load(run)
    speech, encoder = Speech(np.zeros(16_000, np.float32)), performer.parts.listener()
    with pytest.raises(InputError, match="style 'neutral' is 3 wide; this performer takes 64"):
        performer.perform(speech, Style(np.zeros(3, np.float32)), encoder)
    with pytest.raises(InputError, match="unknown label 'furious'; available: anger, contempt"):
        performer.style(("furious",))
    with pytest.raises(InputError, match="moves 9 channels from 24, not the face's"):
        Performer.load(run / "performer.safetensors")
    with pytest.raises(InputError, match="frames 4 wide; this encoder takes 9"):
        StyleEncoder.load(run / "style-encoder.safetensors").seen(np.zeros((9, 4)))
    with pytest.raises(InputError, match=r"performer\.json: not a performer's parts"):
        FlameParts.load(run / "motion")
    wide = replace(performer.parts, prosody=True)
    with pytest.raises(InputError, match="what is heard is 30 wide; this performer takes 24"):
        FlamePerformer(performer.config, performer.network, wide).perform(
            speech, performer.style(("fear",)), encoder
        )


def test_the_motion_prior_learns_the_faces(run: Path, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    losses: list[float] = []
    more = recipe(folder, "motion.steps=60", "motion.batch=8", "motion.learning_rate=0.02")
    job = Job(more, tmp_path / "run", fresh=True, told=lambda s, d, n, loss: losses.append(loss))
    train(job, "motion")
    assert np.isfinite(losses).all() and np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])


def same(one: Path, other: Path) -> bool:
    """Whether all weights are equal to the last bit (metadata has no order)."""
    found, wanted = load_file(one), load_file(other)
    return found.keys() == wanted.keys() and all(torch.equal(found[n], wanted[n]) for n in found)


@pytest.mark.parametrize(
    ("stage", "names"),
    [("motion", ("performer", "style-encoder")), ("words", ("style-prior",))],
)
def test_interrupted_and_resumed_is_as_uninterrupted(
    stage: str, names: tuple[str, ...], run: Path, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again"
    shutil.copytree(run, out)

    def stop(stage: str, done: int, steps: int, loss: float) -> None:
        raise StoppedError

    begun = Job(recipe(folder), out, fresh=True, told=stop)
    with pytest.raises(StoppedError):
        train(begun, stage)
    assert torch.load(out / stage / CHECKPOINT, weights_only=True)["step"] == 1
    train(replace(begun, fresh=False, told=None), stage)
    for name in names:
        assert same(out / f"{name}.safetensors", run / f"{name}.safetensors")


def test_clips_without_texts_teach_no_words(run: Path, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    shutil.copytree(run, out)
    index = out / "prepare" / "clips.json"
    found = json.loads(index.read_text())
    for row in found["rows"]:
        row["texts"] = []
    index.write_text(json.dumps(found))
    with pytest.raises(InputError, match=r"0 texts of filmed clips .* annotations\.tsv in the da"):
        train(Job(recipe(folder), out, fresh=True), "words")


@pytest.fixture(scope="module")
def flame_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model in FLAME's format."""
    path = tmp_path_factory.mktemp("flame") / "model.npz"
    np.savez(path, **synthetic_flame().arrays)
    return path


def test_coefficients_become_a_motion_on_the_users_flame(flame_file: Path) -> None:
    solver = FlameSolver(load_head(), load_flame(flame_file))
    gap_mm = gap_by_channel(solver, EXPRESSIONS)
    assert gap_mm.shape == (EXPRESSIONS + 3,)
    assert gap_mm[-3] > 3  # a tenth of a radian parts the lips
    assert abs(gap_mm[-2]) < 1 and abs(gap_mm[-1]) < 1  # sideways
    with pytest.raises(InputError, match="99 expression coefficients; model has 50"):
        gap_by_channel(solver, 99)
    jaw = np.zeros((10, 3))
    jaw[:, 0] = np.linspace(0, 0.2, 10)
    performed = FlameMotion(np.zeros((10, EXPRESSIONS)), jaw)
    back = unpacked(packed(performed))
    assert np.allclose(back.jaw, jaw)
    motion = as_motion(performed, 25, solver)
    opened = motion.weights @ solver.head.shapes[:, solver.head.lip_lower].mean(axis=1)[:, 1]
    assert motion.fps == 25 and opened[-1] < opened[5] < opened[0] - 0.001
    with pytest.raises(InputError, match="60 expression coefficients; model has 50"):
        as_motion(FlameMotion(np.zeros((10, 60)), jaw), 25, solver)


def test_tracked_films_become_filmed_clips(flame_file: Path, folder: Path, tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    weights = np.zeros((30, 52), np.float32)
    weights[:, INDEX["jawOpen"]] = np.linspace(0, 0.5, 30)
    Motion.still(30, 25.0).with_weights(weights).save(films / "M003-angry-3-014.motion.npz")
    audio = str(next((folder / "mead").rglob("*.wav")))
    row = {"id": "M003-angry-3-014", "actor": "M003", "emotion": "anger", "intensity": 0.9,
           "audio": audio, "motion": "M003-angry-3-014.motion.npz"}  # fmt: skip
    rows = [row, {**row, "id": "x", "emotion": "calm"}]
    rows.append({key: value for key, value in row.items() if key != "motion"})
    rows[2] |= {"id": "y", "error": "no face"}
    (films / "films.jsonl").write_text("\n".join(map(json.dumps, rows)))
    solver = FlameSolver(load_head(), load_flame(flame_file).truncated(20))
    told: list[str] = []
    assert solve_films(films, tmp_path / "out", solver, tell=told.append) == 1
    assert told[1:] == ["x: passed over (calm)", "y: passed over (no face)"]
    (clip,) = filmed_clips(tmp_path / "out")
    assert (clip.emotion, clip.intensity, clip.speaker) == ("anger", 3, "M003")
    track = clip.read(20)
    assert track.fps == 25 and track.jaw[-1, 0] > 0.1 > abs(track.jaw[0, 0])
    with pytest.raises(InputError, match=r"films\.jsonl: not found"):
        solve_films(tmp_path, tmp_path / "out", solver)


def test_lips_count_where_there_is_a_flame_file(
    run: Path, folder: Path, flame_file: Path, tmp_path: Path
) -> None:
    shutil.copytree(run, tmp_path / "run")
    told: list[float] = []
    lips = recipe(folder, f"filmed.flame={flame_file}")
    train(
        Job(lips, tmp_path / "run", fresh=True, told=lambda s, d, n, loss: told.append(loss)),
        "motion",
    )
    assert np.isfinite(told).all()
    assert not same(tmp_path / "run" / "performer.safetensors", run / "performer.safetensors")
