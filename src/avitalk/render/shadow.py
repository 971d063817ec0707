"""Soft shadows: how deep each lamp sees, blurred as two moments (Donnelly and Lauritzen 2006)."""

import math

import numpy as np
from numpy.typing import NDArray

from avitalk.render.arith import F32, Triple
from avitalk.render.compiled import called, kernel

EMPTY_M = -0.22  # depth where nothing is hit: behind a head
LEAST_SPREAD = 2.0e-6  # m^2, variance of what counts as one surface
LEAK = 0.30  # where casters overlap a share of light leaks through: cut off


@kernel
def shadow_map(
    vertices: F32, triangles: NDArray[np.int32], light: F32, depth: F32, seen: F32
) -> None:
    """Write to `depth` (S, S) how near to a distant light its first surface lies, metres.

    `light` (3, 5): rows right, up, towards the light, unit vectors; column 3: where right and up
    are zero, and the depth of zero; [0, 4]: texels a metre. `seen` (V, 3) is overwritten.
    """
    side = depth.shape[0]
    density = light[0, 4]
    zero, half, one = np.float32(0.0), np.float32(0.5), np.float32(1.0)
    depth[:] = EMPTY_M
    for v in range(vertices.shape[0]):
        x, y, z = vertices[v, 0], vertices[v, 1], vertices[v, 2]
        across = light[0, 0] * x + light[0, 1] * y + light[0, 2] * z
        up = light[1, 0] * x + light[1, 1] * y + light[1, 2] * z
        seen[v, 0] = (across - light[0, 3]) * density
        seen[v, 1] = (up - light[1, 3]) * density
        seen[v, 2] = light[2, 0] * x + light[2, 1] * y + light[2, 2] * z - light[2, 3]
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = seen[a, 0], seen[a, 1], seen[a, 2]
        bx, by, bz = seen[b, 0], seen[b, 1], seen[b, 2]
        cx, cy, cz = seen[c, 0], seen[c, 1], seen[c, 2]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        first_x = max(0, math.ceil(min(ax, bx, cx) - half))
        last_x = min(side - 1, math.floor(max(ax, bx, cx) - half))
        first_y = max(0, math.ceil(min(ay, by, cy) - half))
        last_y = min(side - 1, math.floor(max(ay, by, cy) - half))
        if first_x > last_x or first_y > last_y or area == zero:
            continue
        scale = one / area
        ux, uy = (by - cy) * scale, (cx - bx) * scale
        vx, vy = (cy - ay) * scale, (ax - cx) * scale
        for y in range(first_y, last_y + 1):
            py = np.float32(y) + half - cy
            for x in range(first_x, last_x + 1):
                px = np.float32(x) + half - cx
                u = ux * px + uy * py
                v = vx * px + vy * py
                w = one - u - v
                if u >= zero and v >= zero and w >= zero:
                    depth[y, x] = max(depth[y, x], u * az + v * bz + w * cz)


@kernel
def blur_moments(depth: F32, radius: int, rounds: int, spare: F32, moments: F32) -> None:
    """Mean and mean square of `depth` (S, S) about each texel, to `moments` (S, S, 2).

    `rounds` box filters of 2 `radius` + 1 texels each way; `spare` (S, S, 2) is overwritten.
    """
    side = depth.shape[0]
    for y in range(side):
        for x in range(side):
            moments[y, x, 0] = depth[y, x]
            moments[y, x, 1] = depth[y, x] * depth[y, x]
    share = np.float32(1.0 / (2 * radius + 1))
    last = side - 1
    for _ in range(rounds):
        for y in range(side):
            for k in range(2):
                total = np.float32(0.0)
                for x in range(-radius, radius + 1):
                    total += moments[y, min(max(x, 0), last), k]
                for x in range(side):
                    spare[y, x, k] = total * share
                    total += moments[y, min(x + radius + 1, last), k]
                    total -= moments[y, max(x - radius, 0), k]
        for y in range(side):
            for x in range(side):
                first, second = np.float32(0.0), np.float32(0.0)
                for row in range(y - radius, y + radius + 1):
                    at = min(max(row, 0), last)
                    first += spare[at, x, 0]
                    second += spare[at, x, 1]
                moments[y, x, 0] = first * share
                moments[y, x, 1] = second * share


@called
def reached(p: Triple, n: Triple, off_m: float, moments: F32, m: F32) -> float:
    """Share of a lamp's light that reaches a point `off_m` before `p` along `n`."""
    density = m[0, 4]
    x, y, z = p[0] + off_m * n[0], p[1] + off_m * n[1], p[2] + off_m * n[2]
    fx = (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z - m[0, 3]) * density - 0.5
    fy = (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z - m[1, 3]) * density - 0.5
    near = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z - m[2, 3]
    side = moments.shape[0]
    if fx < 0.0 or fy < 0.0 or fx >= side - 1 or fy >= side - 1:
        return 1.0
    i, j = int(fx), int(fy)
    tx, ty = fx - i, fy - j
    a, b, c, d = (1 - tx) * (1 - ty), tx * (1 - ty), (1 - tx) * ty, tx * ty
    mean = (
        a * moments[j, i, 0] + b * moments[j, i + 1, 0]
        + c * moments[j + 1, i, 0] + d * moments[j + 1, i + 1, 0]
    )  # fmt: skip
    behind = mean - near
    if behind <= 0.0:
        return 1.0
    square = (
        a * moments[j, i, 1] + b * moments[j, i + 1, 1]
        + c * moments[j + 1, i, 1] + d * moments[j + 1, i + 1, 1]
    )  # fmt: skip
    spread = max(square - mean * mean, LEAST_SPREAD)
    lit = spread / (spread + behind * behind)
    lit = min(max((lit - LEAK) / (1.0 - LEAK), 0.0), 1.0)
    return float(lit * lit * (3.0 - 2.0 * lit))
