"""Who is in the photo: its face points come in; camera, pose, identity and expression go out."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face import MODES, Head, Identity
from avitalk.face.store import half_head, unfold
from avitalk.portrait.anchors import SKIN_POINTS, find_anchors, mode_basis
from avitalk.portrait.photo import CROP, Canvas
from avitalk.track.model import FaceModel, load_model
from avitalk.track.neutral import rigidity
from avitalk.track.pose import Lens, Pose, angles_of, find_pose
from avitalk.track.solve import Priors, point_weights, solve

Array = NDArray[np.float64]

FACE_M: Final = 0.165
"""Height of a face's points on the default head, about."""
DISTANCE_M: Final = 1.0
"""From which portraits are usually taken."""
ROUNDS: Final = 4
HELD: Final = ("size", "age")
"""Modes that a single photo does not tell: size is distance, age is in the skin."""
TRUST_MM: Final = 2.2
"""Points stray from what modes can explain by about this much."""
INDEPENDENT: Final = 45.0
"""Points stand for about so many independent ones."""
MOST: Final = 2.5
"""Largest coefficient of a mode."""
PROFILE_RAD: Final = 0.72
STEEP_RAD: Final = 0.6
RESIDUAL_AT_PX: Final = 512
"""Residuals are stated for a picture of this side, in which the face fills the usual share."""
POOR_PX: Final = 16.0


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Our head in the place of the one in the photo."""

    head: Head
    """Bare head of the fitted identity."""
    identity: Identity
    lens: Lens
    turn: Array
    """(3, 3) head to camera."""
    place: Array
    """(3,) metres in the camera's frame."""
    weights: Array
    """(52,) expression in the photo."""
    residual_px: float
    """Root mean square distance of the points from the fitted head, before it is bent to them, at
    512 pixels."""

    @property
    def angles(self) -> Array:
        """(3,) yaw, pitch and roll of the head in the photo, radians."""
        return np.asarray(angles_of(self.turn[None])[0])

    @property
    def px_per_m(self) -> float:
        """Pixels of a metre where the head is."""
        return self.lens.focal_px / -float(self.place[2])

    def to_camera(self, vertices: NDArray[np.floating]) -> Array:
        """(..., 3) in the head's frame -> the camera's."""
        return np.asarray(np.asarray(vertices, np.float64) @ self.turn.T + self.place)

    def from_camera(self, points: Array) -> Array:
        """The inverse."""
        return np.asarray((points - self.place) @ self.turn)


def fit_head(canvas: Canvas) -> Fit:
    """Fit camera, pose, identity and expression to the points of `canvas`, in turn.

    Raises InputError if the face is turned too far away for a photo to be brought to life.
    """
    model, points = load_model(), canvas.points[None]
    lens = _lens(canvas)
    weight, basis = rigidity(model), _point_basis(model)
    expression, coefficients = np.zeros(52), np.zeros(len(MODES))
    rest, face, view = model.rest, np.zeros_like(model.rest), np.zeros_like(model.rest)
    for _ in range(ROUNDS):
        pose = find_pose(points, rest + face + view, weight, lens)
        view = model.seen_at(angles_of(pose.turn))[0]
        local = _local(points, rest + face + view, pose, lens)[0] - view
        coefficients = _identity(local - face - model.rest, basis, model)
        rest = model.rest + np.tensordot(coefficients, basis, 1)
        moved = (local - rest)[None]
        expression = solve(moved, pose.turn, model, canvas.scores[None], fps=25.0, priors=Priors())
        expression = expression[0]
        face = np.tensordot(expression, model.shapes, 1)
    _refuse_turned(angles_of(pose.turn)[0], canvas.source)
    identity = Identity(dict(zip(MODES, coefficients.round(4).tolist(), strict=True)))
    head = unfold("portrait", half_head(), identity)
    fit = Fit(head, identity, lens, pose.turn[0], pose.place[0], expression, 0.0)
    posed = head.pose_frame(expression.astype(np.float32))
    seen = lens.project(fit.to_camera(find_anchors().of(posed)))
    away = np.square(seen - canvas.points[:SKIN_POINTS, :2]).sum(axis=1)
    residual = float(np.sqrt(away.mean())) * RESIDUAL_AT_PX / (CROP * canvas.face_px)
    if residual > POOR_PX:
        raise InputError(
            f"{canvas.source}: the face does not fit a head ({residual:.0f} pixels off at 512); "
            "is it hidden in part?"
        )
    return replace(fit, residual_px=residual)


def _lens(canvas: Canvas) -> Lens:
    """A camera at the usual distance, its axis through the face: a cut-out tells no more."""
    middle = canvas.points[:SKIN_POINTS, :2].mean(axis=0)
    return Lens(DISTANCE_M * canvas.face_px / FACE_M, (float(middle[0]), float(middle[1])))


def _point_basis(model: FaceModel) -> Array:
    """(M, 478, 3) metres that each identity mode at 1 moves the points; irises go with the lids."""
    anchors = find_anchors()
    moved = anchors.of(mode_basis())
    basis = np.zeros((len(MODES), len(model.index), 3))
    basis[:, :SKIN_POINTS] = moved
    basis[:, SKIN_POINTS + 5 :] = moved[:, [263, 362]].mean(axis=1, keepdims=True)
    basis[:, SKIN_POINTS : SKIN_POINTS + 5] = moved[:, [33, 133]].mean(axis=1, keepdims=True)
    basis[[MODES.index(name) for name in HELD]] = 0.0
    return basis


def _local(points: Array, fitted: Array, pose: Pose, lens: Lens) -> Array:
    """(1, P, 3) pixels -> metres in the head's frame, half as deep as the landmarker guesses."""
    seen = pose.seen(fitted)
    depth = -seen[..., 2]
    middle = depth.mean(axis=1, keepdims=True)
    near = points[..., 2] - points[..., 2].mean(axis=1, keepdims=True)
    guessed = middle + near * middle / lens.focal_px
    return pose.unseen(lens.lifted(points[..., :2], 0.6 * depth + 0.4 * guessed))


def _identity(moved: Array, basis: Array, model: FaceModel) -> Array:
    """(M,) coefficients that explain displacements (P, 3), as people are: about N(0, 1)."""
    weight = point_weights(model) * INDEPENDENT
    scale = np.array([1.0, 1.0, 0.4]) / (TRUST_MM * 1e-3)
    rows = (basis * scale * np.sqrt(weight)[:, None]).reshape(len(basis), -1)
    aim = (moved * scale * np.sqrt(weight)[:, None]).ravel()
    found = np.linalg.solve(rows @ rows.T + np.eye(len(basis)), rows @ aim)
    return np.asarray(np.clip(found, -MOST, MOST))


def _refuse_turned(angles: Array, source: str) -> None:
    for angle, most, what in (
        (angles[0], PROFILE_RAD, "to the side"),
        (angles[1], STEEP_RAD, "up or down"),
    ):
        if abs(angle) > most:
            raise InputError(
                f"{source}: the face is turned {np.degrees(abs(angle)):.0f} degrees {what}; "
                f"at most {np.degrees(most):.0f} are possible"
            )
