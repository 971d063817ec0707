"""The default head from the scans, step by step: mesh, corrections, paint, parts."""

import numpy as np

from avitalk.train.head import hairs, mouth, paint
from avitalk.train.head.attach import carry_modes
from avitalk.train.head.closing import close_lids, close_lips, relax_corner
from avitalk.train.head.complexion import paint_all
from avitalk.train.head.half import Half
from avitalk.train.head.scans import Scans
from avitalk.train.head.skin import fit_skin
from avitalk.train.head.solids import eyeball


def build_half(scans: Scans) -> Half:
    """The left half of the head in scan units; `finish` turns it into the file's arrays."""
    half, group, _ = fit_skin(scans)
    relax_corner(half)
    close_lips(half)
    half.eye_radius = close_lids(half, scans)
    paint_all(half, group)
    _add_eye(half, scans, half.eye_radius)
    mouth.add_mouth(half, scans)
    hairs.add_lashes(half, scans)
    hairs.add_brows(half)
    mouth.tongue_out(half)
    carry_modes(half, scans)
    return half


def _add_eye(half: Half, scans: Scans, radius: float) -> None:
    solid = eyeball(scans.eye_centre, radius, scans.units_m)
    rng = np.random.default_rng(5)
    half.append(solid, paint.paint_eye(solid.vertices, scans.eye_centre, scans.units_m, rng), 0.2)
