"""Straight walks on the dense surface: from a point along a cutting plane, by arc lengths."""

from dataclasses import dataclass

import numpy as np

from avitalk.train.head.scans import Floats, Ints
from avitalk.train.head.surface import Surface


@dataclass(frozen=True)
class Spot:
    """Points on the surface: triangle (k,) and barycentric coordinates (k, 3)."""

    triangle: Ints
    weights: Floats

    def __len__(self) -> int:
        return len(self.triangle)

    def of(self, surface: Surface, values: Floats) -> Floats:
        """Interpolate per-vertex `values` (n, d) -> (k, d)."""
        corner = values[surface.triangles[self.triangle]]
        return np.asarray(np.einsum("kc,kcd->kd", self.weights, corner))

    def pick(self, index: Ints) -> "Spot":
        """The chosen points."""
        return Spot(self.triangle[index], self.weights[index])

    @staticmethod
    def join(parts: list["Spot"]) -> "Spot":
        """One after another."""
        return Spot(
            np.concatenate([p.triangle for p in parts]), np.concatenate([p.weights for p in parts])
        )


def closest(surface: Surface, points: Floats, vertex: Ints) -> Spot:
    """The point nearest to each of `points` on the triangles around dense vertex `vertex` (k,)."""
    ring = vertex_triangles(surface)
    triangle, weights = [], []
    for p, v in zip(points, vertex, strict=True):
        around = ring[1][ring[0][v] : ring[0][v + 1]]
        bary = _project(surface.vertices[surface.triangles[around]], p)
        spots = np.einsum("kc,kcd->kd", bary, surface.vertices[surface.triangles[around]])
        best = int(((spots - p) ** 2).sum(axis=1).argmin())
        triangle.append(around[best])
        weights.append(bary[best])
    return Spot(np.array(triangle), np.array(weights))


def _project(corners: Floats, point: Floats) -> Floats:
    """(k, 3) barycentric coordinates of the projection, clamped into the triangle."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    u, v, w = b - a, c - a, point - a
    uu, uv, vv = (u * u).sum(1), (u * v).sum(1), (v * v).sum(1)
    wu, wv = (w * u).sum(1), (w * v).sum(1)
    det = np.maximum(uu * vv - uv * uv, 1e-30)
    s, t = (vv * wu - uv * wv) / det, (uu * wv - uv * wu) / det
    bary = np.clip(np.stack([1 - s - t, s, t], axis=1), 0, None)
    return np.asarray(bary / bary.sum(axis=1, keepdims=True))


_RINGS: dict[int, tuple[Ints, Ints]] = {}


def vertex_triangles(surface: Surface) -> tuple[Ints, Ints]:
    """Offsets (n + 1,) and triangle indices: the triangles around each vertex."""
    key = id(surface)
    if key not in _RINGS:
        flat = surface.triangles.ravel()
        order = np.argsort(flat, kind="stable")
        counts = np.bincount(flat, minlength=len(surface.vertices))
        _RINGS[key] = (np.concatenate([[0], np.cumsum(counts)]), order // 3)
    return _RINGS[key]


def walk(surface: Surface, start: Spot, normal: Floats, heading: Floats, arcs: Floats) -> Spot:
    """Walk from one point along the plane through it with `normal`, first towards `heading`.

    Returns the points at the increasing arc lengths `arcs` (scan units). Raises ValueError if the
    surface's border comes first.
    """
    corners = surface.vertices[surface.triangles]
    triangle = int(start.triangle[0])
    here = start.weights[0] @ corners[triangle]
    normal = normal / np.linalg.norm(normal)
    offset = here @ normal + 1e-7
    came = -1
    travelled, wanted = 0.0, 0
    found_triangle: list[int] = []
    found_weights: list[Floats] = []
    for _ in range(20000):
        exits = _crossings(corners[triangle], normal, offset)
        options = [(edge, p) for edge, p in exits if edge != came]
        if came < 0:
            options.sort(key=lambda item: -float((item[1] - here) @ heading))
        if not options:
            break
        edge, goal = options[0]
        step = float(np.linalg.norm(goal - here))
        while wanted < len(arcs) and travelled + step >= arcs[wanted]:
            share = (arcs[wanted] - travelled) / max(step, 1e-12)
            found_triangle.append(triangle)
            found_weights.append(_project(corners[triangle][None], here + share * (goal - here))[0])
            wanted += 1
        if wanted == len(arcs):
            return Spot(np.array(found_triangle), np.array(found_weights))
        travelled += step
        here = goal
        following = int(surface.neighbours[triangle, edge])
        if following < 0:
            break
        came = int(np.nonzero(surface.neighbours[following] == triangle)[0][0])
        triangle = following
    raise ValueError(f"walk of {arcs[-1]:.2f} scan units met the border after {travelled:.2f}")


def _crossings(corner: Floats, normal: Floats, offset: float) -> list[tuple[int, Floats]]:
    """Edges (named by the opposite corner) that the plane cuts, and where."""
    side = corner @ normal - offset
    found = []
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        if (side[i] < 0) != (side[j] < 0):
            share = side[i] / (side[i] - side[j])
            found.append((k, corner[i] + share * (corner[j] - corner[i])))
    return found
