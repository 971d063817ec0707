"""What the face does: displacements of its points come in, ARKit weights over time go out.

Bounded least squares over all frames at once: sum |points - weights @ shapes|^2 as the camera sees
it, plus the openings of lips and lids by themselves, the landmarker's scores with little trust,
and priors: weights are small, left and right move alike, and change little from frame to frame.
The prior over time reaches both ways alike, so nothing lags.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, EYE_LOOK, INDEX, MIRROR
from avitalk.face.solve_bounded import bounded_least_squares
from avitalk.track.mesh import (
    CHIN,
    INNER_LOWER,
    INNER_UPPER,
    LID_LOWER,
    LID_UPPER,
    LIPS,
    OUTER_UPPER,
    OVAL,
    REGIONS,
    pairs,
    places,
)
from avitalk.track.model import FaceModel

Array = NDArray[np.float64]

TOLERANCE: Final = 2e-4
SHUT_M, OPEN_M = 0.0015, 0.005
"""Lips nearer than the first are shut as the points show it; the correction ends at the second."""
JAW, CLOSE = INDEX["jawOpen"], INDEX["mouthClose"]
LEFT: Final = tuple(i for i, j in enumerate(MIRROR) if ARKIT_52[i].endswith("Left"))


@dataclass(frozen=True, slots=True)
class Priors:
    """Strengths of the terms, for displacements in millimetres; `avitalk.train.track.choose` chose
    them on drawn motions.
    """

    points: float = 60.0
    """Number of independent points that all points together count for."""
    depth: float = 0.2
    """How much less a millimetre along the camera's axis counts than one across."""
    gaps: float = 0.5
    """Weight of the openings of lips and lids and of the mouth's width."""
    scores: float = 12.0
    """Weight of the landmarker's own scores, in mm^2 for a change of 1."""
    pose: float = 2.0
    """Pull of the last correction of the pose to 0, for 1 mm or 10 mrad."""
    small: float = 24.0
    """Pull of each weight to 0, mm^2."""
    sparse: float = 3.0
    """Cost of each weight, whatever its size: few shapes are used rather than many a little."""
    alike: float = 3.0
    """Pull of left and right towards each other."""
    lids_alike: float = 60.0
    """The same for blinks: the far eye of a turned face is hidden in part."""
    steady: float = 6.0
    """Pull of neighbouring frames towards each other at 25 frames a second."""
    hard: dict[str, float] = field(
        default_factory=lambda: {
            "tongueOut": 11.7, "cheekPuff": 3.5, "noseSneer": 1.9, "cheekSquint": 2.3,
            "eyeWide": 2.3, "eyeSquint": 1.9, "jawForward": 4.4,
            "mouthRight": 2.9, "mouthLeft": 2.9, "jawRight": 2.3, "jawLeft": 2.3,
        }
    )  # fmt: skip
    """Factors on `small` and `sparse` for shapes that points in a picture hardly tell."""


def point_weights(model: FaceModel) -> Array:
    """(P,) how much each point counts, 1 for most; irises belong to the gaze."""
    weight = np.ones(len(model.index))
    for wanted, share in ((LIPS, 2.5), (REGIONS["lids"], 2.0), (REGIONS["brows"], 2.0), (OVAL, 0.3),
                          (CHIN, 1.0), (tuple(range(468, 478)), 0.0)):  # fmt: skip
        weight[places(model.index, wanted)] = share
    return np.asarray(weight / weight.sum())


def openings(model: FaceModel) -> Array:
    """(N, P) rows that take the heights between lips and between lids, and half the mouth's width
    as a height: differences of y (all but the last row) and of x (the last).
    """
    rows = [pairs(model.index, INNER_UPPER, INNER_LOWER)]
    rows += [pairs(model.index, LID_UPPER[eye], LID_LOWER[eye]) for eye in range(2)]
    both = np.concatenate(rows)
    matrix = np.zeros((len(both) + 1, len(model.index)))
    matrix[np.arange(len(both)), both[:, 0]] = 1
    matrix[np.arange(len(both)), both[:, 1]] = -1
    right, left = places(model.index, (OUTER_UPPER[0], OUTER_UPPER[-1]))
    matrix[-1, left], matrix[-1, right] = 1, -1
    return matrix


