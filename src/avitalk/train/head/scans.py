"""The ICT-FaceKit scans: a checkout or a prepared npz in, one symmetric `Scans` out.

Vertex and face ranges are those of the project's published topology table. Nothing of its mesh is
kept: the scans serve as a surface that our own mesh is fitted to.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avitalk.arkit import ARKIT_52
from avitalk.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

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
TEETH_VERTICES: Final = (17039, 21451)
LOWER_TEETH_VERTICES: Final = (19247, 21451)
TOOTH_STARTS: Final = (
    17039, 17230, 17416, 17607, 17730, 17895, 17991, 18067, 18143, 18219, 18295, 18391, 18556,
    18679, 18870, 19056, 19247, 19426, 19602, 19814, 19952, 20079, 20169, 20263, 20349, 20435,
    20529, 20619, 20746, 20884, 21096, 21272, 21451,
)  # fmt: skip
SCLERA_LEFT: Final = (21451, 22221)
IRIS_LEFT: Final = (22221, 23021)


@dataclass(frozen=True)
class Scans:
    """The neutral scan and its displacements, in scan units (about a centimetre), symmetric."""

    vertices: Floats
    """(n, 3) neutral."""
    faces: Ints
    """(m, 4) quads; the fourth index is -1 for a triangle."""
    shapes: dict[str, Floats]
    """ARKit name -> (n, 3) displacement; tongueOut is missing."""
    units_m: float
    """Metres a scan unit, so that the pupils are 63 mm apart."""
    eye_centre: Floats
    """(3,) centre of the left eyeball, scan units."""
    eye_radius: float
    """Radius of the eyeball, scan units."""


def nearest_index(pool: Floats, points: Floats, count: int = 1) -> Ints:
    """Indices (k,) or (k, count) of the rows of `pool` nearest to each of `points`."""
    return np.asarray(cKDTree(pool).query(points, k=count)[1], np.int64)


def load_scans(path: Path) -> Scans:
    """Read an ICT-FaceKit checkout (FaceXModel/*.obj) or a folder with ict_facekit.npz."""
    if (path / "ict_facekit.npz").is_file():
        vertices, faces, raw = _from_npz(path / "ict_facekit.npz")
    elif (path / "FaceXModel" / "generic_neutral_mesh.obj").is_file():
        vertices, faces, raw = _from_checkout(path / "FaceXModel")
    else:
        raise InputError(f"{path}: neither an ICT-FaceKit checkout nor a folder with its npz")
    partner = _mirror_partner(vertices, faces)
    flip = np.array([-1.0, 1.0, 1.0])
    vertices[: len(partner)] = (vertices[: len(partner)] + vertices[partner] * flip) / 2
    shapes = _arkit_shapes(raw, partner, flip)
    centre, radius = _fit_sphere(vertices[slice(*SCLERA_LEFT)])
    return Scans(vertices, faces, shapes, 0.0315 / centre[0], centre, radius)


def _from_npz(file: Path) -> tuple[Floats, Ints, dict[str, Floats]]:
    with np.load(file) as data:
        vertices = data["neutral"].astype(np.float64)
        faces = data["faces"].astype(np.int64)
        names = [str(name) for name in data["expression_names"]]
        moves = data["expression"].astype(np.float64)
    return vertices, faces, dict(zip(names, moves, strict=True))


def _from_checkout(folder: Path) -> tuple[Floats, Ints, dict[str, Floats]]:
    vertices, faces = _read_obj(folder / "generic_neutral_mesh.obj")
    names = {_scan_name(name) for name in ARKIT_52 if name != "tongueOut"}
    names = (names - {"browInnerUp", "cheekPuff"}) | {
        f"{name}_{side}" for name in ("browInnerUp", "cheekPuff") for side in "LR"
    }
    raw = {name: _read_obj(folder / f"{name}.obj")[0] - vertices for name in sorted(names)}
    return vertices, faces, raw


def _read_obj(file: Path) -> tuple[Floats, Ints]:
    vertices, faces = [], []
    with file.open() as lines:
        for line in lines:
            kind, *rest = line.split() or [""]
            if kind == "v":
                vertices.append([float(x) for x in rest[:3]])
            elif kind == "f":
                corner = [int(item.split("/")[0]) - 1 for item in rest]
                faces.append([*corner, -1][:4])
    return np.array(vertices), np.array(faces, np.int64)


def _scan_name(arkit: str) -> str:
    for word, side in (("Left", "_L"), ("Right", "_R")):
        if arkit.endswith(word) and arkit not in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
            return arkit.removesuffix(word) + side
    return arkit


def _mirror_partner(vertices: Floats, faces: Ints) -> Ints:
    """(skin vertices,) index of each skin vertex's mirror image; normals part touching lips."""
    count = SKIN_VERTICES[1]
    skin = faces[slice(*SKIN_FACES)]
    third = np.where(skin[:, 3] < 0, skin[:, 0], skin[:, 3])
    face_normal = np.cross(
        vertices[skin[:, 2]] - vertices[skin[:, 0]], vertices[third] - vertices[skin[:, 1]]
    )
    normal = np.zeros((count, 3))
    for corner in range(4):
        used = skin[:, corner] >= 0
        np.add.at(normal, skin[used, corner], face_normal[used])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    here = np.hstack([vertices[:count], 0.3 * normal])
    partner = nearest_index(here, here * [-1, 1, 1, -1, 1, 1])
    if not np.array_equal(partner[partner], np.arange(count)):
        raise InputError("the neutral scan is not symmetric: unexpected version of ICT-FaceKit")
    return partner


def _arkit_shapes(raw: dict[str, Floats], partner: Ints, flip: Floats) -> dict[str, Floats]:
    for name in ("browInnerUp", "cheekPuff"):
        raw[name] = raw[f"{name}_L"] + raw[f"{name}_R"]
    shapes = {}
    for name in ARKIT_52:
        if name == "tongueOut":
            continue
        twin = name.replace("Left", "?").replace("Right", "Left").replace("?", "Right")
        one, other = raw[_scan_name(name)], raw[_scan_name(twin)]
        moved = one.copy()
        skin = len(partner)
        moved[:skin] = (one[:skin] + other[partner] * flip) / 2
        shapes[name] = moved
    return shapes


def _fit_sphere(points: Floats) -> tuple[Floats, float]:
    """Least squares: |p|^2 = 2 p.c + (r^2 - |c|^2)."""
    system = np.hstack([2 * points, np.ones((len(points), 1))])
    solution = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0]
    centre = solution[:3]
    return centre, float(np.sqrt(solution[3] + centre @ centre))
