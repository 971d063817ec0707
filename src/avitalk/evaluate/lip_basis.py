"""How the talker's shapes move the lips of a head: linear, in millimetres."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avitalk.data.tracks import lip_gap
from avitalk.face import Head
from avitalk.talker.shapes import expansion

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LipBasis:
    """Contour of `avitalk.data.tracks.CONTOUR` on a head: rest + weights @ shapes."""

    rest: Array
    """(45, 3) mm."""
    shapes: Array
    """(K, 45, 3) mm at weight 1 of each of the talker's shapes."""

    @property
    def width_mm(self) -> float:
        """Width of the mouth at rest."""
        return float(np.linalg.norm(self.rest[32] - self.rest[22]))

    def moved(self, weights: Array) -> Array:
        """(F, K) -> displacements (F, 45, 3) mm."""
        return np.tensordot(weights, self.shapes, 1)

    def gap(self, weights: Array) -> Array:
        """(F, K) -> (F,) mm that the inner lips open, from rest."""
        return lip_gap(self.moved(weights))


def contour_rows(head: Head) -> NDArray[np.int32]:
    """(45,) vertices of `head` in the order of CONTOUR."""
    rows: list[int] = []
    for ring in ("lips_inner", "lips_outer"):
        loop = head.landmarks[ring].tolist()
        upper, lower = loop[:11], loop[11:]
        rows += [*upper, upper[0], *lower, upper[-1]]
    rows.append(int(np.ravel(head.landmarks["chin"])[0]))
    return np.array(rows, np.int32)


def basis_of(head: Head) -> LipBasis:
    """The lip basis of a head."""
    rest, shapes = head.basis(contour_rows(head))
    pairs = np.tensordot(expansion().astype(np.float64), shapes.astype(np.float64), 1)
    return LipBasis(rest.astype(np.float64) * 1e3, pairs * 1e3)
