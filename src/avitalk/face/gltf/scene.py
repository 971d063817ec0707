"""The nodes of a glTF file at rest: parents, world matrices, and the joints of its skins."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avitalk.face.gltf.accessors import whole
from avitalk.face.gltf.container import GltfFile

Matrix = NDArray[np.float64]


class Scene:
    """Where everything is before anything moves. ValueError on nodes that do not form trees."""

    def __init__(self, file: GltfFile) -> None:
        self._file = file
        self.nodes = file.items("nodes")
        self.parent = _parents(self.nodes)
        """(nodes,) number of each node's parent, -1 for a root."""
        self.local = [local_matrix(node) for node in self.nodes]
        """(4, 4) matrix of each node against its parent."""
        self.order = _from_roots(self.parent)
        """All nodes, parents first."""
        self.world: list[Matrix] = list(self.local)
        """(4, 4) matrix of each node against the scene."""
        for number in self.order:
            if self.parent[number] >= 0:
                self.world[number] = self.world[self.parent[number]] @ self.local[number]

    def drawn(self) -> list[int]:
        """Nodes of the scene that viewers show, parents first; all nodes if none is named."""
        scenes = self._file.items("scenes")
        if not scenes:
            return list(self.order)
        roots = scenes[whole(self._file.document.get("scene", 0))].get("nodes", [])
        inside = {whole(number) for number in roots}
        for number in self.order:
            if self.parent[number] in inside:
                inside.add(number)
        return [number for number in self.order if number in inside]

    def below(self, number: int) -> set[int]:
        """A node and everything under it."""
        inside = {number}
        for other in self.order:
            if self.parent[other] in inside:
                inside.add(other)
        return inside

    def above(self, number: int) -> Iterator[int]:
        """A node, its parent, and so on up to the root."""
        while number >= 0:
            yield number
            number = self.parent[number]

    def above_world(self, number: int) -> Matrix:
        """World matrix of a node's parent."""
        parent = self.parent[number]
        return self.world[parent] if parent >= 0 else np.eye(4)

    def joints(self, skin: int) -> tuple[list[int], NDArray[np.float64]]:
        """A skin's joints, and (joints, 4, 4) what takes a mesh's rest vertices to the scene."""
        described = self._file.items("skins")[whole(skin)]
        joints = [whole(joint) for joint in described["joints"]]
        back = np.tile(np.eye(4), (len(joints), 1, 1))
        if "inverseBindMatrices" in described:
            columns = self._file.accessor(described["inverseBindMatrices"])[: len(joints)]
            back = columns.reshape(len(joints), 4, 4).transpose(0, 2, 1).astype(np.float64)
        return joints, np.stack([self.world[j] @ b for j, b in zip(joints, back, strict=True)])


def local_matrix(node: dict[str, Any]) -> Matrix:
    """(4, 4) of a node's matrix, or of its translation, rotation and scale."""
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    matrix = np.eye(4)
    turn = quaternion_matrix(np.array(node.get("rotation", (0, 0, 0, 1)), np.float64))
    matrix[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)), np.float64)
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix


def quaternion_matrix(quaternion: NDArray[np.float64]) -> Matrix:
    """(..., 3, 3) rotation of quaternions (..., 4) x, y, z, w. ValueError on a zero one."""
    length = np.linalg.norm(quaternion, axis=-1, keepdims=True)
    if quaternion.shape[-1] != 4 or not (length > 1e-6).all():
        raise ValueError("a rotation that is not a quaternion")
    x, y, z, w = np.moveaxis(quaternion / length, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def turn_of(matrix: Matrix) -> Matrix:
    """(3, 3) rotation in a matrix (4, 4) that may also scale."""
    u, _, vt = np.linalg.svd(matrix[:3, :3])
    u[:, 2] *= np.sign(np.linalg.det(u @ vt))
    return np.asarray(u @ vt)


def _parents(nodes: list[dict[str, Any]]) -> list[int]:
    parent = [-1] * len(nodes)
    for number, node in enumerate(nodes):
        for child in node.get("children", []):
            if parent[whole(child)] >= 0:
                raise ValueError(f"node {child} hangs on two others")
            parent[child] = number
    return parent


def _from_roots(parent: list[int]) -> list[int]:
    children: dict[int, list[int]] = {}
    for number, above in enumerate(parent):
        children.setdefault(above, []).append(number)
    order: list[int] = []
    waiting = children.get(-1, [])[::-1]
    while waiting:
        order.append(waiting.pop())
        waiting += children.get(order[-1], [])[::-1]
    if len(order) != len(parent):
        raise ValueError("its nodes form a circle")
    return order
