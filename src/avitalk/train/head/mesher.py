"""Our own triangles: Delaunay in the flat disc, then edges flipped to suit the surface."""

import numpy as np
from scipy.spatial import Delaunay

from avitalk.train.head.scans import Floats, Ints


def triangulate(uv: Floats, positions: Floats, normals: Floats, rounds: int = 60) -> Ints:
    """Triangulate points (k, 2) of the convex disc whose places on the surface are (k, 3).

    Flips are legal only if both new triangles keep their orientation in the disc, so the result
    never overlaps. A flip is made if it brings the edge nearer to Delaunay, or turns triangles
    that face away from the surface's `normals` (k, 3) back.
    """
    flat: Ints = np.array(Delaunay(uv, qhull_options="Qbb Qc Qz Q12").simplices, np.int64)
    area = _area2(uv, flat)
    flat[area < 0] = flat[area < 0][:, [0, 2, 1]]
    triangles = flat[np.abs(area) > 1e-16]
    for _ in range(rounds):
        changed = _flip_pass(triangles, uv, positions, normals)
        if changed == 0:
            break
    return triangles


def _area2(uv: Floats, t: Ints) -> Floats:
    a, b, c = uv[t[..., 0]], uv[t[..., 1]], uv[t[..., 2]]
    return np.asarray(
        (b - a)[..., 0] * (c - a)[..., 1] - (b - a)[..., 1] * (c - a)[..., 0], np.float64
    )


def _angle(p: Floats, apex: Ints, left: Ints, right: Ints) -> Floats:
    a, b = p[left] - p[apex], p[right] - p[apex]
    norm = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray(np.arccos(np.clip((a * b).sum(axis=1) / np.maximum(norm, 1e-20), -1, 1)))


def _facing(p: Floats, n: Floats, t: Ints) -> Floats:
    """Cosine between each triangle's normal and the surface's at its corners, the smallest."""
    face = np.cross(p[t[:, 1]] - p[t[:, 0]], p[t[:, 2]] - p[t[:, 0]])
    face /= np.maximum(np.linalg.norm(face, axis=1, keepdims=True), 1e-20)
    mean = n[t].sum(axis=1)
    mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-20)
    return np.asarray((face * mean).sum(axis=1))


def _flip_pass(t: Ints, uv: Floats, p: Floats, n: Floats) -> int:
    """One sweep of independent flips, best first; changes `t` in place, returns their number."""
    sides = np.concatenate([t[:, [1, 2]], t[:, [2, 0]], t[:, [0, 1]]])
    count = len(t)
    key = np.sort(sides, axis=1)
    order = np.lexsort((key[:, 1], key[:, 0]))
    same = (key[order[1:]] == key[order[:-1]]).all(axis=1)
    one, other = order[:-1][same], order[1:][same]
    t1, t2 = one % count, other % count
    a, b = sides[one, 0], sides[one, 1]
    c, d = t[t1, one // count], t[t2, other // count]
    new1, new2 = np.stack([c, a, d], axis=1), np.stack([d, b, c], axis=1)
    legal = (_area2(uv, new1) > 1e-15) & (_area2(uv, new2) > 1e-15)
    opposite = _angle(p, c, a, b) + _angle(p, d, a, b)
    facing_old = np.minimum(_facing(p, n, t[t1]), _facing(p, n, t[t2]))
    facing_new = np.minimum(_facing(p, n, new1), _facing(p, n, new2))
    gain = (
        opposite
        - np.pi
        + 3.0 * np.clip(np.minimum(facing_new, 0.6) - np.minimum(facing_old, 0.6), -2, 2)
    )
    wanted = np.nonzero(legal & (gain > 1e-6))[0]
    touched = np.zeros(count, bool)
    made = 0
    for k in wanted[np.argsort(-gain[wanted])]:
        if touched[t1[k]] or touched[t2[k]]:
            continue
        touched[t1[k]] = touched[t2[k]] = True
        t[t1[k]], t[t2[k]] = new1[k], new2[k]
        made += 1
    return made
