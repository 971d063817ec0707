"""Acting: the upper face, head and gaze, as it varies and answers the voice."""

from collections.abc import Iterator

import numpy as np
import pytest

from avitalk.arkit import EYE_LOOK, INDEX, MIRROR, REGIONS
from avitalk.data.performances.acting import Acted, perform
from avitalk.data.performances.acting_voice import followed
from avitalk.data.performances.figures import BUDGETS
from avitalk.errors import InputError
from avitalk.evaluate.variation import variation_of
from avitalk.facs.expression import MANNER, UNIT, UNITS, USUAL_MANNER, Expression
from avitalk.facs.table import EMOTIONS, emotion
from avitalk.facs.variation import TRACK, variation
from made_speech import SYLLABLES_S, spoken

FPS = 50


def shown(name: str, strength: float = 1.0) -> Expression:
    """The core of an emotion at full level, and manner as usual."""
    levels = np.zeros((len(UNITS), 2))
    for part in emotion(name).parts:
        if part.core and part.number in UNIT:
            levels[UNIT[part.number]] = strength * part.level
    return Expression(levels)


def unit(number: int, level: float, **manner: float) -> Expression:
    levels = np.zeros((len(UNITS), 2))
    levels[UNIT[number]] = level
    values = [manner.get(name, usual) for name, usual in zip(MANNER, USUAL_MANNER, strict=True)]
    return Expression(levels, manner=np.array(values))


def acted(expression: Expression, seconds: float = 8.0, seed: int = 0) -> Acted:
    lips, prosody = spoken(seconds)
    return perform(lips, prosody, expression, variation(len(lips), FPS, seed))


def weight(performance: Acted, name: str) -> np.ndarray:
    return performance.weights[:, INDEX[name]].astype(np.float64)


def test_shapes_and_ranges() -> None:
    done = acted(shown("fear"))
    assert done.weights.shape == (400, 52) and done.head.shape == (400, 3)
    assert done.lean.shape == (400,) and done.gaze.shape == (400, 2)
    assert all(x.dtype == np.float32 for x in (done.weights, done.head, done.lean, done.gaze))
    assert done.weights.min() >= 0 and done.weights.max() <= 1
    assert not done.weights[:, list(EYE_LOOK)].any()


def test_same_inputs_same_performance_other_tracks_another() -> None:
    first, again, other = (acted(shown("anger"), seed=seed) for seed in (4, 4, 5))
    assert np.array_equal(first.weights, again.weights) and np.array_equal(first.head, again.head)
    assert np.abs(first.weights - other.weights).max() > 0.05


@pytest.mark.parametrize("name", EMOTIONS)
@pytest.mark.parametrize("strength", [0.4, 1.2])
def test_no_emotion_is_a_mask(name: str, strength: float) -> None:
    """Brows, lids and cheeks vary 0.6 to 1.4 times as much as in captured performances."""
    varied = [
        variation_of(acted(shown(name, strength), 12.0, seed).weights, FPS) for seed in range(6)
    ]
    for region in ("brows", "lids", "cheeks"):
        ratio = np.mean([v[region] for v in varied]) / BUDGETS[region]
        assert 0.6 < ratio < 1.4, f"{name} at {strength}: {region} vary {ratio:.2f} times as much"


@pytest.mark.parametrize("number", [n for n in UNITS if n not in (17, 23, 24, 25, 26, 27, 22)])
def test_what_is_shown_rises_and_is_never_still(number: int) -> None:
    rest, done = acted(Expression(), 12.0), acted(unit(number, 0.7), 12.0)
    most = int(unit(number, 0.7).weights().argmax())
    rise = done.weights[:, most].astype(np.float64) - rest.weights[:, most]
    assert rise.mean() > 0.35 * unit(number, 0.7).weights()[most]
    assert done.weights[:, most].std() > 0.01


def test_one_side_stays_one_sided() -> None:
    levels = np.zeros((len(UNITS), 2))
    levels[UNIT[2], 0] = 0.8
    done = acted(Expression(levels))
    assert weight(done, "browOuterUpLeft").mean() > 0.45
    assert weight(done, "browOuterUpRight").mean() < 0.15


def test_regions_do_not_move_in_lockstep_but_sides_nearly_do() -> None:
    done = acted(shown("fear"), 40.0)
    brows, lids = weight(done, "browInnerUp"), weight(done, "eyeWideLeft")
    assert abs(np.corrcoef(brows, lids)[0, 1]) < 0.85
    sides = np.corrcoef(lids, weight(done, "eyeWideRight"))[0, 1]
    assert 0.8 < sides < 0.9999


def test_the_side_that_leads_is_ahead() -> None:
    def lag(lead: float) -> float:
        done = acted(unit(5, 0.6, lead=lead, surge=1.0), 40.0)
        left, right = (np.diff(weight(done, f"eyeWide{side}")) for side in ("Left", "Right"))
        scores = [np.dot(left[10:-10], np.roll(right, -shift)[10:-10]) for shift in range(-8, 9)]
        return float(np.argmax(scores) - 8)

    assert lag(1.0) > 0 > lag(0.0)


