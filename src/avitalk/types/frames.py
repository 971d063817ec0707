"""Values frame by frame, read between the frames."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def between_frames(values: NDArray[Any], at: NDArray[np.floating[Any]]) -> NDArray[Any]:
    """(F, ...) values at the frame positions `at` (G,), by straight lines; the ends hold.

    Returns (G, ...) in float64.
    """
    inside = np.clip(at, 0, len(values) - 1)
    low = np.floor(inside).astype(np.int64)
    high = np.minimum(low + 1, len(values) - 1)
    share = (inside - low).reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(values[low] * (1 - share) + values[high] * share)
