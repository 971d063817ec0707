"""A .glb in, the Motion of its face out; reads what `export_glb` writes and animations like it."""

import json
import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, INDEX, eye_angles
from avitalk.errors import InputError
from avitalk.export.rotations import angles
from avitalk.types import Motion

JSON_CHUNK: Final = 0x4E4F534A
BINARY_CHUNK: Final = 0x004E4942
DTYPES: Final = {5121: "<u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
MOST_ROWS: Final = 100_000_000
# What malformed JSON makes the code below stumble over.
MALFORMED: Final = (
    KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError, OverflowError,
    struct.error,
)  # fmt: skip

Tracks = dict[tuple[str, str], tuple[Any, Any]]  # (node, path) -> sampler and node, as in JSON


class GlbFile:
    """The JSON document and the binary buffer of a .glb; gives accessors as arrays.

    Raises ValueError if the bytes are not a whole glTF 2.0 binary.
    """

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"glTF":
            raise ValueError("it does not begin with 'glTF'")
        version, length = struct.unpack_from("<II", data, 4)
        if version != 2:
            raise ValueError(f"glTF version {version}; readable: 2")
        if length != len(data):
            raise ValueError(f"{len(data)} bytes, but its header says {length}; is it cut off?")
        chunks: dict[int, bytes] = {}
        at = 12
        while at < length:
            size, kind = struct.unpack_from("<II", data, at)
            chunks.setdefault(kind, data[at + 8 : at + 8 + size])
            at += 8 + size
        self.document: dict[str, Any] = json.loads(chunks[JSON_CHUNK])
        self._binary = chunks.get(BINARY_CHUNK, b"")

    def accessor(self, number: int) -> NDArray[Any]:
        """(rows, width) values; sparse ones filled in, normalized ones as float32."""
        accessor = self.document["accessors"][_whole(number)]
        count, width = _whole(accessor["count"]), WIDTHS[accessor["type"]]
        if count > MOST_ROWS:
            raise ValueError(f"an accessor with {count} rows")
        dtype = DTYPES[accessor["componentType"]]
        rows = self._rows(accessor, dtype, count, width)
        if "sparse" in accessor:
            sparse = accessor["sparse"]
            moved = _whole(sparse["count"])
            kind = DTYPES[sparse["indices"]["componentType"]]
            places = self._rows(sparse["indices"], kind, moved, 1)[:, 0]
            rows[places] = self._rows(sparse["values"], dtype, moved, width)
        if accessor.get("normalized"):
            return np.asarray(rows / np.iinfo(dtype).max, np.float32)
        return rows

    def _rows(self, part: dict[str, Any], dtype: str, count: int, width: int) -> NDArray[Any]:
        if "bufferView" not in part:
            return np.zeros((count, width), dtype)
        view = self.document["bufferViews"][_whole(part["bufferView"])]
        if view.get("buffer", 0) != 0 or "uri" in self.document["buffers"][0]:
            raise ValueError("its data lies in another file")
        start = _whole(view.get("byteOffset", 0)) + _whole(part.get("byteOffset", 0))
        row_bytes = np.dtype(dtype).itemsize * width
        stride = _whole(view.get("byteStride", row_bytes))
        return np.ndarray((count, width), dtype, self._binary, start, (stride, row_bytes // width)
                          ).copy()  # fmt: skip


def read_glb_motion(data: bytes, source: str = "glb") -> Motion:
    """Read the first animation of a mesh with ARKit morph targets.

    Missing eye tracks are derived from the eyeLook* weights, a missing head track is still.
    Raises InputError naming `source` if the bytes are not a .glb, are cut off, or hold no such
    animation with linear, evenly spaced keyframes.
    """
    try:
        return _motion(GlbFile(data))
    except MALFORMED as error:
        said = str(error) if type(error) in (ValueError, InputError) else "it is malformed"
        raise InputError(f"{source}: cannot read this .glb: {said}") from error


def _motion(file: GlbFile) -> Motion:
    nodes, meshes = file.document.get("nodes", []), file.document.get("meshes", [])
    for animation in file.document.get("animations", []):
        tracks: Tracks = {}
        for channel in animation["channels"]:
            node = nodes[_whole(channel["target"]["node"])]
            path = channel["target"]["path"]
            name = "face" if path == "weights" else str(node.get("name", "")).lower()
            if path != "weights" or _target_names(meshes[_whole(node["mesh"])]):
                sampler = animation["samplers"][_whole(channel["sampler"])]
                tracks.setdefault((name, path), (sampler, node))
        if ("face", "weights") in tracks:
            return _from_tracks(file, animation, tracks)
    raise ValueError("it holds no animation of a mesh with ARKit morph targets")


def _from_tracks(file: GlbFile, animation: Any, tracks: Tracks) -> Motion:
    sampler, node = tracks["face", "weights"]
    times = file.accessor(sampler["input"])[:, 0].astype(np.float64)
    names = _target_names(file.document["meshes"][node["mesh"]])
    values = _output(file, sampler).reshape(len(times), len(names))
    weights = np.zeros((len(times), len(ARKIT_52)), np.float32)
    for column, name in zip(values.T, names, strict=True):
        if name in INDEX:
            weights[:, INDEX[name]] = column

    def track(name: str, path: str) -> NDArray[Any] | None:
        if (name, path) not in tracks:
            return None
        found = tracks[name, path][0]
        if not np.array_equal(file.accessor(found["input"])[:, 0], times.astype(np.float32)):
            raise ValueError(f"the keyframes of '{name}' are at other times than the weights")
        output = _output(file, found)
        return np.asarray(angles(output) if path == "rotation" else output, np.float32)

    head = track("head", "rotation")
    looks = eye_angles(weights)
    for side, name in enumerate(("eye_left", "eye_right")):
        turned = track(name, "rotation")
        if turned is not None:
            looks[:, side] = turned
    still = np.zeros((len(times), 3), np.float32)
    fps = _rate(times, animation.get("extras", {}))
    return Motion(weights, still if head is None else head, looks, fps, track("rig", "translation"))


def _target_names(mesh: Any) -> list[str]:
    """Names of a mesh's morph targets if ARKit shapes are among them, else nothing."""
    names = (mesh.get("extras") or {}).get("targetNames", [])
    return names if any(name in INDEX for name in names) else []


def _output(file: GlbFile, sampler: Any) -> NDArray[Any]:
    if sampler.get("interpolation", "LINEAR") != "LINEAR":
        raise ValueError(f"interpolation {sampler['interpolation']}; readable: LINEAR")
    return file.accessor(sampler["output"])


def _rate(times: NDArray[np.float64], extras: Any) -> float:
    """Frames a second: the one noted in the file if the key times bear it out, else theirs."""
    count = np.arange(len(times))
    single = 0 if len(times) == 1 else float(np.median(np.diff(times)))
    if len(times) > 1 and single <= 0:
        raise ValueError("its key times do not increase")
    measured = (len(times) - 1) / float(times[-1] - times[0]) if len(times) > 1 else 60.0
    for fps in (extras.get("fps") if isinstance(extras, dict) else None, measured):
        if isinstance(fps, int | float) and fps > 0:
            # Single precision, in which glTF stores times, is good to a part in 8 million.
            allowed_s = 1e-6 + 2e-7 * float(np.abs(times).max()) + 0.02 / fps
            if np.abs(times - times[0] - count / fps).max() <= allowed_s:
                return round(float(fps), 4) if fps is measured else float(fps)
    raise ValueError("its keyframes are not evenly spaced")


def _whole(number: Any) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ValueError(f"'{number}' where a whole number is needed")
    return number
