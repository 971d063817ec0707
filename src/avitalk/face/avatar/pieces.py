"""A glTF's meshes in, pieces out: triangles placed and skinned at rest, and what follows what."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.face.avatar.rig import Rig
from avitalk.face.gltf.accessors import whole
from avitalk.face.gltf.container import GltfFile
from avitalk.face.gltf.scene import Scene

Array = NDArray[Any]

MOST_VERTICES: Final = 3_000_000
TRIANGLES, STRIP, FAN = 4, 5, 6


@dataclass(frozen=True, eq=False)
class Piece:
    """One primitive of a mesh at one node, cut down to the vertices that its triangles use."""

    mesh: int
    """Number of the mesh."""
    primitive: dict[str, Any]
    """The primitive in the document."""
    used: NDArray[np.int64]
    """(n,) rows of the primitive's accessors."""
    triangles: NDArray[np.int64]
    """(t, 3) into `used`."""
    places: NDArray[np.float64]
    """(n, 3) at rest, in the file's scene."""
    linear: NDArray[np.float64]
    """(1 or n, 3, 3) what turns displacements of a vertex into the scene's."""
    follow: NDArray[np.float32]
    """(n, 3) share of each vertex that follows the head, the left and the right eye."""

    def moved(self, file: GltfFile, target: int) -> NDArray[np.float64]:
        """(n, 3) displacement by a morph target at weight 1, in the file's scene."""
        return _turned(self.linear, _displaced(file, self.primitive, target, self.used))

    def normals(self, file: GltfFile) -> NDArray[np.float64]:
        """(n, 3) normals as the file states them, 0 where it does not."""
        if "NORMAL" not in self.primitive["attributes"]:
            return np.zeros((len(self.used), 3))
        stated = file.accessor(self.primitive["attributes"]["NORMAL"])
        return stated[self.used].astype(np.float64)

    def cut(self, kept: NDArray[np.bool_]) -> "Piece":
        """The piece with only the triangles (t,) that are `kept`."""
        rows, triangles = np.unique(self.triangles[kept], return_inverse=True)
        linear = self.linear if len(self.linear) == 1 else self.linear[rows]
        return Piece(
            self.mesh, self.primitive, self.used[rows], triangles.reshape(-1, 3),
            self.places[rows], linear, self.follow[rows],
        )  # fmt: skip


def pieces_of(
    file: GltfFile, scene: Scene, rig: Rig, resting: dict[tuple[int, int], float]
) -> Iterator[Piece]:
    """Every drawn primitive made of triangles; `resting` are weights of (mesh, target) at rest."""
    inside = [_below(scene, node) for node in (rig.head, *rig.eyes)]
    total = 0
    for node in scene.drawn():
        described = scene.nodes[node]
        if "mesh" not in described:
            continue
        mesh = whole(described["mesh"])
        for primitive in file.items("meshes")[mesh]["primitives"]:
            triangles = _triangles(file, primitive)
            if not len(triangles) or "POSITION" not in primitive["attributes"]:
                continue
            used, numbered = np.unique(triangles, return_inverse=True)
            total += len(used)
            if total > MOST_VERTICES:
                raise ValueError(f"more than {MOST_VERTICES} vertices")
            local = file.accessor(primitive["attributes"]["POSITION"])[used].astype(np.float64)
            for (of, target), weight in resting.items():
                if of == mesh and weight:
                    local += weight * _displaced(file, primitive, target, used)
            matrices, follow = _bound(file, scene, node, primitive, used, inside)
            places = _turned(matrices[:, :3, :3], local) + matrices[:, :3, 3]
            yield Piece(
                mesh, primitive, used, numbered.reshape(-1, 3), places,
                matrices[:, :3, :3], follow,
            )  # fmt: skip


def _below(scene: Scene, node: int | None) -> set[int]:
    return set() if node is None else scene.below(node)


def _bound(
    file: GltfFile,
    scene: Scene,
    node: int,
    primitive: dict[str, Any],
    used: Array,
    inside: Iterable[set[int]],
) -> tuple[Array, NDArray[np.float32]]:
    """(1 or n, 4, 4) what places the vertices, and (n, 3) what of them follows head and eyes."""
    attributes = primitive["attributes"]
    if "skin" not in scene.nodes[node] or "JOINTS_0" not in attributes:
        follow = np.array([[float(node in some) for some in inside]], np.float32)
        return scene.world[node][None], np.repeat(follow, len(used), axis=0)
    joints, at_rest = scene.joints(scene.nodes[node]["skin"])
    belongs = np.array([[joint in some for some in inside] for joint in joints], np.float32)
    matrices = np.zeros((len(used), 4, 4))
    follow, total = np.zeros((len(used), 3), np.float32), np.zeros(len(used))
    for number in range(8):
        if f"JOINTS_{number}" not in attributes:
            break
        indices = file.accessor(attributes[f"JOINTS_{number}"])[used].astype(np.int64)
        shares = file.accessor(attributes[f"WEIGHTS_{number}"])[used].astype(np.float64)
        for column in range(4):
            matrices += shares[:, column, None, None] * at_rest[indices[:, column]]
            follow += shares[:, column, None].astype(np.float32) * belongs[indices[:, column]]
            total += shares[:, column]
    loose = total < 1e-6  # bound to nothing
    matrices[loose], total[loose] = scene.world[node], 1.0
    follow /= total[:, None].astype(np.float32)
    return matrices / total[:, None, None], follow


def _displaced(file: GltfFile, primitive: dict[str, Any], target: int, used: Array) -> Array:
    described = primitive["targets"][target]
    if "POSITION" not in described:
        return np.zeros((len(used), 3))
    return file.accessor(described["POSITION"])[used].astype(np.float64)


def _turned(linear: Array, vectors: Array) -> NDArray[np.float64]:
    if len(linear) == 1:
        return np.asarray(vectors @ linear[0].T)
    return np.asarray(np.einsum("nij,nj->ni", linear, vectors))


def _triangles(file: GltfFile, primitive: dict[str, Any]) -> NDArray[np.int64]:
    mode = primitive.get("mode", TRIANGLES)
    if mode not in (TRIANGLES, STRIP, FAN):
        return np.zeros((0, 3), np.int64)
    count = whole(file.items("accessors")[whole(primitive["attributes"]["POSITION"])]["count"])
    if "indices" in primitive:
        corners = file.accessor(primitive["indices"])[:, 0].astype(np.int64)
        if len(corners) and corners.max() >= count:
            raise ValueError("a triangle names a vertex that does not exist")
    else:
        corners = np.arange(count)
    if mode == TRIANGLES:
        return corners[: len(corners) // 3 * 3].reshape(-1, 3)
    first = np.arange(max(len(corners) - 2, 0))
    if mode == FAN:
        return np.stack([np.full_like(corners[2:], corners[0]), corners[1:-1], corners[2:]], axis=1)
    odd = first % 2  # every other triangle of a strip is wound the other way
    return np.stack([corners[first + odd], corners[first + 1 - odd], corners[first + 2]], axis=1)
