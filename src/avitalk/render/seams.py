"""Vertices that a picture's seams split: normals of each come in, shared ones go out."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Seams:
    """Groups of vertices at one place, which light must treat as one."""

    def __init__(self, twin: NDArray[np.int32] | None) -> None:
        """`twin` (V,) is the first vertex of each one's group; None: no vertex is split."""
        twin = np.zeros(0, np.int32) if twin is None else twin
        counts = np.bincount(twin, minlength=len(twin))
        self._rows = np.flatnonzero(counts[twin] > 1)
        _, self._group = np.unique(twin[self._rows], return_inverse=True)

    def join(self, normals: Array) -> None:
        """Give the vertices of each group the mean of their unit normals (V, 3), in place."""
        if not len(self._rows):
            return
        split = normals[self._rows]
        mean = np.stack([np.bincount(self._group, axis) for axis in split.T], axis=1)
        length = np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)
        normals[self._rows] = (mean / length)[self._group]
