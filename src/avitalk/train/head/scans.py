"""The ICT-FaceKit scans: a checkout or a prepared npz in, one symmetric `Scans` out.

Vertex and face ranges are those of the project's published topology table. Nothing of its mesh is
kept: the scans serve as a surface that our own mesh is fitted to.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from avitalk.arkit import ARKIT_52, INDEX, MIRROR
from avitalk.errors import InputError
from avitalk.face.facekit import (
    FACE_GROUPS,
    GUMS_AND_TONGUE_FACES,
    IRIS_LEFT,
    LOWER_TEETH_VERTICES,
    SCLERA_LEFT,
    SKIN_FACES,
    SKIN_VERTICES,
    TEETH_VERTICES,
    TOOTH_STARTS,
    Floats,
    Ints,
    read_facekit,
)
from avitalk.train.head.modes import directions, sculpted_age, share_of_variance

__all__ = [
    "FACE_GROUPS",
    "GUMS_AND_TONGUE_FACES",
    "IRIS_LEFT",
    "LOWER_TEETH_VERTICES",
    "SCLERA_LEFT",
    "SKIN_FACES",
    "SKIN_VERTICES",
    "TEETH_VERTICES",
    "TOOTH_STARTS",
    "Floats",
    "Ints",
    "Scans",
    "load_scans",
    "nearest_index",
]

IDENTITY_MODES: Final = 50


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
    modes: Floats
    """(M, n, 3) displacement of each of `avitalk.face.identity.MODES` at one deviation."""
    modes_share: float
    """Share of the variance among the scanned people that the modes span."""


def nearest_index(pool: Floats, points: Floats, count: int = 1) -> Ints:
    """Indices (k,) or (k, count) of the rows of `pool` nearest to each of `points`."""
    return np.asarray(cKDTree(pool).query(points, k=count)[1], np.int64)


def load_scans(path: Path) -> Scans:
    """Read an ICT-FaceKit checkout (FaceXModel/*.obj) or a folder with ict_facekit.npz."""
    kit = read_facekit(path)
    vertices, faces = kit.vertices, kit.faces
    partner = _mirror_partner(vertices, faces)
    flip = np.array([-1.0, 1.0, 1.0])
    vertices[: len(partner)] = (vertices[: len(partner)] + vertices[partner] * flip) / 2
    shapes = _symmetric(kit.shapes, partner, flip)
    centre, radius = _fit_sphere(vertices[slice(*SCLERA_LEFT)])
    identity = np.stack([kit.identity(mode) for mode in range(IDENTITY_MODES)])
    rows = directions(vertices, identity)
    modes = np.concatenate(
        [np.tensordot(rows, identity, axes=1), sculpted_age(vertices)[None]], axis=0
    )
    modes[:, : len(partner)] += modes[:, partner] * flip
    modes[:, : len(partner)] /= 2
    share = share_of_variance(identity, rows)
    return Scans(vertices, faces, shapes, 0.0315 / centre[0], centre, radius, modes, share)


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


def _symmetric(raw: dict[str, Floats], partner: Ints, flip: Floats) -> dict[str, Floats]:
    shapes = {}
    skin = len(partner)
    for name, one in raw.items():
        other = raw[ARKIT_52[MIRROR[INDEX[name]]]]
        moved = one.copy()
        moved[:skin] = (one[:skin] + other[partner] * flip) / 2
        shapes[name] = moved
    return shapes


def _fit_sphere(points: Floats) -> tuple[Floats, float]:
    """Least squares: |p|^2 = 2 p.c + (r^2 - |c|^2)."""
    system = np.hstack([2 * points, np.ones((len(points), 1))])
    solution = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0]
    centre = solution[:3]
    return centre, float(np.sqrt(solution[3] + centre @ centre))
