"""A Head in, glTF meshes with materials and the 52 morph targets out."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pygltflib as gltf
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52
from avitalk.export.glb_buffer import BufferWriter
from avitalk.export.strands import (
    CUTOFF,
    locks_of,
    mass_normals,
    strand_picture,
    strand_places,
)
from avitalk.face.head import PARTS, Head
from avitalk.face.mesh import vertex_normals

Array = NDArray[Any]

# Moved less than this a vertex stays: 52 shapes at once then err by 0.026 mm at most.
STILL_M: Final = 5e-7
# Normals that turn by less than about a degree stay.
STILL_NORMAL: Final = 0.02
# Nostrils: skin so near the tip of the nose that less light than this reaches. Viewers without
# shadows add a sheen there all the same, as bright as the background.
NOSTRIL_M: Final = 0.035
NOSTRIL_OPEN: Final = 0.3
# Exponents of what light is left there, by channel: what comes back from flesh is red.
FLESH: Final = (0.5, 1.0, 1.1)


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
    strands: bool = False
    """Wears the picture of strands: of its parts the locks of hair alone, others leave them."""
    roughness: float | None = None
    """Instead of the mean over its vertices. Hair's is high: viewers' plain sheen greys it."""

    def worn_by(self, head: Head) -> NDArray[np.bool_]:
        """(T,) triangles of `head` that wear this.

        A triangle between two parts belongs to the part with the higher number.
        """
        part = head.part[head.triangles].max(axis=1)
        mine = np.isin(part, [PARTS.index(name) for name in self.parts])
        return np.asarray(mine & (locks_of(head)[head.triangles].all(axis=1) == self.strands))


FACE: Final = (
    Surface("skin", ("skin",)),
    Surface("lips", ("lips",)),
    Surface("mouth", ("mouth", "gums"), 0.9, double_sided=True),
    Surface("teeth", ("teeth_upper", "teeth_lower"), 0.6),
    Surface("tongue", ("tongue",), 0.55),
    Surface("lashes", ("lashes",), double_sided=True),
    Surface("scalp", ("hair",), double_sided=True, roughness=0.95),
    Surface("hair", ("hair",), double_sided=True, strands=True, roughness=0.95),
    Surface("garment", ("garment",), double_sided=True),
)
EYES: Final = (Surface("eye", ("eye_left",), 0.5), Surface("eye", ("eye_right",), 0.5))


class MeshWriter:
    """Writes the head's meshes and materials through one BufferWriter."""

    def __init__(self, head: Head, buffer: BufferWriter, *, morph_normals: bool) -> None:
        self._head, self._buffer = head, buffer
        self._morph_normals = morph_normals
        self._flat = _unit(vertex_normals(head.vertices, head.triangles))
        self._normals = mass_normals(head, self._flat)
        self._material: dict[str, int] = {}
        self.materials: list[gltf.Material] = []
        self.meshes: list[gltf.Mesh] = []
        self.pictures: list[int] = []
        """Buffer views of the PNG files that materials wear."""

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
        """Triangles of one surface, renumbered, and the head's vertices (n,) that they use."""
        mine = surface.worn_by(self._head)
        used, numbered = np.unique(self._head.triangles[mine], return_inverse=True)
        return numbered.reshape(-1, 3), used

    def _primitive(
        self, surface: Surface, triangles: Array, used: Array, *, origin: Array
    ) -> gltf.Primitive:
        head, buffer = self._head, self._buffer
        place = (head.vertices[used] - origin).astype(np.float32)
        linear = shaded(head, used, surface)
        if surface.strands:  # as much brighter as the picture makes them darker
            linear = np.clip(linear / strand_picture()[1], 0, 1)
        colour = np.concatenate([linear, np.ones((len(used), 1))], axis=1)
        corners = triangles.reshape(-1).astype(np.uint16 if len(used) < 65_535 else np.uint32)
        primitive = gltf.Primitive(
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
        if surface.strands:
            places = strand_places(head)[used]
            primitive.attributes.TEXCOORD_0 = buffer.dense(places, target=gltf.ARRAY_BUFFER)
        return primitive

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
            bent[i] -= self._flat
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
            roughness = roughness_of(self._head, used, surface)
            material = gltf.Material(
                name=surface.name,
                pbrMetallicRoughness=gltf.PbrMetallicRoughness(
                    metallicFactor=0.0, roughnessFactor=roughness
                ),
                doubleSided=surface.double_sided,
                alphaCutoff=None,
            )
            if surface.strands:
                material.pbrMetallicRoughness.baseColorTexture = gltf.TextureInfo(
                    index=len(self.pictures)
                )
                material.alphaMode, material.alphaCutoff = gltf.MASK, CUTOFF
                self.pictures.append(self._buffer.file(strand_picture()[0]))
            self.materials.append(material)
        return self._material[surface.name]


def shaded(head: Head, rows: Array, surface: Surface) -> Array:
    """(n, 3) linear colours of vertices `rows` (n,), darkened: viewers may have no shadows.

    Mouths come out dark inside, nostrils darker still.
    """
    open_ = head.occlusion[rows, None]
    light = 1 - surface.shade * (1 - open_)
    tip = head.landmarks.get("nose_tip")
    if tip is not None and len(tip) and surface.parts == ("skin",):
        far = np.linalg.norm(head.vertices[rows] - head.vertices[tip].mean(axis=0), axis=1)
        inside = np.clip(open_ / NOSTRIL_OPEN, 0, 1) ** FLESH
        light = np.where(far[:, None] < NOSTRIL_M, light * inside, light)
    return np.asarray(np.clip(head.colour[rows] * light, 0, 1))


def roughness_of(head: Head, rows: Array, surface: Surface) -> float:
    """Roughness of the material of vertices `rows` (n,)."""
    if surface.roughness is not None:
        return surface.roughness
    return round(float(head.roughness[rows].mean()), 4)


def _unit(vectors: Array) -> NDArray[np.float32]:
    """Unit length; a vertex without area points forward, since glTF allows no zero normal."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    forward = np.where(length > 1e-12, vectors, [0.0, 0.0, 1.0])
    return np.asarray(forward / np.where(length > 1e-12, length, 1.0), np.float32)


def _fixed_point(values: Array) -> NDArray[np.uint16]:
    """[0, 1] to 16-bit, the form that glTF calls normalized."""
    return np.asarray(np.rint(np.clip(values, 0, 1) * 65_535), np.uint16)
