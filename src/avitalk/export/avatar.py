"""A Motion and an avatar's own file in, the same file with the animation in it out.

Meshes, textures, materials, extensions and extras stay as they are, bytes included; key times and
values are added behind them. The animation comes first, since viewers play the first one.
"""

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.export.report import Exported, ExportReport, file_weights
from avitalk.export.rotations import (
    conjugate,
    multiply,
    quaternion_of,
    quaternions,
    rotated,
)
from avitalk.face import Head
from avitalk.face.avatar.avatar import Avatar, rest_weights
from avitalk.face.avatar.wiring import Links
from avitalk.face.gltf import Packer, reading
from avitalk.face.gltf.scene import turn_of
from avitalk.types import Motion

ANIMATION: Final = "avitalk motion"
FORMAT_VERSION: Final = 1

Others = Literal["keep", "drop"]
Floats = NDArray[np.float64]


def export_avatar(motion: Motion, head: Head, *, others: Others = "keep") -> Exported:
    """Write the avatar of `head` with `motion` as its first animation, 'speech'.

    Every driven morph target is set by the animation, whatever the file's rest weights say; the
    others keep theirs. `others` says what becomes of animations that the file had; one that was
    written here is replaced. Raises InputError if the head is not an avatar's, or past 4 GiB.
    """
    avatar = head.avatar
    if avatar is None:
        raise InputError(f"head '{head.name}' was not read from an avatar's file")
    weights, report = file_weights(motion)
    with reading(str(avatar.source.path)):
        packer = Packer(avatar.file)
        _animate(packer, motion, weights, avatar, others)
        left_out = () if motion.translation is None else ("translation",)
        if avatar.rig.head is None and motion.head.any():
            left_out = (*left_out, "head")
        packed = packer.glb()
    return Exported(packed, ExportReport(report.clamped, report.largest_excess, left_out))


def _animate(
    packer: Packer, motion: Motion, weights: NDArray[np.float32], avatar: Avatar, others: Others
) -> None:
    times = np.arange(motion.frames) / motion.fps
    key_times = packer.floats(times, bounds=True)
    tracks: list[tuple[int, str, NDArray[Any]]] = []
    by_mesh = mesh_weights(avatar, weights)
    for number, node in enumerate(avatar.scene.nodes):
        if node.get("mesh") in by_mesh:
            tracks.append((number, "weights", by_mesh[node["mesh"]].reshape(-1)))
    tracks += _turns(packer, motion, avatar)
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []
    for node_number, path, values in tracks:
        output = packer.floats(values)
        channels.append({"sampler": len(samplers), "target": {"node": node_number, "path": path}})
        samplers.append({"input": key_times, "interpolation": "LINEAR", "output": output})
    ours = {
        "name": "speech",
        "samplers": samplers,
        "channels": channels,
        "extras": {
            "format": ANIMATION,
            "format_version": FORMAT_VERSION,
            "fps": motion.fps,
            "driven_by": _noted(avatar),
        },
    }
    before = packer.document.get("animations", []) if others == "keep" else []
    packer.document["animations"] = [ours, *(a for a in before if not is_ours(a))]


def is_ours(animation: dict[str, Any]) -> bool:
    """Whether an animation of a document was written here."""
    extras = animation.get("extras")
    return isinstance(extras, dict) and extras.get("format") == ANIMATION


def mesh_weights(avatar: Avatar, weights: NDArray[np.float32]) -> dict[int, NDArray[np.float32]]:
    """Mesh -> (F, T) weights of all its targets, for each mesh of which any target is driven."""
    driven = avatar.binding.apply(weights)  # (F, K)
    found: dict[int, NDArray[np.float32]] = {}
    started: set[tuple[int, int]] = set()
    for name, values in zip(avatar.binding.targets, driven.T, strict=True):
        for mesh, target, share in avatar.moves(name):
            if mesh not in found:
                rest = np.asarray(rest_weights(avatar.file, mesh), np.float32)
                found[mesh] = np.tile(rest, (len(driven), 1))
            if (mesh, target) not in started:
                found[mesh][:, target] = 0
                started.add((mesh, target))
            found[mesh][:, target] += share * values
    return found


def _turns(
    packer: Packer, motion: Motion, avatar: Avatar
) -> list[tuple[int, str, NDArray[np.float64]]]:
    """Rotations of the head's and the eyes' nodes, in their parents' spaces."""
    rig, tracks = avatar.rig, []
    for node, angles in (
        (rig.head, motion.head), (rig.eyes[0], motion.eyes[:, 0]), (rig.eyes[1], motion.eyes[:, 1])
    ):  # fmt: skip
        if node is None:
            continue
        _give_parts(packer.document["nodes"][node], avatar.scene.local[node])
        above = avatar.scene.above_world(node)
        # The turn in the parent's space, before which comes the node's own rest rotation.
        across = quaternion_of(turn_of(above).T @ rig.facing.T)
        turned = multiply(multiply(across, quaternions(angles)), conjugate(across))
        rest = quaternion_of(turn_of(avatar.scene.local[node]))
        tracks.append((node, "rotation", multiply(turned, rest)))
        if node == rig.head and rig.pivot is not None:
            pivot = np.linalg.solve(above, np.append(rig.pivot, 1.0))[:3]
            offset = avatar.scene.local[node][:3, 3] - pivot
            tracks.append((node, "translation", rotated(turned, offset) + pivot))
    return tracks


def _give_parts(node: dict[str, Any], local: Floats) -> None:
    """Turn a node's matrix into translation, rotation and scale, which animations need."""
    if node.pop("matrix", None) is None:
        return
    turn = turn_of(local)
    node["translation"] = [float(value) for value in local[:3, 3]]
    node["rotation"] = [float(value) for value in quaternion_of(turn)]
    node["scale"] = [float(value) for value in np.diag(turn.T @ local[:3, :3])]


def _noted(avatar: Avatar) -> dict[str, Any]:
    """What drives what, so that the motion can be read back without the binding file."""

    def written(links: Links) -> dict[str, Any]:
        return {
            name: [[link.target, link.gain, link.offset] for link in wires]
            for name, wires in links.items()
        }

    wiring, rig = avatar.wiring, avatar.rig
    noted: dict[str, Any] = {"weights": written(wiring.shapes), "head": rig.head, "eyes": rig.eyes}
    if wiring.visemes:
        noted |= {"visemes": written(wiring.visemes), "beside": list(wiring.beside)}
    return noted
