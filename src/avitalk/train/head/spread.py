"""Even points between the loops: spacing by region, seeds by dart throwing, places by Lloyd."""

from typing import Final

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from avitalk.train.head.paint import brow_cover, inside_hair
from avitalk.train.head.points import HAIRLINE_LOW, Layout
from avitalk.train.head.scans import FACE_GROUPS, Floats, nearest_index
from avitalk.train.head.surface import Surface
from avitalk.train.head.walk import Spot, closest

NORMAL_SCALE: Final = 0.35
"""Scan units a unit of normal difference counts, so that the two sides of an ear stay apart."""


def spacing(surface: Surface) -> Floats:
    """(n,) wanted distance between neighbouring vertices, scan units, smoothly graded."""
    x, y, z = surface.vertices.T
    size = np.full(len(x), 0.46)
    group_of = np.zeros(len(x), np.int64)
    for k in range(3):
        group_of[surface.triangles[:, k]] = surface.group
    names = list(FACE_GROUPS)
    size[group_of == names.index("scalp")] = 1.05
    size[(y < -7.5) & (z < 7.5)] = 1.1
    size[y < -12] = 1.7
    size[group_of == names.index("mouth_socket")] = 0.66
    size[group_of == names.index("eye_socket")] = 0.42
    on_face = group_of == names.index("face")
    front = on_face & (z > 7) & (y > -7) & (y < 7.5)
    size[front] = 0.38
    size[on_face & (x < 2.3) & (y > -2) & (y < 1.5) & (z > 9.3)] = 0.245
    size[on_face & (x > 6.9) & (y > -3) & (y < 5) & (z < 4)] = 0.41
    eye = np.linalg.norm(surface.vertices - [3.2, 3.6, 9.4], axis=1)
    size[on_face & (eye < 2.4)] = 0.26
    size[on_face & (brow_cover(surface.vertices) > 0.05)] = 0.33
    mouth = np.linalg.norm((surface.vertices - [0, -3.4, 10.6]) * [0.8, 1, 1], axis=1)
    size[on_face & (mouth < 2.3)] = 0.27
    edge = (y > HAIRLINE_LOW) & (np.abs(inside_hair(surface.vertices)) < 0.4)
    size[edge] = 0.5
    return _graded(surface, size)


def _graded(surface: Surface, size: Floats, rounds: int = 40) -> Floats:
    n = len(size)
    t = surface.triangles
    pairs = np.concatenate([t[:, [0, 1]], t[:, [1, 2]], t[:, [2, 0]]])
    link = sparse.csr_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (n, n))
    link = link + link.T
    mean = sparse.diags(1 / np.asarray(link.sum(axis=1)).ravel()) @ link
    for _ in range(rounds):
        size = 0.5 * size + 0.5 * (mean @ size)
    return np.asarray(size)


def fill_rim(surface: Surface, layout: Layout, size: Floats) -> None:
    """Points along the midline and the neck's lower edge, between those already there."""
    rim = surface.rim
    closed = np.append(rim, rim[0])
    step = np.linalg.norm(np.diff(surface.vertices[closed], axis=0), axis=1)
    # Distance counted in wanted spacings.
    units = step / (0.5 * (size[closed[1:]] + size[closed[:-1]]))
    along = np.concatenate([[0], np.cumsum(units)])
    angle = np.unwrap(np.arctan2(surface.uv[closed, 1], surface.uv[closed, 0]))
    fixed = Spot.join(layout.spots)
    on_seam = np.nonzero(np.abs(fixed.of(surface, surface.vertices)[:, 0]) < 2e-4)[0]
    uv = fixed.pick(on_seam).of(surface, surface.uv)
    at = np.arctan2(uv[:, 1], uv[:, 0])
    at = angle[0] + np.mod(at - angle[0], 2 * np.pi)
    # Corners of the seam (neck) must stay; they are where x leaves zero.
    on_line = np.abs(surface.vertices[rim, 0]) < 1e-6
    corner = np.nonzero(on_line & ~(np.roll(on_line, 1) & np.roll(on_line, -1)))[0]
    stops = np.sort(np.concatenate([np.interp(at, angle, along), along[corner]]))
    new = []
    for first, last in zip(stops, np.append(stops[1:], stops[0] + along[-1]), strict=True):
        pieces = max(1, round(last - first))
        new += list(first + (last - first) * np.arange(1, pieces) / pieces)
    wanted = np.mod(np.concatenate([new, along[corner]]), along[-1])
    slot = np.clip(np.searchsorted(along, wanted, side="right") - 1, 0, len(rim) - 1)
    share = (wanted - along[slot]) / units[slot]
    points = (
        surface.vertices[closed[slot]] * (1 - share[:, None])
        + surface.vertices[closed[slot + 1]] * share[:, None]
    )
    ends = np.where(share < 0.5, closed[slot], closed[slot + 1])
    layout.loops["rim"] = layout.add(closest(surface, points, ends))


