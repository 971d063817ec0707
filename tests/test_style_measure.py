"""Measures of stage 2 on made-up data where the answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from avitalk.arkit import INDEX
from avitalk.evaluate import units
from avitalk.evaluate.following import by_unit, scored, verdict_of
from avitalk.evaluate.lines import Line, held_out, unit_set
from avitalk.facs.channels import CHANNEL, CHANNELS
from avitalk.facs.demands import Demand
from avitalk.train.style.measure import ablation, masks, retrieval
from avitalk.train.style.measure.following import Take, casting
from avitalk.train.style.measure.free import FaceReader, Free, faults, read_free
from avitalk.train.style.measure.sight import posed
from avitalk.train.style.measure.troupe import NOTHING
from avitalk.types import Motion

FPS = 50.0


def moved(**levels: float) -> np.ndarray:
    """(C,) a change of single shapes."""
    found = np.zeros(CHANNELS)
    for name, value in levels.items():
        found[CHANNEL[name]] = value
    return found


@pytest.mark.parametrize("unit", units.NUMBERS)
def test_each_unit_is_read_at_its_own_level(unit: int) -> None:
    change = units.change(posed(unit, 0.6), Motion.still(40, FPS))
    assert units.level(change, unit) == pytest.approx(0.6, abs=1e-5)


def test_a_unit_asked_for_on_one_side_is_told_from_the_other() -> None:
    left = moved(browOuterUpLeft=0.5)
    asked = (Demand(2, "left"),)
    swapped = (Demand(2, "right"),)
    assert units.judged(left, asked).named[0].rose
    assert not units.judged(left, swapped).named[0].rose
    both = moved(browOuterUpLeft=0.5, browOuterUpRight=0.5)
    assert not units.judged(both, asked).named[0].rose


def test_less_suffices_where_less_was_asked() -> None:
    slight = (Demand(12, level=0.15),)
    smile = moved(mouthSmileLeft=0.06, mouthSmileRight=0.06)
    assert units.judged(smile, slight).named[0].rose
    assert not units.judged(smile, (Demand(12, level=0.6),)).named[0].rose


def test_what_nobody_asked_for_is_found() -> None:
    change = moved(mouthSmileLeft=0.5, mouthSmileRight=0.5, browInnerUp=0.4)
    verdict = units.judged(change, (Demand(12),))
    assert [u for u, value in verdict.unnamed if abs(value) >= 0.1] == [1]
    assert verdict.stayed == len(verdict.unnamed) - 1


def test_an_emotions_own_units_may_move_unless_only_is_said() -> None:
    change = moved(mouthSmileLeft=0.5, mouthSmileRight=0.5, cheekSquintLeft=0.5)
    free = units.judged(change, (Demand(12),), emotions=["happiness"])
    assert 6 not in dict(free.unnamed)
    only = units.judged(change, (Demand(12),), emotions=["happiness"], only=True)
    assert dict(only.unnamed)[6] > 0.1


def test_shapes_shared_with_a_named_unit_do_not_count() -> None:
    verdict = units.judged(moved(jawOpen=0.9), (Demand(27),))
    assert 26 not in dict(verdict.unnamed)
    only = units.judged(moved(jawOpen=0.9), (Demand(27),), only=True)
    assert 26 not in dict(only.unnamed)
    assert all(abs(value) < 0.1 for _, value in only.unnamed)


def test_a_forbidden_unit_counts_although_the_emotion_has_it() -> None:
    change = moved(mouthSmileLeft=0.5, mouthSmileRight=0.5)
    verdict = units.judged(change, (), emotions=["happiness"], denied=[12])
    assert verdict.denied[0][1] == pytest.approx(0.5)


def test_shares_are_counted_over_units() -> None:
    good = units.judged(moved(browInnerUp=0.5), (Demand(1),))
    bad = units.judged(moved(), (Demand(1),))
    found = scored([good, bad])
    assert found["named"]["mean"] == 0.5
    assert found["unnamed"]["mean"] == 1.0
    assert found["precise"]["mean"] == 1.0
    assert by_unit([good, bad])["1"] == {"named": 2, "rose": 0.5, "unnamed": 0, "moved": pytest.approx(np.nan, nan_ok=True)}  # fmt: skip  # noqa: E501


def test_held_out_texts_have_distinct_sets_of_units() -> None:
    lines = held_out(40, seed=3, most=1)
    sets = [unit_set(line.script) for line in lines if line.script]
    assert len(set(sets)) == 40
    assert [line.text for line in lines] == [line.text for line in held_out(40, seed=3, most=1)]


def test_rows_of_the_table_take_styles_and_demands_away() -> None:
    lines = [Line("Smile."), Line("Frown."), Line("Blink.")]
    styles = np.eye(3)
    rng = np.random.default_rng(0)
    full = casting("full", styles, lines, rng)
    assert full[0] is styles
    assert full[1][0].shown
    assert casting("without demands", styles, lines, rng)[1] == [NOTHING] * 3
    assert not casting("demands alone, neutral style", styles, lines, rng)[0].any()
    other = casting("random style", styles, lines, rng)[0]
    assert not (other == styles).all(axis=1).any()
    assert np.ptp(casting("mean style", styles, lines, rng)[0], axis=0).max() == 0


def test_a_performance_is_judged_against_its_script() -> None:
    line = next(x for x in held_out(40, seed=3) if x.script and not x.script.emotions)
    assert line.script is not None
    script = replace(line.script, shown=(Demand(1),), denied=(), only=False)
    take = Take(Line(line.text, script), posed(1), Motion.still(40, FPS))
    verdict = verdict_of(take.line, take.motion, take.neutral)
    assert verdict.named[0].rose
    assert verdict.stayed == len(verdict.unnamed)


def wave(size: float, frames: int = 400) -> np.ndarray:
    """(F, 52) brows, lids and cheeks that swell and ebb."""
    weights = np.zeros((frames, 52))
    swell = 0.4 + size * np.sin(np.arange(frames) / FPS * 2 * np.pi / 2.0)
    for name in ("browInnerUp", "browDownLeft", "eyeSquintLeft", "cheekSquintLeft"):
        weights[:, INDEX[name]] = swell
    return weights


def test_a_mask_is_found_out() -> None:
    real = {"angry": np.stack([masks.varied(wave(0.1), FPS)] * 3)}
    alive = {"anger": np.stack([masks.varied(wave(0.1), FPS)] * 4)}
    mask = {"anger": np.stack([masks.varied(wave(0.0), FPS)] * 4)}
    assert masks.compared(alive, real)["ratios"]["angry"]["all"]["mean"] == pytest.approx(1)
    found = masks.compared(mask, real)
    assert found["ratios"]["angry"]["all"]["mean"] == pytest.approx(0, abs=1e-9)
    assert found["least"]["share"] == pytest.approx(0, abs=1e-9)


def test_one_dead_region_is_named() -> None:
    still = wave(0.1)
    still[:, INDEX["cheekSquintLeft"]] = 0.4
    real = {"angry": np.stack([masks.varied(wave(0.1), FPS)] * 3)}
    ours = {"anger": np.stack([masks.varied(still, FPS)] * 4)}
    least = masks.compared(ours, real)["least"]
    assert (least["emotion"], least["region"]) == ("anger", "cheeks")


class Styled:
    """A troupe whose styles are told."""

    def __init__(self, noise: float) -> None:
        self.noise = noise

    def styles(self, lines: list[Line], seeds: list[int]) -> np.ndarray:
        return np.stack([
            np.array([len(line.text), self.noise * seed], np.float64)
            for line, seed in zip(lines, seeds, strict=True)
        ])  # fmt: skip


def test_constant_styles_have_no_diversity() -> None:
    lines = [Line("a"), Line("bbb"), Line("cccccc")]
    assert ablation.diversity(Styled(0.0), lines)["within a text"]["mean"] == 0.0  # type: ignore[arg-type]
    assert ablation.diversity(Styled(1.0), lines)["within a text"]["mean"] == 3.0  # type: ignore[arg-type]


def test_frechet_distance_of_known_gaussians() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(size=(20_000, 2))
    assert ablation.frechet(first, first) == pytest.approx(0, abs=1e-9)
    assert ablation.frechet(first, first + np.array([3.0, 0.0])) == pytest.approx(9, rel=1e-6)
    assert ablation.frechet(first, 2 * first) == pytest.approx(2, rel=0.05)


def test_space_has_unit_variance_and_leaves_out_what_never_moves() -> None:
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(size=(300, 3)) * [1, 5, 9], np.zeros((300, 4))], axis=1)
    points = ablation.Space.of(rows).points(rows)
    assert points.shape == (300, 3)
    np.testing.assert_allclose(points.std(axis=0), 1, rtol=1e-6)


def test_ranks_by_cosine() -> None:
    words = np.eye(3)
    styles = np.array([[1, 0.1, 0], [1, 0.9, 0], [0, 0, 5.0]])
    assert retrieval.ranks(words, styles).tolist() == [0, 0, 0]
    assert retrieval.ranks(words, styles[[1, 0, 2]]).tolist() == [1, 1, 0]
    assert retrieval.ranks(words, np.ones((3, 3))).tolist() == [2, 2, 2]


def test_free_texts_are_sixty_and_expect_something() -> None:
    texts = read_free()
    assert len(texts) == len({free.text for free in texts}) == 60
    assert all(free.emotion or free.never or free.units for free in texts)
    assert Free("", "", units=((2, "left"),)).units == read_free()[48].units


def test_faults_say_what_is_wrong() -> None:
    free = Free("x", "single", emotion=("fear",), units=((2, "left"),), absent=((12, "both"),))
    smile = moved(browOuterUpRight=0.5, mouthSmileLeft=0.5, mouthSmileRight=0.5)
    wrong = faults(free, "anger", smile)
    assert wrong[0] == "looks anger, not fear"
    assert wrong[1].startswith("unit 2 left")
    assert wrong[2].startswith("unit 12 both at 0.50")
    assert faults(free, "fear", moved(browOuterUpLeft=0.5)) == []


def test_reader_of_faces_learns_what_it_is_shown() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(90, 6)) + 4 * np.repeat(np.eye(3, 6), 30, axis=0)
    emotion = np.repeat(np.arange(3), 30)
    assert (FaceReader(values, emotion).read(values) == emotion).mean() > 0.9


def test_an_instrument_that_shows_half_is_allowed_for() -> None:
    half = units.judged(moved(browInnerUp=0.06), (Demand(1),))
    assert not half.named[0].rose
    whole = half.over(dict.fromkeys(units.NUMBERS, 0.5))
    assert whole.named[0].rose
    assert whole.named[0].found == pytest.approx(0.12)
