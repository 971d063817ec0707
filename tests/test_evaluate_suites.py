"""Suites on made corpora: what a perfect, a weak and a still face score; resuming; bad input."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from avitalk.data.clips import PhoneTime
from avitalk.errors import InputError
from avitalk.evaluate.corpus import CLOSED_MM, Corpus, read_corpus
from avitalk.evaluate.corpus.lips import contour_of, gap_of
from avitalk.evaluate.runs import Run
from avitalk.evaluate.suites import lips, robustness, silence
from avitalk.evaluate.suites.catalogue import find_suite
from avitalk.evaluate.suites.result import MEAN, SHUFFLED, TRUTH, Result, others
from avitalk.evaluate.systems import OnDisk, find_systems
from avitalk.evaluate.tables import Column, interval_of
from avitalk.types import Motion
from evaluate_corpora import Fake, face, made_corpus, perfect, still, voice, weak


def score(result: Result, row: str, key: str) -> float:
    """Mean of a metric in a row of any of the tables."""
    for block in result.blocks:
        for column in block.columns:
            if column.key == key and row in block.rows:
                found = interval_of(block.rows[row], column, block.groups)
                if found is not None:
                    return found.mean
    raise KeyError((row, key))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return read_corpus(made_corpus(tmp_path_factory.mktemp("corpora") / "made"), phones=False)


@pytest.fixture(scope="module")
def lips_result(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return lips.measure(corpus, [perfect(), weak(), still()], Run(tmp_path_factory.mktemp("run")))


def test_a_perfect_face_has_no_error_and_truth_is_measured_like_everybody(
    lips_result: Result,
) -> None:
    for key in ("lve_squared", "lve_l2", "lve_rms", "lve_mean", "mve", "lvd", "mtm"):
        assert score(lips_result, "perfect", key) == pytest.approx(0, abs=1e-6)
        assert score(lips_result, TRUTH, key) == 0
    for key in ("aperture r", "spread ratio", "jitter ratio"):
        assert score(lips_result, "perfect", key) == pytest.approx(1, abs=1e-6)


def test_a_face_of_half_strength_errs_by_half_of_what_a_still_one_does(
    lips_result: Result,
) -> None:
    # the lip contour is linear in the weights, and truth's brows do not reach it
    half, whole = (score(lips_result, row, "lve_l2") for row in ("weak", "still"))
    assert half == pytest.approx(whole / 2, rel=1e-3)
    assert score(lips_result, "weak", "spread ratio") == pytest.approx(0.5, abs=1e-3)
    assert score(lips_result, "still", "aperture r") == 0


def test_mean_face_and_shuffled_audio_stand_in_every_table(lips_result: Result) -> None:
    assert score(lips_result, MEAN, "aperture r") == 0
    assert score(lips_result, SHUFFLED, "aperture r") < 0.9
    assert score(lips_result, SHUFFLED, "lve_l2") > 1
    rows = lips_result.markdown("avitalk evaluate").splitlines()
    for row in (TRUTH, MEAN, SHUFFLED, "perfect"):
        assert any(row in line for line in rows)


def test_shuffled_audio_is_never_a_clip_s_own() -> None:
    names = [f"clip{i}" for i in range(9)]
    swapped = others(names)
    assert sorted(swapped.values()) == names
    assert all(name != other for name, other in swapped.items())
    assert others(["alone"]) == {}


def test_closures_are_read_at_video_rate_and_vowels_are_the_control(tmp_path: Path) -> None:
    made = read_corpus(made_corpus(tmp_path / "one", 1), phones=False)
    frames = np.full(100, 0.5, np.float32)
    frames[50:52] = 0  # the lips meet for two frames of 20 ms
    motion = Motion.still(100, 50.0)
    weights = np.array(motion.weights)
    weights[:, 17] = frames
    jaw = motion.with_weights(weights)
    assert gap_of(jaw)[10] > CLOSED_MM > gap_of(jaw)[50]
    phones = (PhoneTime("B", 0.98, 1.06), PhoneTime("AA", 1.2, 1.4), PhoneTime("M", 0.3, 0.4))
    take = made.takes[0]
    object.__setattr__(take, "clip", take.clip.__class__(
        **{name: getattr(take.clip, name) for name in take.clip.__slots__} | {"phones": phones}
    ))  # fmt: skip
    found = lips._closures(take, contour_of(jaw))
    assert (found["p b m"], found["p b m, 50 fps"], found["p b m, 25 fps"]) == (2, 0.5, 0.5)
    assert found["vowels, 50 fps"] == 0


def test_silence_suite_hears_where_nobody_speaks(corpus: Corpus, tmp_path: Path) -> None:
    def gaping(number: int) -> Motion:
        weights = np.array(Motion.still(500, 50.0).weights)
        weights[:, 17] = 0.3
        return Motion.still(500, 50.0).with_weights(weights)

    result = silence.measure(corpus, [still(), Fake("gaping", gaping)], Run(tmp_path))
    assert score(result, "still", "silent closed") == 1
    assert score(result, "gaping", "silent closed") == 0
    assert score(result, "gaping", "end gap") > 3
    # reacts to nothing, as it does the same whatever it hears
    assert score(result, "gaping", "reaction") == 0
    assert score(result, "gaping", "closed") == 0
    assert score(result, "still", "closed") == 1


def test_robustness_moves_truth_along_with_the_pace(corpus: Corpus, tmp_path: Path) -> None:
    result = robustness.measure(corpus, [perfect()], Run(tmp_path))
    rows = result.blocks[0].rows
    assert {"clean", "rate x0.7", "whisper", "white noise, 0 dB"} <= set(rows)
    column = Column("aperture r", "")
    clean = interval_of(rows["clean"], column, {})
    slow = interval_of(rows["rate x0.7"], column, {})
    assert clean is not None
    assert slow is not None
    assert clean.mean == pytest.approx(1, abs=1e-6)
    # this system does not hear that the voice is slower, and its own face no longer fits
    assert slow.mean < 0.9
    assert all(row["fall of r"] == pytest.approx(0, abs=1e-6) for row in rows["telephone"].values())


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    read = read_corpus(made_corpus(tmp_path / "made", 2), phones=False)
    system = perfect()
    first = lips.measure(read, [system], Run(tmp_path / "run"))
    assert system.calls == 2
    again = lips.measure(read, [system], Run(tmp_path / "run"))
    assert system.calls == 2
    assert again.data("x") == first.data("x")
    lips.measure(read, [system], Run(tmp_path / "run", fresh=True))
    assert system.calls > 2


def test_another_system_or_sound_is_measured_anew(tmp_path: Path) -> None:
    folder = made_corpus(tmp_path / "made", 2)
    system = perfect()
    run = Run(tmp_path / "run")
    lips.measure(read_corpus(folder, phones=False), [system], run)
    system.fingerprint = "another"
    lips.measure(read_corpus(folder, phones=False), [system], run)
    assert system.calls == 4
    soundfile.write(folder / "clip0.wav", voice(7), 16_000)
    lips.measure(read_corpus(folder, phones=False), [system], run)
    assert system.calls == 5


def test_results_are_strict_json_and_name_their_command(
    lips_result: Result, tmp_path: Path
) -> None:
    data, page = lips_result.save(tmp_path, "avitalk evaluate DIR/made --suite lips")
    stored = json.loads(data.read_text(), parse_constant=pytest.fail)
    assert stored["command"] == "avitalk evaluate DIR/made --suite lips"
    assert stored["tables"][0]["clips"]["perfect"]["clip0"]["aperture r"] == pytest.approx(1)
    assert "avitalk evaluate DIR/made --suite lips" in page.read_text()


def test_intervals_are_drawn_by_speaker_where_there_are_enough() -> None:
    rng = np.random.default_rng(0)
    groups, values = {}, {}
    for speaker in range(8):
        level = rng.normal()
        for clip in range(20):
            name = f"{speaker}-{clip}"
            groups[name] = str(speaker)
            values[name] = {"x": level + 0.01 * rng.normal()}
    by_speaker = interval_of(values, Column("x", "x"), groups)
    by_clip = interval_of(values, Column("x", "x"), {})
    assert by_speaker is not None
    assert by_clip is not None
    assert by_speaker.mean == pytest.approx(by_clip.mean)
    assert by_speaker.high - by_speaker.low > 2 * (by_clip.high - by_clip.low)


def test_shares_weigh_clips_by_their_events() -> None:
    values = {"a": {"share": 1.0, "n": 1}, "b": {"share": 0.0, "n": 3}}
    found = interval_of(values, Column("share", "", pooled="n"), {})
    assert found is not None
    assert found.mean == 0.25


def test_motions_on_disk_are_a_system(corpus: Corpus, tmp_path: Path) -> None:
    for number in range(4):
        face(number).save(tmp_path / "theirs" / f"clip{number}.motion.npz")
    (theirs,) = find_systems([f"theirs={tmp_path / 'theirs'}"])
    assert isinstance(theirs, OnDisk)
    result = lips.measure(corpus, [theirs], Run(tmp_path / "run"))
    assert score(result, "theirs", "lve_l2") == pytest.approx(0, abs=1e-6)
    (tmp_path / "theirs" / "clip2.motion.npz").unlink()
    with pytest.raises(InputError, match="no motion 'clip2'"):
        lips.measure(corpus, find_systems([f"theirs={tmp_path / 'theirs'}"]), Run(tmp_path / "b"))


def test_motions_on_disk_cannot_hear_what_is_changed(corpus: Corpus, tmp_path: Path) -> None:
    for number in range(4):
        face(number).save(tmp_path / "theirs" / f"clip{number}.motion.npz")
    systems = find_systems([f"theirs={tmp_path / 'theirs'}"])
    with pytest.raises(InputError, match="cannot hear a changed recording"):
        robustness.measure(corpus, systems, Run(tmp_path / "run"))
    result = silence.measure(corpus, systems, Run(tmp_path / "run"))
    assert score(result, "theirs", "silent closed") == 1
    assert not result.blocks[1].rows


class Foreigner:
    """Somebody's own model."""

    def animate(self, speech: object) -> Motion:
        return face(0)


