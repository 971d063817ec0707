"""Distances between sets: Gaussians whose distance is known, other implementations, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from avitalk.evaluate.metrics import distances
from avitalk.evaluate.metrics.distances import MotionStatistics, frechet_distance, kernel_distance

Array = np.ndarray
numbers = st.floats(-5, 5, width=32)
sets = arrays(np.float64, (6, 3), elements=numbers)


def normal(seed: int, samples: int = 40, width: int = 5) -> Array:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(samples, width)) @ rng.normal(size=(width, width)) + rng.normal()


def test_frechet_by_hand() -> None:
    first = np.array([[-1.0], [1.0]])  # mean 0, variance 2
    second = np.array([[1.0], [5.0]])  # mean 3, variance 8
    expected = 9 + (np.sqrt(8) - np.sqrt(2)) ** 2
    assert frechet_distance(first, second) == pytest.approx(expected)


@pytest.mark.parametrize("samples", [40, 4])
def test_frechet_is_that_of_scipys_root(samples: int) -> None:
    linalg = pytest.importorskip("scipy.linalg")
    first, second = normal(0, samples), normal(1, samples)  # 4 samples of 5: singular
    one, other = np.cov(first.T), np.cov(second.T)
    root = linalg.sqrtm(one @ other).real
    shift = first.mean(0) - second.mean(0)
    reference = shift @ shift + np.trace(one + other - 2 * root)
    assert frechet_distance(first, second) == pytest.approx(reference, rel=1e-4)


def test_frechet_is_that_of_torchmetrics() -> None:
    torch = pytest.importorskip("torch")
    theirs = pytest.importorskip("torchmetrics.image.fid")._compute_fid
    first, second = normal(2), normal(3)
    given_ = [
        torch.from_numpy(x)
        for x in (first.mean(0), np.cov(first.T), second.mean(0), np.cov(second.T))
    ]
    assert frechet_distance(first, second) == pytest.approx(float(theirs(*given_)))


def test_kernel_distance_is_that_of_torchmetrics() -> None:
    torch = pytest.importorskip("torch")
    theirs = pytest.importorskip("torchmetrics.image.kid").poly_mmd
    first, second = normal(4), normal(5)
    reference = float(theirs(torch.from_numpy(first), torch.from_numpy(second)))
    assert kernel_distance(first, second) == pytest.approx(reference)


def test_kernel_distance_by_hand() -> None:
    first, second = np.array([[0.0], [1.0]]), np.array([[1.0], [2.0]])
    # within: k(0,1) = 1, k(1,2) = 27; between: k(0,1), k(0,2), k(1,1), k(1,2) = 1, 1, 8, 27
    assert kernel_distance(first, second) == pytest.approx(1 + 27 - 2 * 37 / 4)


def test_kernel_distance_of_one_distribution_is_zero_on_average() -> None:
    rng = np.random.default_rng(6)
    found = [kernel_distance(*rng.normal(size=(2, 10, 3))) for _ in range(400)]
    spread = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found)) < 4 * spread
    assert min(found) < 0


@settings(max_examples=50, deadline=None)
@given(sets, sets, arrays(np.float64, 3, elements=numbers))
def test_frechet_behaves(first: Array, second: Array, offset: Array) -> None:
    found = frechet_distance(first, second)
    near = {"rel": 1e-6, "abs": 1e-6}
    assert found >= 0
    assert frechet_distance(first, first) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(second, first) == pytest.approx(found, **near)
    assert frechet_distance(first[::-1], second) == pytest.approx(found, **near)
    assert frechet_distance(first + offset, second + offset) == pytest.approx(found, **near)
    assert frechet_distance(3 * first, 3 * second) == pytest.approx(9 * found, **near)
    assert kernel_distance(second, first) == pytest.approx(kernel_distance(first, second))


def test_statistics_of_motion_by_hand() -> None:
    extract = MotionStatistics(fps=2, window_s=1, hop_s=0.5, speed_scale=10)
    track = np.array([[0.0, 1], [2, 1], [2, 1]])
    np.testing.assert_allclose(
        extract([track, track[:1]]), [[1, 1, 1, 0, 0.4, 0], [2, 1, 0, 0, 0, 0]]
    )
    assert extract.name == "motion statistics, 1 s every 0.5 s"
    with pytest.raises(ValueError, match="no window of 2 frames in 1 clips"):
        extract([track[:1]])


def test_an_extractor_is_whatever_fits() -> None:
    extract: distances.Extractor[list[Array]] = MotionStatistics(fps=25)
    rng = np.random.default_rng(7)
    still, alike, wild = ([a * rng.normal(size=(50, 4)) for _ in range(6)] for a in (1, 1, 3))
    near, far = (frechet_distance(extract(still), extract(x)) for x in (alike, wild))
    assert near < far / 10


@pytest.mark.parametrize("metric", [frechet_distance, kernel_distance])
def test_refusals_say_what_was_given(metric) -> None:
    some = np.zeros((4, 3))
    with pytest.raises(ValueError, match="sets of 1 and 4 samples; allowed: at least 2"):
        metric(some[:1], some)
    with pytest.raises(ValueError, match="features of 2 and 3 numbers"):
        metric(some[:, :2], some)
    with pytest.raises(ValueError, match=r"first set has shape \(3,\); allowed: \(N, D\)"):
        metric(some[0], some)
    with pytest.raises(ValueError, match="second set has 12 values that are NaN"):
        metric(some, some * np.nan)
