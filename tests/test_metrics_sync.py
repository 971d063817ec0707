"""Metrics of timing on embeddings and openings whose delay is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from avitalk.evaluate.metrics import alignment, sync

Array = np.ndarray
numbers = st.floats(-5, 5, width=32)


def embeddings(seed: int = 0, frames: int = 80, width: int = 6) -> Array:
    return np.random.default_rng(seed).normal(size=(frames, width))


def test_distances_by_hand() -> None:
    sound = np.array([[0.0], [1], [2]])
    found = sync.distances_at(sound, np.array([[0.0], [0], [1]]), 1)
    assert found.tolist() == pytest.approx([(1 + 2) / 2, (0 + 1 + 1) / 3, (0 + 0) / 2])
    assert sync.sync_distance(sound, np.array([[0.0], [0], [1]]), 1) == 0
    assert sync.sync_confidence(sound, np.array([[0.0], [0], [1]]), 1) == pytest.approx(2 / 3)
    assert sync.sync_offset(sound, np.array([[0.0], [0], [1]]), 1) == 1


@pytest.mark.parametrize("late", [-15, -4, 0, 3, 15])
def test_the_delay_is_found(late: int) -> None:
    whole = embeddings(frames=120)
    sound, motion = whole[20:100], whole[20 - late : 100 - late]
    assert sync.sync_offset(sound, motion) == late
    assert sync.sync_distance(sound, motion) == pytest.approx(0)
    assert sync.sync_confidence(sound, motion) > 2
    assert sync.sync_confidence(sound, embeddings(9)) < 0.5


@settings(max_examples=25, deadline=None)
@given(*(arrays(np.float64, (9, 2), elements=numbers) for _ in range(2)), numbers)
def test_distances_behave(sound: Array, motion: Array, offset: float) -> None:
    found = sync.distances_at(sound, motion, 3)
    np.testing.assert_allclose(sync.distances_at(motion, sound, 3)[::-1], found)
    np.testing.assert_allclose(
        sync.distances_at(sound + offset, motion + offset, 3), found, atol=1e-6
    )
    np.testing.assert_allclose(sync.distances_at(2 * sound, 2 * motion, 3), 2 * found)
    assert sync.sync_distance(sound, sound, 3) == 0
    assert sync.sync_confidence(sound, motion, 3) >= 0


def openings(frames: int = 120) -> Array:
    """Smooth, with several extrema."""
    t = np.arange(frames)
    return 5 + 3 * np.sin(t / 5) + 1.5 * np.sin(t / 8.3 + 1)


@pytest.mark.parametrize("late", [-3, 1, 2, 4])
def test_mtm_of_a_delay_is_the_delay(late: int) -> None:
    whole = openings(140)
    truth, made = whole[10:130], whole[10 - late : 130 - late]
    assert alignment.mtm(made, truth, 25) == pytest.approx(abs(late) * 40, abs=8)


def test_mtm_does_not_see_an_offset_but_time() -> None:
    truth = openings()
    assert alignment.mtm(truth, truth, 25) == 0
    assert alignment.mtm(truth + 7, truth, 25) == 0
    late = np.roll(truth, 3)
    at_25, at_50 = (alignment.mtm(late, truth, fps) for fps in (25, 50))
    assert at_25 == pytest.approx(2 * at_50)


def cheapest(made: Array, truth: Array) -> float:
    """Cost of the best path, by recursion."""

    def least(i: int, j: int) -> float:
        here = float((made[i] - truth[j]) ** 2)
        before = [
            least(a, b) for a, b in ((i - 1, j - 1), (i - 1, j), (i, j - 1)) if a >= 0 and b >= 0
        ]
        return here + (min(before) if before else 0.0)

    return least(len(made) - 1, len(truth) - 1)


@settings(max_examples=25, deadline=None)
@given(*(arrays(np.float64, 5, elements=numbers) for _ in range(2)))
def test_the_path_is_the_cheapest_and_whole(made: Array, truth: Array) -> None:
    path = alignment.derivative_path(made, truth)
    slopes = [alignment._slopes(x) for x in (made, truth)]
    cost = sum((slopes[0][i] - slopes[1][j]) ** 2 for i, j in path)
    assert cost == pytest.approx(cheapest(*slopes), abs=1e-9)
    assert path[0].tolist() == [0, 0]
    assert path[-1].tolist() == [4, 4]
    assert {tuple(step) for step in np.diff(path, axis=0).tolist()} <= {(0, 1), (1, 0), (1, 1)}


def test_smoothing_is_scipys() -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    track = np.random.default_rng(1).normal(size=50)
    np.testing.assert_allclose(
        alignment.smoothed(track), ndimage.gaussian_filter1d(track, 2.0, mode="nearest")
    )


def spoken(rate: int = 16_000, fps: float = 25, frames: int = 100) -> tuple[Array, Array]:
    """A sound whose loudness is the speed of the lips, and the lips."""
    speed = np.abs(np.random.default_rng(2).normal(size=frames - 1))
    lips = np.zeros((frames, 2, 3))
    lips[1:, :, 1] = np.cumsum(speed)[:, None]
    each = round(rate / fps)
    tone = np.tile(np.sin(2 * np.pi * np.arange(each) * 4 / each), frames - 1)
    return tone * np.repeat(speed, each), lips


def test_slcc_of_lips_that_move_as_it_sounds() -> None:
    sound, lips = spoken()
    assert sync.slcc(sound, 16_000, lips, 25) == pytest.approx(1)
    assert sync.slcc(0.01 * sound, 16_000, 3 * lips + 5, 25) == pytest.approx(1)
    assert sync.slcc(sound[::-1], 16_000, lips, 25) < 0.5
    assert sync.slcc(0 * sound, 16_000, lips, 25) == 0
    heard = sync.loudness(np.ones(10), 10, 2.5, 4)
    assert heard.tolist() == [1, 1, 1, 0]


def test_refusals_say_what_was_given() -> None:
    some = embeddings()
    with pytest.raises(ValueError, match=r"audio has shape \(80, 6\), motion \(79, 6\)"):
        sync.distances_at(some, some[:79])
    with pytest.raises(ValueError, match="30 frames for offsets up to 15; allowed: above 30"):
        sync.sync_distance(some[:30], some[:30])
    with pytest.raises(ValueError, match="offsets up to 0; allowed: 1 or more"):
        sync.sync_offset(some, some, 0)
    with pytest.raises(ValueError, match="NaN"):
        sync.sync_confidence(some, some * np.nan)
    with pytest.raises(ValueError, match="no extremum"):
        alignment.mtm(np.arange(9), np.arange(9), 25)
    with pytest.raises(ValueError, match="at least 3 along F"):
        alignment.mtm([0, 1], [0, 1], 25)
    with pytest.raises(ValueError, match="at least 3 along F"):
        sync.slcc(np.ones(9), 10, np.zeros((2, 4, 3)), 25)
