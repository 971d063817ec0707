"""Periodic noise in space: the one source of everything that looks random in a picture."""

import math

import numpy as np
from numpy.typing import NDArray

from avitalk.render.arith import F32
from avitalk.render.compiled import called


def noise_volume(side: int = 32) -> NDArray[np.float32]:
    """(side, side, side) periodic noise with zero mean, smoothed once so that cells round off."""
    noise = np.random.default_rng(11).standard_normal((side,) * 3)
    for axis in range(3):
        noise = 0.5 * noise + 0.25 * (np.roll(noise, 1, axis) + np.roll(noise, -1, axis))
    return np.asarray(noise / (2.5 * noise.std()), np.float32)


@called
def noise_at(volume: F32, x: float, y: float, z: float) -> tuple[float, float, float, float]:
    """Trilinear value, about [-1, 1], and gradient, one cell per unit."""
    mask = volume.shape[0] - 1
    fx, fy, fz = math.floor(x), math.floor(y), math.floor(z)
    tx, ty, tz = x - fx, y - fy, z - fz
    i, j, k = int(fx) & mask, int(fy) & mask, int(fz) & mask
    i1, j1, k1 = (i + 1) & mask, (j + 1) & mask, (k + 1) & mask
    a, b = volume[i, j, k], volume[i1, j, k]
    c, d = volume[i, j1, k], volume[i1, j1, k]
    e, f = volume[i, j, k1], volume[i1, j, k1]
    g, h = volume[i, j1, k1], volume[i1, j1, k1]
    ab, cd, ef, gh = a + tx * (b - a), c + tx * (d - c), e + tx * (f - e), g + tx * (h - g)
    low, high = ab + ty * (cd - ab), ef + ty * (gh - ef)
    dx0, dx1 = (b - a) + ty * ((d - c) - (b - a)), (f - e) + ty * ((h - g) - (f - e))
    dy0, dy1 = cd - ab, gh - ef
    return (
        low + tz * (high - low),
        dx0 + tz * (dx1 - dx0),
        dy0 + tz * (dy1 - dy0),
        high - low,
    )


@called
def grain_at(plane: F32, x: float, y: float) -> float:
    """Bilinear value of periodic noise in a plane: cheaper where no gradient is needed."""
    mask = plane.shape[0] - 1
    fx, fy = math.floor(x), math.floor(y)
    tx, ty = x - fx, y - fy
    i, j = int(fx) & mask, int(fy) & mask
    i1, j1 = (i + 1) & mask, (j + 1) & mask
    low = plane[j, i] + tx * (plane[j, i1] - plane[j, i])
    high = plane[j1, i] + tx * (plane[j1, i1] - plane[j1, i])
    return float(low + ty * (high - low))
