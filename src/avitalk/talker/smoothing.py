"""Tracks over time, smoothed without lag."""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def smoothed_track(values: Floats, sigma: float) -> Floats:
    """(F,) -> (F,): a Gaussian of `sigma` frames, cut at three; the ends hold."""
    reach = max(1, math.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(np.asarray(values, np.float64), reach, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")
