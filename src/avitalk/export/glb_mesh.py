"""A Head in, glTF meshes with materials and the 52 morph targets out."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pygltflib as gltf
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52
from avitalk.export.glb_buffer import BufferWriter
from avitalk.face.head import PARTS, Head
from avitalk.face.mesh import vertex_normals

Array = NDArray[Any]

# Moved less than this a vertex stays: 52 shapes at once then err by 0.026 mm at most.
STILL_M: Final = 5e-7
# Normals that turn by less than about a degree stay.
STILL_NORMAL: Final = 0.02


@dataclass(frozen=True, slots=True)
class Surface:
    """One material and the head's parts that wear it."""

    name: str
    """Name of the material."""
    parts: tuple[str, ...]
    """Parts of the head, of `avitalk.face.head.PARTS`."""
    shade: float = 0.8
    """How much of the occlusion darkens the colour; less on what comes out of the mouth."""
    double_sided: bool = False
    """Draw back faces as well."""


FACE: Final = (
    Surface("skin", ("skin",)),
    Surface("lips", ("lips",)),
    Surface("mouth", ("mouth", "gums"), 0.9, double_sided=True),
    Surface("teeth", ("teeth_upper", "teeth_lower"), 0.6),
    Surface("tongue", ("tongue",), 0.55),
    Surface("lashes", ("lashes",), double_sided=True),
    Surface("hair", ("hair",), double_sided=True),
    Surface("garment", ("garment",), double_sided=True),
)
EYES: Final = (Surface("eye", ("eye_left",), 0.5), Surface("eye", ("eye_right",), 0.5))


