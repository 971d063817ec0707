"""Acting: the mouth goes on talking under every expression."""

import numpy as np
import pytest

from avitalk.arkit import INDEX, REGIONS
from avitalk.data.performances.acting import Acted, perform
from avitalk.data.performances.acting_mouth import meeting
from avitalk.data.performances.acting_voice import followed
from avitalk.face.touch import gap_by_weight
from avitalk.facs.expression import MANNER, UNIT, UNITS, USUAL_MANNER, Expression
from avitalk.facs.variation import variation
from made_speech import spoken

FPS = 50
MOUTH = list(REGIONS["mouth"])
LIPS, PROSODY = spoken(12.0)
GAP = LIPS @ gap_by_weight()
MET = (GAP < 0.5) & (PROSODY[:, 0] > 0)
"""Frames in which lips of speech touch while the voice goes on."""


def held(**units: float) -> Expression:
    """u12=0.5 is unit 12 at 0.5 on both sides; names of MANNER are manners."""
    levels = np.zeros((len(UNITS), 2))
    manner = dict(zip(MANNER, USUAL_MANNER, strict=True))
    for name, value in units.items():
        if name in manner:
            manner[name] = value
        else:
            levels[UNIT[int(name[1:])]] = value
    return Expression(levels, manner=np.array(list(manner.values())))


def acted(expression: Expression, seed: int = 0) -> Acted:
    return perform(LIPS, PROSODY, expression, variation(len(LIPS), FPS, seed))


def mean(performance: Acted, name: str, where: np.ndarray | slice = slice(None)) -> float:
    return float(performance.weights[where, INDEX[name]].mean())


def test_neutral_leaves_the_lips_alone_and_the_rest_alive() -> None:
    done = acted(Expression())
    assert np.array_equal(done.weights[:, MOUTH], LIPS[:, MOUTH])
    for region in ("brows", "eyes", "cheeks"):
        assert done.weights[:, list(REGIONS[region])].std(axis=0).max() > 0.01


def test_units_of_the_upper_face_leave_the_lips_alone() -> None:
    done = acted(held(u1=0.8, u2=0.6, u4=0.5, u5=0.7, u43=0.3))
    assert np.array_equal(done.weights[:, MOUTH], LIPS[:, MOUTH])


@pytest.mark.parametrize("number", UNITS)
@pytest.mark.parametrize("level", [0.5, 1.0])
def test_lips_that_meet_for_a_sound_meet_under_every_unit(number: int, level: float) -> None:
    assert MET.sum() > 20
    done = acted(held(**{f"u{number}": level}))
    assert (done.weights @ gap_by_weight())[MET].max() < 0.9
    assert (done.weights[:, INDEX["mouthClose"]] <= done.weights[:, INDEX["jawOpen"]] + 1e-6).all()


def test_lips_meet_under_mixtures_of_units() -> None:
    rng = np.random.default_rng(0)
    for seed in range(12):
        expression = Expression(
            rng.random((len(UNITS), 2)) * (rng.random((len(UNITS), 1)) < 0.3),
            manner=rng.random(len(MANNER)),
        )
        done = acted(expression, seed)
        assert (done.weights @ gap_by_weight())[MET].max() < 0.9
        assert done.weights.max() <= 1


@pytest.mark.parametrize("number", [12, 14, 15, 17, 20, 23, 24, 25, 10, 16, 26])
def test_vowels_stay_as_open_and_readable(number: int) -> None:
    gap = acted(held(**{f"u{number}": 0.6})).weights @ gap_by_weight()
    wide = GAP > 5
    assert (gap[wide] > 0.85 * GAP[wide]).all()
    speaking = PROSODY[:, 0] > 0
    assert np.corrcoef(gap[speaking], GAP[speaking])[0, 1] > 0.94


def test_a_smile_widens_the_talking_mouth_and_takes_rounding_from_it() -> None:
    plain, smiling = acted(Expression()), acted(held(u12=0.8))
    vowels = GAP > 3
    assert mean(smiling, "mouthSmileLeft", vowels) > 0.45
    assert mean(smiling, "mouthFunnel") < 0.8 * mean(plain, "mouthFunnel")
    assert mean(smiling, "mouthPucker") < 0.8 * mean(plain, "mouthPucker")
    pursed = LIPS[:, INDEX["mouthPucker"]] > 0.25
    assert mean(smiling, "mouthSmileLeft", pursed) < mean(smiling, "mouthSmileLeft", ~pursed)


def test_a_pout_rounds_the_talking_mouth() -> None:
    plain, pouting = acted(Expression()), acted(held(u18=0.7))
    assert mean(pouting, "mouthPucker", GAP > 3) > mean(plain, "mouthPucker", GAP > 3) + 0.2


@pytest.mark.parametrize(
    ("number", "name"), [(24, "mouthPressLeft"), (23, "mouthRollLower"), (17, "mouthShrugLower")]
)
def test_lips_press_in_pauses_and_let_go_in_vowels(number: int, name: str) -> None:
    done = acted(held(**{f"u{number}": 0.7}))
    pause = followed(PROSODY.astype(float), FPS).pause > 0.8
    assert pause.sum() > 20
    assert mean(done, name, pause) > 1.5 * mean(done, name, GAP > 5)


def test_a_dropped_jaw_hangs_in_pauses_and_adds_to_vowels() -> None:
    gap = acted(held(u26=0.8)).weights @ gap_by_weight()
    pause = followed(PROSODY.astype(float), FPS).pause > 0.9
    pause &= meeting(LIPS.astype(float), followed(PROSODY.astype(float), FPS), FPS) < 0.05
    assert gap[pause].mean() > 1.5
    assert gap[GAP > 5].mean() > GAP[GAP > 5].mean() + 2


def test_open_scales_the_mouth_and_keeps_contacts() -> None:
    small, large = (acted(held(open=o)).weights @ gap_by_weight() for o in (0.0, 1.0))
    vowels = GAP > 5
    assert 0.6 < (small[vowels] / GAP[vowels]).mean() < 0.8
    assert 1.05 < (large[vowels] / GAP[vowels]).mean() < 1.3
    assert np.abs(np.stack([small, large])[:, MET]).max() < 0.7
    assert large.max() < 1.35 * GAP.max()
