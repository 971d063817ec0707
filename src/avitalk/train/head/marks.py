"""Named vertices of the half head: MediaPipe's lip points, lids, brow, jaw line, nose, chin."""

from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from avitalk.face.head import PARTS
from avitalk.train.head import paint
from avitalk.train.head.half import Half
from avitalk.train.head.points import MOUTH_COLUMNS
from avitalk.train.head.scans import Ints

# Where MediaPipe's lip points sit, as shares of the half width from the middle to the corner.
OUTER_SHARES: Final = np.array([0.0, 0.28, 0.55, 0.78, 0.93, 1.0])
INNER_SHARES: Final = np.array([0.0, 0.25, 0.5, 0.72, 0.9, 1.0])


def landmarks(half: Half) -> dict[str, Ints]:
    """Vertices of the half by name; `avitalk.face.store` unfolds them to both sides."""
    marks = {}
    for name, ring, shares in (("outer", 7, OUTER_SHARES), ("inner", 0, INNER_SHARES)):
        for lip in ("upper", "lower"):
            loop = half.loops[f"lip_{lip}_{ring}"]
            x = half.points[loop, 0] / half.points[loop[MOUTH_COLUMNS], 0]
            marks[f"mark_lips_{name}_{lip}"] = loop[[int(np.abs(x - s).argmin()) for s in shares]]
    skin = half.part[: half.skin] == PARTS.index("skin")
    pool = np.nonzero(skin)[0]
    tree = cKDTree(half.points[pool])
    on_seam = pool[half.points[pool, 0] == 0]
    seam_z = half.points[on_seam]
    nose = on_seam[np.where(np.abs(seam_z[:, 1]) < 2, seam_z[:, 2], -99).argmax()]
    chin = on_seam[
        np.where((seam_z[:, 1] > -8) & (seam_z[:, 1] < -5.5), seam_z[:, 2], -99).argmax()
    ]
    marks["mark_nose_tip"], marks["mark_chin"] = np.array([nose]), np.array([chin])
    line = paint.BROW_LINE
    surface_points = half.points[pool]
    front = surface_points[:, 2] > 6.5
    flat = cKDTree(surface_points[front][:, :2])
    marks["mark_brow"] = pool[np.nonzero(front)[0]][flat.query(line)[1]]
    jaw = np.array(
        [
            [0, -7.9, 9.4],
            [1.5, -7.7, 9.0],
            [3.0, -7.0, 7.6],
            [4.6, -5.9, 5.5],
            [6.0, -4.4, 3.2],
            [6.9, -2.2, 1.9],
            [7.2, -0.5, 1.8],
        ]
    )
    found = pool[tree.query(jaw)[1]]
    found[0] = on_seam[cKDTree(seam_z).query(jaw[0])[1]]
    marks["mark_jaw"] = found
    for lid in ("upper", "lower"):
        marks[f"mark_lid_{lid}"] = half.loops[f"lid_{lid}_1"]
    return marks
