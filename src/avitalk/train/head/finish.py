"""From the built half to the arrays of the head file: metres, occlusion, integers."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import INDEX
from avitalk.face.head import PARTS
from avitalk.face.store import quantise
from avitalk.train.head import paint
from avitalk.train.head.attach import eye_shifts, neck_shifts
from avitalk.train.head.half import Half
from avitalk.train.head.marks import landmarks
from avitalk.train.head.occlusion import bake
from avitalk.train.head.scans import Floats, Ints, Scans
from avitalk.train.head.surface import vertex_normals

NECK_PIVOT: Final = np.array([0.0, -3.0, -0.5])
"""Top of the neck's spine, scan units."""
AJAR: Final = {
    "jawOpen": 0.55, "mouthUpperUpLeft": 0.5, "mouthUpperUpRight": 0.5,
    "mouthLowerDownLeft": 0.6, "mouthLowerDownRight": 0.6,
}  # fmt: skip
"""The mouth is lit as in this pose: closed, everything in it would be black."""
MOUTH_PARTS: Final = ("lips", "mouth", "gums", "teeth_upper", "teeth_lower", "tongue")


def finish(half: Half, scans: Scans) -> dict[str, NDArray[Any]]:
    """The arrays of the file: metres, origin midway between the eyes' centres."""
    origin = scans.eye_centre * [0, 1, 1]
    metres = scans.units_m
    displacements, step = quantise(half.shapes * metres)
    ring = half.loops
    data: dict[str, NDArray[Any]] = {
        "vertices": ((half.points - origin) * metres).astype(np.float32),
        "triangles": half.triangles,
        "part": half.part,
        "shapes": displacements,
        "shape_steps": step,
        "paint": np.round(half.paint.clip(0, 1) * 255).astype(np.uint8),
        "roughness": half.roughness.astype(np.float16),
        "occlusion": np.round(occlusion(half) * 255).astype(np.uint8),
        "head_weight": head_weight(half.points).astype(np.float16),
        "eye_pivot": ((scans.eye_centre - origin) * metres).astype(np.float32),
        "neck_pivot": ((NECK_PIVOT - origin) * metres).astype(np.float32),
        "lip_upper": ring["lip_upper_0"], "lip_lower": ring["lip_lower_0"],
        "lip_outer_upper": ring["lip_upper_7"], "lip_outer_lower": ring["lip_lower_7"],
        "lid_upper": ring["lid_upper_1"], "lid_lower": ring["lid_lower_1"],
        **landmarks(half),
        **_identity(half, scans),
    }  # fmt: skip
    return {k: v.astype(np.uint16) if v.dtype == np.int64 else v for k, v in data.items()}


def _identity(half: Half, scans: Scans) -> dict[str, NDArray[Any]]:
    """What `avitalk.face.mixing` makes other faces of."""
    metres = scans.units_m
    modes, steps = quantise(half.modes * metres)
    rows = np.nonzero(np.abs(half.blink_modes).max(axis=(0, 2)) * metres > 1e-5)[0]
    blinks, blink_steps = quantise(half.blink_modes[:, rows] * metres)
    return {
        "modes": modes, "mode_steps": steps,
        "blink_modes": blinks, "blink_mode_steps": blink_steps, "blink_rows": rows,
        "eye_pivot_modes": (eye_shifts(scans) * metres).astype(np.float32),
        "neck_pivot_modes": (neck_shifts(half, NECK_PIVOT) * metres).astype(np.float32),
        "eye_radius": np.array([half.eye_radius * metres], np.float32),
        "wet_upper": half.loops["lid_upper_0"], "wet_lower": half.loops["lid_lower_0"],
    }  # fmt: skip


def whole(half: Half, points: Floats) -> tuple[Floats, Ints]:
    """Vertices and triangles of both sides, the half's own first; `points` (H, 3) of the half."""
    off_seam = half.points[:, 0] != 0
    twin = np.arange(len(points))
    twin[off_seam] = len(points) + np.arange(off_seam.sum())
    both = np.vstack([points, points[off_seam] * [-1, 1, 1]])
    return both, np.vstack([half.triangles, twin[half.triangles][:, [0, 2, 1]]])


def occlusion(half: Half) -> Floats:
    """(H,) openness in [0, 1]; the mouth's inside is lit with the mouth ajar."""
    count = len(half.points)
    vertices, triangles = whole(half, half.points)
    openness = bake(vertices, triangles, vertex_normals(vertices, triangles))[:count]
    moves = [share * half.shapes[INDEX[name]] for name, share in AJAR.items()]
    ajar, _ = whole(half, half.points + np.sum(moves, axis=0))
    lit = bake(ajar, triangles, vertex_normals(ajar, triangles))[:count]
    inside = np.isin(half.part, [PARTS.index(part) for part in MOUTH_PARTS])
    openness[inside] = 0.12 + 0.88 * np.maximum(openness, lit)[inside]
    tongue = half.part == PARTS.index("tongue")
    openness[tongue] = np.maximum(openness[tongue], 0.35)
    tooth = np.isin(half.part, [PARTS.index("teeth_upper"), PARTS.index("teeth_lower")])
    openness[tooth] = 0.25 + 0.75 * openness[tooth]
    eye = half.part == PARTS.index("eye_left")
    openness[eye] = np.maximum(openness[eye], 0.45)
    return openness


def head_weight(points: Floats) -> Floats:
    """(n,) 1 for skull and jaw, falling to 0 at the bottom of the neck."""
    return paint.smooth(-13.0, -5.0, points[:, 1] + 0.3 * points[:, 2])
