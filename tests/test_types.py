"""The types: validated, frozen; Motion resamples, slices, joins, layers, saves and loads."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avitalk.arkit import ARKIT_52, EYE_LOOK, INDEX, MIRROR, REGIONS, eye_angles, eye_look_weights
from avitalk.errors import InputError
from avitalk.types import Instruction, Motion, Segment, Speech, SpeechFeatures, Style


def waving(frames: int = 100, fps: float = 50.0, *, moves: bool = True) -> Motion:
    """A smooth motion with every channel busy."""
    t = np.arange(frames)[:, None] / fps
    weights = 0.5 + 0.4 * np.sin(2 * np.pi * t * 1.5 + np.arange(52))
    head = 0.2 * np.sin(2 * np.pi * t + np.arange(3))
    eyes = 0.1 * np.cos(2 * np.pi * t + np.arange(6)).reshape(frames, 2, 3)
    return Motion(weights, head, eyes, fps, 0.01 * head if moves else None)


def test_vocabulary_is_arkit_and_regions_part_it() -> None:
    assert len(set(ARKIT_52)) == 52
    assert sorted(i for region in REGIONS.values() for i in region) == list(range(52))
    assert all(MIRROR[MIRROR[i]] == i for i in range(52))
    assert MIRROR[INDEX["mouthSmileLeft"]] == INDEX["mouthSmileRight"]
    assert MIRROR[INDEX["jawOpen"]] == INDEX["jawOpen"]


def test_eye_angles_and_look_weights_invert_each_other() -> None:
    eyes = np.random.default_rng(0).uniform(-0.5, 0.5, (20, 2, 3))
    eyes[..., 2] = 0
    weights = np.zeros((20, 52))
    weights[:, list(EYE_LOOK)] = eye_look_weights(eyes)
    assert np.allclose(eye_angles(weights), eyes, atol=1e-6)
    to_the_left = eye_look_weights(np.array([[0.3, 0, 0], [0.3, 0, 0]]))
    assert to_the_left.argmax() in (2, 5)  # lookOut of the left eye, lookIn of the right
    assert np.count_nonzero(to_the_left) == 2


def test_motion_is_frozen_through_and_through() -> None:
    motion = waving()
    with pytest.raises(dataclasses.FrozenInstanceError):
        motion.fps = 3  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        motion.weights[0, 0] = 1


def test_motion_refuses_what_is_not_a_motion() -> None:
    good = waving(10)
    for change in (
        {"weights": np.zeros((10, 51))},
        {"head": np.zeros((9, 3))},
        {"eyes": np.zeros((10, 6))},
        {"fps": 0.0},
        {"fps": float("nan")},
        {"weights": np.full((10, 52), np.nan)},
        {"translation": np.zeros((10, 2))},
    ):
        with pytest.raises(InputError):
            dataclasses.replace(good, **change)
    with pytest.raises(InputError, match="no frames"):
        Motion.still(0, 25.0)


@pytest.mark.parametrize("fps", [24, 25, 30, 50, 60, 59.94, 7.5])
def test_resampling_keeps_duration_and_values(fps: float) -> None:
    motion = waving(200)
    other = motion.resample(fps)
    assert other.duration_s == pytest.approx(motion.duration_s, abs=0.5 / fps)
    times = np.arange(other.frames) / fps
    inside = times <= (motion.frames - 1) / motion.fps
    expected = 0.5 + 0.4 * np.sin(2 * np.pi * times[inside, None] * 1.5 + np.arange(52))
    assert np.abs(other.weights[inside] - expected).max() < 0.005
    assert other.weights.min() >= motion.weights.min() - 1e-6  # nothing overshoots


def test_resampling_refuses_impossible_rates() -> None:
    for fps in (0, -1, float("inf"), 1e9):
        with pytest.raises(InputError):
            waving().resample(fps)


def test_slices_put_together_again_are_the_same_motion() -> None:
    motion = waving()
    parts = [motion.slice(0, 0.7), motion.slice(0.7, 2.0)]
    assert Motion.concat(parts, blend_s=0).same_as(motion)
    assert Motion.concat(parts).same_as(motion, tolerance=0.02)  # smooth joints stay as they are
    for start_s, end_s in ((-0.1, 1), (1, 1), (0, 2.5)):
        with pytest.raises(InputError, match="slice"):
            motion.slice(start_s, end_s)


def test_joints_have_no_seam() -> None:
    closed = Motion.still(50, 50.0)
    opened = closed.with_weights(np.ones((50, 52), np.float32))
    joined = Motion.concat([closed, opened, closed])
    assert joined.frames == 150
    assert np.abs(np.diff(joined.weights, axis=0)).max() < 0.15
    assert joined.weights[75] == pytest.approx(1.0)
    with pytest.raises(InputError, match="resample"):
        Motion.concat([closed, Motion.still(10, 25.0)])
    with pytest.raises(InputError, match="nothing"):
        Motion.concat([])


def test_layering_takes_and_keeps_regions() -> None:
    talk, mine = waving(100, 50.0), waving(20, 25.0, moves=False).resample(25)
    lips = talk.over(mine, take=("mouth",))
    mouth, brows = list(REGIONS["mouth"]), list(REGIONS["brows"])
    assert np.array_equal(lips.weights[:, mouth], talk.weights[:, mouth])
    assert np.allclose(lips.weights[::2][:20, brows], mine.weights[:, brows], atol=1e-6)
    assert np.allclose(lips.weights[-1, brows], mine.weights[-1, brows])  # shorter base holds
    kept = talk.over(mine, keep=("brows",))
    assert np.array_equal(kept.head, talk.head)
    assert not np.array_equal(kept.weights[:, brows], talk.weights[:, brows])
    with pytest.raises(InputError, match="unknown region 'lips'"):
        talk.over(mine, take=("lips",))


@given(st.integers(1, 40), st.sampled_from([24.0, 25.0, 59.94]), st.booleans())
def test_saving_and_loading_is_exact(frames: int, fps: float, moves: bool) -> None:
    motion = waving(frames, fps, moves=moves)
    again = Motion.from_bytes(motion.to_bytes())
    assert again.same_as(motion)
    assert (again.translation is None) == (not moves)
    assert again.to_bytes() == motion.to_bytes()


def test_loading_names_what_is_no_motion(tmp_path: Path) -> None:
    path = tmp_path / "a face.motion.npz"
    motion = waving()
    motion.save(path)
    assert Motion.load(path).same_as(motion)
    data = path.read_bytes()
    for broken in (b"", b"junk", data[: len(data) // 2], data[:-30]):
        path.write_bytes(broken)
        with pytest.raises(InputError, match="a face"):
            Motion.load(path)
    with pytest.raises(InputError, match="absent"):
        Motion.load(tmp_path / "absent.motion.npz")
    np.savez(path, other=np.zeros(3))
    with pytest.raises(InputError, match="not a motion file"):
        Motion.load(tmp_path / "a face.motion.npz")


def test_speech_features_and_style_are_checked() -> None:
    assert Speech(np.zeros(16_000)).duration_s == 1.0
    assert Speech(np.zeros(9)).sha256 != Speech(np.ones(9)).sha256
    with pytest.raises(InputError, match="NaN"):
        Speech(np.array([0.0, np.nan]), source="x")
    with pytest.raises(InputError):
        Speech(np.zeros((2, 2)))
    assert SpeechFeatures(np.zeros((50, 8)), np.zeros((50, 40))).duration_s == 1.0
    with pytest.raises(InputError):
        SpeechFeatures(np.zeros((50, 8)), np.zeros((49, 40)))
    with pytest.raises(InputError):
        Style(np.zeros((2, 2)))


def test_instructions_are_sorted_and_checked() -> None:
    late, early = Segment(1, 2, "smiles"), Segment(0, 1, " brows\n up ", strength=0.5)
    assert Instruction((late, early)).segments == (early, late)
    assert early.text == "brows up"
    speech = Speech(np.zeros(32_000), source="in/talk.wav")
    about = Instruction.about(speech, (late,), seed=4)
    assert (about.audio_name, about.duration_s, about.seed) == ("talk.wav", 2.0, 4)
    assert Instruction.typed("smiles", speech).segments == (Segment(0, 2, "smiles"),)
    mild = Segment(0, 1, "x", strength=0.5, regions=(("mouth", 0.5),))
    assert [mild.strength_of(region) for region in ("mouth", "head")] == [0.25, 0.5]
    for wrong in ((late, Segment(1.9, 3, "x")), (Segment(1, 2.1, "x"),)):
        with pytest.raises(InputError, match=r"begins before|ends after"):
            Instruction.about(speech, wrong)
    for bad in (
        {"start_s": 2.0, "end_s": 1.0},
        {"start_s": -1.0, "end_s": 1.0},
        {"author": "robot"},
        {"strength": 3.0},
        {"regions": (("ears", 1.0),)},
        {"features": (("smile", 0.5),)},
        {"features": (("jawOpen", 0.5), ("jawOpen", 0.5))},
        {"features": (("jawOpen", float("nan")),)},
        {"emotion": (("anger", 0.5),)},
        {"intensity": (0.5, 1.5)},
        {"text": " "},
        {"text": "a\0b"},
    ):
        with pytest.raises(InputError):
            Segment(**({"start_s": 0.0, "end_s": 1.0, "text": "x"} | bad))  # type: ignore[arg-type]
