"""Savitzky-Golay smoothing, window 5, order 2 (section 4.1 of the paper): (F, C) -> (F, C)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

WINDOW: Final = 5
ORDER: Final = 2

_POWERS: Final = np.vander(np.arange(WINDOW) - WINDOW // 2, ORDER + 1).astype(np.float64)
_FITTED: Final = _POWERS @ np.linalg.pinv(_POWERS)
"""(5, 5) values of five frames -> values of the parabola that fits them best."""


def smoothed(track: NDArray[np.floating]) -> NDArray[np.float32]:
    """Each frame on the parabola through the five about it; the two at either end on that of the
    first or last five. A track of less than five frames stays as it is.
    """
    values = np.asarray(track, np.float64)
    if len(values) < WINDOW:
        return values.astype(np.float32)
    half = WINDOW // 2
    inside = len(values) - 2 * half
    found = np.empty_like(values)
    middle = _FITTED[half]
    found[half:-half] = sum(middle[k] * values[k : k + inside] for k in range(WINDOW))
    found[:half] = _FITTED[:half] @ values[:WINDOW]
    found[-half:] = _FITTED[-half:] @ values[-WINDOW:]
    return found.astype(np.float32)
