"""Points come in, how far they are from others goes out: what splines are made of."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def distances(a: Array, b: Array) -> Array:
    """(N, D), (M, D) -> (N, M)."""
    squared = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1)[None] - 2 * a @ b.T
    return np.asarray(np.sqrt(np.maximum(squared, 0)))


def nearest(points: Array, others: Array) -> Array:
    """(N, D), (M, D) -> (N,) distance to the nearest of the others, in parts that stay small."""
    return np.concatenate(
        [distances(points[i : i + 2000], others).min(axis=1) for i in range(0, len(points), 2000)]
    )
