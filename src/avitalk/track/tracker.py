"""`track`: landmarks of a clip come in, the Motion and how well it fits go out.

points in pixels -> head pose (rigid points) -> the speaker's resting face -> gaze -> weights;
pose and face are found in turn, twice, so that neither takes what belongs to the other.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import EYE_LOOK, eye_look_weights
from avitalk.errors import InputError
from avitalk.track.gaze import find_gaze
from avitalk.track.landmarks import Landmarks
from avitalk.track.mesh import NEEDED
from avitalk.track.model import FaceModel, load_model
from avitalk.track.neutral import Neutral, find_neutral, region_rows, rigidity
from avitalk.track.pose import Lens, Pose, angles_of, find_pose, fitted
from avitalk.track.smooth import bridged, smoothed
from avitalk.track.solve import Priors, solve
from avitalk.types import Motion

Array = NDArray[np.float64]

FOCAL_SHARES: Final = (0.8, 1.2, 1.8, 2.7, 4.0)
"""Focal lengths tried, in longer sides of the picture: from a webcam to a portrait lens."""
USUAL_FOCAL: Final = 2.0
FOCAL_DOUBT: Final = 0.005
"""A focal length twice or half the usual one has to fit better by this share."""
FOCAL_FRAMES: Final = 60
LEAST_FACE_PX: Final = 40.0
LEAST_FRAMES: Final = 5
POINTS_SIGMA_S: Final = 0.012
"""Smoothing of the points: takes the landmarker's jitter, leaves closures of two frames."""
POSE_SIGMA_S: Final = 0.05
ROUNDS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """The motion of one clip, and what is known of its quality."""

    motion: Motion
    """52 weights, head and eyes against the camera's direction, translation from its median."""
    found: NDArray[np.bool_]
    """(F,) frames that a face was seen in; the others are joined by lines."""
    error_px: Array
    """(F,) root mean square distance of the points from the fitted face, in pixels."""
    error_mm: Array
    """(F,) the same on the face."""
    region_error_mm: dict[str, float]
    """Region -> root mean square over its points and all frames."""
    neutral: Neutral
    """The speaker's resting face."""
    focal_px: float
    """Focal length of the camera, given or found."""
    face_px: float
    """Median width of the face in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class _Clip:
    """Landmarks made ready: gaps bridged, smoothed, the head's pose and the speaker known."""

    points: Array
    """(F, P, 3) pixels."""
    fps: float
    seen: NDArray[np.bool_]
    face_px: float
    lens: Lens
    model: FaceModel
    rest: Neutral
    pose: Pose
    scores: Array | None
    """(F, 52) changes from rest."""


@dataclass(frozen=True, slots=True, eq=False)
class _Displaced:
    """What the face does, in the head's frame."""

    moved: Array
    """(F, P, 3) metres on the model, without what gaze and the turn of the head make of it."""
    eyes: Array
    """(F, 2, 3) radians."""
    by_gaze: Array
    """(F, P, 3) displacement by the gaze."""
    view: Array
    """(F, P, 3) displacement by the turn alone."""


def track(
    landmarks: Landmarks,
    *,
    neutral: Neutral | None = None,
    focal_px: float | None = None,
    model: FaceModel | None = None,
    priors: Priors | None = None,
) -> Tracked:
    """The Motion of the face in `landmarks`.

    neutral: the speaker's resting face, if known from other clips (`resting_face`).
    Raises InputError if there is no face, too little of one, or it is too small.
    """
    clip = _ready(landmarks, neutral, focal_px, model)
    model, rest, pose, face = clip.model, clip.rest, clip.pose, np.zeros_like(clip.points)
    for _ in range(ROUNDS):
        shown = _displaced(clip, pose, face)
        weights = solve(
            shown.moved, pose.turn, model, clip.scores, fps=landmarks.fps, priors=priors
        )
        face = (np.tensordot(weights, model.shapes, 1) + shown.by_gaze) / rest.stretch[:, None]
        whole = rest.points + face + shown.view
        pose = _steadied(
            find_pose(clip.points, whole, rigidity(model), clip.lens), clip.seen, landmarks.fps
        )
    weights[:, list(EYE_LOOK)] = np.clip(eye_look_weights(shown.eyes), 0, 1)
    return _result(clip, weights, shown.eyes, pose, whole)