def test_accents_fall_on_stressed_syllables_and_follow_the_brows() -> None:
    lips, prosody = spoken(8.0)
    voice = followed(prosody.astype(np.float64), FPS)
    for loud_s in SYLLABLES_S(8.0)[1:-1]:
        near = slice(round((loud_s - 0.15) * FPS), round((loud_s + 0.25) * FPS))
        assert voice.accent[near].max() > 0.3
    still = np.zeros((len(lips), len(TRACK)))
    strong = {"accents": 1.0, "surge": 0.0}
    for number, name in ((4, "browDownLeft"), (1, "browInnerUp")):
        tracks = still.copy()
        with_ = perform(lips, prosody, unit(number, 0.4, **strong), tracks)
        without = perform(lips, prosody, unit(number, 0.4, accents=0.0, surge=0.0), tracks)
        added = weight(with_, name) - weight(without, name)
        assert added.min() > -1e-6 and added.max() > 0.08
        assert np.corrcoef(added, voice.accent)[0, 1] > 0.9


def test_manners_do_what_they_say() -> None:
    calm, nodding = (acted(unit(12, 0.4, nods=n, sway=0.0)) for n in (0.0, 1.0))
    assert np.abs(calm.head).max() < 1e-6 and nodding.head[:, 1].max() > 0.03
    firm, swaying = (acted(unit(12, 0.4, sway=s, nods=0.0)) for s in (0.2, 1.0))
    assert swaying.head.std() > 3 * firm.head.std()
    steady, trembling = (acted(unit(1, 0.6, tremor=t)) for t in (0.0, 1.0))
    for name in ("eyeSquintLeft", "browInnerUp", "mouthShrugLower"):
        shaken, still = (
            np.abs(np.diff(weight(done, name), n=2)).mean() for done in (trembling, steady)
        )
        assert shaken > 1.5 * still and shaken > 0.001
    slow, quick = (acted(unit(1, 0.6, pace=p, accents=0.0), 40.0) for p in (0.0, 1.0))
    speeds = [np.abs(np.diff(weight(done, "browInnerUp"))).mean() for done in (slow, quick)]
    assert speeds[1] > 1.2 * speeds[0]


def test_head_and_gaze_follow_the_pose_and_eyes_make_up_for_sway() -> None:
    pose = np.array([0.2, -0.1, 0.05, 0.01, 0.1, 0.15])
    done = acted(Expression(pose=pose), 20.0)
    assert np.allclose(done.head.mean(axis=0), 0.86 * pose[:3], atol=0.03)
    assert abs(done.lean.mean() - 0.86 * pose[3]) < 0.003
    assert np.allclose(done.gaze.mean(axis=0), 0.86 * pose[4:], atol=0.03)
    free = acted(Expression())
    assert np.allclose(free.gaze, -free.head[:, :2], atol=1e-6)


def test_mirrored_expression_and_tracks_give_the_mirrored_face() -> None:
    lips, prosody = spoken(4.0)
    tracks = variation(len(lips), FPS, 3)
    levels = np.zeros((len(UNITS), 2))
    levels[UNIT[12]] = (0.7, 0.3)
    levels[UNIT[2]] = (0.1, 0.6)
    manner = USUAL_MANNER.copy()
    manner[MANNER.index("lead")] = 0.8
    one = perform(lips, prosody, Expression(levels, manner=manner), tracks)
    other_tracks = tracks.copy()
    other_tracks[:, TRACK["side"]] *= -1
    manner = manner.copy()
    manner[MANNER.index("lead")] = 0.2
    other = perform(lips, prosody, Expression(levels[:, ::-1], manner=manner), other_tracks)
    assert np.allclose(one.weights, other.weights[:, list(MIRROR)], atol=1e-5)


def test_local_in_time() -> None:
    """What happens later than 1.2 s does not reach back, nor forward."""
    lips, prosody = spoken(10.0)
    tracks = variation(len(lips), FPS, 1)
    whole = perform(lips, prosody, shown("fear"), tracks)
    reach = 60
    part = slice(150, 350)
    cut = perform(lips[part], prosody[part], shown("fear"), tracks[part])
    inside = slice(150 + reach, 350 - reach)
    assert np.allclose(whole.weights[inside], cut.weights[reach:-reach], atol=1e-6)
    assert np.allclose(whole.head[inside], cut.head[reach:-reach], atol=1e-6)


def test_one_frame_and_other_rates() -> None:
    lips, prosody = spoken(4.0)
    tracks = variation(len(lips), FPS, 0)
    assert perform(lips[:1], prosody[:1], shown("anger"), tracks[:1]).weights.shape == (1, 52)
    slow = perform(lips[::2], prosody[::2], shown("anger"), tracks[::2], fps=25)
    full = perform(lips, prosody, shown("anger"), tracks)
    brows = list(REGIONS["brows"])
    assert np.abs(slow.weights[:, brows] - full.weights[::2, brows]).mean() < 0.03


def _wrong() -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    lips, prosody = spoken(1.0)
    tracks = variation(len(lips), FPS, 0)
    good = {"lips": lips, "prosody": prosody, "tracks": tracks}
    yield "prosody", {**good, "prosody": prosody[:-1]}
    yield "tracks", {**good, "tracks": tracks[:, :3]}
    yield "lips", {**good, "lips": lips[:, :17]}
    yield "lips", {name: values[:0] for name, values in good.items()}
    bad = prosody.copy()
    bad[3, 2] = np.nan
    yield "not finite", {**good, "prosody": bad}


@pytest.mark.parametrize(("named", "given"), list(_wrong()))
def test_bad_input_is_named(named: str, given: dict[str, np.ndarray]) -> None:
    with pytest.raises(InputError, match=named):
        perform(given["lips"], given["prosody"], Expression(), given["tracks"])


def test_bad_rate() -> None:
    lips, prosody = spoken(1.0)
    with pytest.raises(InputError, match="above 0"):
        perform(lips, prosody, Expression(), variation(len(lips), FPS, 0), fps=0)
