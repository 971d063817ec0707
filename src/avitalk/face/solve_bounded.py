"""Least squares within bounds, for many frames at once: normal equations in, coordinates out."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SWEEPS: Final = 400
TOLERANCE: Final = 1e-5


def bounded_least_squares(
    normal: Floats,
    right: Floats,
    *,
    smooth: Floats | None = None,
    low: float = 0.0,
    high: float = 1.0,
    under: tuple[int, int] | None = None,
    sweeps: int = SWEEPS,
    tolerance: float = TOLERANCE,
) -> Floats:
    """Minimise x.normal.x / 2 - right.x for low <= x <= high, for each row of `right`.

    normal: (K, K) for all rows or (F, K, K), symmetric, positive definite; right: (F, K); returns
    (F, K). smooth: (K,) price of half the squared change from row to row, which ties frames that
    follow each other in time. under: (a, b) keeps x[a] <= x[b].

    Coordinate descent: each coordinate in turn is set to its best value within the bounds, exactly,
    which descends at every step and cannot leave the bounds (Hildreth 1957). Rows in time go even
    ones first, then odd ones, whose neighbours then stand still. Stops when nothing moves more than
    `tolerance`; a coordinate without curvature stays at its lowest value.
    """
    frames, count = right.shape
    if not frames:
        return np.zeros_like(right)
    own = np.diagonal(normal, axis1=-2, axis2=-1)
    most = own.reshape(-1, count).max(axis=0, initial=0.0)
    active = [int(k) for k in np.flatnonzero(most > 1e-12 * max(most.max(initial=0.0), 1e-300))]
    price = np.zeros(count) if smooth is None or frames < 2 else smooth
    tied = bool(np.any(price))
    values = np.full((count, frames), float(low))
    parts = [
        _part(normal, right, low, price, part)
        for part in ((slice(0, None, 2), slice(1, None, 2)) if tied else (slice(None),))
    ]
    for _ in range(sweeps):
        moved = 0.0
        for part, block, curvature, slope, ties in parts:
            mine = np.ascontiguousarray(values[:, part])
            beside = price[:, None] * _beside(values)[:, part] if tied else mine
            for k in active:
                lowest = mine[under[0]] if under and k == under[1] else low
                highest = mine[under[1]] if under and k == under[0] else high
                tie = ties[k] * mine[k] - beside[k] if tied else 0.0
                new = np.maximum(mine[k] - (slope[k] + tie) / curvature[k], lowest)
                step = np.minimum(new, highest) - mine[k]
                largest = max(float(step.max()), -float(step.min()))
                if largest > 0:
                    np.add(slope, block[k] * step, out=slope)
                    mine[k] += step
                    moved = max(moved, largest)
            values[:, part] = mine
        if moved < tolerance:
            break
    return np.ascontiguousarray(np.clip(values, low, high).T)


def _part(
    normal: Floats, right: Floats, low: float, price: Floats, part: slice
) -> tuple[slice, Floats, Floats, Floats, Floats]:
    """Equations of some of the frames, frames along the last axis: each step is then one pass over
    contiguous memory. Blocks (K, K, 1 or F), curvatures, slopes at `low`, ties in time (K, F).
    """
    shared = normal[..., None] if normal.ndim == 2 else normal[part].transpose(1, 2, 0)
    block = np.ascontiguousarray(shared)
    joined = np.full(len(right), 2.0)
    joined[[0, -1]] = 1.0
    ties = price[:, None] * joined[part]
    curvature = np.maximum(np.diagonal(block).T + ties, 1e-300)
    slope = np.array(low * block.sum(axis=1) - right[part].T, np.float64, order="C")
    return part, block, curvature, slope, ties


def _beside(values: Floats) -> Floats:
    """(K, F) -> (K, F) sum of the frames before and after."""
    total = np.zeros_like(values)
    total[:, 1:] += values[:, :-1]
    total[:, :-1] += values[:, 1:]
    return total
