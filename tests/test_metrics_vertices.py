"""Metrics of vertices: by hand, against torchmetrics, and what must hold of all tracks."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from avitalk.evaluate.metrics import vertices

Array = np.ndarray
numbers = st.floats(-50, 50, width=32)
tracks = arrays(np.float64, (4, 5, 3), elements=numbers)
LIPS = [0, 2, 3]
PAIRED: dict[str, Callable[[Array, Array], float]] = {
    "lve_squared": lambda p, g: vertices.lve_squared(p, g, LIPS),
    "lve_l2": lambda p, g: vertices.lve_l2(p, g, LIPS),
    "lve_rms": lambda p, g: vertices.lve_rms(p, g, LIPS),
    "lve_mean": lambda p, g: vertices.lve_mean(p, g, LIPS),
    "mve": vertices.mve,
    "eve_squared": lambda p, g: vertices.eve_squared(p, g, LIPS),
}
SQUARED = ("lve_squared", "eve_squared")


def by_hand() -> tuple[Array, Array]:
    """Two frames, three vertices; distances 5, 0, 1 and 0, 2, 0 mm."""
    truth = np.zeros((2, 3, 3))
    made = truth.copy()
    made[0, 0] = (3, 4, 0)
    made[0, 2] = (0, 0, 1)
    made[1, 1] = (0, -2, 0)
    return made, truth


def test_by_hand() -> None:
    made, truth = by_hand()
    lips = [0, 1]
    assert vertices.lve_squared(made, truth, lips) == pytest.approx((25 + 4) / 2)
    assert vertices.lve_l2(made, truth, lips) == pytest.approx((5 + 2) / 2)
    assert vertices.lve_rms(made, truth, lips) == pytest.approx(np.sqrt(14.5))
    assert vertices.lve_mean(made, truth, lips) == pytest.approx((5 + 2) / 4)
    assert vertices.mve(made, truth) == pytest.approx(8 / 6)
    assert vertices.eve_squared(made, truth, [2]) == pytest.approx(0.5)


def test_samples_by_hand() -> None:
    made, truth = by_hand()
    samples = np.stack([made, 2 * truth - made])  # on either side of truth: their mean is truth
    assert vertices.mee(samples, truth, [0, 1]) == pytest.approx(0)
    assert vertices.ce(samples, truth, [0, 1]) == pytest.approx(14.5)
    assert vertices.ce(np.stack([made, truth]), truth, [0, 1]) == 0
    assert vertices.vertex_diversity(samples) == pytest.approx(2 * 8 / 6)
    assert vertices.style_diversity([[0, 0], [3, 4], [0, 0]]) == pytest.approx(10 / 3)


def test_diversity_pairs_halves_and_repeats() -> None:
    samples = np.random.default_rng(3).normal(size=(10, 2, 4, 3))
    found = vertices.vertex_diversity(samples, seed=1)
    assert found == vertices.vertex_diversity(samples, seed=1)
    assert found != vertices.vertex_diversity(samples, seed=2)
    apart = [
        np.linalg.norm(samples[i] - samples[j], axis=2).mean()
        for i, j in itertools.combinations(range(10), 2)
    ]
    assert min(apart) < found < max(apart)
    with pytest.raises(ValueError, match="3 samples; allowed: an even number"):
        vertices.vertex_diversity(samples[:3])


@settings(max_examples=30, deadline=None)
@given(tracks, tracks)
def test_torchmetrics_computes_the_squared_form(made: Array, truth: Array) -> None:
    """Its documentation says Euclidean; were it mended, this test would say so."""
    torch = pytest.importorskip("torch")
    theirs = pytest.importorskip("torchmetrics.functional.multimodal").lip_vertex_error
    reference = float(theirs(torch.from_numpy(made), torch.from_numpy(truth), LIPS))
    assert vertices.lve_squared(made, truth, LIPS) == pytest.approx(reference, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", PAIRED)
@settings(max_examples=25, deadline=None)
@given(made=tracks, truth=tracks, offset=arrays(np.float64, 3, elements=numbers))
def test_distances_behave(name: str, made: Array, truth: Array, offset: Array) -> None:
    metric = PAIRED[name]
    found = metric(made, truth)
    assert metric(truth, truth) == 0
    assert found >= 0
    assert metric(truth, made) == pytest.approx(found)
    assert metric(made + offset, truth + offset) == pytest.approx(found, rel=1e-6, abs=1e-6)
    assert metric(made[::-1], truth[::-1]) == pytest.approx(found)
    further = truth + 2 * (made - truth)
    factor = 4 if name in SQUARED else 2
    assert metric(further, truth) == pytest.approx(factor * found, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(tracks, tracks)
def test_variants_are_ordered(made: Array, truth: Array) -> None:
    mean, l2, rms = (PAIRED[n](made, truth) for n in ("lve_mean", "lve_l2", "lve_rms"))
    assert mean <= l2 + 1e-9
    assert l2 <= rms + 1e-9
    assert rms**2 == pytest.approx(PAIRED["lve_squared"](made, truth))


@settings(max_examples=25, deadline=None)
@given(arrays(np.float64, (4, 2, 3, 3), elements=numbers), arrays(np.float64, (2, 3, 3)))
def test_samples_behave(samples: Array, truth: Array) -> None:
    truth = np.nan_to_num(truth, nan=0, posinf=0, neginf=0).clip(-50, 50)
    lips = [0, 1]
    each = [vertices.lve_squared(sample, truth, lips) for sample in samples]
    assert vertices.ce(samples, truth, lips) == pytest.approx(min(each))
    assert vertices.mee(samples, truth, lips) <= np.mean(each) + 1e-9
    assert vertices.ce(samples[::-1], truth, lips) == vertices.ce(samples, truth, lips)
    assert vertices.vertex_diversity(np.stack([truth] * 4)) == 0


@pytest.mark.parametrize("name", PAIRED)
def test_refusals_say_what_was_given(name: str) -> None:
    metric, track = PAIRED[name], np.zeros((4, 5, 3))
    with pytest.raises(ValueError, match=r"\(4, 5, 3\), truth \(3, 5, 3\); allowed: one shape"):
        metric(track, track[:3])
    with pytest.raises(ValueError, match=r"\(4, 5, 2\); allowed: \(F, V, 3\)"):
        metric(track[..., :2], track[..., :2])
    with pytest.raises(ValueError, match="at least 1 along F"):
        metric(track[:0], track[:0])
    broken = track.copy()
    broken[1, 2, 0] = np.nan
    with pytest.raises(ValueError, match="truth has 1 values that are NaN"):
        metric(track, broken)


@pytest.mark.parametrize("rows", [[5], [-1], [], [0.5]])
def test_regions_are_checked(rows: list[int]) -> None:
    track = np.zeros((4, 5, 3))
    with pytest.raises(ValueError, match=r"lip region has .*; allowed: "):
        vertices.lve_squared(track, track, rows)
