"""Where MediaPipe's face points lie on our head: barycentric places on its skin."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.face import PARTS, Head, vertex_normals
from avitalk.face.store import half_head, unfold
from avitalk.track.mesh import LID_LOWER, LID_UPPER
from avitalk.track.model import load_model

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

SKIN_POINTS: Final = 468
"""MediaPipe's points on skin; the others are irises."""
DEPTH: Final = 0.35
"""A metre along z counts as this much where the nearest skin is looked for: the landmarker's
depth is a guess."""
NEAREST: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Anchors:
    """Points on a head's surface: corners and weights of the triangle each lies in."""

    corners: Indices
    """(P, 3) vertices."""
    weights: Array
    """(P, 3), adding up to 1."""

    def of(self, vertices: NDArray[np.floating]) -> Array:
        """(..., V, 3) -> (..., P, 3)."""
        chosen = np.asarray(vertices, np.float64)[..., self.corners, :]
        return np.asarray((chosen * self.weights[:, :, None]).sum(axis=-2))


def bare_head() -> Head:
    """The default head without hair and clothes."""
    return unfold("default", half_head())


@lru_cache(maxsize=1)
def find_anchors() -> Anchors:
    """Anchors (468) on the head without hair and clothes, which all identities share."""
    head, rest = bare_head(), load_model().rest[:SKIN_POINTS]
    forward = vertex_normals(head.vertices, head.triangles)[:, 2]
    outside = np.isin(head.part, [PARTS.index("skin"), PARTS.index("lips")]) & (forward > -0.25)
    triangles = head.triangles[outside[head.triangles].all(axis=1)].astype(np.int64)
    metric = np.array([1.0, 1.0, DEPTH])
    places = head.vertices.astype(np.float64) * metric
    corners = np.zeros((SKIN_POINTS, 3), np.int64)
    weights = np.zeros((SKIN_POINTS, 3))
    middles = places[triangles].mean(axis=1)
    for point, at in enumerate(rest * metric):
        near = np.argsort(np.square(middles - at).sum(axis=1))[:NEAREST]
        best = np.inf
        for triangle in triangles[near]:
            share = _nearest(places[triangle], at)
            away = float(np.square(share @ places[triangle] - at).sum())
            if away < best:
                best, corners[point], weights[point] = away, triangle, share
    _pin(corners, weights, head)
    return Anchors(corners, weights)


def _pin(corners: Indices, weights: Array, head: Head) -> None:
    """Lips and lids are where the head's own edges are, in place."""
    for ring in ("outer", "inner"):
        points = head.landmarks[f"lips_{ring}_mediapipe"].astype(np.int64)
        vertices = head.landmarks[f"lips_{ring}"].astype(np.int64)
        corners[points], weights[points] = vertices[:, None], [1.0, 0.0, 0.0]
    for eye in range(2):
        for loop, row in (
            (head.lid_upper[eye], LID_UPPER[eye]),
            (head.lid_lower[eye], LID_LOWER[eye]),
        ):
            inward = loop[::-1].astype(np.int64)  # the points run from the outer corner inwards
            at = np.linspace(0, len(inward) - 1, len(row))
            low = np.minimum(at.astype(np.int64), len(inward) - 2)
            share = at - low
            corners[list(row)] = np.stack([inward[low], inward[low + 1], inward[low]], axis=1)
            weights[list(row)] = np.stack([1 - share, share, np.zeros_like(share)], axis=1)


def _nearest(corners: Array, at: Array) -> Array:
    """Weights of the point of a triangle that is nearest, up to a little at its edges."""
    a, b = corners[0] - corners[2], corners[1] - corners[2]
    away = at - corners[2]
    normal = np.array([[a @ a, a @ b], [a @ b, b @ b]]) + 1e-14 * np.eye(2)
    u, v = np.linalg.solve(normal, np.array([a @ away, b @ away]))
    share = np.clip(np.array([u, v, 1 - u - v]), 0, 1)
    return np.asarray(share / share.sum())


@lru_cache(maxsize=1)
def mode_basis() -> Array:
    """(M, V, 3) metres that each identity mode at 1 moves the bare head's vertices."""
    half = half_head()
    left = half["modes"].astype(np.float64) * half["mode_steps"][:, None, None]
    off_seam = half["vertices"][:, 0] != 0
    right = left[:, off_seam] * np.array([-1.0, 1.0, 1.0])
    return np.concatenate([left, right], axis=1)
