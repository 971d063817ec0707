"""Points in, the closest places on a mesh out: vertices by position and normal, then triangles."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.face.mesh import vertex_normals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NORMAL_M: Final = 0.010
"""Metres that a right angle between two normals counts as, over the square root of two."""
BLOCK: Final = 512


@dataclass(frozen=True, eq=False)
class Places:
    """Places on a mesh: barycentric shares of three corners each."""

    corners: Ints
    """(N, 3) vertices."""
    shares: Floats
    """(N, 3) not negative, adding up to 1."""

    def of(self, values: Floats) -> Floats:
        """(..., N, C) values there, from those at the vertices (..., V, C)."""
        return np.asarray(np.einsum("...nkc,nk->...nc", values[..., self.corners, :], self.shares))

    def kept(self, chosen: NDArray[np.bool_]) -> "Places":
        """Some of the places."""
        return Places(self.corners[chosen], self.shares[chosen])


class Mesh:
    """A mesh that is asked for its closest places; only `usable` vertices answer."""

    def __init__(
        self, vertices: Floats, triangles: NDArray[np.integer], usable: NDArray[np.bool_]
    ) -> None:
        self.vertices = np.asarray(vertices, np.float64)
        inside = usable[triangles].all(axis=1)
        self.triangles = np.asarray(triangles[inside], np.int64)
        normals = vertex_normals(self.vertices.astype(np.float32), self.triangles.astype(np.int32))
        self.normals = normals.astype(np.float64)
        self.rows = np.unique(self.triangles)
        self._around = _incident(self.triangles, len(self.vertices))

    def nearest_vertices(self, points: Floats, normals: Floats, among: Ints) -> Ints:
        """(N,) which of the vertices `among` is nearest in place and normal."""
        there = np.hstack([self.vertices[among], NORMAL_M * self.normals[among]])
        here = np.hstack([points, NORMAL_M * normals])
        middle = there.mean(axis=0)
        there, here = (there - middle).astype(np.float32), (here - middle).astype(np.float32)
        half = 0.5 * np.einsum("ij,ij->i", there, there)
        found = [
            (half - here[i : i + BLOCK] @ there.T).argmin(axis=1)
            for i in range(0, len(here), BLOCK)
        ]
        return np.asarray(among[np.concatenate(found)], np.int64)

    def closest(self, points: Floats, normals: Floats, among: Ints) -> Places:
        """The closest places in the triangles round the nearest vertices."""
        near = self.nearest_vertices(points, normals, among)
        choice = self._around[near]  # (N, R) triangles, -1 where there are fewer
        candidates = self.triangles[np.maximum(choice, 0)]
        shares = closest_shares(points[:, None], self.vertices[candidates])
        there = np.einsum("nrkc,nrk->nrc", self.vertices[candidates], shares)
        gap = np.linalg.norm(there - points[:, None], axis=2)
        gap[choice < 0] = np.inf
        best = gap.argmin(axis=1)
        pick = np.arange(len(points))
        return Places(candidates[pick, best], shares[pick, best])

    def normals_at(self, places: Places) -> Floats:
        """(N, 3) unit normals at places."""
        blended = places.of(self.normals)
        length = np.linalg.norm(blended, axis=1, keepdims=True)
        return np.asarray(blended / np.maximum(length, 1e-12))


def closest_shares(points: Floats, corners: Floats) -> Floats:
    """Barycentric shares (..., 3) of the places of triangles `corners` (..., 3, 3) closest to
    `points` (..., 3): the foot of the perpendicular, or the closest place of the nearest edge."""
    a, b, c = (corners[..., k, :] for k in range(3))
    ab, ac, ap = b - a, c - a, points - a
    d00, d01, d11 = _dot(ab, ab), _dot(ab, ac), _dot(ac, ac)
    d20, d21 = _dot(ap, ab), _dot(ap, ac)
    area = np.maximum(d00 * d11 - d01 * d01, 1e-30)
    v, w = (d11 * d20 - d01 * d21) / area, (d00 * d21 - d01 * d20) / area
    inside = np.stack([1 - v - w, v, w], axis=-1)
    options, gaps = [], []
    for i, j in ((0, 1), (1, 2), (2, 0)):
        start, along = corners[..., i, :], corners[..., j, :] - corners[..., i, :]
        t = np.clip(_dot(points - start, along) / np.maximum(_dot(along, along), 1e-30), 0, 1)
        share = np.zeros(inside.shape)
        share[..., i], share[..., j] = 1 - t, t
        options.append(share)
        gaps.append(np.linalg.norm(start + t[..., None] * along - points, axis=-1))
    best = np.argmin(gaps, axis=0)
    edge = np.choose(best[..., None], options)
    return np.where((inside >= 0).all(axis=-1, keepdims=True), inside, edge)


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.einsum("...i,...i->...", a, b))


def _incident(triangles: Ints, count: int) -> Ints:
    """(count, R) triangles at each vertex, filled up with -1."""
    vertex = triangles.ravel()
    order = np.argsort(vertex, kind="stable")
    sorted_vertex = vertex[order]
    first = np.searchsorted(sorted_vertex, np.arange(count))
    place = np.arange(len(vertex)) - first[sorted_vertex]
    table = np.full((count, int(place.max(initial=0)) + 1), -1, np.int64)
    table[sorted_vertex, place] = order // 3
    return table
