"""Least squares within bounds, for many frames at once: the same equations, other right sides."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SWEEPS: Final = 400
TOLERANCE: Final = 1e-5


def bounded_least_squares(
    normal: Floats,
    right: Floats,
    *,
    low: float = 0.0,
    high: float = 1.0,
    start: Floats | None = None,
    sweeps: int = SWEEPS,
) -> Floats:
    """Minimise x.normal.x / 2 - right.x for low <= x <= high, for each row of `right`.

    normal: (K, K) symmetric, positive definite; right: (F, K); returns (F, K). Coordinate descent:
    each coordinate in turn is set to its best value within the bounds, exactly, which descends
    at every step and cannot leave the bounds (Hildreth 1957). Stops when nothing moves more than
    1e-5; a coordinate without curvature stays where it starts.
    """
    x = np.zeros_like(right) if start is None else np.clip(start, low, high)
    curvature = np.diag(normal)
    active = np.flatnonzero(curvature > 1e-12 * max(curvature.max(), 1e-300))
    # Rows of frames along the fast axis: each step is one pass over contiguous memory.
    values = np.ascontiguousarray(x.T)
    slope = np.ascontiguousarray((x @ normal - right).T)
    for _ in range(sweeps):
        moved = 0.0
        for k in active:
            new = np.clip(values[k] - slope[k] / curvature[k], low, high)
            step = new - values[k]
            largest = float(np.abs(step).max(initial=0.0))
            if largest > 0:
                slope += normal[k, :, None] * step
                values[k] = new
                moved = max(moved, largest)
        if moved < TOLERANCE:
            break
    return values.T.copy()


def smoothed_least_squares(
    normal: Floats, right: Floats, smooth: Floats, *, rounds: int = 12, **options: Any
) -> Floats:
    """`bounded_least_squares` whose rows follow each other in time.

    `smooth` (K,) weighs the squared change from frame to frame; solved by alternating over even
    and odd frames, whose neighbours then stand still.
    """
    x = bounded_least_squares(normal, right, **options)
    if not smooth.any() or len(x) < 2:
        return x
    for _ in range(rounds):
        for parity in (0, 1):
            rows = np.arange(parity, len(x), 2)
            if not len(rows):
                continue
            joined = (rows > 0).astype(float) + (rows < len(x) - 1)
            before, after = x[np.maximum(rows - 1, 0)], x[np.minimum(rows + 1, len(x) - 1)]
            pull = before * (rows > 0)[:, None] + after * (rows < len(x) - 1)[:, None]
            for count in np.unique(joined):
                mine = joined == count
                x[rows[mine]] = bounded_least_squares(
                    normal + count * np.diag(smooth),
                    right[rows[mine]] + smooth * pull[mine],
                    start=x[rows[mine]],
                    **options,
                )
    return x