class MeshWriter:
    """Writes the head's meshes and materials through one BufferWriter."""

    def __init__(self, head: Head, buffer: BufferWriter, *, morph_normals: bool) -> None:
        self._head, self._buffer = head, buffer
        self._morph_normals = morph_normals
        self._normals = _unit(vertex_normals(head.vertices, head.triangles))
        self._material: dict[str, int] = {}
        self.materials: list[gltf.Material] = []
        self.meshes: list[gltf.Mesh] = []

    def face(self) -> int:
        """Add everything but the eyeballs, with joints 0 (neck) and 1 (head); its mesh number."""
        bent = self._bent_normals()
        primitives = []
        for surface in FACE:
            triangles, used = self._cut(surface)
            if not len(triangles):
                continue
            primitive = self._primitive(surface, triangles, used, origin=np.zeros(3))
            primitive.attributes.JOINTS_0, primitive.attributes.WEIGHTS_0 = self._joints(used)
            primitive.targets = self._targets(used, bent)
            primitives.append(primitive)
        extras = {"targetNames": list(ARKIT_52)}
        self.meshes.append(gltf.Mesh(name="face", primitives=primitives, extras=extras))
        self.meshes[-1].weights = [0.0] * len(ARKIT_52)
        return len(self.meshes) - 1

    def eye(self, side: int) -> int | None:
        """Add one eyeball (0 left, 1 right) about its pivot; its mesh number, None without one."""
        surface = EYES[side]
        triangles, used = self._cut(surface)
        if not len(triangles):
            return None
        origin = self._head.eye_pivots[side]
        primitive = self._primitive(surface, triangles, used, origin=origin)
        self.meshes.append(gltf.Mesh(name=surface.parts[0], primitives=[primitive]))
        return len(self.meshes) - 1

    def _cut(self, surface: Surface) -> tuple[Array, Array]:
        """Triangles of one surface, renumbered, and the head's vertices (n,) that they use.

        A triangle between two parts belongs to the part with the higher number.
        """
        head = self._head
        part = head.part[head.triangles].max(axis=1)
        mine = np.isin(part, [PARTS.index(name) for name in surface.parts])
        used, numbered = np.unique(head.triangles[mine], return_inverse=True)
        return numbered.reshape(-1, 3), used

    def _primitive(
        self, surface: Surface, triangles: Array, used: Array, *, origin: Array
    ) -> gltf.Primitive:
        head, buffer = self._head, self._buffer
        place = (head.vertices[used] - origin).astype(np.float32)
        # Occlusion goes into the colour: mouths are dark inside in viewers without shadows too.
        light = 1 - surface.shade * (1 - head.occlusion[used, None])
        linear = head.colour[used] * light
        colour = np.concatenate([linear, np.ones((len(used), 1))], axis=1)
        corners = triangles.reshape(-1).astype(np.uint16 if len(used) < 65_535 else np.uint32)
        return gltf.Primitive(
            attributes=gltf.Attributes(
                POSITION=buffer.dense(place, target=gltf.ARRAY_BUFFER, bounds=True),
                NORMAL=buffer.dense(self._normals[used], target=gltf.ARRAY_BUFFER),
                COLOR_0=buffer.dense(
                    _fixed_point(colour), target=gltf.ARRAY_BUFFER, normalized=True
                ),
            ),
            indices=buffer.dense(corners, target=gltf.ELEMENT_ARRAY_BUFFER),
            material=self._material_number(surface, used),
        )

    def _joints(self, used: Array) -> tuple[int, int]:
        """Accessors of joints and weights: the neck's share and the head's."""
        share = _fixed_point(self._head.head_weight[used])
        pairs = np.stack([65_535 - share, share], axis=1)
        joints = np.tile(np.array([0, 1, 0, 0], np.uint8), (len(used), 1))
        whole = share == 65_535  # a joint with weight 0 must be joint 0
        joints[whole] = [1, 0, 0, 0]
        pairs[whole] = [65_535, 0]
        joints[share == 0] = 0
        weights = np.concatenate([pairs, np.zeros_like(pairs)], axis=1)
        return (
            self._buffer.dense(joints, target=gltf.ARRAY_BUFFER),
            self._buffer.dense(weights, target=gltf.ARRAY_BUFFER, normalized=True),
        )

    def _bent_normals(self) -> Array | None:
        """(52, V, 3) change of the normals at weight 1, or None if they are left out."""
        if not self._morph_normals:
            return None
        head = self._head
        bent = np.zeros_like(head.shapes)
        for i in np.flatnonzero(head.shapes.any(axis=(1, 2))):
            bent[i] = _unit(vertex_normals(head.vertices + head.shapes[i], head.triangles))
            bent[i] -= self._normals
        return bent

    def _targets(self, used: Array, bent: Array | None) -> list[dict[str, int]]:
        targets = []
        for i, shape in enumerate(self._head.shapes):
            moved = np.asarray(shape[used], np.float32)
            target = {"POSITION": self._buffer.displacements(moved, bounds=True, threshold=STILL_M)}
            if bent is not None:
                target["NORMAL"] = self._buffer.displacements(
                    bent[i, used], bounds=False, threshold=STILL_NORMAL
                )
            targets.append(target)
        return targets

    def _material_number(self, surface: Surface, used: Array) -> int:
        if surface.name not in self._material:
            self._material[surface.name] = len(self.materials)
            roughness = float(self._head.roughness[used].mean())
            self.materials.append(
                gltf.Material(
                    name=surface.name,
                    pbrMetallicRoughness=gltf.PbrMetallicRoughness(
                        metallicFactor=0.0, roughnessFactor=round(roughness, 4)
                    ),
                    doubleSided=surface.double_sided,
                    alphaCutoff=None,
                )
            )
        return self._material[surface.name]


def _unit(vectors: Array) -> NDArray[np.float32]:
    """Unit length; a vertex without area points forward, since glTF allows no zero normal."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    forward = np.where(length > 1e-12, vectors, [0.0, 0.0, 1.0])
    return np.asarray(forward / np.where(length > 1e-12, length, 1.0), np.float32)


def _fixed_point(values: Array) -> NDArray[np.uint16]:
    """[0, 1] to 16-bit, the form that glTF calls normalized."""
    return np.asarray(np.rint(np.clip(values, 0, 1) * 65_535), np.uint16)
