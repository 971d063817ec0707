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
) -> Floats:
    """Minimise x.normal.x / 2 - right.x for low <= x <= high, for each row of `right`.

    normal: (K, K) for all rows or (F, K, K), symmetric, positive definite; right: (F, K); returns
    (F, K). smooth: (K,) price of half the squared change from row to row, which ties frames that
    follow each other in time. under: (a, b) keeps x[a] <= x[b].

    Coordinate descent: each coordinate in turn is set to its best value within the bounds, exactly,
    which descends at every step and cannot leave the bounds (Hildreth 1957). Rows in time go even
    ones first, then odd ones, whose neighbours then stand still. Stops when nothing moves more than
    1e-5; a coordinate without curvature stays at its lowest value.
    """
    frames, count = right.shape
    own = np.diagonal(normal, axis1=-2, axis2=-1)
    most = own.reshape(-1, count).max(axis=0, initial=0.0)
    active = [int(k) for k in np.flatnonzero(most > 1e-12 * max(most.max(initial=0.0), 1e-300))]
    tied = smooth is not None and bool(np.any(smooth)) and frames > 1
    parts = [slice(first, None, 2) for first in (0, 1)] if tied else [slice(None)]
    joined = np.full(frames, 2.0)
    joined[[0, -1]] = 1.0
    price = smooth if tied and smooth is not None else np.zeros(count)
    # Frames along the last axis: each step is one pass over contiguous memory.
    values = np.full((count, frames), low)
    pulls, blocks, stiff = [], [], []
    for part in parts:
        ties = price[:, None] * joined[part]
        shared = normal[..., None] if normal.ndim == 2 else normal[part].transpose(1, 2, 0)
        blocks.append(np.ascontiguousarray(shared))
        stiff.append(np.maximum(np.diagonal(blocks[-1]).T + ties, 1e-300))
        pulls.append(np.ascontiguousarray(right[part].T))
    for _ in range(sweeps):
        moved = 0.0
        for part, block, curvature, pull in zip(parts, blocks, stiff, pulls, strict=True):
            mine = np.ascontiguousarray(values[:, part])
            slope = _product(block, mine) - pull
            if tied:
                slope += price[:, None] * (joined[part] * mine - _beside(values)[:, part])
            for k in active:
                lowest = mine[under[0]] if under and k == under[1] else low
                highest = mine[under[1]] if under and k == under[0] else high
                new = np.clip(mine[k] - slope[k] / curvature[k], lowest, highest)
                step = new - mine[k]
                largest = float(np.abs(step).max(initial=0.0))
                if largest > 0:
                    slope += block[k] * step
                    slope[k] += (curvature[k] - block[k, k]) * step
                    mine[k] = new
                    moved = max(moved, largest)
            values[:, part] = mine
        if moved < TOLERANCE:
            break
    return values.T.copy()


def _product(block: Floats, values: Floats) -> Floats:
    """(K, K, 1 or F) times (K, F)."""
    if block.shape[-1] == 1:
        return np.asarray(block[..., 0] @ values)
    return np.asarray(np.einsum("jkf,kf->jf", block, values))


def _beside(values: Floats) -> Floats:
    """(K, F) -> (K, F) sum of the frames before and after."""
    total = np.zeros_like(values)
    total[:, 1:] += values[:, :-1]
    total[:, :-1] += values[:, 1:]
    return total
