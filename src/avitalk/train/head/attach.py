"""What is not skin follows the identity modes: eyeballs, teeth, tongue, hair, cloth."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avitalk.arkit import INDEX
from avitalk.face.facekit import (
    LOWER_TEETH_VERTICES,
    SCLERA_LEFT,
    SCLERA_RIGHT,
    TEETH_VERTICES,
    Floats,
    Ints,
)
from avitalk.face.head import PARTS, Head
from avitalk.train.head.half import Half
from avitalk.train.head.scans import Scans

FLIP: Final = np.array([-1.0, 1.0, 1.0])
MOUTH_PARTS: Final = ("gums", "teeth_upper", "teeth_lower", "tongue")
NEIGHBOURS: Final = 12
"""Skin vertices that carry a hair or a piece of cloth."""
CLOTH_NEIGHBOURS: Final = 6
CLOTH_SOFT_M: Final = 0.004
SOFT: Final = 0.15
"""Scan units added to distances: neighbours of one strand are carried alike."""


def carry_modes(half: Half, scans: Scans) -> None:
    """Fill in the identity modes of all rows beyond the skin; call when every part is there."""
    rows = np.arange(half.skin, len(half.points))
    eye = rows[half.part[rows] == PARTS.index("eye_left")]
    half.modes[:, eye] = eye_shifts(scans)[:, None]
    mouth = rows[np.isin(half.part[rows], [PARTS.index(part) for part in MOUTH_PARTS])]
    on_jaw = np.linalg.norm(half.shapes[INDEX["jawOpen"], mouth], axis=1) > 1e-6
    upper = (TEETH_VERTICES[0], LOWER_TEETH_VERTICES[0])
    for some, teeth in ((mouth[~on_jaw], upper), (mouth[on_jaw], LOWER_TEETH_VERTICES)):
        half.modes[:, some] = _similar(scans, teeth, half.points[some])
    _ride_on_skin(half, np.setdiff1d(rows, np.concatenate([eye, mouth])))
    half.modes[:, half.points[:, 0] == 0, 0] = 0.0


def eye_shifts(scans: Scans) -> Floats:
    """(M, 3) how far the left eyeball's centre moves in each mode."""
    left = scans.modes[:, slice(*SCLERA_LEFT)].mean(axis=1)
    right = scans.modes[:, slice(*SCLERA_RIGHT)].mean(axis=1)
    return np.asarray((left + right * FLIP) / 2)


def neck_shifts(half: Half, pivot: Floats) -> Floats:
    """(M, 3) how far the centre of head rotation moves: as the skin about it on average."""
    ring = np.abs(half.points[: half.skin, 1] - pivot[1]) < 1.0
    ring &= half.points[: half.skin, 2] < 4.0
    return np.asarray(half.modes[:, : half.skin][:, ring].mean(axis=1) * [0, 1, 1])


def _similar(scans: Scans, teeth: tuple[int, int], points: Floats) -> Floats:
    """(M, k, 3) moves of `points` (k, 3): shift and stretch fitted to the scan's teeth."""
    here, moved = scans.vertices[slice(*teeth)], scans.modes[:, slice(*teeth)]
    here = np.vstack([here, here * FLIP])
    moved = np.concatenate([moved, moved * FLIP], axis=1)
    middle = here.mean(axis=0)
    shift = moved.mean(axis=1)
    away = here - middle
    # One stretch along each axis: arches get wider without getting longer.
    stretch = (moved * away).sum(axis=1) / (away**2).sum(axis=0)
    return np.asarray(shift[:, None] + stretch[:, None] * (points - middle))


def _ride_on_skin(half: Half, rows: Ints) -> None:
    """Move rows with the outer skin nearest to them, smoothly from one to the next."""
    outer = np.nonzero(
        np.isin(half.part[: half.skin], [PARTS.index(part) for part in ("skin", "hair")])
    )[0]
    if len(rows) == 0:
        return
    distance, near = cKDTree(half.points[outer]).query(half.points[rows], k=NEIGHBOURS)
    weight = 1 / (distance + SOFT) ** 2
    weight /= weight.sum(axis=1, keepdims=True)
    for fields in (half.modes, half.blink_modes):
        fields[:, rows] = np.einsum("rk,mrkd->mrd", weight, fields[:, outer[near]])


def skin_near(bare: Head, places: Floats) -> tuple[NDArray[np.uint16], NDArray[np.float16]]:
    """(n, 6) vertices of the `bare` head's skin that carry `places` (n, 3), metres, and weights."""
    skin = np.flatnonzero(bare.part == PARTS.index("skin"))
    away, near = cKDTree(bare.vertices[skin]).query(places, k=CLOTH_NEIGHBOURS)
    weight = 1 / (away + CLOTH_SOFT_M)
    weight /= weight.sum(axis=1, keepdims=True)
    return skin[near].astype(np.uint16), weight.astype(np.float16)