def test_somebody_s_own_model_is_a_system(corpus: Corpus, tmp_path: Path) -> None:
    (model,) = find_systems(["mine=test_evaluate_suites:Foreigner"])
    result = lips.measure(corpus, [model], Run(tmp_path))
    assert 0 < score(result, "mine", "aperture r") < 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["wav2lip"], "unknown model 'wav2lip'; available: avitalk"),
        (["avitalk", "avitalk"], "named twice"),
        (["x=nowhere"], "neither a folder"),
        (["avitalk=json:dumps"], "choose a name of your own"),
    ],
)
def test_models_that_are_none(given: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        find_systems(given)


def test_a_foreign_object_must_animate(corpus: Corpus, tmp_path: Path) -> None:
    for place, said in (("json:dumps", "has no animate"), ("nothing_here:x", "cannot be imported")):
        (model,) = find_systems([f"mine={place}"])
        with pytest.raises(InputError, match=said):
            lips.measure(corpus, [model], Run(tmp_path))


def test_folders_that_are_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a folder"):
        read_corpus(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no recording in it"):
        read_corpus(tmp_path / "empty")
    folder = made_corpus(tmp_path / "made", 1)
    with pytest.raises(InputError, match="unknown part"):
        read_corpus(folder, part="exam")
    with pytest.raises(InputError, match="limit 0"):
        read_corpus(folder, limit=0)
    with pytest.raises(InputError, match="unknown suite"):
        find_suite("looks")
    (folder / "clip0.flac").write_bytes((folder / "clip0.wav").read_bytes())
    with pytest.raises(InputError, match="same name"):
        read_corpus(folder)


def test_lips_need_something_to_be_judged_by(tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    soundfile.write(folder / "a.wav", voice(0), 16_000)
    with pytest.raises(InputError, match="neither true faces"):
        lips.measure(read_corpus(folder, phones=False), [still()], Run(tmp_path / "run"))


def test_a_damaged_result_says_so(tmp_path: Path) -> None:
    read = read_corpus(made_corpus(tmp_path / "made", 2), phones=False)
    run = Run(tmp_path / "run")
    lips.measure(read, [still()], run)
    path = next((tmp_path / "run" / "clips").rglob("clip0.json"))
    path.write_text("{")
    with pytest.raises(InputError, match="--fresh measures anew"):
        lips.measure(read, [still()], run)


def test_limit_takes_the_same_clips_on_every_call(tmp_path: Path) -> None:
    folder = made_corpus(tmp_path / "made", 6)
    first = [take.id for take in read_corpus(folder, limit=3, phones=False).takes]
    assert first == [take.id for take in read_corpus(folder, limit=3, phones=False).takes]
    assert len(first) == 3
