"""Baked ambient occlusion: the share of directions from which a vertex is seen, by depth maps."""

import numba
import numpy as np
from numpy.typing import NDArray

from avitalk.train.head.scans import Floats, Ints


def bake(vertices: Floats, triangles: Ints, normals: Floats, *, directions: int = 160) -> Floats:
    """(V,) openness in [0, 1]: visible cosine-weighted share of the hemisphere."""
    size = 700
    seen = np.zeros(len(vertices))
    total = np.zeros(len(vertices))
    centre = (vertices.max(axis=0) + vertices.min(axis=0)) / 2
    reach = np.linalg.norm(vertices - centre, axis=1).max()
    for direction in _sphere(directions):
        side = np.cross(direction, [0.0, 1.0, 0.0] if abs(direction[1]) < 0.9 else [1.0, 0, 0])
        side /= np.linalg.norm(side)
        frame = np.stack([side, np.cross(direction, side), direction])
        flat = (vertices - centre) @ frame.T
        pixels = flat.copy()
        pixels[:, :2] = (flat[:, :2] / reach * 0.5 + 0.5) * (size - 1)
        depth = np.full((size, size), -1e9)
        _draw(pixels, triangles, depth)
        cosine = np.clip(normals @ direction, 0, None)
        x, y = pixels[:, 0].astype(int), pixels[:, 1].astype(int)
        slack = 0.012 * reach
        seen += cosine * (pixels[:, 2] >= depth[y, x] - slack)
        total += cosine
    return np.asarray(seen / np.maximum(total, 1e-9))


def _sphere(count: int) -> Floats:
    """Directions on a Fibonacci spiral."""
    k = np.arange(count) + 0.5
    y = 1 - 2 * k / count
    turn = np.pi * (1 + 5**0.5) * k
    ring = np.sqrt(1 - y * y)
    return np.stack([ring * np.cos(turn), y, ring * np.sin(turn)], axis=1)


@numba.njit(cache=True)
def _draw(p: NDArray[np.float64], triangles: NDArray[np.int64], depth: NDArray[np.float64]) -> None:
    height, width = depth.shape
    for t in range(len(triangles)):
        a, b, c = triangles[t]
        area = (p[b, 0] - p[a, 0]) * (p[c, 1] - p[a, 1]) - (p[c, 0] - p[a, 0]) * (p[b, 1] - p[a, 1])
        if abs(area) < 1e-12:
            continue
        x0 = max(0, int(min(p[a, 0], p[b, 0], p[c, 0])))
        x1 = min(width - 1, int(max(p[a, 0], p[b, 0], p[c, 0])) + 1)
        y0 = max(0, int(min(p[a, 1], p[b, 1], p[c, 1])))
        y1 = min(height - 1, int(max(p[a, 1], p[b, 1], p[c, 1])) + 1)
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                u = ((p[b, 0] - x) * (p[c, 1] - y) - (p[c, 0] - x) * (p[b, 1] - y)) / area
                v = ((p[c, 0] - x) * (p[a, 1] - y) - (p[a, 0] - x) * (p[c, 1] - y)) / area
                w = 1 - u - v
                if u >= 0 and v >= 0 and w >= 0:
                    z = u * p[a, 2] + v * p[b, 2] + w * p[c, 2]
                    depth[y, x] = max(depth[y, x], z)
