"""The fitted head is bent until it meets the photo's points; the person's mesh in motion goes out.

neutral + shapes @ weights, and beside the shapes: how the photo's lips are parted beyond what the
shapes say, and what the person's own lids need to close.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import INDEX
from avitalk.face import PARTS, Head, rotation
from avitalk.face.lids import BLINKS
from avitalk.portrait.anchors import SKIN_POINTS, find_anchors
from avitalk.portrait.distances import distances
from avitalk.portrait.fit import Fit
from avitalk.track.mesh import INNER_LOWER, INNER_UPPER

Array = NDArray[np.float64]
F32 = NDArray[np.float32]
Indices = NDArray[np.int64]

SMOOTH_M: Final = 2e-4
"""How far the bent mesh may stay from a point: neighbouring points disagree a little."""
FAR_M: Final = 0.06
"""Skin this far from all points is not bent."""
LIP_REACH_M: Final = 0.016
LID_REACH_M: Final = 0.011
JAW: Final = INDEX["jawOpen"]
BEHIND_M: Final = np.array(
    [{"skin": 0.0, "lips": 0.0, "eye_left": 0.007, "eye_right": 0.007}.get(name, 0.0025)
     for name in PARTS]
)  # fmt: skip
"""What lids and lips cover is drawn a little deeper than it lies: bent skin must not sink in."""
TEETH_DOWN_M: Final = (0.0018, 0.0034)
"""Upper and lower teeth of portraits stand lower: people who speak show the upper ones."""
TEETH: Final = ("gums", "teeth_upper", "teeth_lower", "tongue")
FACED: Final = (0.2, 0.8)
"""Teeth look towards the camera by these shares of the head's yaw and pitch: a fitted pose is some
degrees off, and teeth seen from above are all lower ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """The mesh of the one in the photo, and how it moves; metres in the head's frame."""

    fit: Fit
    neutral: F32
    """(V, 3) at rest: lips closed, eyes as open as in the photo."""
    parted: F32
    """(V, 3) what parts the photo's lips beside the shapes of `fit.weights`."""
    shut: F32
    """(2, V, 3) what a full blink of the left and right eye needs beside its shape."""

    @property
    def head(self) -> Head:
        """Shapes, triangles and parts; its vertices are those of the fit, not bent."""
        return self.fit.head

    def pose(self, weights: F32, *, parted: float, head: NDArray[np.floating] | None = None) -> F32:
        """(V, 3) in the head's frame of the photo, for (52,) weights.

        parted: 1 with the photo's own parting of the lips, 0 without. head: (3,) yaw, pitch, roll
        away from the photo's pose. Eyeballs are not turned: the gaze is drawn on them.
        """
        settled = self.head.settled(np.asarray(weights, np.float32))
        flat = self.head.shapes.reshape(len(settled), -1)
        moved = parted * self.parted.ravel()
        for shape in np.flatnonzero(settled):
            moved = moved + settled[shape] * flat[shape]
        for eye, share in enumerate(self.closing(settled)):
            if share > 0:
                moved = moved + share * self.shut[eye].ravel()
        posed = self.neutral + moved.reshape(-1, 3)
        if head is not None and np.any(head):
            pivot = self.head.neck_pivot
            turned = np.asarray(posed - pivot) @ np.asarray(rotation(head)).T + pivot
            posed = posed + self.head.head_weight[:, None] * (turned - posed)
        return np.asarray(posed, np.float32)

    def closing(self, weights: F32) -> Array:
        """(2,) how much more each eye is closed than in the photo, 1 for a full blink."""
        start = self.fit.weights[list(BLINKS)]
        return np.asarray((weights[list(BLINKS)] - start) / np.maximum(1e-3, 1 - start))

    def photographed(self) -> F32:
        """(V, 3) as the photo shows it."""
        return self.pose(np.asarray(self.fit.weights, np.float32), parted=1.0)

    def project(self, vertices: NDArray[np.floating]) -> F32:
        """(V, 3) in the head's frame -> pixels x, y and 1 / depth."""
        seen = self.fit.to_camera(vertices)
        flat = self.fit.lens.project(seen)
        depth = BEHIND_M[self.head.part] - seen[:, 2]
        return np.column_stack([flat, 1 / depth]).astype(np.float32)