def evidence(
    landmarks: Landmarks, *, focal_px: float | None = None, model: FaceModel | None = None
) -> tuple[Array, Array, FaceModel, Array | None]:
    """What `solve` is given in the first round: displacements, turn, model and scores."""
    clip = _ready(landmarks, None, focal_px, model)
    shown = _displaced(clip, clip.pose, np.zeros_like(clip.points))
    return shown.moved, clip.pose.turn, clip.model, clip.scores


def resting_face(
    clips: list[Landmarks], *, focal_px: float | None = None, model: FaceModel | None = None
) -> Neutral:
    """One speaker's resting face from several clips: more frames, so more of them at rest.

    Raises InputError as `track` does, or if the clips have different points.
    """
    full, local = model or load_model(), []
    part = full.only(clips[0].index)
    for clip in clips:
        if not np.array_equal(clip.index, clips[0].index):
            raise InputError(f"{clip.source}: other face points than {clips[0].source}")
        seen, _ = _checked(clip)
        points = smoothed(bridged(clip.points, seen), POINTS_SIGMA_S * clip.fps)
        lens = lens_of(clip.size, focal_px or find_focal(clip, model))
        local.append(_speaker(points, seen, part, lens, None)[1][seen])
    return find_neutral(np.concatenate(local), part)


