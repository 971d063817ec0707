"""A .glb, .gltf or .vrm in, the Motion of its face out: our files and animations like them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, INDEX, eye_angles
from avitalk.errors import InputError
from avitalk.export.rotations import angles, conjugate, multiply, quaternion_of
from avitalk.face.avatar.controls import Control, controls_of, target_count
from avitalk.face.avatar.rig import Rig, find_rig
from avitalk.face.avatar.visemes import pose_weights
from avitalk.face.avatar.wiring import Link, Wiring, automatic_wiring
from avitalk.face.gltf import GltfFile, Scene, reading
from avitalk.face.gltf.accessors import whole
from avitalk.face.gltf.scene import turn_of
from avitalk.types import Motion

Floats = NDArray[np.float64]
Tracks = dict[tuple[int, str], dict[str, Any]]  # (node, path) -> sampler, as in JSON


def read_glb_motion(data: bytes, source: str = "glb") -> Motion:
    """Read the first animation of meshes with ARKit or viseme morph targets.

    Missing eye tracks are derived from the eyeLook* weights, a missing head track is still. What
    one target took from several weights is shared out evenly among them; visemes give their
    poses. Raises InputError naming `source` if the bytes are not a .glb, are cut off, or hold no
    such animation with linear, evenly spaced keyframes.
    """
    with reading(source, ".glb"):
        try:
            file = GltfFile(data)
            file.refuse_unreadable()
            return _motion(file)
        except InputError as error:  # of Motion: values that no motion has
            raise ValueError(str(error)) from error


def _motion(file: GltfFile) -> Motion:
    scene, controls = Scene(file), controls_of(file)
    for animation in file.items("animations"):
        extras = animation.get("extras")
        extras = extras if isinstance(extras, dict) else {}
        tracks: Tracks = {}
        for channel in animation["channels"]:
            if "node" in channel["target"]:
                aim = whole(channel["target"]["node"]), channel["target"]["path"]
                tracks.setdefault(aim, animation["samplers"][whole(channel["sampler"])])
        wiring, rig = _driven_by(file, scene, controls, extras.get("driven_by"))
        reader = _Reader(file, scene, controls, tracks, extras)
        if reader.times is not None and (wiring.shapes or wiring.visemes):
            return reader.motion(wiring, rig)
    raise ValueError("it holds no animation of a mesh with ARKit morph targets")


def _driven_by(
    file: GltfFile, scene: Scene, controls: tuple[Control, ...], noted: Any
) -> tuple[Wiring, Rig]:
    """What drives what: as noted by `export_avatar`, or by names."""
    rig = find_rig(file, scene)
    if not isinstance(noted, dict):
        return automatic_wiring(controls, eye_bones=rig.eyes != (None, None)), rig
    known = {control.name for control in controls}

    def read(table: dict[str, Any]) -> dict[str, tuple[Link, ...]]:
        return {
            name: tuple(
                Link(target, float(g), float(o)) for target, g, o in wires if target in known
            )
            for name, wires in table.items()
        }

    beside = tuple(name for name in noted.get("beside", ()) if name in INDEX)
    wiring = Wiring(read(noted["weights"]), read(noted.get("visemes", {})), beside)
    nodes = [None if node is None else whole(node) for node in (noted["head"], *noted["eyes"])]
    return wiring, Rig(rig.version, nodes[0], (nodes[1], nodes[2]), rig.facing)


class _Reader:
    """One animation of a file; `times` is None if it moves no morph targets."""

    def __init__(
        self,
        file: GltfFile,
        scene: Scene,
        controls: tuple[Control, ...],
        tracks: Tracks,
        extras: dict[str, Any],
    ) -> None:
        self._file, self._scene, self._controls = file, scene, controls
        self._tracks, self._extras = tracks, extras
        named = {mesh for control in controls for mesh, _, _ in control.moves}
        self._morphing = [
            node
            for node, path in tracks
            if path == "weights" and whole(scene.nodes[node]["mesh"]) in named
        ]
        self.times: Floats | None = None
        if self._morphing:
            first = tracks[self._morphing[0], "weights"]
            self.times = file.accessor(first["input"])[:, 0].astype(np.float64)

    def motion(self, wiring: Wiring, rig: Rig) -> Motion:
        assert self.times is not None
        weights = self._weights(wiring)
        head = self._turn(rig.head, rig)
        looks = eye_angles(weights)
        for side, node in enumerate(rig.eyes):
            turned = self._turn(node, rig)
            if turned is not None:
                looks[:, side] = turned
        still = np.zeros((len(weights), 3), np.float32)
        fps = _rate(self.times, self._extras)
        return Motion(weights, still if head is None else head, looks, fps, self._moved())

    def _weights(self, wiring: Wiring) -> NDArray[np.float32]:
        """(F, 52): the weights of least squares that give what the targets are seen to do."""
        values: dict[tuple[int, int], Floats] = {}
        for node in self._morphing:
            mesh = whole(self._scene.nodes[node]["mesh"])
            count = target_count(self._file.items("meshes")[mesh])
            track = self._track(node, "weights")
            for target, column in enumerate(track.reshape(-1, count).T):
                values.setdefault((mesh, target), column)
        binding = wiring.binding(self._controls)
        spoken = binding.viseme_gains
        driven = binding.gains if spoken is None else np.hstack([binding.gains, spoken])
        moves = {control.name: control.moves for control in self._controls}
        seen = sorted(
            {(m, t) for name in binding.targets for m, t, _ in moves[name]} & values.keys()
        )
        share = np.zeros((len(seen), len(binding.targets)))
        for k, name in enumerate(binding.targets):
            for mesh, target, weight in moves[name]:
                if (mesh, target) in values:
                    share[seen.index((mesh, target)), k] = weight
        done = np.stack([values[key] for key in seen], axis=1) - share @ binding.offsets
        found = done @ np.linalg.pinv(share @ driven.astype(np.float64), rcond=1e-9).T
        weights = found[:, : len(ARKIT_52)]
        if binding.fit is not None:
            poses = np.array([pose_weights(name) for name in binding.fit.names])
            weights = weights + found[:, len(ARKIT_52) :] @ poses
        return np.asarray(weights, np.float32)

    def _turn(self, node: int | None, rig: Rig) -> NDArray[np.float32] | None:
        """(F, 3) angles against rest of a node's rotation track, None if it has none."""
        if node is None or (node, "rotation") not in self._tracks:
            return None
        track = self._track(node, "rotation")
        length = np.linalg.norm(track, axis=1, keepdims=True)
        if not np.allclose(length, 1, atol=1e-3):
            raise ValueError("a rotation is not a unit quaternion")
        across = quaternion_of(rig.facing @ turn_of(self._scene.above_world(node)))
        rest = quaternion_of(turn_of(self._scene.local[node]))
        turned = multiply(track / length, conjugate(rest))
        ours = multiply(multiply(across, turned), conjugate(across))
        return np.asarray(angles(ours), np.float32)

    def _moved(self) -> NDArray[np.float32] | None:
        """(F, 3) translation of a node called 'rig', as in `export_glb`."""
        for node, path in self._tracks:
            if path == "translation" and self._scene.nodes[node].get("name") == "rig":
                return np.asarray(self._track(node, path), np.float32)
        return None

    def _track(self, node: int, path: str) -> Floats:
        """(rows, width) values of a track, whose key times must be those of the weights."""
        sampler = self._tracks[node, path]
        assert self.times is not None
        if sampler.get("interpolation", "LINEAR") != "LINEAR":
            raise ValueError(f"interpolation {sampler['interpolation']}; readable: LINEAR")
        if not np.array_equal(
            self._file.accessor(sampler["input"])[:, 0].astype(float), self.times
        ):
            name = self._scene.nodes[node].get("name", node)
            raise ValueError(f"the keyframes of '{name}' are at other times than the weights")
        return self._file.accessor(sampler["output"]).astype(np.float64)


def _rate(times: Floats, extras: dict[str, Any]) -> float:
    """Frames a second: the one noted in the file if the key times bear it out, else theirs."""
    count = np.arange(len(times))
    single = 0 if len(times) == 1 else float(np.median(np.diff(times)))
    if len(times) > 1 and single <= 0:
        raise ValueError("its key times do not increase")
    measured = (len(times) - 1) / float(times[-1] - times[0]) if len(times) > 1 else 60.0
    for fps in (extras.get("fps"), measured):
        if isinstance(fps, int | float) and fps > 0:
            # Single precision, in which glTF stores times, is good to a part in 8 million.
            allowed_s = 1e-6 + 2e-7 * float(np.abs(times).max()) + 0.02 / fps
            if np.abs(times - times[0] - count / fps).max() <= allowed_s:
                return round(float(fps), 4) if fps is measured else float(fps)
    raise ValueError("its keyframes are not evenly spaced")
