"""Ratings of the same videos by several people in, how far they agree out."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def krippendorff(values: Array) -> float:
    """(R raters, U videos), NaN where not rated -> Krippendorff's alpha for ordered scales.

    1 is perfect, 0 is chance; NaN if no video has two ratings, or if all ratings are the same.
    Source: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C, ordinal.
    """
    rated = [column[np.isfinite(column)] for column in values.T]
    rated = [column for column in rated if len(column) > 1]
    if not rated:
        return float("nan")
    scale = np.unique(np.concatenate(rated))
    coincidences = np.zeros((len(scale), len(scale)))
    for column in rated:
        counts = (column[:, None] == scale).sum(axis=0).astype(float)
        coincidences += (np.outer(counts, counts) - np.diag(counts)) / (len(column) - 1)
    totals = coincidences.sum(axis=0)
    distance = _ordinal(totals)
    expected = (np.outer(totals, totals) * distance).sum() / (totals.sum() - 1)
    if expected == 0:
        return float("nan")
    return float(1 - (coincidences * distance).sum() / expected)


def _ordinal(totals: Array) -> Array:
    """Squared count of ratings that lie between two values, half of those at the ends."""
    reached = np.cumsum(totals) - totals / 2
    return np.asarray((reached[:, None] - reached) ** 2)
