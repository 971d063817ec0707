"""Contacts at known times: closed where asked, untouched elsewhere, smooth."""

import numpy as np
import pytest

from avitalk.arkit import INDEX
from avitalk.face.touch import gap_by_weight
from avitalk.speech.phones import PHONE_INDEX, PHONES, PhoneSegment
from avitalk.talker.contacts import LIP_ON_TEETH_MM, TUCK, met, sharpened
from avitalk.types import Motion

FPS = 50.0


def open_mouth(seconds: float = 2.0) -> Motion:
    motion = Motion.still(int(seconds * FPS), FPS)
    weights = np.zeros((motion.frames, 52), np.float32)
    weights[:, INDEX["jawOpen"]] = 0.2 + 0.03 * np.sin(np.arange(motion.frames) / 3)
    weights[:, INDEX["mouthFunnel"]] = 0.2
    weights[:, INDEX["mouthClose"]] = 0.05
    weights[:, INDEX["browInnerUp"]] = 0.1
    return motion.with_weights(weights)


def phone(name: str, start_s: float, end_s: float) -> PhoneSegment:
    return PhoneSegment(name, "x", start_s, end_s, 1.0)


@pytest.mark.parametrize("name", ["P", "B", "M"])
@pytest.mark.parametrize("length_s", [0.03, 0.08, 0.2])
def test_lips_meet_in_bilabials(name: str, length_s: float) -> None:
    motion = open_mouth()
    spoken = sharpened(motion, [phone(name, 1.0, 1.0 + length_s)])
    gap = spoken.weights @ gap_by_weight()
    times = np.arange(motion.frames) / FPS
    inside = (times >= 0.98) & (times <= 1.0 + length_s)
    assert gap[inside].min() < 0.2
    far = (times < 0.88) | (times > 1.1 + length_s)
    assert np.array_equal(spoken.weights[far], motion.weights[far])
    assert np.array_equal(spoken.weights[:, 41:46], motion.weights[:, 41:46])
    assert np.abs(np.diff(gap)).max() < 0.75 * gap.max()
    close, jaw = INDEX["mouthClose"], INDEX["jawOpen"]
    assert np.all(spoken.weights[:, close] <= spoken.weights[:, jaw] + 1e-6)
    assert spoken.weights.min() >= 0


def test_lower_lip_meets_teeth() -> None:
    spoken = sharpened(open_mouth(), [phone("F", 1.0, 1.1)])
    gap = spoken.weights @ gap_by_weight()
    assert gap.min() == pytest.approx(LIP_ON_TEETH_MM, abs=1.2)
    assert spoken.weights[:, INDEX["mouthRollLower"]].max() == pytest.approx(TUCK, abs=0.01)


def test_what_is_closed_already_and_other_phones_stay() -> None:
    still = Motion.still(50, FPS)
    assert np.array_equal(sharpened(still, [phone("M", 0.3, 0.4)]).weights, still.weights)
    motion = open_mouth()
    assert np.array_equal(sharpened(motion, [phone("AA", 0.3, 0.4)]).weights, motion.weights)


def test_long_phones_beyond_the_end_do_no_harm() -> None:
    motion = open_mouth(0.5)
    spoken = sharpened(motion, [phone("M", 0.45, 3.0)])
    assert np.isfinite(spoken.weights).all()


def heard_m(chance: float, frames: int = 60) -> np.ndarray:
    """(F, P) log probabilities: m as likely as given for 80 ms from frame 30, else n."""
    chances = np.full((frames, len(PHONES)), 1e-6)
    chances[:, PHONE_INDEX["N"]] = 1
    chances[30:34, PHONE_INDEX["M"]] = chance
    chances[30:34, PHONE_INDEX["N"]] = 1 - chance
    return np.log(chances).astype(np.float32)


def test_lips_meet_for_an_instant_where_m_is_likely() -> None:
    motion = open_mouth(1.2)
    closed = met(motion, heard_m(0.4))
    gap = closed.weights @ gap_by_weight()
    assert gap[30:34].min() < 0.3
    assert np.array_equal(closed.weights[:27], motion.weights[:27])
    assert gap[37] > 2


@pytest.mark.parametrize("chance", [0.1, 0.2])
def test_unlikely_closures_are_left_alone(chance: float) -> None:
    motion = open_mouth(1.2)
    assert met(motion, heard_m(chance)) is motion


def test_closures_that_are_there_and_encoders_without_phones_change_nothing() -> None:
    closed = Motion.still(60, 50.0)
    assert met(closed, heard_m(0.9)) is closed
    motion = open_mouth(1.2)
    assert met(motion, np.zeros((60, 0), np.float32)) is motion