def solve(
    moved: Array,
    turn: Array,
    model: FaceModel,
    scores: Array | None,
    *,
    fps: float,
    priors: Priors | None = None,
) -> Array:
    """Weights (F, 52) in [0, 1] from displacements (F, P, 3) in metres, in the head's frame.

    turn: (F, 3, 3) head to camera. scores: (F, 52) changes of the landmarker's scores from rest, or
    None. mouthClose stays at or under jawOpen. eyeLook weights come out 0: they follow from the
    gaze.
    """
    priors = priors or Priors()
    used = [i for i in range(len(ARKIT_52)) if i not in EYE_LOOK]
    normal, right = _fits(moved * 1e3, turn, model, used, priors)
    if scores is not None:
        known = model.scores[used]
        normal += priors.scores * (known @ known.T)
        right += priors.scores * (scores @ known.T)
    factor = np.array([_factor(ARKIT_52[i], priors) for i in used])
    normal[:, range(len(used)), range(len(used))] += priors.small * factor
    right -= priors.sparse * np.sqrt(factor)
    place = {shape: k for k, shape in enumerate(used)}
    for shape in LEFT:
        if shape in place and MIRROR[shape] in place:
            a, b = place[shape], place[MIRROR[shape]]
            tie = priors.lids_alike if "eyeBlink" in ARKIT_52[shape] else priors.alike
            normal[:, [a, b], [a, b]] += tie
            normal[:, [a, b], [b, a]] -= tie
    steady = np.full(len(used), priors.steady * fps / 25)
    weights = np.zeros((len(moved), len(ARKIT_52)))
    weights[:, used] = bounded_least_squares(
        normal, right, smooth=steady, under=(place[CLOSE], place[JAW]), tolerance=TOLERANCE
    )
    return sealed(weights, moved, model)


def sealed(weights: Array, moved: Array, model: FaceModel) -> Array:
    """Weights whose mouthClose shuts lips that the points show nearly shut.

    The points of the whole mouth outvote the narrow gap between the lips by a millimetre or two,
    enough to leave p, b, m open; mouthClose is the shape that closes and does nothing else.
    """
    rows = pairs(model.index, INNER_UPPER[4:7], INNER_LOWER[4:7])
    matrix = np.zeros((1, len(model.index)))
    np.add.at(matrix[0], rows[:, 0], 1 / len(rows))
    np.add.at(matrix[0], rows[:, 1], -1 / len(rows))
    down = np.ones(1, np.int64)
    seen, gaps = _taken(matrix, moved, down)[:, 0], _taken(matrix, model.shapes, down)[:, 0]
    surplus = np.maximum(weights @ gaps - seen, 0)
    near = np.clip((OPEN_M - seen) / (OPEN_M - SHUT_M), 0, 1)
    closed = weights.copy()
    closed[:, CLOSE] += near * surplus / -gaps[CLOSE]
    closed[:, CLOSE] = np.minimum(closed[:, CLOSE], closed[:, JAW])
    return closed


def _factor(name: str, priors: Priors) -> float:
    sideless = name.removesuffix("Left").removesuffix("Right")
    return priors.hard.get(name, priors.hard.get(sideless, 1.0))


def _fits(
    moved_mm: Array, turn: Array, model: FaceModel, used: list[int], priors: Priors
) -> tuple[Array, Array]:
    """Normal matrices (F, U, U) and right sides (F, U) of the points and of the openings.

    A last turn and shift of the head in each frame are solved along with the weights and taken
    out again (Schur's complement), so that the pose found before takes nothing from the face.
    """
    count = len(used)
    shapes = np.concatenate([model.shapes[used] * 1e3, _rigid(model.rest * 1e3)])
    weight = point_weights(model) * priors.points
    metric = np.einsum(
        "fki,k,fkj->fij", turn, np.array([1.0, 1.0, priors.depth**2]), turn
    )  # (F, 3, 3): squared length as the camera sees it
    grams = np.einsum("kpi,p,lpj->ijkl", shapes, weight, shapes, optimize=True)
    normal = (metric.reshape(-1, 9) @ grams.reshape(9, -1)).reshape(-1, *grams.shape[2:])
    pulled = (moved_mm @ metric) * weight[:, None]
    right = pulled.reshape(len(moved_mm), -1) @ shapes.reshape(len(shapes), -1).T
    normal[:, range(count, count + 6), range(count, count + 6)] += priors.pose
    across = normal[:, :count, count:] @ np.linalg.inv(normal[:, count:, count:])
    right = right[:, :count] - np.einsum("fkr,fr->fk", across, right[:, count:])
    normal = normal[:, :count, :count] - across @ normal[:, count:, :count]
    matrix = openings(model)
    axis = np.ones(len(matrix), np.int64)
    axis[-1] = 0
    gaps = _taken(matrix, shapes[:count], axis)
    normal = normal + priors.gaps * (gaps @ gaps.T)
    right = right + priors.gaps * (_taken(matrix, moved_mm, axis) @ gaps.T)
    return normal, right


def _rigid(points_mm: Array) -> Array:
    """(6, P, 3): shifts along x, y, z by 1 mm and turns about them by 10 mrad."""
    moves = np.zeros((6, *points_mm.shape))
    for axis in range(3):
        moves[axis, :, axis] = 1.0
        moves[3 + axis] = 0.01 * np.cross(np.eye(3)[axis], points_mm - points_mm.mean(axis=0))
    return moves


def _taken(matrix: Array, points: Array, axis: NDArray[np.int64]) -> Array:
    """(N, P) rows applied to (K, P, 3), each to its axis: (K, N)."""
    down = points[..., 1] @ matrix.T
    across = points[..., 0] @ matrix.T
    return np.where(axis == 1, down, across)
