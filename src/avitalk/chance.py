"""Chance by name: a seed and a part's name in, numbers out that stay the same everywhere.

Everything is drawn with uniform numbers only, because those are the ones numpy promises to keep the
same from version to version.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Draw:
    """Random numbers by name: switching one part off leaves the others as they are."""

    def __init__(self, seed: int, part: str) -> None:
        key = [seed, *part.encode()]
        self._bits = np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))

    def between(self, low: float, high: float) -> float:
        """Even between two bounds."""
        return low + (high - low) * float(self._bits.random())

    def bell(self) -> float:
        """Zero mean, unit variance, bounded: the sum of twelve uniforms."""
        return float(self._bits.random(12).sum()) - 6.0

    def bells(self, count: int) -> Floats:
        """(count,) of `bell`."""
        return np.asarray(self._bits.random((count, 12)).sum(axis=1)) - 6.0

    def wait(self, mean: float) -> float:
        """An exponential waiting time."""
        return -mean * math.log(1.0 - float(self._bits.random()))


def sway(frames: int, fps: float, period_s: float, draw: Draw) -> Floats:
    """(F,) smooth noise of about unit size: heights every `period_s`, joined by cubics."""
    knots = draw.bells(math.ceil(frames / fps / period_s) + 4)
    at = np.arange(frames) / fps / period_s + 1
    k = at.astype(np.int64)
    t = at - k
    p0, p1, p2, p3 = (knots[k + i] for i in (-1, 0, 1, 2))
    cubic = 2 * p1 + t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3))
    return np.asarray(0.5 * (cubic + t**3 * (3 * p1 - p0 - 3 * p2 + p3)))