def bend(fit: Fit, points: Array) -> Person:
    """Bend the fitted head so that its anchors lie on `points` (478, 3), pixels."""
    head, anchors = fit.head, find_anchors()
    weights = np.asarray(fit.weights, np.float32)
    settled = head.settled(weights)
    shown = np.tensordot(settled, head.shapes, 1).astype(np.float64)
    posed = np.asarray(head.vertices, np.float64) + shown
    lips = _Edges.lips(head)
    rows = [(INNER_UPPER[i], INNER_LOWER[i]) for i in range(1, len(INNER_UPPER) - 1)]
    aimed = lifted(fit, points, anchors.of(posed))
    upper, lower = ([row[side] for row in rows] for side in range(2))
    off = aimed - anchors.of(posed)
    parting = off[upper] - off[lower]
    gap = lips.spread(_along(aimed[upper, 0], parting, lips.middles(posed)[:, 0]))
    posed = posed + gap
    off = lifted(fit, points, anchors.of(posed)) - anchors.of(posed)
    moved = field_of(anchors.of(posed), off, posed, head)
    _keep_rigid(moved, head)
    bent = posed + moved
    neutral = bent - shown
    # At rest the lips meet: whatever keeps them apart belongs to the photo's expression.
    parted = np.zeros_like(neutral)
    for _ in range(3):
        left = lips.gap(neutral)
        part = lips.spread(left)
        neutral, parted = neutral - part, parted + part
    # Teeth stand to the lips at rest as they do on our head.
    edge = head.lip_upper
    lowered = (neutral[edge] - head.vertices[edge]).mean(axis=0)
    teeth = np.isin(head.part, [PARTS.index(name) for name in TEETH])
    neutral[teeth] = head.vertices[teeth] + lowered
    jaw = np.linalg.norm(head.shapes[JAW], axis=1)
    below = teeth & (jaw > 0.5 * jaw[teeth].max())
    neutral[teeth & ~below, 1] -= TEETH_DOWN_M[0]
    neutral[below, 1] -= TEETH_DOWN_M[1]
    neutral[teeth] = _faced(neutral[teeth], neutral[edge], fit)
    person = Person(
        fit, neutral.astype(np.float32), parted.astype(np.float32),
        np.zeros((2, *neutral.shape), np.float32),
    )  # fmt: skip
    shut = np.stack([_shut(person, eye) for eye in range(2)])
    return replace(person, shut=shut.astype(np.float32))


def _faced(teeth: Array, lips: Array, fit: Fit) -> Array:
    """(T, 3) teeth and tongue turned behind `lips` (L, 3) towards the camera, about the lips' line:
    what stands under its edge is still seen there.
    """
    yaw, pitch, _ = fit.angles
    turn = rotation(-np.array([FACED[0] * yaw, FACED[1] * pitch, 0.0]))
    pivot = np.array([lips[:, 0].mean(), lips[:, 1].mean(), lips[:, 2].max()])
    return np.asarray((teeth - pivot) @ turn.T.astype(np.float64) + pivot)


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Two edges that meet, and the skin that follows each."""

    upper: Indices
    lower: Indices
    share: Array
    """(V,) 1 at the upper edge, -1 at the lower one, fading to 0 with the distance."""
    nearest: Indices
    """(V,) the pair that each vertex goes with."""

    @classmethod
    def of(cls, head: Head, upper: Indices, lower: Indices, side: Array, reach: float) -> "_Edges":
        rest = head.vertices.astype(np.float64)
        skin = np.isin(head.part, [PARTS.index("skin"), PARTS.index("lips"), PARTS.index("mouth")])
        away = np.minimum(distances(rest, rest[upper]), distances(rest, rest[lower]))
        least = away.min(axis=1)
        fade = np.clip(1 - least / reach, 0, 1)
        share = np.where(skin, side * fade * fade * (3 - 2 * fade), 0.0)
        return cls(upper, lower, share, away.argmin(axis=1))

    @classmethod
    def lips(cls, head: Head) -> "_Edges":
        """The inner lips; the jaw tells which skin is whose."""
        upper, lower = head.lip_upper.astype(np.int64), head.lip_lower.astype(np.int64)
        down = np.linalg.norm(head.shapes[JAW].astype(np.float64), axis=1)
        line = np.linalg.norm(
            head.vertices[:, None, :2] - head.vertices[None, lower, :2], axis=2
        ).argmin(axis=1)
        least, most = down[upper][line], down[lower][line]
        open_ = np.maximum(most - least, 1e-4)
        side = np.clip(1 - 2 * (down - least) / open_, -1, 1)
        # Towards the corners both lips move alike.
        side *= np.clip((most - least) / (0.3 * (down[lower] - down[upper]).max()), 0, 1)
        found = cls.of(head, upper, lower, side, LIP_REACH_M)
        share = found.share.copy()
        middle = slice(2, len(upper) - 2)
        share[upper[middle]], share[lower[middle]] = 1.0, -1.0
        return cls(upper, lower, share, found.nearest)

    @classmethod
    def lids(cls, head: Head, eye: int) -> "_Edges":
        """The lids of one eye."""
        upper = head.lid_upper[eye].astype(np.int64)
        lower = head.lid_lower[eye].astype(np.int64)
        rest = head.vertices.astype(np.float64)
        middle = (rest[upper] + rest[lower]) / 2
        order = np.argsort(middle[:, 0])
        height = np.interp(rest[:, 0], middle[order, 0], middle[order, 1])
        side = np.clip((rest[:, 1] - height) / 0.0012, -1, 1)
        found = cls.of(head, upper, lower, side, LID_REACH_M)
        share = found.share.copy()
        share[upper[1:-1]], share[lower[1:-1]] = 1.0, -1.0
        return cls(upper, lower, share, found.nearest)

    def middles(self, vertices: Array) -> Array:
        """(L, 3) middle of each pair."""
        return np.asarray((vertices[self.upper] + vertices[self.lower]) / 2)

    def gap(self, vertices: Array) -> Array:
        """(L, 3) upper less lower."""
        return np.asarray(vertices[self.upper] - vertices[self.lower])

    def spread(self, gap: Array) -> Array:
        """(V, 3) that opens each pair by `gap` (L, 3), half at each edge."""
        return np.asarray(0.5 * self.share[:, None] * gap[self.nearest])


def lifted(fit: Fit, points: Array, anchored: Array) -> Array:
    """(468, 3) in the head's frame: the points in the photo as deep as the anchors are."""
    depth = -fit.to_camera(anchored)[:, 2]
    return fit.from_camera(fit.lens.lifted(points[:SKIN_POINTS, :2], depth))


