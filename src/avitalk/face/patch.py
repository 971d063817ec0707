"""A few hundred vertices that stand for a face: weights -> displacements in mm, and back.

Networks that move vertices (MeshTalk, FaceFormer, CodeTalker) learn on a patch of the default
head, and what they draw comes back as ARKit weights by bounded least squares.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, EYE_LOOK, INDEX
from avitalk.face.head import PARTS, Head
from avitalk.face.solve_bounded import bounded_least_squares
from avitalk.face.store import load_head

Array = NDArray[np.float64]

SKIN: Final = 150
"""Vertices spread over the front of the face beside its landmarks."""
LIP_WEIGHT: Final = 3.0
"""Errors of lips count this much more than those of skin when weights are solved for."""
GAP_WEIGHT: Final = 12.0
"""So do errors of the distances between upper and lower lip: what viewers read."""
RIDGE: Final = 2.0
"""Price of a weight's square, in mm^2 over all vertices: settles what vertices leave open."""
UNSEEN: Final = frozenset({*EYE_LOOK, INDEX["tongueOut"]})
"""Shapes that are not solved for: gaze is the eyes' rotation, and no tongue is in the patch."""


@dataclass(frozen=True, eq=False)
class FacePatch:
    """Vertices of a head that move with its 52 shapes."""

    rows: NDArray[np.int32]
    """(V,) which of the head's vertices."""
    rest_mm: Array
    """(V, 3) at rest."""
    shapes_mm: Array
    """(52, V, 3) displacement at weight 1."""
    lips: NDArray[np.bool_]
    """(V,) the red of the lips and its border."""
    upper: NDArray[np.bool_]
    """(V,) above the eyes' lower lids: brows, lids, forehead."""
    pairs: NDArray[np.int64]
    """(L, 2) places in `rows` of paired inner lip vertices, upper and lower."""

    @property
    def vertices(self) -> int:
        """V."""
        return len(self.rows)

    def moved(self, weights: NDArray[np.floating]) -> Array:
        """(F, 52) -> (F, V, 3) displacements from rest in mm."""
        return np.tensordot(np.asarray(weights, np.float64), self.shapes_mm, 1)

    def gap_mm(self, moved: Array) -> Array:
        """(F, V, 3) -> (F,) opening of the lips at their middle third."""
        placed = self.rest_mm + moved
        third = len(self.pairs) // 3
        middle = self.pairs[third : len(self.pairs) - third]
        between = placed[..., middle[:, 0], 1] - placed[..., middle[:, 1], 1]
        return np.asarray(between.mean(axis=-1))

    def weights(self, moved: NDArray[np.floating]) -> NDArray[np.float32]:
        """(F, V, 3) displacements in mm -> (F, 52) weights in [0, 1] that come nearest to them.

        Raises ValueError for another number of vertices.
        """
        track = np.asarray(moved, np.float64)
        if track.ndim != 3 or track.shape[1:] != self.rest_mm.shape:
            raise ValueError(
                f"displacements of shape {track.shape}; (frames, {self.vertices}, 3) is needed"
            )
        solved = [i for i in range(len(ARKIT_52)) if i not in UNSEEN]
        design = self._observed(self.shapes_mm[solved])
        normal = design @ design.T + RIDGE * np.eye(len(solved))
        jaw, close = solved.index(INDEX["jawOpen"]), solved.index(INDEX["mouthClose"])
        found = np.zeros((len(track), len(ARKIT_52)), np.float32)
        for first in range(0, len(track), 1000):
            right = self._observed(track[first : first + 1000]) @ design.T
            best = bounded_least_squares(normal, right, under=(close, jaw))
            found[first : first + 1000, solved] = best
        return found

    def _observed(self, track: Array) -> Array:
        """(N, V, 3) -> (N, O) weighted values whose squared differences are the error."""
        weight = np.where(self.lips, LIP_WEIGHT, 1.0) ** 0.5
        between = track[:, self.pairs[:, 0]] - track[:, self.pairs[:, 1]]
        parts = ((track * weight[:, None]), GAP_WEIGHT**0.5 * between)
        return np.concatenate([part.reshape(len(track), -1) for part in parts], axis=1)


@cache
def face_patch() -> FacePatch:
    """The patch of the default head."""
    return patch_of(load_head())


def patch_of(head: Head, skin: int = SKIN) -> FacePatch:
    """Lips, lids, brows and chin of a head, and `skin` vertices spread over its face."""
    lips = [head.lip_upper, head.lip_lower, head.lip_outer, head.landmarks["lips_outer"]]
    named = [value for name, value in head.landmarks.items() if "mediapipe" not in name]
    fixed = np.unique(np.concatenate([*lips, *named]))
    moves = np.abs(head.shapes).max(axis=(0, 2)) > 1e-4
    face = np.flatnonzero((head.part == PARTS.index("skin")) & moves)
    rows = np.concatenate([fixed, _spread(head.vertices, fixed, face, skin)]).astype(np.int32)
    rest, shapes = head.basis(rows)
    place = {row: i for i, row in enumerate(rows.tolist())}
    pairs = np.array(
        [
            [place[int(a)], place[int(b)]]
            for a, b in zip(head.lip_upper, head.lip_lower, strict=True)
        ]
    )
    lowest_lid = float(head.vertices[head.lid_lower.ravel(), 1].min())
    return FacePatch(
        rows,
        rest.astype(np.float64) * 1e3,
        shapes.astype(np.float64) * 1e3,
        np.isin(rows, np.concatenate(lips)),
        head.vertices[rows, 1] >= lowest_lid,
        pairs,
    )


def _spread(
    vertices: NDArray[np.float32],
    taken: NDArray[np.int32],
    offered: NDArray[np.int64],
    count: int,
) -> NDArray[np.int64]:
    """`count` of the offered vertices, each the farthest from all taken before it."""
    away = np.full(len(offered), np.inf)
    for row in taken:
        away = np.minimum(away, np.square(vertices[offered] - vertices[row]).sum(axis=1))
    chosen = []
    for _ in range(count):
        best = int(away.argmax())
        chosen.append(offered[best])
        gap = np.square(vertices[offered] - vertices[offered[best]]).sum(axis=1)
        away = np.minimum(away, gap)
    return np.array(chosen)