def fill_inside(surface: Surface, layout: Layout, size: Floats, seed: int = 0) -> None:
    """Points everywhere else, at the wanted spacing, relaxed while the fixed ones stay."""
    dense = np.hstack([surface.vertices, NORMAL_SCALE * surface.normals])
    fixed_spots = Spot.join(layout.spots)
    fixed = np.hstack(
        [
            fixed_spots.of(surface, surface.vertices),
            NORMAL_SCALE * fixed_spots.of(surface, surface.normals),
        ]
    )
    seeds = _darts(dense, fixed, size, seed)
    weight = _vertex_area(surface) * size**-4.0
    for _ in range(25):
        owner = nearest_index(np.vstack([fixed, seeds]), dense) - len(fixed)
        mine = owner >= 0
        total = np.bincount(owner[mine], weight[mine], len(seeds))
        alive = total > 0
        centre = np.stack(
            [np.bincount(owner[mine], weight[mine] * dense[mine, k], len(seeds)) for k in range(6)],
            axis=1,
        )
        seeds = centre[alive] / total[alive, None]
    vertex = nearest_index(dense, seeds)
    interior = ~np.isin(vertex, surface.rim)
    spot = closest(surface, seeds[interior, :3], vertex[interior])
    place = np.hstack([spot.of(surface, surface.vertices), seeds[interior, 3:]])
    away = cKDTree(fixed).query(place)[0] > 0.45 * size[vertex[interior]]
    layout.loops["free"] = layout.add(spot.pick(np.nonzero(away)[0]))


def _darts(dense: Floats, fixed: Floats, size: Floats, seed: int) -> Floats:
    tree = cKDTree(dense)
    covered = np.zeros(len(dense), bool)
    near = nearest_index(dense, fixed)
    for point, v in zip(fixed, near, strict=True):
        covered[tree.query_ball_point(point, 0.7 * size[v])] = True
    chosen = []
    for v in np.random.default_rng(seed).permutation(len(dense)):
        if not covered[v]:
            chosen.append(v)
            covered[tree.query_ball_point(dense[v], 0.8 * size[v])] = True
    return np.asarray(dense[chosen])


def _vertex_area(surface: Surface) -> Floats:
    a, b, c = (surface.vertices[surface.triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 6
    total = np.zeros(len(surface.vertices))
    for k in range(3):
        np.add.at(total, surface.triangles[:, k], area)
    return total


def disc_places(surface: Surface, spots: Spot) -> Floats:
    """(k, 2) places in the disc; points on the rim are pushed out onto the circle."""
    uv = spots.of(surface, surface.uv)
    corners = surface.triangles[spots.triangle]
    on_rim = np.isin(corners, surface.rim)
    edge = (spots.weights * on_rim).sum(axis=1) > 1 - 1e-6
    uv[edge] /= np.linalg.norm(uv[edge], axis=1, keepdims=True)
    return uv
