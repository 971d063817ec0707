"""Triangles with holes, after all others: pictures cut out by alpha, locks that fray."""

import math

import numpy as np
from numpy.typing import NDArray

from avitalk.render.arith import F32
from avitalk.render.compiled import inlined, kernel
from avitalk.render.hair import strands_cover
from avitalk.render.picture import texel
from avitalk.render.raster import SAMPLE_X, SAMPLE_Y, SAMPLES
from avitalk.render.tables import LOCKS, Surface


@kernel
def rasterise_cut(
    screen: F32, surface: Surface, top: int, nearness: F32, seen: NDArray[np.int32]
) -> None:
    """Add the triangles from `surface.solid` on to what `raster.rasterise` wrote."""
    rows, width = nearness.shape[0], nearness.shape[1]
    triangles = surface.triangles
    for t in range(surface.solid, triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        az, bz, cz = screen[a, 2], screen[b, 2], screen[c, 2]
        if az == 0.0 or bz == 0.0 or cz == 0.0:
            continue
        ax, ay = screen[a, 0], screen[a, 1] - top
        bx, by = screen[b, 0], screen[b, 1] - top
        cx, cy = screen[c, 0], screen[c, 1] - top
        first_x = max(0, math.ceil(min(ax, bx, cx) - 0.875))
        last_x = min(width - 1, math.floor(max(ax, bx, cx) - 0.125))
        first_y = max(0, math.ceil(min(ay, by, cy) - 0.875))
        last_y = min(rows - 1, math.floor(max(ay, by, cy) - 0.125))
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if first_x > last_x or first_y > last_y or area == 0.0:
            continue
        scale = 1.0 / area
        ux, uy = (by - cy) * scale, (cx - bx) * scale
        vx, vy = (cy - ay) * scale, (ax - cx) * scale
        for y in range(first_y, last_y + 1):
            for x in range(first_x, last_x + 1):
                for s in range(SAMPLES):
                    px, py = x + 0.5 + SAMPLE_X[s] - cx, y + 0.5 + SAMPLE_Y[s] - cy
                    u, v = ux * px + uy * py, vx * px + vy * py
                    w = 1.0 - u - v
                    if u < 0.0 or v < 0.0 or w < 0.0:
                        continue
                    near = u * az + v * bz + w * cz
                    if near <= nearness[y, x, s]:
                        continue
                    # Weights on the triangle itself, not on its picture.
                    p, q, r = u * az / near, v * bz / near, w * cz / near
                    if _is_there(surface, np.int64(t), a, b, c, p, q, r, area):
                        nearness[y, x, s] = near
                        seen[y, x, s] = t


@inlined
def _is_there(
    surface: Surface, t: np.int64, a: int, b: int, c: int, u: float, v: float, w: float, area: float
) -> bool:
    if surface.kind[t] == LOCKS:
        return bool(strands_cover(surface, a, b, c, u, v, w))
    alpha = texel(surface.pictures, t, a, b, c, u, v, w, area)[3]
    return bool(alpha >= surface.pictures.cutoff[t])
