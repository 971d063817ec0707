"""Normals and the mesh check on shapes simple enough to know the answer."""

import numpy as np

from avitalk.face import inspect_mesh, vertex_normals

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
CLOSED = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)


def test_normals_of_a_tetrahedron_point_outward():
    normals = vertex_normals(CORNERS, CLOSED)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-6)
    assert ((CORNERS - CORNERS.mean(axis=0)) * normals).sum(axis=1).min() > 0


def test_an_isolated_vertex_has_no_normal_and_is_reported():
    vertices = np.vstack([CORNERS, [[5, 5, 5]]]).astype(np.float32)
    assert np.array_equal(vertex_normals(vertices, CLOSED)[4], [0, 0, 0])
    assert inspect_mesh(vertices, CLOSED).unused_vertices == 1


def test_faults_are_counted():
    assert inspect_mesh(CORNERS, CLOSED).sound
    flipped = CLOSED.copy()
    flipped[0] = flipped[0, ::-1]
    assert inspect_mesh(CORNERS, flipped).flipped_edges == 3
    folded = np.vstack([CLOSED, [[0, 1, 1]]]).astype(np.int32)
    assert inspect_mesh(CORNERS, folded).degenerate == 1
    fan = np.vstack([CLOSED, [[0, 1, 3]]]).astype(np.int32)
    assert inspect_mesh(CORNERS, fan).crowded_edges == 3
