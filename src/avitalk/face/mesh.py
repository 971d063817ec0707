"""Pure geometry on triangle meshes: vertex normals, and a check that a mesh is sound."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Indices = NDArray[np.int32]


def vertex_normals(vertices: Array, triangles: Indices) -> Array:
    """(V, 3) unit normals of `vertices` (V, 3), weighted by triangle area; zero where isolated."""
    corners = np.asarray(vertices, np.float64)[triangles]  # (T, 3, 3)
    edges = corners[:, 1:] - corners[:, :1]
    faces = np.cross(edges[:, 0], edges[:, 1])  # twice the area long
    around = triangles.T.ravel()
    summed = [np.bincount(around, np.tile(axis, 3), len(vertices)) for axis in faces.T]
    normals = np.stack(summed, axis=1)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.asarray(normals / np.maximum(length, 1e-30), np.float32)


@dataclass(frozen=True)
class MeshReport:
    """What is wrong with a mesh; all zero for a sound one."""

    degenerate: int
    """Triangles of no area, or naming a vertex twice."""
    crowded_edges: int
    """Edges of more than two triangles."""
    flipped_edges: int
    """Edges that two triangles run along in the same direction: their windings disagree."""
    unused_vertices: int
    """Vertices in no triangle."""

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not (
            self.degenerate or self.crowded_edges or self.flipped_edges or self.unused_vertices
        )


def inspect_mesh(vertices: Array, triangles: Indices) -> MeshReport:
    """Count the faults of a mesh: `vertices` (V, 3), `triangles` (T, 3)."""
    a, b, c = (vertices[triangles[:, k]].astype(np.float64) for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    repeated = (triangles == np.roll(triangles, 1, axis=1)).any(axis=1)
    directed = np.concatenate([triangles[:, [k, (k + 1) % 3]] for k in range(3)]).astype(np.int64)
    keys = directed[:, 0] * len(vertices) + directed[:, 1]
    undirected = np.sort(directed, axis=1)
    both = undirected[:, 0] * len(vertices) + undirected[:, 1]
    return MeshReport(
        degenerate=int(((area < 1e-14) | repeated).sum()),
        crowded_edges=int((np.unique(both, return_counts=True)[1] > 2).sum()),
        flipped_edges=int((np.unique(keys, return_counts=True)[1] > 1).sum()),
        unused_vertices=len(vertices) - len(np.unique(triangles)),
    )
