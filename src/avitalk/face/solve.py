"""Weights for one head in, weights for another out, so that both faces move alike.

Any head to any head: meshes, persons and shapes may differ. What one head's weights do to points
of its face is carried over by size and rotation; the other head's weights are those, within
[0, 1], whose displacements come closest, in square metres over the face with lips weighed up.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import EYE_LOOK, INDEX
from avitalk.face.head import Head
from avitalk.face.solve_bounded import bounded_least_squares
from avitalk.face.solve_nearest import Floats
from avitalk.face.solve_points import FacePoints, displacements, face_points, neutral_of
from avitalk.face.solve_register import Correspondence, register
from avitalk.face.solve_residual import Residual

RIDGE: Final = 2e-3
"""Price of a squared weight, in what the shape itself moves: shapes that do the same share work."""
SPARSE: Final = 1e-3
"""Price of a weight, likewise: what hardly helps stays at zero."""
TONGUE: Final = INDEX["tongueOut"]
FRAMES: Final = 64
"""Frames at a time where all points are looked at: bounds the memory."""


@dataclass(frozen=True, eq=False)
class Setting:
    """Strengths of what a solution is asked for beside closeness."""

    ridge: float = RIDGE
    sparse: float = SPARSE
    smooth: float = 0.0
    """Squared change from frame to frame, in the unit of `ridge`; 0 solves each frame alone."""
    hold_gaze: bool = True
    """eyeLook weights are taken over as they are: they belong to the eyes' angles. So is tongueOut,
    always: a tongue is not seen on skin."""


class ShapeSolver:
    """Finds weights in [0, 1] of shapes whose displacement of points is closest to a wanted one."""

    def __init__(self, directions: Floats, weight: Floats, setting: Setting) -> None:
        """directions: (52, N, 3) metres at weight 1; weight: (N,) adding up to 1."""
        self._flat = weighted(directions, weight)
        self._setting = setting
        normal = self._flat @ self._flat.T
        # Prices are in the unit of what each shape does: they weigh the same for lids and jaw.
        self.own = np.diag(normal).copy()
        self.normal = normal + setting.ridge * np.diag(self.own)

    def against(self, wanted: Floats) -> Floats:
        """(J, K) products with other weighted directions (J, 3 N): right sides are linear in
        what is wanted."""
        return np.asarray(wanted @ self._flat.T)

    def solve(self, right: Floats, held: Floats) -> Floats:
        """(F, 52) weights for right sides (F, 52); `held` (F, 52) gives those that are held."""
        right = right - self._setting.sparse * self.own
        kept = [TONGUE, *(EYE_LOOK if self._setting.hold_gaze else ())]
        free = np.ones(len(self.normal), bool)
        free[kept] = False
        found = np.zeros_like(right)
        found[:, kept] = held[:, kept]
        right = right - found[:, kept] @ self.normal[kept]
        found[:, free] = bounded_least_squares(
            self.normal[np.ix_(free, free)],
            right[:, free],
            smooth=self._setting.smooth * self.own[free],
        )
        return found


@dataclass(frozen=True, eq=False)
class Retarget:
    """Two heads that were brought together; made by `Retarget.between`."""

    points: FacePoints
    """Points of the first head that have a counterpart."""
    fit: Correspondence
    first: Floats
    """(52, N, 3) displacements of the first head, in the second's axes and size."""
    second: Floats
    """(52, N, 3) displacements of the second head."""
    setting: Setting

    @classmethod
    def between(cls, first: Head, second: Head, setting: Setting | None = None) -> "Retarget":
        """Bring two heads together (a second or two). Raises InputError if they do not fit."""
        moved, other = displacements(first), displacements(second)
        points = face_points(first, moved)
        fit = register(
            neutral_of(first, moved), neutral_of(second, other), points.rows, points.lips
        )
        points = points.kept(fit.rows)
        carried = fit.scale * moved[:, fit.rows] @ fit.turn.T
        return cls(points, fit, carried, fit.places.of(other), setting or Setting())

    def forward(self, weights: NDArray[np.floating]) -> tuple[Floats, Residual]:
        """Weights (F, 52) of the first head to those of the second, and what is left."""
        return self._solved(weights, self.first, self.second)

    def back(self, weights: NDArray[np.floating]) -> tuple[Floats, Residual]:
        """Weights (F, 52) of the second head to those of the first, and what is left."""
        return self._solved(weights, self.second, self.first)

    def _solved(
        self, weights: NDArray[np.floating], source: Floats, target: Floats
    ) -> tuple[Floats, Residual]:
        given = np.asarray(weights, np.float64)
        solver = ShapeSolver(target, self.points.weight, self.setting)
        right = given @ solver.against(weighted(source, self.points.weight))
        found = solver.solve(right, given)
        return found, compared(given, source, found, target, self.points.lips)


def weighted(directions: Floats, weight: Floats) -> Floats:
    """(K, 3 N) directions (K, N, 3) times the root of the points' weights."""
    scaled = directions * np.sqrt(weight)[:, None]
    return np.asarray(scaled.reshape(len(directions), -1))


def compared(
    given: Floats, source: Floats, found: Floats, target: Floats, lips: NDArray[np.bool_]
) -> Residual:
    """Distances between what weights (F, K) do by directions (K, N, 3), on either side."""
    parts = []
    for start in range(0, len(given), FRAMES):
        span = slice(start, start + FRAMES)
        wanted = np.tensordot(given[span], source, 1)
        parts.append(Residual.of(np.tensordot(found[span], target, 1) - wanted, wanted, lips))
    return Residual.joined(parts)
