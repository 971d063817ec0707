"""Diffuse light at the vertices of a posed head: all lamps but the key, the room, scattering.

Soft light under skin spreads over millimetres, about the distance between vertices, so it is
computed there and interpolated; the key light with its shadows and all reflections are computed at
each picture point. One unit for all: a lamp of strength 1 facing white matt paint gives radiance 1.
"""

import math

import numpy as np
from numpy.typing import NDArray

from avitalk.render.arith import F32, Triple, ambient
from avitalk.render.compiled import inlined, kernel
from avitalk.render.shadow import reached
from avitalk.render.tables import (
    CLEAR,
    INSIDE,
    LIGHT,
    NORMAL,
    OCCLUSION,
    PLACE,
    REACHED,
    RED,
    SCATTER,
    Lighting,
)

OFF_M = 0.004  # how far before the surface a shadow is looked up


@kernel
def light_vertices(
    vertices: F32,
    normals: F32,
    attributes: F32,
    moments: F32,
    lighting: Lighting,
    head_forward: F32,
    mouth: F32,
    lit: F32,
) -> None:
    """Fill `lit` (V, COLUMNS). `moments` (L - 1 or 0, S, S, 2): shadows of the lamps after the
    key; see `Pose`. For the key, REACHED is what the lips let through."""
    lamps = lighting.lamps
    for v in range(vertices.shape[0]):
        p = (np.float64(vertices[v, 0]), np.float64(vertices[v, 1]), np.float64(vertices[v, 2]))
        n = (np.float64(normals[v, 0]), np.float64(normals[v, 1]), np.float64(normals[v, 2]))
        inside = 1.0
        if attributes[v, INSIDE] > 0.0:
            inside -= attributes[v, INSIDE] * (1.0 - _through_lips(p, head_forward, mouth))
        lit[v, REACHED] = inside
        red = green = blue = 0.0
        bleed = attributes[v, SCATTER]
        for k in range(1, lamps.shape[0]):
            cosine = n[0] * lamps[k, 0] + n[1] * lamps[k, 1] + n[2] * lamps[k, 2]
            arrived = inside
            if moments.shape[0] > 0 and cosine > -0.4:
                arrived *= reached(p, n, OFF_M, moments[k - 1], lighting.shadow[k])
            lit[v, REACHED + k] = arrived
            # A large lamp is partly seen from beyond the terminator; red light, which spreads
            # further than the mesh can carry it, a little more.
            size = 0.22 * lamps[k, 6]
            red += arrived * lamps[k, 3] * wrapped(cosine, size + 0.16 * bleed)
            green += arrived * lamps[k, 4] * wrapped(cosine, size + 0.05 * bleed)
            blue += arrived * lamps[k, 5] * wrapped(cosine, size + 0.02 * bleed)
        room = ambient(lighting.sky, lighting.ground, 0.5 + 0.5 * n[1])
        # Light in the mouth has met its red walls.
        red_walls = attributes[v, INSIDE]
        room = (
            room[0] * (1.0 + 0.3 * red_walls),
            room[1] * (1.0 - 0.06 * red_walls),
            room[2] * (1.0 - 0.22 * red_walls),
        )
        clear = attributes[v, OCCLUSION] * inside
        lit[v, CLEAR] = clear
        for k in range(3):
            lit[v, PLACE + k] = p[k]
            lit[v, NORMAL + k] = n[k]
        lit[v, LIGHT] = red + room[0] * _bounced(clear, attributes[v, RED])
        lit[v, LIGHT + 1] = green + room[1] * _bounced(clear, attributes[v, RED + 1])
        lit[v, LIGHT + 2] = blue + room[2] * _bounced(clear, attributes[v, RED + 2])


@kernel
def scatter(
    first: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    spread: F32,
    rounds: int,
    lit: F32,
    before: F32,
) -> None:
    """Let the light in `lit` spread under the surface: weighted means over the neighbours.

    `before` (V, 3) is overwritten.
    """
    count = lit.shape[0]
    for _ in range(rounds):
        for v in range(count):
            for k in range(3):
                before[v, k] = lit[v, LIGHT + k]
        for v in range(count):
            red, green, blue = before[v, 0], before[v, 1], before[v, 2]
            red_sum = green_sum = blue_sum = np.float32(1.0)
            for e in range(first[v], first[v + 1]):
                other = neighbour[e]
                red += spread[e, 0] * before[other, 0]
                green += spread[e, 1] * before[other, 1]
                blue += spread[e, 2] * before[other, 2]
                red_sum += spread[e, 0]
                green_sum += spread[e, 1]
                blue_sum += spread[e, 2]
            lit[v, LIGHT] = red / red_sum
            lit[v, LIGHT + 1] = green / green_sum
            lit[v, LIGHT + 2] = blue / blue_sum


@inlined
def _through_lips(p: Triple, forward: F32, mouth: F32) -> float:
    """Share of light that reaches `p` through the open lips: less the deeper it lies."""
    depth = (
        (mouth[0] - p[0]) * forward[0]
        + (mouth[1] - p[1]) * forward[1]
        + (mouth[2] - p[2]) * forward[2]
    )
    gap = max(mouth[3], 0.004)
    share = gap / (gap + 0.25 * max(depth - 0.010, 0.0))
    return float(share * math.exp(-45.0 * max(depth - 0.018, 0.0)))


@inlined
def wrapped(cosine: float, wrap: float) -> float:
    """Diffuse cosine law reaching `wrap` past the terminator, keeping its energy."""
    value = max(cosine + wrap, 0.0) / (1.0 + wrap)
    return value / (1.0 + wrap)


@inlined
def _bounced(clear: float, albedo: float) -> float:
    """Room light with its bounces in a cavity of this albedo (Jimenez et al. 2016, eq. 10)."""
    a = 2.0404 * albedo - 0.3324
    b = -4.7951 * albedo + 0.6417
    c = 2.7552 * albedo + 0.6903
    return max(clear, ((clear * a + b) * clear + c) * clear)
