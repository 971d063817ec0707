"""A glTF's nodes in, those that turn head and eyes out: by VRM's humanoid or by their names."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face.avatar.remap import Remap, closest
from avitalk.face.gltf.accessors import whole
from avitalk.face.gltf.container import GltfFile
from avitalk.face.gltf.scene import Scene

VRM_BONES: Final = {"head": "head", "left eye": "leftEye", "right eye": "rightEye"}
# Words of bone names that say nothing about which bone it is.
FILLING: Final = {
    "j", "bip", "c", "adj", "faceeye", "face", "cc", "base", "def", "bone", "jnt", "joint", "grp",
    "group", "mixamorig", "rig", "mch", "org", "ctrl", "ball", "armature", "geo", "bind", "b", "sk",
    "skel", "character", "avatar", "s", "f", "w", "rl", "g",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Rig:
    """Which nodes turn, and about what."""

    version: str
    """'glTF', 'VRM 0' or 'VRM 1'."""
    head: int | None
    """Node that turns with the head."""
    eyes: tuple[int | None, int | None]
    """Nodes that turn with the left and the right eye."""
    facing: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    """(3, 3) rotation from the file's axes to ours: VRM 0 looks along -Z."""
    pivot: NDArray[np.float64] | None = None
    """(3,) centre of the head's rotation in the file's scene, if not the head node's origin."""

    def name(self, file: GltfFile, node: int | None) -> str | None:
        """Name of a node, as binding files have it."""
        if node is None:
            return None
        return str(file.items("nodes")[node].get("name") or f"node {node}")


def find_rig(file: GltfFile, scene: Scene, remap: Remap | None = None) -> Rig:
    """Find the nodes of head and eyes; `remap` may name them. InputError if it names others."""
    humanoid, version = _humanoid(file)
    found = {key: humanoid.get(bone) for key, bone in VRM_BONES.items()}
    joints = {whole(j) for skin in file.items("skins") for j in skin["joints"]}
    for key, node in found.items():
        if node is None:
            found[key] = _by_name(scene, joints, key)
    for key, name in (remap.nodes if remap else {}).items():
        found[key] = None if name is None else _called(scene, name, remap.source if remap else "")
    head, eyes = found["head"], (found["left eye"], found["right eye"])
    facing = np.diag([-1.0, 1.0, -1.0]) if version == "VRM 0" else np.eye(3)
    return Rig(version, head, eyes, facing)


def _humanoid(file: GltfFile) -> tuple[dict[str, int], str]:
    """A VRM's bones by name, and which version it is."""
    extensions = file.document.get("extensions", {})
    if "VRMC_vrm" in extensions:
        bones = extensions["VRMC_vrm"].get("humanoid", {}).get("humanBones", {})
        return {name: whole(bone["node"]) for name, bone in bones.items()}, "VRM 1"
    if "VRM" in extensions:
        listed = extensions["VRM"].get("humanoid", {}).get("humanBones", [])
        return {bone["bone"]: whole(bone["node"]) for bone in listed if "node" in bone}, "VRM 0"
    return {}, "glTF"


def _by_name(scene: Scene, joints: set[int], key: str) -> int | None:
    """The best node by its name: joints first, then those higher up.

    Never a skinned mesh, which does not follow its node, nor a mesh called 'head' whose eyes and
    teeth may lie beside it.
    """
    unfit = ("skin", "mesh") if key == "head" else ("skin",)
    named = [
        number
        for number in scene.order
        if _says(scene.nodes[number]) == key
        and (number in joints or not any(word in scene.nodes[number] for word in unfit))
    ]
    return min(named, key=lambda number: (number not in joints, named.index(number)), default=None)


def _says(node: dict[str, Any]) -> str | None:
    """'head', 'left eye' or 'right eye' if that is what a node's name says."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", str(node.get("name", "")))
    known = {"l": "left", "r": "right", "leye": "left eye", "reye": "right eye", "eyes": "eye"}
    sides = " ".join(known.get(word.lower(), word.lower()) for word in words).split()
    said = sorted({word for word in sides if word not in FILLING})
    return {
        ("head",): "head", ("eye", "left"): "left eye", ("eye", "right"): "right eye",
    }.get(tuple(said)) if len(said) < 3 else None  # fmt: skip


def _called(scene: Scene, name: str, source: str) -> int:
    names = [str(node.get("name") or f"node {i}") for i, node in enumerate(scene.nodes)]
    if name not in names:
        raise InputError(f"{source}: the avatar has no node '{name}'; {closest(name, names)}")
    return names.index(name)
