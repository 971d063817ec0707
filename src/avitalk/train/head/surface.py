"""The scan as a smooth surface: subdivided, halved at the midline and unrolled to a disc.

Catmull-Clark subdivision makes the surface smooth; every dense vertex is a fixed linear mix of scan
vertices, so one sparse matrix carries positions and all shapes. The left half of skin, mouth bag
and eye socket is one disc, flattened with mean-value weights (Floater 2003), which cannot fold.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from avitalk.train.head.scans import FACE_GROUPS, SKIN_FACES, SKIN_VERTICES, Floats, Ints, Scans


@dataclass(frozen=True)
class Surface:
    """The dense left half (x >= 0) of the skin."""

    vertices: Floats
    """(n, 3) scan units."""
    triangles: Ints
    """(t, 3)."""
    group: Ints
    """(t,) index into FACE_GROUPS."""
    uv: Floats
    """(n, 2) in the unit disc; the boundary lies on the circle."""
    rim: Ints
    """(r,) boundary vertices in counter-clockwise order of uv."""
    mix: sparse.csr_matrix
    """(n, scan skin vertices): dense = mix @ scan."""
    normals: Floats
    """(n, 3)."""
    neighbours: Ints
    """(t, 3) triangle across the edge opposite each corner, -1 at the rim."""


def dense_half(scans: Scans, levels: int = 2) -> Surface:
    """Subdivide, keep x >= 0, triangulate, flatten."""
    faces = scans.faces[slice(*SKIN_FACES)]
    group = np.zeros(len(faces), np.int64)
    for index, (first, end) in enumerate(FACE_GROUPS.values()):
        group[first:end] = index
    mix = sparse.identity(SKIN_VERTICES[1], format="csr")
    for _ in range(levels):
        step, faces, group = _catmull_clark(faces, group, mix.shape[0])
        mix = sparse.csr_matrix(step @ mix)
    vertices = np.asarray(mix @ scans.vertices[: SKIN_VERTICES[1]])
    left = (vertices[faces][..., 0] > -1e-4).all(axis=1)
    faces, group = faces[left], group[left]
    used, local = np.unique(faces, return_inverse=True)
    quads = local.reshape(faces.shape)
    vertices, mix = vertices[used], sparse.csr_matrix(mix)[used]
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    group = np.concatenate([group, group])
    rim = _boundary(triangles)
    seam = rim[np.abs(vertices[rim, 0]) < 1e-3]
    vertices[seam, 0] = 0.0
    normals = vertex_normals(vertices, triangles)
    uv = _flatten(vertices, triangles, rim)
    return Surface(
        vertices, triangles, group, uv, rim, mix, normals, triangle_neighbours(triangles)
    )


def _edges(faces: Ints) -> tuple[Ints, Ints]:
    """Unique undirected edges (e, 2) and, for each face side, its edge index (m, 4) or -1."""
    following = np.roll(faces, -1, axis=1)
    triangle = faces[:, 3] < 0
    following[triangle, 2] = faces[triangle, 0]
    sides = np.sort(np.stack([faces, following], axis=-1), axis=-1)
    valid = np.ones(faces.shape, bool)
    valid[triangle, 3] = False
    edges, inverse = np.unique(sides[valid], axis=0, return_inverse=True)
    index = np.full(faces.shape, -1, np.int64)
    index[valid] = inverse.ravel()
    return edges, index


def _catmull_clark(faces: Ints, group: Ints, count: int) -> tuple[sparse.csr_matrix, Ints, Ints]:
    """One step: matrix (new, old), quads of the new mesh, and their groups."""
    edges, side = _edges(faces)
    corners = (faces >= 0).sum(axis=1)
    m, e = len(faces), len(edges)
    row, col = np.nonzero(faces >= 0)
    at = faces[row, col]
    centre = sparse.csr_matrix((1.0 / corners[row], (row, at)), (m, count))
    edge_face = sparse.csr_matrix((np.ones(len(row)), (side[row, col], row)), (e, m))
    degree = np.asarray(edge_face.sum(axis=1)).ravel()
    ends = sparse.csr_matrix(
        (np.full(2 * e, 0.5), (np.repeat(np.arange(e), 2), edges.ravel())), (e, count)
    )
    inner = sparse.diags((degree == 2).astype(float))
    edge_point = ends - 0.5 * inner @ ends + 0.25 * inner @ edge_face @ centre
    vertex_face = sparse.csr_matrix((np.ones(len(row)), (at, row)), (count, m))
    vertex_edge = sparse.csr_matrix(
        (np.ones(2 * e), (edges.ravel(), np.repeat(np.arange(e), 2))), (count, e)
    )
    valence = np.maximum(np.asarray(vertex_edge.sum(axis=1)).ravel(), 1)
    around = np.maximum(np.asarray(vertex_face.sum(axis=1)).ravel(), 1)
    rim_edge = sparse.diags((degree == 1).astype(float))
    on_rim = np.asarray((vertex_edge @ rim_edge).sum(axis=1)).ravel() > 0
    identity = sparse.identity(count, format="csr")
    smooth = (
        sparse.diags(1 / (valence * around)) @ vertex_face @ centre
        + sparse.diags(2 / valence**2) @ vertex_edge @ ends
        + sparse.diags((valence - 3) / valence) @ identity
    )
    border = 0.5 * identity + 0.5 * (
        sparse.diags(np.full(count, 0.5)) @ vertex_edge @ rim_edge @ ends
    )
    keep = sparse.diags(on_rim.astype(float))
    vertex_point = smooth - keep @ smooth + keep @ border
    step = sparse.vstack([vertex_point, edge_point, centre]).tocsr()
    previous = np.roll(side, 1, axis=1)
    triangle = faces[:, 3] < 0
    previous[triangle, 0] = side[triangle, 2]
    quads = np.stack(
        [at, count + side[row, col], count + e + row, count + previous[row, col]], axis=1
    )
    return step, quads, group[row]


def vertex_normals(vertices: Floats, triangles: Ints) -> Floats:
    """(n, 3) unit normals, area-weighted."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    normal = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(normal, triangles[:, k], face)
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-20))


