"""What a solver looks at: points of a head's face, how much each counts, how shapes move them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, INDEX
from avitalk.errors import InputError
from avitalk.face.head import PARTS, Head
from avitalk.face.mesh import vertex_normals
from avitalk.face.solve_nearest import Floats
from avitalk.face.solve_register import Neutral

POINTS: Final = 2400
"""At most this many; all of the lips', the rest evenly among the others."""
MOVING_M: Final = 0.0008
"""Skin that no shape moves this far is not face, but neck or scalp."""
LIPS_COUNT: Final = 4.0
"""How much more a square millimetre of lip counts than one of skin."""
FACING_BACK: Final = -0.2
"""Least z of the normals of points."""
LIPS_FACING_BACK: Final = -0.7
"""The same for lips: where they meet they face each other."""
JAW_SHARE: Final = 0.4
"""What jawOpen moves this share of what it moves the chin, belongs to the jaw."""


@dataclass(frozen=True, eq=False)
class FacePoints:
    """Vertices of a head's face."""

    rows: NDArray[np.int64]
    """(N,) vertices."""
    lips: NDArray[np.bool_]
    """(N,) whether they belong to the lips."""
    weight: Floats
    """(N,) how much each counts: its share of surface, more for lips; adds up to 1."""

    def kept(self, rows: NDArray[np.int64]) -> "FacePoints":
        """Those that are in `rows`, weights adding up to 1 again."""
        chosen = np.isin(self.rows, rows)
        weight = self.weight[chosen]
        return FacePoints(self.rows[chosen], self.lips[chosen], weight / weight.sum())


def displacements(head: Head) -> Floats:
    """(52, V, 3) metres that each ARKit weight at 1 moves the vertices of any head."""
    rest = head.pose_frame(np.zeros(len(ARKIT_52), np.float32)).astype(np.float64)
    each = np.eye(len(ARKIT_52), dtype=np.float32)
    return np.stack([head.pose_frame(weights) - rest for weights in each])


def face_points(head: Head, moved: Floats) -> FacePoints:
    """Points of the moving skin; `moved` are the head's `displacements`.

    Raises InputError if no skin moves.
    """
    skin = np.isin(head.part, [PARTS.index("skin"), PARTS.index("lips")])
    reach = np.linalg.norm(moved, axis=2).max(axis=0)
    # Linings of lips and lids face backwards: nobody sees them, other heads may not have them.
    red = head.part == PARTS.index("lips")
    forward = vertex_normals(head.vertices, head.triangles)[:, 2]
    outside = forward > np.where(red, LIPS_FACING_BACK, FACING_BACK)
    rows = np.flatnonzero(skin & (reach > MOVING_M) & outside)
    if len(rows) < 50:
        raise InputError(f"{head.name}: no shape moves its skin; it cannot be solved for")
    lips = red[rows]
    rest = np.flatnonzero(~lips)
    kept = max(POINTS - int(lips.sum()), POINTS // 2)
    if len(rest) > kept:
        rest = np.random.default_rng(0).permutation(rest)[:kept]
    chosen = np.sort(np.concatenate([np.flatnonzero(lips), rest]))
    area = _areas(head)[rows]
    # Points left out pass their surface on to those that stay.
    share = np.where(lips, 1.0, area[~lips].sum() / max(area[rest].sum(), 1e-30))
    weight = (area * share * np.where(lips, LIPS_COUNT, 1.0))[chosen]
    return FacePoints(rows[chosen], lips[chosen], weight / weight.sum())


def neutral_of(head: Head, moved: Floats) -> Neutral:
    """What registration needs of a head with these `displacements`."""
    down = np.linalg.norm(moved[INDEX["jawOpen"]], axis=1)
    skin = np.isin(head.part, [PARTS.index("skin"), PARTS.index("lips")])
    full = np.quantile(down[skin & (down > 0)], 0.95) if (down[skin] > 0).any() else 1.0
    return Neutral(
        vertices=head.vertices.astype(np.float64),
        triangles=head.triangles,
        skin=skin,
        lower=down > JAW_SHARE * full,
        eyes=head.eye_pivots.astype(np.float64),
    )


def _areas(head: Head) -> Floats:
    """(V,) a third of the area of the triangles round each vertex."""
    a, b, c = (head.vertices[head.triangles[:, k]].astype(np.float64) for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 6
    summed = np.bincount(head.triangles.ravel(), np.repeat(area, 3), len(head.vertices))
    return summed.astype(np.float64)