def _along(at: Array, values: Array, wanted: Array) -> Array:
    """(N, 3) values at places `at` (N,) on the mouth's width -> at `wanted` (L,), 0 at its ends."""
    order = np.argsort(at)
    margin = 0.15 * (at.max() - at.min())
    places = np.concatenate([[at.min() - margin], at[order], [at.max() + margin]])
    columns = [
        np.interp(wanted, places, np.concatenate([[0.0], values[order, k], [0.0]]))
        for k in range(3)
    ]
    return np.stack(columns, axis=1)


def field_of(at: Array, off: Array, vertices: Array, head: Head) -> Array:
    """(V, 3) displacement that is `off` (P, 3) at the points `at` (P, 3), 0 far away."""
    skin = np.flatnonzero(head.part == PARTS.index("skin"))
    away = distances(vertices[skin], at).min(axis=1)
    still = skin[away > FAR_M]
    still = still[:: max(1, len(still) // 120)]
    centres = np.concatenate([at, vertices[still]])
    values = np.concatenate([off, np.zeros((len(still), 3))])
    kernel = distances(centres, centres)
    # phi(r) = -r is positive on weights that add up to 0: a smoothing spline.
    count = len(centres)
    system = np.zeros((count + 1, count + 1))
    system[:count, :count] = SMOOTH_M * np.eye(count) - kernel
    system[:count, count] = system[count, :count] = 1
    solved = np.linalg.solve(system, np.concatenate([values, np.zeros((1, 3))]))
    moved = np.empty_like(vertices)
    for first in range(0, len(vertices), 2000):
        some = vertices[first : first + 2000]
        moved[first : first + 2000] = -distances(some, centres) @ solved[:count] + solved[count]
    return moved


def _keep_rigid(moved: Array, head: Head) -> None:
    """Eyeballs move as a whole, in place."""
    for eye, name in enumerate(("eye_left", "eye_right")):
        lids = np.concatenate([head.lid_upper[eye], head.lid_lower[eye]])
        moved[head.part == PARTS.index(name)] = moved[lids].mean(axis=0)


def _shut(person: Person, eye: int) -> Array:
    """(V, 3) that brings the lids of one eye together at a full blink."""
    lids = _Edges.lids(person.head, eye)
    weights = np.asarray(person.fit.weights, np.float32).copy()
    weights[BLINKS[eye]] = 1.0
    closed = person.pose(weights, parted=1.0).astype(np.float64)
    found = np.zeros_like(closed)
    for _ in range(3):
        found -= lids.spread(lids.gap(closed + found))
    return found