def triangle_neighbours(triangles: Ints) -> Ints:
    """(t, 3) triangle across the edge opposite each corner, -1 at a border."""
    t = len(triangles)
    sides = np.sort(
        np.concatenate([triangles[:, [1, 2]], triangles[:, [2, 0]], triangles[:, [0, 1]]]), axis=1
    )
    order = np.lexsort((sides[:, 1], sides[:, 0]))
    same = (sides[order[1:]] == sides[order[:-1]]).all(axis=1)
    one, other = order[:-1][same], order[1:][same]
    across = np.full(3 * t, -1, np.int64)
    across[one], across[other] = other % t, one % t
    return across.reshape(3, t).T.copy()


def _boundary(triangles: Ints) -> Ints:
    """The single boundary loop, in the direction of the triangles' winding."""
    across = triangle_neighbours(triangles)
    tri, corner = np.nonzero(across < 0)
    start = triangles[tri, (corner + 1) % 3]
    end = triangles[tri, (corner + 2) % 3]
    following = dict(zip(start.tolist(), end.tolist(), strict=True))
    loop = [int(start[0])]
    while following[loop[-1]] != loop[0]:
        loop.append(following[loop[-1]])
    if len(loop) != len(following):
        raise ValueError(f"half skin has more than one border: {len(loop)} of {len(following)}")
    return np.array(loop)


def _flatten(vertices: Floats, triangles: Ints, rim: Ints) -> Floats:
    """Mean-value coordinates solved with the rim on a circle by length."""
    n = len(vertices)
    rows, cols, values = [], [], []
    for k in range(3):
        i, j, k2 = (triangles[:, (k + s) % 3] for s in range(3))
        a, b = vertices[j] - vertices[i], vertices[k2] - vertices[i]
        la, lb = np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)
        cosine = (a * b).sum(axis=1) / np.maximum(la * lb, 1e-20)
        half_tan = np.sqrt(np.clip((1 - cosine) / (1 + np.clip(cosine, -0.9999, 1)), 1e-8, None))
        rows += [i, i]
        cols += [j, k2]
        values += [half_tan / np.maximum(la, 1e-9), half_tan / np.maximum(lb, 1e-9)]
    weight = sparse.csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(cols))), (n, n)
    )
    weight = sparse.diags(1 / np.asarray(weight.sum(axis=1)).ravel()) @ weight
    steps = np.linalg.norm(np.diff(vertices[rim], axis=0, append=vertices[rim[:1]]), axis=1)
    angle = 2 * np.pi * np.concatenate([[0], np.cumsum(steps)[:-1]]) / steps.sum()
    uv = np.zeros((n, 2))
    uv[rim] = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    inner = np.setdiff1d(np.arange(n), rim)
    system = (sparse.identity(len(inner)) - weight[inner][:, inner]).tocsc()
    uv[inner] = splu(system).solve(weight[inner][:, rim] @ uv[rim])
    return uv
