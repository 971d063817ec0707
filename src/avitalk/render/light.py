"""Diffuse light at the vertices of a posed head: lamps with soft shadows, room, scattering.

Light under skin spreads over millimetres, about the distance between vertices, so diffuse light
is computed there and interpolated; reflections are computed at each picture point. One unit for
both: a lamp of strength 1 facing white matt paint gives radiance 1.
"""

import math

import numpy as np
from numpy.typing import NDArray

from avitalk.render.arith import F32, Triple, ambient, dot, smooth
from avitalk.render.compiled import inlined, kernel
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

SOFT_TEXELS = 3  # half-width of the shadow's soft edge


@kernel
def light_vertices(
    vertices: F32,
    normals: F32,
    attributes: F32,
    shadow: F32,
    lighting: Lighting,
    head_forward: F32,
    mouth: F32,
    lit: F32,
) -> None:
    """Fill `lit` (V, COLUMNS). `shadow` (L, S, S): depth towards each lamp; see `Pose`."""
    lamps = lighting.lamps
    for v in range(vertices.shape[0]):
        p = (vertices[v, 0], vertices[v, 1], vertices[v, 2])
        n = (normals[v, 0], normals[v, 1], normals[v, 2])
        inside = 1.0
        if attributes[v, INSIDE] > 0.0:
            inside -= attributes[v, INSIDE] * (1.0 - _through_lips(p, head_forward, mouth))
        red = green = blue = 0.0
        for k in range(lamps.shape[0]):
            cosine = dot(n, (lamps[k, 0], lamps[k, 1], lamps[k, 2]))
            reached = inside * _reached(p, n, cosine, shadow[k], lighting.shadow[k], lighting)
            lit[v, REACHED + k] = reached
            # A large lamp is partly seen from beyond the terminator; red light, which spreads
            # further than the mesh can carry it, a little more.
            size = 0.22 * lamps[k, 6]
            bleed = attributes[v, SCATTER]
            red += reached * lamps[k, 3] * _wrapped(cosine, size + 0.16 * bleed)
            green += reached * lamps[k, 4] * _wrapped(cosine, size + 0.05 * bleed)
            blue += reached * lamps[k, 5] * _wrapped(cosine, size + 0.02 * bleed)
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
def _reached(p: Triple, n: Triple, cosine: float, depth: F32, m: F32, lighting: Lighting) -> float:
    """How much of a lamp reaches `p`: 7 x 7 texels, weighted so that it varies smoothly.

    Where the surface itself turns away, its angle decides and the map is not asked.
    """
    trust = smooth(cosine, -0.25, 0.2)
    if trust == 0.0:
        return 1.0
    density = m[2, 3]
    off = lighting.bias_m * (2.5 - 1.5 * min(max(cosine, 0.0), 1.0))
    x, y, z = p[0] + off * n[0], p[1] + off * n[1], p[2] + off * n[2]
    fx = (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z - m[0, 3]) * density - 0.5
    fy = (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z - m[1, 3]) * density - 0.5
    near = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + lighting.bias_m
    i, j = math.floor(fx), math.floor(fy)
    side = depth.shape[0]
    if min(i, j) < SOFT_TEXELS or max(i, j) >= side - SOFT_TEXELS - 1:
        return 1.0
    tx, ty = fx - i, fy - j
    lit = 0.0
    for row in range(-SOFT_TEXELS, SOFT_TEXELS + 2):
        line = 0.0
        for column in range(-SOFT_TEXELS, SOFT_TEXELS + 2):
            if depth[j + row, i + column] <= near:
                line += _end_weight(column, tx)
        lit += _end_weight(row, ty) * line
    return 1.0 - trust * (1.0 - lit / (2 * SOFT_TEXELS + 1) ** 2)


@inlined
def _end_weight(k: int, t: float) -> float:
    """Weight of tap `k`: the two ends share one."""
    if k == -SOFT_TEXELS:
        return 1.0 - t
    return t if k == SOFT_TEXELS + 1 else 1.0


@inlined
def _wrapped(cosine: float, wrap: float) -> float:
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
