"""Values over time: gaps bridged, jitter smoothed without phase shift."""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def bridged(values: Array, good: NDArray[np.bool_]) -> Array:
    """(F, ...) with the frames that are not `good` (F,) joined by lines; ends hold."""
    if good.all():
        return values
    at = np.flatnonzero(good)
    flat = values.reshape(len(values), -1)
    frames = np.arange(len(values))
    high = np.clip(np.searchsorted(at, frames), 0, len(at) - 1)
    low = np.clip(high - 1, 0, None)
    after, before = at[high], at[low]
    span = np.maximum(after - before, 1)
    share = np.clip((frames - before) / span, 0, 1)
    share = np.where(frames >= after, 1.0, share)
    joined = flat[before] * (1 - share)[:, None] + flat[after] * share[:, None]
    joined[good] = flat[good]
    return np.asarray(joined.reshape(values.shape))


def smoothed(values: Array, sigma_frames: float) -> Array:
    """(F, ...) after a symmetric Gaussian over time: no lag; the ends are held."""
    if sigma_frames < 0.2:
        return values
    reach = math.ceil(3 * sigma_frames)
    kernel = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / sigma_frames))
    kernel /= kernel.sum()
    padded = np.concatenate(
        [np.repeat(values[:1], reach, axis=0), values, np.repeat(values[-1:], reach, axis=0)]
    )
    total = np.zeros_like(values)
    for i, share in enumerate(kernel):
        total += share * padded[i : i + len(values)]
    return total
