"""Mean temporal misalignment of lips: two openings (F,) come in, milliseconds go out."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from avitalk.evaluate.metrics._check import Array, pair, positive, values
from avitalk.evaluate.metrics.beats import local_extrema

SIGMA: Final = 2.0
"""Frames of the Gaussian that smooths the openings."""
STILL: Final = 1e-9
"""A smaller range is rounding, not movement."""


def mtm(predicted: ArrayLike, truth: ArrayLike, fps: float) -> float:
    """MTM, ms, lower is better: openings of the lips are smoothed (Gaussian, sigma 2 frames),
    aligned by derivative DTW, and at each extremum of truth that is matched with frames of the
    prediction, the distance in time is taken; the mean of these.

    An extremum is matched with the middle of the frames that the path gives it. Raises ValueError
    with fewer than 3 frames, or if truth or the prediction has no extremum: a face that never
    moves would be paired frame by frame, and come out perfect.
    """
    rate = positive(fps, "fps")
    made, real = (smoothed(track) for track in pair(predicted, truth, "(F,)", frames=3))
    turns = local_extrema(real)
    for track, name in ((made, "prediction"), (real, "truth")):
        if np.ptp(track) < STILL or not local_extrema(track):
            raise ValueError(f"{name} has no extremum: nothing to match")
    path = derivative_path(made, real)
    apart = [abs(float(path[path[:, 1] == turn, 0].mean()) - turn) for turn in turns]
    return float(np.mean(apart)) / rate * 1e3


def smoothed(track: ArrayLike, sigma: float = SIGMA) -> Array:
    """(F,) under a Gaussian of `sigma` frames cut at 4 sigma; the ends hold their value."""
    array = values(track, "track", "(F,)")
    reach = int(4 * positive(sigma, "sigma") + 0.5)
    weight = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / sigma))
    held = np.pad(array, reach, mode="edge")
    return np.convolve(held, weight / weight.sum(), "valid")


def derivative_path(predicted: ArrayLike, truth: ArrayLike) -> NDArray[np.intp]:
    """(P, 2) frames of prediction and truth that derivative DTW pairs (Keogh and Pazzani 2001):
    the cheapest path by squared difference of slopes,
    ((x[i] - x[i-1]) + (x[i+1] - x[i-1]) / 2) / 2.
    """
    made, real = (_slopes(values(x, "track", "(F,)", frames=3)) for x in (predicted, truth))
    cost = np.square(made[:, None] - real)
    total = _totals(cost)
    i, j = (size - 1 for size in cost.shape)
    path = [(i, j)]
    while i or j:
        # Sums are shifted by one; straight on wins where they are equal.
        before = ((i - 1, j - 1), (i - 1, j), (i, j - 1))
        i, j = min(before, key=lambda cell: total[cell[0] + 1, cell[1] + 1])
        path.append((i, j))
    return np.array(path[::-1])


def _slopes(track: Array) -> Array:
    inner = ((track[1:-1] - track[:-2]) + (track[2:] - track[:-2]) / 2) / 2
    return np.concatenate([inner[:1], inner, inner[-1:]])


def _totals(cost: Array) -> Array:
    """(A + 1, B + 1) least sums, filled by diagonals; infinity around."""
    rows, columns = cost.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0
    for diagonal in range(rows + columns - 1):
        i = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        j = diagonal - i
        least = np.minimum(np.minimum(total[i, j], total[i, j + 1]), total[i + 1, j])
        total[i + 1, j + 1] = cost[i, j] + least
    return total
