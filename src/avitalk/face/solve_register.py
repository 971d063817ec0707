"""Two heads at rest in, which place of the second each point of the first is out.

The heads may differ in mesh, person, size and place; both look along +Z, +Y is up. First the
centres of their eyes meet, then a similarity brings the faces together (iterated closest points:
Besl and McKay 1992, scale after Umeyama 1991), then a smooth field moves the points onto the other
surface, from broad to fine (in the spirit of Amberg et al. 2007, the field by Gaussian averages).

Lips lie on each other and lids are close: points of the lips are matched only to that side of the
other mouth that moves with the jaw as they do, and normals must agree everywhere.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face.solve_nearest import Floats, Mesh, Places

ICP_ROUNDS: Final = 25
ICP_POINTS: Final = 500
"""A similarity has seven numbers: so many points are enough."""
STILL_M: Final = 2e-5
"""The similarity is found when its points move less than this."""
WIDTHS_M: Final = np.geomspace(0.05, 0.006, 14)
"""Widths of the Gaussian averages, one a round; lengths here are for eyes 63 mm apart."""
FACING: Final = 0.6
"""Least cosine between normals of matched points."""
NEAR_M: Final = 0.004
"""Points further than this from the other surface in the end have no counterpart."""
IPD_M: Final = 0.063
EVERY: Final = slice(None)
MOST_TURNED_RAD: Final = 0.5
"""Heads at rest look along +Z; what is turned further is in other axes."""


@dataclass(frozen=True, eq=False)
class Neutral:
    """A head at rest, as far as finding counterparts needs it."""

    vertices: Floats
    """(V, 3)."""
    triangles: NDArray[np.integer]
    """(T, 3)."""
    skin: NDArray[np.bool_]
    """(V,) outer surface: no eyeballs, teeth or hair."""
    lower: NDArray[np.bool_]
    """(V,) moves with the jaw: tells lower lip from upper."""
    eyes: Floats
    """(2, 3) centres of the left and right eyeball."""


@dataclass(frozen=True, eq=False)
class Correspondence:
    """Points of one head and where they are on another."""

    rows: NDArray[np.int64]
    """(N,) vertices of the first head."""
    places: Places
    """(N,) places on the second."""
    scale: float
    """The second head's size over the first's."""
    turn: Floats
    """(3, 3) rotation from the first head's axes to the second's."""
    shift: Floats
    """(3,) second = scale * turn @ first + shift, roughly."""
    gap_m: Floats
    """(N,) distance left before the points were laid onto the second head."""


def register(
    first: Neutral, second: Neutral, rows: NDArray[np.int64], lips: NDArray[np.bool_]
) -> Correspondence:
    """Find vertices `rows` (N,) of `first` on `second`; `lips` (N,) tells which belong to lips.

    Points without a counterpart are left out. Raises InputError if fewer than half have one: then
    the heads do not look the same way or are no heads.
    """
    meeting = _Meeting(first, second, rows, lips)
    scale, turn, shift = meeting.aligned()
    if np.trace(turn) < 1 + 2 * np.cos(MOST_TURNED_RAD):
        raise InputError("the heads do not fit together: one looks elsewhere than along +Z")
    facing = meeting.normals @ turn.T
    points = meeting.laid_on(scale * meeting.start @ turn.T + shift, facing)
    places, there, agree = meeting.matched(points, facing)
    gap = np.linalg.norm(there - points, axis=1)
    found = agree & (gap < NEAR_M)
    if found.mean() < 0.5:
        raise InputError(
            f"only {found.mean():.0%} of the face's points were found on the other head; both "
            "must look along +Z with +Y up"
        )
    return Correspondence(
        rows=rows[found],
        places=places.kept(found),
        scale=scale / meeting.unit,
        turn=turn,
        shift=shift / meeting.unit,
        gap_m=gap[found],
    )


class _Meeting:
    """Points of one head on their way to another; all at one size, in the other's axes."""

    def __init__(
        self, first: Neutral, second: Neutral, rows: NDArray[np.int64], lips: NDArray[np.bool_]
    ) -> None:
        self.unit = IPD_M / max(float(np.linalg.norm(second.eyes[0] - second.eyes[1])), 1e-9)
        self._mesh = Mesh(second.vertices * self.unit, second.triangles, second.skin)
        own = Mesh(first.vertices, first.triangles, first.skin)
        self.start, self.normals = first.vertices[rows], own.normals[rows]
        self._first = _eyes_together(first.eyes, second.eyes * self.unit)
        scale, turn, shift = self._first
        self._pools = _pools(self._mesh, second.lower, scale * self.start @ turn.T + shift)
        self._side = np.where(lips, np.where(first.lower[rows], 2, 1), 0)

    def matched(
        self, points: Floats, facing: Floats, which: slice = EVERY
    ) -> tuple[Places, Floats, NDArray[np.bool_]]:
        """Closest places, where they are, and whether normals agree, for some of the points."""
        places = _closest(self._mesh, self._pools, self._side[which], points, facing)
        there = places.of(self._mesh.vertices)
        agree = np.einsum("ij,ij->i", self._mesh.normals_at(places), facing) > FACING
        return places, there, agree

    def aligned(self) -> tuple[float, Floats, Floats]:
        """The similarity that brings the faces together."""
        scale, turn, shift = self._first
        some = slice(None, None, max(1, len(self.start) // ICP_POINTS))
        start, normals = self.start[some], self.normals[some]
        for _ in range(ICP_ROUNDS):
            points = scale * start @ turn.T + shift
            _, there, agree = self.matched(points, normals @ turn.T, some)
            if agree.sum() < 10:
                raise InputError("the heads do not fit together: do both look along +Z, +Y up?")
            gap = np.linalg.norm(there - points, axis=1)
            good = agree & (gap <= np.quantile(gap[agree], 0.85) + 1e-9)
            scale, turn, shift = similarity(start[good], there[good])
            if np.abs(scale * start @ turn.T + shift - points).max() < STILL_M:
                break
        return scale, turn, shift

    def laid_on(self, points: Floats, facing: Floats) -> Floats:
        """The points after a smooth field moved them onto the other surface."""
        squared = _squared_distances(points)
        for width in WIDTHS_M:
            _, there, agree = self.matched(points, facing)
            move = there - points
            good = agree & (np.linalg.norm(move, axis=1) < max(0.02, 2 * width))
            kernel = np.exp(squared * np.float32(-0.5 / width**2)) * good.astype(np.float32)
            total = np.maximum(kernel.sum(axis=1, keepdims=True), 1e-9)
            points = points + (kernel @ move.astype(np.float32)) / total
        return points


def similarity(points: Floats, there: Floats) -> tuple[float, Floats, Floats]:
    """Scale, rotation (3, 3) and shift (3,) that bring `points` (N, 3) closest to `there`."""
    a, b = points.mean(axis=0), there.mean(axis=0)
    p, q = points - a, there - b
    u, sizes, vt = np.linalg.svd(q.T @ p)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    turn = (u * signs) @ vt
    scale = float((sizes * signs).sum() / (p**2).sum())
    return scale, turn, b - scale * turn @ a


def _eyes_together(eyes: Floats, there: Floats) -> tuple[float, Floats, Floats]:
    """The smallest turn that brings one pair of eyes onto the other."""
    a, b = eyes[0] - eyes[1], there[0] - there[1]
    scale = float(np.linalg.norm(b) / np.linalg.norm(a))
    u, v = a / np.linalg.norm(a), b / np.linalg.norm(b)
    axis, cosine = np.cross(u, v), float(u @ v)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    turn = np.eye(3) + cross + cross @ cross / max(1 + cosine, 1e-9)
    return scale, turn, there.mean(axis=0) - scale * turn @ eyes.mean(axis=0)


def _pools(
    mesh: Mesh, lower: NDArray[np.bool_], points: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Vertices that may answer: those near the face; of them, above and below the mouth."""
    low, high = points.min(axis=0) - 0.03, points.max(axis=0) + 0.03
    place = mesh.vertices[mesh.rows]
    near = mesh.rows[((place >= low) & (place <= high)).all(axis=1)]
    if len(near) < 10:
        raise InputError("the heads do not fit together: do both look along +Z, +Y up?")
    upper, under = near[~lower[near]], near[lower[near]]
    return near, (upper if len(upper) else near), (under if len(under) else near)


def _closest(
    mesh: Mesh,
    pools: tuple[NDArray[np.int64], ...],
    side: NDArray[np.integer],
    points: Floats,
    normals: Floats,
) -> Places:
    corners = np.zeros((len(points), 3), np.int64)
    shares = np.zeros((len(points), 3))
    for which, pool in enumerate(pools):
        mine = side == which
        if mine.any():
            found = mesh.closest(points[mine], normals[mine], pool)
            corners[mine], shares[mine] = found.corners, found.shares
    return Places(corners, shares)


def _squared_distances(points: Floats) -> NDArray[np.float32]:
    p = (points - points.mean(axis=0)).astype(np.float32)
    length = np.einsum("ij,ij->i", p, p)
    return np.asarray(np.maximum(length[:, None] + length - 2 * p @ p.T, 0))
