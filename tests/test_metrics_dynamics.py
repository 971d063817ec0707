"""Metrics of movement: by hand, what must hold of all tracks, beats of made motion and sound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from avitalk.evaluate.metrics import beats, dynamics

Array = np.ndarray
numbers = st.floats(-20, 20, width=32)
tracks = arrays(np.float64, (5, 3, 3), elements=numbers)
rests = arrays(np.float64, (3, 3), elements=numbers)
UPPER = [0, 2]


def test_fdd_by_hand() -> None:
    rest = np.zeros((2, 3))
    truth = np.zeros((2, 2, 3))
    truth[1, 0] = (2, 0, 0)  # squared distance 0, 4: std 2
    made = np.zeros((2, 2, 3))
    made[1, 0] = (0, 1, 0)  # 0, 1: std 0.5
    made[1, 1] = (0, 0, 3)  # 0, 9: std 4.5
    both = [0, 1]
    assert dynamics.fdd_signed(made, truth, rest, [0]) == pytest.approx(1.5)
    assert dynamics.fdd_signed(made, truth, rest, both) == pytest.approx((1.5 - 4.5) / 2)
    assert dynamics.fdd_absolute(made, truth, rest, both) == pytest.approx((1.5 + 4.5) / 2)
    root = np.sqrt(2)  # unbiased, of two frames
    assert dynamics.fdd_deeptalk(made, truth, rest, both) == pytest.approx(-1.5 * root)
    # std of x + y + z: truth 1, 0; prediction 0.5, 1.5
    assert dynamics.fdd_artalk(made, truth, both) == pytest.approx(100 * (0.5 + 1.5) / 2)


def test_artalks_sum_is_blind_where_coordinates_cancel() -> None:
    truth = np.zeros((4, 1, 3))
    made = truth.copy()
    made[1::2, 0] = (5, -5, 0)
    assert dynamics.fdd_artalk(made, truth, [0]) == 0
    assert dynamics.fdd_absolute(made, truth, truth[0], [0]) > 10


def test_lvd_by_hand() -> None:
    truth = np.array([[0.0, 0], [1, 0], [2, 0]])
    made = np.array([[0.0, 0], [1, 1], [1, 0]])
    assert dynamics.lvd(made, truth) == pytest.approx((0 + 1 + 1 + 1) / 4)


@settings(max_examples=40, deadline=None)
@given(tracks, tracks, rests, arrays(np.float64, 3, elements=numbers))
def test_fdd_behaves(made: Array, truth: Array, rest: Array, offset: Array) -> None:
    signed = dynamics.fdd_signed(made, truth, rest, UPPER)
    absolute = dynamics.fdd_absolute(made, truth, rest, UPPER)
    assert dynamics.fdd_signed(truth, truth, rest, UPPER) == 0
    assert dynamics.fdd_signed(truth, made, rest, UPPER) == pytest.approx(-signed)
    assert absolute + 1e-9 >= abs(signed)
    assert dynamics.fdd_absolute(truth, made, rest, UPPER) == pytest.approx(absolute)
    near = {"rel": 1e-6, "abs": 1e-6}
    moved = (made + offset, truth + offset, rest + offset)
    assert dynamics.fdd_signed(*moved, UPPER) == pytest.approx(signed, **near)
    later = np.roll(made, 2, axis=0)  # in another order of frames
    assert dynamics.fdd_signed(later, truth, rest, UPPER) == pytest.approx(signed, **near)
    five = np.sqrt(5 / 4)
    assert dynamics.fdd_deeptalk(made, truth, rest, UPPER) == pytest.approx(five * signed, **near)
    artalk = dynamics.fdd_artalk(made, truth, UPPER)
    assert dynamics.fdd_artalk(truth, made, UPPER) == pytest.approx(artalk)
    assert dynamics.fdd_artalk(2 * made, 2 * truth, UPPER) == pytest.approx(2 * artalk)


@settings(max_examples=40, deadline=None)
@given(*(arrays(np.float64, (5, 4), elements=numbers) for _ in range(2)), numbers)
def test_lvd_behaves(made: Array, truth: Array, offset: float) -> None:
    found = dynamics.lvd(made, truth)
    assert dynamics.lvd(truth, truth) == 0
    assert dynamics.lvd(truth, made) == pytest.approx(found)
    assert dynamics.lvd(made + offset, truth) == pytest.approx(found, abs=1e-6)
    assert dynamics.lvd(3 * made, 3 * truth) == pytest.approx(3 * found)


def test_beat_consistency_by_hand() -> None:
    found = dynamics.beat_consistency([1.0, 2.0], [1.1, 3.0])
    assert found == pytest.approx((np.exp(-0.5) + np.exp(-0.81 / 0.02)) / 2)
    assert dynamics.beat_consistency([1.0], []) == 0
    with pytest.raises(ValueError, match="audio beats"):
        dynamics.beat_consistency([], [1.0])
    with pytest.raises(ValueError, match="sigma_s is 0; allowed: above 0"):
        dynamics.beat_consistency([1.0], [1.0], sigma_s=0)


times = st.lists(st.floats(0, 10), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(times, times, st.floats(-5, 5))
def test_beat_consistency_behaves(sounds: list[float], moves: list[float], shift: float) -> None:
    found = dynamics.beat_consistency(sounds, moves)
    assert 0 <= found <= 1
    assert dynamics.beat_consistency(sounds, sounds) == pytest.approx(1)
    shifted = dynamics.beat_consistency(np.array(sounds) + shift, np.array(moves) + shift)
    assert shifted == pytest.approx(found, abs=1e-6)
    assert dynamics.beat_consistency(sounds, [*moves, 3.0]) >= found - 1e-12


def test_motion_stops_at_its_beats() -> None:
    fps = 100
    t = np.arange(200) / fps
    swing = np.cos(2 * np.pi * t)[:, None]  # stands still every half second
    stops = beats.motion_beats(swing, fps)
    np.testing.assert_allclose(stops, [0.5, 1.0, 1.5], atol=0.006)
    fastest = beats.motion_beats(swing, fps, "maxima")
    np.testing.assert_allclose(fastest, [0.25, 0.75, 1.25, 1.75], atol=0.006)
    both = beats.motion_beats(swing, fps, "both")
    assert sorted([*stops, *fastest]) == both.tolist()


def test_extrema_count_a_plateau_once_and_no_ends() -> None:
    assert beats.local_extrema([0, 1, 1, 1, 0, 2]) == [2, 4]
    assert beats.local_extrema([0, 1, 1, 1, 0, 2], "maxima") == [2]
    assert beats.local_extrema([0, 1, 1, 2, 2]) == []
    assert beats.local_extrema([3, 3, 3]) == []
    with pytest.raises(ValueError, match="unknown kind 'all'; available: minima"):
        beats.local_extrema([0, 1], "all")  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", [16_000, 44_100])
@pytest.mark.parametrize("gain", [1.0, 0.05])
def test_onsets_of_bursts_are_found(rate: int, gain: float) -> None:
    rng = np.random.default_rng(0)
    sound = 1e-4 * rng.normal(size=2 * rate)
    starts = [0.3, 0.8, 1.5]
    for start in starts:
        burst = slice(round(start * rate), round((start + 0.15) * rate))
        sound[burst] += 0.3 * np.sin(2 * np.pi * 220 * np.arange(burst.stop - burst.start) / rate)
    found = beats.audio_onsets(gain * sound, rate)
    assert all(np.abs(found - start).min() < 0.02 for start in starts)
    assert dynamics.beat_consistency(starts, found) > 0.95
    assert not len(beats.audio_onsets(np.zeros(rate), rate))
    assert not len(beats.audio_onsets(np.zeros(100), rate))


def test_refusals_say_what_was_given() -> None:
    track, rest = np.zeros((4, 3, 3)), np.zeros((3, 3))
    with pytest.raises(ValueError, match=r"template has shape \(2, 3\); allowed: \(3, 3\)"):
        dynamics.fdd_signed(track, track, rest[:2], UPPER)
    with pytest.raises(ValueError, match="at least 2 along F"):
        dynamics.fdd_deeptalk(track[:1], track[:1], rest, UPPER)
    with pytest.raises(ValueError, match="upper face region"):
        dynamics.fdd_artalk(track, track, [3])
    with pytest.raises(ValueError, match="at least 2 along F"):
        dynamics.lvd(track[:1, 0], track[:1, 0])
    with pytest.raises(ValueError, match="NaN"):
        dynamics.lvd(np.full((4, 2), np.nan), np.zeros((4, 2)))
    with pytest.raises(ValueError, match="fps is -1; allowed: above 0"):
        beats.motion_beats(np.zeros((4, 2)), -1)
    with pytest.raises(ValueError, match="rate_hz is nan"):
        beats.audio_onsets(np.zeros(4), np.nan)
