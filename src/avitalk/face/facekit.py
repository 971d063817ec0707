"""ICT-FaceKit's files: a checkout or a prepared npz in, its neutral mesh and displacements out.

Vertex and face ranges are those of the project's published topology table (MIT licence). Nothing
of its mesh is shipped: users bring a checkout of github.com/ICT-VGL/ICT-FaceKit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52
from avitalk.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

VERTICES: Final = 26719
FACES: Final = 26384
# Ranges of vertices [first, end) and faces [first, end) in the topology table.
SKIN_VERTICES: Final = (0, 14062)
SKIN_FACES: Final = (0, 14034)
FACE_GROUPS: Final = {
    "face": (0, 9230),
    "scalp": (9230, 11144),
    "mouth_socket": (11144, 13226),
    "eye_socket": (13226, 14034),
}
GUMS_AND_TONGUE_FACES: Final = (14034, 17006)
TEETH_FACES: Final = (17006, 21496)
TEETH_VERTICES: Final = (17039, 21451)
LOWER_TEETH_VERTICES: Final = (19247, 21451)
TOOTH_STARTS: Final = (
    17039, 17230, 17416, 17607, 17730, 17895, 17991, 18067, 18143, 18219, 18295, 18391, 18556,
    18679, 18870, 19056, 19247, 19426, 19602, 19814, 19952, 20079, 20169, 20263, 20349, 20435,
    20529, 20619, 20746, 20884, 21096, 21272, 21451,
)  # fmt: skip
SCLERA_LEFT: Final = (21451, 22221)
IRIS_LEFT: Final = (22221, 23021)
SCLERA_RIGHT: Final = (23021, 23791)
EYE_FACES: Final = {"eye_left": (21496, 23094), "eye_right": (23094, 24692)}
LASH_FACES: Final = (25304, 26384)
MULTI_PIE_68: Final = (
    1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088,
    3443, 268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140,
    2075, 1147, 4269, 3360, 1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725,
    3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841, 5702, 5711, 5533,
    6216, 6207, 6470, 5517, 5966,
)  # fmt: skip
"""The table's vertices of the 68 landmarks of Multi-PIE."""
JOINED: Final = ("browInnerUp", "cheekPuff")
"""ARKit shapes that the kit keeps as two, one a side."""


@dataclass(frozen=True, eq=False)
class FaceKit:
    """The kit as it is on disk: scan units (about a centimetre), +Y up, +Z out of the face."""

    vertices: Floats
    """(26719, 3) neutral."""
    faces: Ints
    """(26384, 4) quads; the fourth index is -1 for a triangle."""
    shapes: dict[str, Floats]
    """ARKit name -> (26719, 3) displacement, the halves of `JOINED` added; no tongueOut."""
    identity: Callable[[int], Floats]
    """Number of an identity mode -> its (26719, 3) displacement at one standard deviation."""


def kit_name(arkit: str) -> str:
    """The kit's name of an ARKit shape: eyeBlinkLeft is eyeBlink_L, jawLeft stays."""
    for word, side in (("Left", "_L"), ("Right", "_R")):
        if arkit.endswith(word) and arkit not in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
            return arkit.removesuffix(word) + side
    return arkit


def read_facekit(path: Path) -> FaceKit:
    """Read a checkout (FaceXModel/*.obj), or ict_facekit.npz or the folder it is in.

    The npz holds neutral (V, 3), faces (T, 4), expression_names (K,), expression (K, V, 3) and,
    if modes are wanted, identity (M, V, 3). Raises InputError on anything else.
    """
    path = Path(path)
    archive = path if path.suffix.lower() == ".npz" else path / "ict_facekit.npz"
    folder = path if path.name == "FaceXModel" else path / "FaceXModel"
    if archive.is_file():
        vertices, faces, raw, identity = _from_npz(archive)
    elif (folder / "generic_neutral_mesh.obj").is_file():
        vertices, faces, raw, identity = _from_checkout(folder)
    else:
        raise InputError(f"{path}: neither an ICT-FaceKit checkout nor a folder with its npz")
    if len(vertices) != VERTICES or len(faces) != FACES:
        raise InputError(
            f"{path}: {len(vertices)} vertices and {len(faces)} faces; ICT-FaceKit has "
            f"{VERTICES} and {FACES}"
        )
    for name in JOINED:
        raw[name] = raw[f"{name}_L"] + raw[f"{name}_R"]
    shapes = {name: raw[kit_name(name)] for name in ARKIT_52 if name != "tongueOut"}
    return FaceKit(vertices, faces, shapes, identity)


def wanted_names() -> set[str]:
    """The kit's names of all shapes that are read."""
    names = {kit_name(name) for name in ARKIT_52 if name != "tongueOut"}
    return (names - set(JOINED)) | {f"{name}_{side}" for name in JOINED for side in "LR"}


def _from_npz(
    file: Path,
) -> tuple[Floats, Ints, dict[str, Floats], Callable[[int], Floats]]:
    try:
        with np.load(file, allow_pickle=False) as data:
            vertices = data["neutral"].astype(np.float64)
            faces = data["faces"].astype(np.int64)
            names = [str(name) for name in data["expression_names"]]
            moves = data["expression"].astype(np.float64)
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise InputError(f"{file}: not an npz of ICT-FaceKit ({error})") from error
    raw = dict(zip(names, moves, strict=False))
    missing = sorted(wanted_names() - set(raw))
    if missing or moves.shape[1:] != vertices.shape or vertices.shape[1:] != (3,):
        raise InputError(f"{file}: not an npz of ICT-FaceKit; missing shapes: {missing[:3]}")

    @cache
    def stored() -> NDArray[np.float16]:
        with np.load(file, allow_pickle=False) as data:
            return data["identity"] if "identity" in data else np.zeros((0, 0, 3), np.float16)

    def identity(mode: int) -> Floats:
        modes = stored()
        if not 0 <= mode < len(modes):
            raise InputError(f"identity mode {mode}; {file} has 0 to {len(modes) - 1}")
        return np.asarray(modes[mode], np.float64)

    return vertices, faces, raw, identity


def _from_checkout(
    folder: Path,
) -> tuple[Floats, Ints, dict[str, Floats], Callable[[int], Floats]]:
    vertices, faces = _read_obj(folder / "generic_neutral_mesh.obj")

    def moved(name: str) -> Floats:
        there = _read_obj(folder / f"{name}.obj")[0]
        if there.shape != vertices.shape:
            raise InputError(f"{folder / name}.obj: {len(there)} vertices, {len(vertices)} needed")
        return there - vertices

    raw = {name: moved(name) for name in sorted(wanted_names())}
    return vertices, faces, raw, lambda mode: moved(f"identity{mode:03d}")


def _read_obj(file: Path) -> tuple[Floats, Ints]:
    vertices, faces = [], []
    try:
        with file.open() as lines:
            for line in lines:
                kind, *rest = line.split() or [""]
                if kind == "v":
                    vertices.append([float(x) for x in rest[:3]])
                elif kind == "f":
                    corner = [int(item.split("/")[0]) - 1 for item in rest]
                    faces.append([*corner, -1][:4])
        return np.array(vertices, np.float64).reshape(-1, 3), np.array(faces, np.int64)
    except OSError as error:
        raise InputError(f"{file}: cannot read ({error.strerror})") from error
    except ValueError as error:
        raise InputError(f"{file}: not an OBJ mesh ({error})") from error
