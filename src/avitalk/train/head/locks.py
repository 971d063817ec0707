"""Locks of hair: ribbons that grow from the scalp along a combed direction, layer over layer."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from avitalk.train.head.scans import Floats, Ints


@dataclass(frozen=True)
class Scalp:
    """The skull that hair lies on, metres."""

    points: Floats
    normals: Floats
    tree: cKDTree

    @classmethod
    def of(cls, points: Floats, normals: Floats) -> "Scalp":
        """A skull of points with unit normals, both (n, 3)."""
        return cls(points, normals, cKDTree(points))

    def under(self, places: Floats) -> tuple[Floats, Floats]:
        """Height above the skull (k,) and its normal (k, 3) below `places` (k, 3)."""
        distance, near = self.tree.query(places, k=8)
        weight = 1 / (distance + 0.003) ** 2
        weight /= weight.sum(axis=1, keepdims=True)
        normal = (weight[..., None] * self.normals[near]).sum(axis=1)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        foot = (weight[..., None] * self.points[near]).sum(axis=1)
        return ((places - foot) * normal).sum(axis=1), normal


@dataclass(frozen=True)
class Comb:
    """How the hair of one style grows, each a function of roots (k, 3) in metres."""

    length_m: Callable[[Floats], Floats]
    width_m: Callable[[Floats], Floats]
    height_m: Callable[[Floats], Floats]
    """Greatest height of a lock above the skull."""
    heading: Callable[[Floats, Floats], Floats]
    """Direction at places (k, 3) for locks whose roots are (k, 3)."""
    rows: int = 5
    falls: float = 0.0
    """Pull downwards once off the skull, in shares of the heading."""
    tip: float = 0.5
    """Height at the tip, in shares of the greatest."""


@dataclass(frozen=True)
class Mesh:
    """Ribbons: vertices (n, 3) metres, triangles, fibre (n, 3) see `Head.fibre`."""

    vertices: Floats
    triangles: Ints
    fibre: Floats

    def plus(self, other: "Mesh") -> "Mesh":
        """Both meshes in one."""
        return Mesh(
            np.vstack([self.vertices, other.vertices]),
            np.vstack([self.triangles, other.triangles + len(self.vertices)]),
            np.vstack([self.fibre, other.fibre]),
        )


def roots_on(
    vertices: Floats,
    triangles: Ints,
    share: Floats,
    apart: Callable[[Floats], Floats],
    rng: np.random.Generator,
) -> Floats:
    """(k, 3) random points on triangles whose vertices have `share` over a half, `apart` metres."""
    mine = triangles[share[triangles].mean(axis=1) > 0.5]
    a, b, c = (vertices[mine[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    pick = rng.choice(len(mine), 12_000, p=area / area.sum())
    u, v = rng.uniform(size=(2, len(pick), 1))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    points = a[pick] + u * (b[pick] - a[pick]) + v * (c[pick] - a[pick])
    space = apart(points)
    tree = cKDTree(points)
    free = np.ones(len(points), bool)
    kept = []
    for k in range(len(points)):
        if free[k]:
            kept.append(k)
            free[tree.query_ball_point(points[k], space[k])] = False
    return np.asarray(points[kept])


def grow(scalp: Scalp, roots: Floats, comb: Comb, rng: np.random.Generator) -> Mesh:
    """A ribbon of `comb.rows` rows from each root, bent along the skull."""
    count, rows = len(roots), comb.rows
    length = comb.length_m(roots) * rng.uniform(0.75, 1.15, count)
    top = comb.height_m(roots) * rng.uniform(0.6, 1.1, count)
    width = comb.width_m(roots) * rng.uniform(0.75, 1.2, count)
    stray = rng.normal(size=(count, 3)) * 0.10
    place = roots.copy()
    _, normal = scalp.under(place)
    fine = 6  # steps from one row to the next
    spine, ups = [place.copy()], [normal]
    direction = np.zeros_like(place)
    for step in range(1, (rows - 1) * fine + 1):
        share = step / ((rows - 1) * fine)
        height, normal = scalp.under(place)
        wanted = comb.heading(place, roots) + stray
        wanted -= (wanted * normal).sum(axis=1, keepdims=True) * normal
        wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
        off = np.clip(height / 0.03, 0, 1)[:, None] * comb.falls
        direction = 0.7 * direction + 0.3 * (wanted * (1 - off) + off * np.array([0, -1.0, 0]))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        place = place + direction * (length / ((rows - 1) * fine))[:, None]
        height, normal = scalp.under(place)
        arc = np.interp(share, [0, 0.35, 0.65, 1], [0.15, 0.95, 1.0, comb.tip])
        place = place + (0.5 * np.clip(top * arc - height, -0.004, 0.01))[:, None] * normal
        if step % fine == 0:
            spine.append(place.copy())
            ups.append(normal)
    return _ribbons(np.stack(spine, axis=1), np.stack(ups, axis=1), width, rng)


def strips(count: int, rows: int) -> Ints:
    """(count, 2 rows - 2, 3) triangles of ribbons of `rows` rows of two vertices."""
    row = 2 * np.arange(rows - 1)[:, None]
    quad = np.concatenate([row + np.array([0, 1, 2]), row + np.array([2, 1, 3])])
    return np.asarray(np.arange(count)[:, None, None] * rows * 2 + quad)


def _ribbons(spine: Floats, up: Floats, width: Floats, rng: np.random.Generator) -> Mesh:
    """Two columns of vertices along each spine (k, rows, 3), facing `up`."""
    count, rows = spine.shape[:2]
    tangent = np.gradient(spine, axis=1)
    side = np.cross(tangent, up)
    side /= np.linalg.norm(side, axis=-1, keepdims=True)
    roll = rng.uniform(-0.3, 0.3, (count, 1, 1))
    side = np.cos(roll) * side + np.sin(roll) * up
    along = np.linspace(0, 1, rows)
    half = 0.5 * width[:, None] * np.interp(along, [0, 0.3, 0.7, 1], [0.8, 1.0, 0.8, 0.2])
    edges = np.stack([spine - half[..., None] * side, spine + half[..., None] * side], axis=2)
    fibre = np.zeros((count, rows, 2, 3))
    fibre[..., 0] = [-1, 1]
    fibre[..., 1] = along[None, :, None]
    fibre[..., 2] = ((np.arange(count) + 1) / count)[:, None, None]
    triangles = strips(count, rows)
    vertices = edges.reshape(-1, 3)
    a, b, c = (vertices[triangles[:, 0, k]] for k in range(3))
    facing = (np.cross(b - a, c - a) * up[:, 0]).sum(axis=1) > 0
    triangles = np.where(facing[:, None, None], triangles, triangles[..., [0, 2, 1]])
    return Mesh(vertices, triangles.reshape(-1, 3), fibre.reshape(-1, 3))