def find_focal(landmarks: Landmarks, model: FaceModel | None = None) -> float:
    """Focal length in pixels with which the face fits best: perspective gives it away as the head
    turns and nears. Without such motion all fit alike, and the usual one is taken.
    """
    at = np.flatnonzero(landmarks.found)
    at = at[:: max(1, len(at) // FOCAL_FRAMES)]
    if len(at) < LEAST_FRAMES:
        return USUAL_FOCAL * max(landmarks.size)
    # Far apart in time: nothing is to be smoothed over these frames.
    some = Landmarks(
        landmarks.points[at], landmarks.index, landmarks.found[at], landmarks.size, 1.0,
        None, landmarks.source,
    )  # fmt: skip

    def cost(share: float) -> float:
        tracked = track(some, focal_px=share * max(landmarks.size), model=model)
        misfit = float(np.sqrt(np.square(tracked.error_px).mean()))
        return misfit * (1 + FOCAL_DOUBT * abs(float(np.log2(share / USUAL_FOCAL))))

    return min(FOCAL_SHARES, key=cost) * max(landmarks.size)


def _ready(
    landmarks: Landmarks, neutral: Neutral | None, focal_px: float | None, model: FaceModel | None
) -> _Clip:
    seen, face_px = _checked(landmarks)
    lens = lens_of(landmarks.size, focal_px or find_focal(landmarks, model))
    model = (model or load_model()).only(landmarks.index)
    points = smoothed(bridged(landmarks.points, seen), POINTS_SIGMA_S * landmarks.fps)
    pose, local, found = _speaker(points, seen, model, lens, neutral)
    rest = neutral or found
    scores = _score_changes(landmarks, seen, rest, local, model)
    return _Clip(points, landmarks.fps, seen, face_px, lens, model, rest, pose, scores)


def _displaced(clip: _Clip, pose: Pose, face: Array) -> _Displaced:
    model, rest = clip.model, clip.rest
    local, view = _without_view(clip.points, pose, rest.points + face, model, clip.lens)
    eyes = find_gaze(local, model, clip.seen, clip.fps)
    by_gaze = np.einsum("fea,eapc->fpc", eyes[..., :2], model.look)
    moved = (local - rest.points) * rest.stretch[:, None] - by_gaze
    return _Displaced(moved, eyes, by_gaze, view)


def lens_of(size: tuple[int, int], focal_px: float) -> Lens:
    """The camera of pictures of `size`."""
    return Lens(focal_px, (size[0] / 2, size[1] / 2))


def _checked(landmarks: Landmarks) -> tuple[NDArray[np.bool_], float]:
    lacking = sorted(set(NEEDED) - set(landmarks.index.tolist()))
    if lacking:
        named = ", ".join(map(str, lacking[:3]))
        raise InputError(f"{landmarks.source}: face points {named} are missing; they are needed")
    seen = landmarks.found & np.isfinite(landmarks.points).all(axis=(1, 2))
    if seen.sum() < LEAST_FRAMES:
        raise InputError(
            f"{landmarks.source}: a face in {int(seen.sum())} of {landmarks.frames} frames; at "
            f"least {LEAST_FRAMES} are needed"
        )
    face_px = float(np.median(np.ptp(landmarks.points[seen][..., :2], axis=1).max(axis=1)))
    if face_px < LEAST_FACE_PX:
        raise InputError(
            f"{landmarks.source}: the face is {face_px:.0f} pixels wide; at least "
            f"{LEAST_FACE_PX:.0f} are needed"
        )
    return seen, face_px


def _camera_points(points: Array, fitted_points: Array, lens: Lens) -> Array:
    """(F, P, 3) pixels -> metres in the camera's frame, about as deep as the fitted face is."""
    depth = -fitted_points[..., 2]
    middle = depth.mean(axis=1, keepdims=True)
    near = points[..., 2] - points[..., 2].mean(axis=1, keepdims=True)
    guessed = middle + near * middle / lens.focal_px
    return lens.lifted(points[..., :2], 0.5 * (depth + guessed))


def _speaker(
    points: Array, seen: NDArray[np.bool_], model: FaceModel, lens: Lens, known: Neutral | None
) -> tuple[Pose, Array, Neutral]:
    """Pose, points in the head's frame (F, P, 3), and the resting face: each from the other."""
    weight = rigidity(model)
    rest = model.rest if known is None else known.points
    neutral, view = known, np.zeros_like(points)
    for step in range(ROUNDS + 1):
        pose = find_pose(points, rest + view, weight, lens)
        local, view = _without_view(points, pose, rest, model, lens)
        if known is None and step < ROUNDS:
            neutral = find_neutral(local[seen], model)
            turn, shift, scale = fitted(neutral.points, model.rest, weight)
            rest = scale * neutral.points @ turn.T + shift
            neutral = Neutral(rest, neutral.stretch, neutral.lips_closed)
    assert neutral is not None
    return pose, local, neutral


def _without_view(
    points: Array, pose: Pose, face: Array, model: FaceModel, lens: Lens
) -> tuple[Array, Array]:
    """Points (F, P, 3) in the head's frame, less what the turn of the face alone makes of them,
    and that part.
    """
    view = model.seen_at(angles_of(pose.turn))
    return pose.unseen(_camera_points(points, pose.seen(face + view), lens)) - view, view


def _steadied(pose: Pose, seen: NDArray[np.bool_], fps: float) -> Pose:
    """Smooth over time; matrices are brought back to rotations."""
    sigma = POSE_SIGMA_S * fps
    u, _, vt = np.linalg.svd(smoothed(bridged(pose.turn, seen), sigma))
    return Pose(u @ vt, smoothed(bridged(pose.place, seen), sigma))


def _score_changes(
    landmarks: Landmarks, seen: NDArray[np.bool_], rest: Neutral, local: Array, model: FaceModel
) -> Array | None:
    """(F, 52) the landmarker's scores against those of the frames nearest to the resting face."""
    if landmarks.scores is None:
        return None
    away = np.linalg.norm(local[seen] - rest.points, axis=-1).mean(axis=1)
    calm = away <= np.percentile(away, 20)
    scores = smoothed(bridged(landmarks.scores, seen), POINTS_SIGMA_S * landmarks.fps)
    return np.asarray(scores - np.median(scores[seen][calm], axis=0))


def _result(clip: _Clip, weights: Array, eyes: Array, pose: Pose, whole: Array) -> Tracked:
    seen, lens = clip.seen, clip.lens
    fitted_px = lens.project(pose.seen(whole))
    errors_px = np.linalg.norm(fitted_px - clip.points[..., :2], axis=-1)
    metres_per_px = -pose.place[:, 2] / lens.focal_px
    errors_mm = errors_px * metres_per_px[:, None] * 1e3
    head = angles_of(pose.turn)
    translation = pose.place - np.median(pose.place[seen], axis=0)
    motion = Motion(
        weights.astype(np.float32), head.astype(np.float32), eyes.astype(np.float32),
        clip.fps, translation.astype(np.float32),
    )  # fmt: skip
    regions = {
        name: float(np.sqrt(np.square(errors_mm[seen][:, rows]).mean()))
        for name, rows in region_rows(clip.model).items()
        if len(rows)
    }
    return Tracked(
        motion, seen,
        np.sqrt(np.square(errors_px).mean(axis=1)), np.sqrt(np.square(errors_mm).mean(axis=1)),
        regions, clip.rest, lens.focal_px, clip.face_px,
    )  # fmt: skip
