"""Small arithmetic for kernels, on tuples (x, y, z) or (r, g, b)."""

import math

import numpy as np
from numpy.typing import NDArray

from avitalk.render.compiled import inlined

F32 = NDArray[np.float32]
Triple = tuple[float, float, float]


@inlined
def dot(a: Triple, b: Triple) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@inlined
def unit(x: float, y: float, z: float) -> Triple:
    """(x, y, z) at length 1; zero stays zero."""
    length = math.sqrt(x * x + y * y + z * z)
    scale = 1.0 / length if length > 1e-12 else 0.0
    return (x * scale, y * scale, z * scale)


@inlined
def mirrored(direction: Triple, n: Triple) -> Triple:
    """`direction` (pointing away from the surface) mirrored about the normal `n`."""
    twice = 2.0 * dot(direction, n)
    return (
        twice * n[0] - direction[0],
        twice * n[1] - direction[1],
        twice * n[2] - direction[2],
    )


@inlined
def into(axes: F32, v: Triple) -> Triple:
    """Coordinates of `v` along the rows of `axes` (3, 3)."""
    return (
        axes[0, 0] * v[0] + axes[0, 1] * v[1] + axes[0, 2] * v[2],
        axes[1, 0] * v[0] + axes[1, 1] * v[1] + axes[1, 2] * v[2],
        axes[2, 0] * v[0] + axes[2, 1] * v[1] + axes[2, 2] * v[2],
    )


@inlined
def out_of(axes: F32, v: Triple) -> Triple:
    """The vector with coordinates `v` along the rows of `axes` (3, 3)."""
    return (
        axes[0, 0] * v[0] + axes[1, 0] * v[1] + axes[2, 0] * v[2],
        axes[0, 1] * v[0] + axes[1, 1] * v[1] + axes[2, 1] * v[2],
        axes[0, 2] * v[0] + axes[1, 2] * v[1] + axes[2, 2] * v[2],
    )


@inlined
def between(a: Triple, b: Triple, share: float) -> Triple:
    """`a` at share 0, `b` at share 1."""
    return (
        a[0] + share * (b[0] - a[0]),
        a[1] + share * (b[1] - a[1]),
        a[2] + share * (b[2] - a[2]),
    )


@inlined
def smooth(x: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high`, without a kink in between."""
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@inlined
def ambient(sky: F32, ground: F32, up: float) -> Triple:
    """Light of the room from a direction: `up` = 0 from below, 1 from above."""
    return (
        ground[0] + (sky[0] - ground[0]) * up,
        ground[1] + (sky[1] - ground[1]) * up,
        ground[2] + (sky[2] - ground[2]) * up,
    )
