"""Our head, drawn in every shape and looked at by the landmarker -> the landmarks' response.

What is learned is how the landmarker SEES each ARKit shape of our head: where it reads less motion
than there is (or drags points along that do not move), its answer is part of the basis.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, EYE_LOOK, INDEX, MIRROR
from avitalk.errors import InputError
from avitalk.face import Head, rotation
from avitalk.render import Camera, Renderer
from avitalk.track.landmarker import Landmarker
from avitalk.track.mesh import EYE_CORNERS, POINTS
from avitalk.track.model import turn_terms

Array = NDArray[np.float64]

SIDE_PX: Final = 512
FOCAL_MM: Final = 85.0
DISTANCE_M: Final = 1.06
STRENGTHS: Final = (0.35, 0.7, 1.0)
VIEWS: Final = tuple(
    Camera(yaw_rad=np.radians(yaw), elevation_rad=np.radians(up), distance_m=DISTANCE_M)
    for yaw, up in ((0, 0), (-10, 4), (10, 4), (-6, -6), (6, -6))
)
COMPANIONS: Final = {"mouthClose": ("jawOpen", 1.0), "tongueOut": ("jawOpen", 0.4)}
"""Shapes that only show over an open jaw: measured on top of it (mouthClose follows the jaw)."""
GAZE_RAD: Final = 0.3
TURNS_DEG: Final = ((-40, -30, -20, -10, 0, 10, 20, 30, 40), (-24, -12, 0, 12, 24))
TERM_MIRROR: Final = np.array([-1.0, 1.0, 1.0, 1.0, -1.0])[:, None, None]


@dataclass(frozen=True)
class Response:
    """The landmarker's view of a head: rest + weights @ shapes + gaze @ look, all in metres."""

    rest: Array
    """(478, 3) in the head's frame."""
    shapes: Array
    """(52, 478, 3) displacement at weight 1."""
    look: Array
    """(2, 2, 478, 3) displacement a radian: left and right eye, yaw and pitch."""
    rest_scores: Array
    """(52,) the landmarker's blendshape scores at rest."""
    scores: Array
    """(52, 52) change of the scores at weight 1 of each shape (rows)."""
    turned: Array
    """(5, 478, 3) displacement by the terms of `avitalk.track.model.turn_terms`: the landmarker
    sees a turned face a little otherwise."""
    noise: Array
    """(478, 3) standard deviation between views of the same face, metres."""


def head_frame(points: Array, camera: Camera, origin: Array, depth_m: float) -> Array:
    """Pixels (478, 3) -> metres in the head's frame; the eyes' corners lie `depth_m` from the lens.

    The landmarker's z refines the depth of each point, which perspective needs.
    """
    view = camera.view(origin, (SIDE_PX, SIDE_PX))
    axes = view.axes.astype(np.float64)
    behind = points[:, 2] - points[list(EYE_CORNERS), 2].mean()
    depth = depth_m * (1 + behind / view.focal_px)
    local = np.stack(
        [(points[:, 0] - view.centre_px[0]) * depth / view.focal_px,
         (view.centre_px[1] - points[:, 1]) * depth / view.focal_px,
         depth], axis=1)  # fmt: skip
    return np.asarray(local @ axes + view.eye)


class Observer:
    """Draws a head in the views above and reads the landmarks."""

    def __init__(
        self, head: Head, landmarker: Landmarker, cameras: tuple[Camera, ...] = VIEWS
    ) -> None:
        self.head = head
        self.landmarker = landmarker
        self.origin = np.asarray(head.eye_pivots, np.float64).mean(axis=0)
        corners = head.vertices[head.lid_upper[:, [0, -1]]].astype(np.float64).mean(axis=(0, 1))
        views = [camera.view(self.origin, (SIDE_PX, SIDE_PX)) for camera in cameras]
        self.cameras = cameras
        self.depths_m = [float((corners - view.eye) @ view.axes[2]) for view in views]
        self.renderers = [
            Renderer(head, size=(SIDE_PX, SIDE_PX), camera=camera) for camera in cameras
        ]

    def see(self, weights: Array, eyes: Array | None = None) -> tuple[Array, Array]:
        """(views, 478, 3) metres and (views, 52) scores of the head in one expression."""
        gaze = None if eyes is None else eyes.astype(np.float32)
        posed = self.head.pose_frame(weights.astype(np.float32), eyes=gaze)
        seen = []
        for renderer, camera, depth_m in zip(
            self.renderers, self.cameras, self.depths_m, strict=True
        ):
            faces = self.landmarker.faces(renderer.frame(posed))
            if not faces:
                raise InputError("the landmarker finds no face in a drawing of the head")
            points = head_frame(faces[0].points, camera, self.origin, depth_m)
            seen.append((points, faces[0].scores))
        return np.stack([p for p, _ in seen]), np.stack([s for _, s in seen])


def measure(head: Head, landmarker: Landmarker) -> Response:
    """Draw, look, and fit a line through each shape's strengths; left and right are averaged."""
    observer = Observer(head, landmarker)
    nothing = np.zeros(len(ARKIT_52))
    rest_views, rest_scores = observer.see(nothing, np.zeros((2, 3)))
    rest = rest_views.mean(axis=0)
    shapes = np.zeros((len(ARKIT_52), POINTS, 3))
    scores = np.zeros((len(ARKIT_52), len(ARKIT_52)))
    for name in ARKIT_52:
        if INDEX[name] not in EYE_LOOK:
            shapes[INDEX[name]], scores[INDEX[name]] = _slope(observer, name)
    look = np.zeros((2, 2, POINTS, 3))
    for eye, axis, sign, angles in _glances():
        views, _ = observer.see(nothing, angles)
        look[eye, axis] += sign * (views - rest_views).mean(axis=0) / (2 * GAZE_RAD)
    response = Response(
        rest, shapes, look, rest_scores.mean(axis=0), scores, turned_points(head, landmarker, rest),
        rest_views.std(axis=0),
    )  # fmt: skip
    return symmetric(response, mirror_of(rest))


def turned_points(head: Head, landmarker: Landmarker, rest: Array) -> Array:
    """How the resting face's points move in the head's frame as it turns, by least squares."""
    observer = Observer(head, landmarker, VIEWS[:1])
    view = VIEWS[0].view(observer.origin, (SIDE_PX, SIDE_PX))
    angles, seen = [], []
    for yaw, pitch in product(np.radians(TURNS_DEG[0]), np.radians(TURNS_DEG[1])):
        turn = np.array([yaw, pitch, 0.0], np.float32)
        posed = head.pose_frame(np.zeros(len(ARKIT_52), np.float32), turn)
        faces = landmarker.faces(observer.renderers[0].frame(posed))
        if not faces:
            continue
        matrix = rotation(turn).astype(np.float64)
        place = head.neck_pivot - matrix @ head.neck_pivot
        skin = list(EYE_CORNERS)
        corners = rest[skin].mean(axis=0) @ matrix.T + place
        depth_m = float((corners - view.eye) @ view.axes[2])
        points = head_frame(faces[0].points, VIEWS[0], observer.origin, depth_m)
        angles.append((yaw, pitch))
        seen.append((points - place) @ matrix)
    terms = turn_terms(np.array(angles))
    ahead = np.flatnonzero(np.abs(np.array(angles)).sum(axis=1) == 0)[0]
    moved = np.stack(seen) - seen[ahead]
    flat, *_ = np.linalg.lstsq(terms, moved.reshape(len(moved), -1), rcond=None)
    return np.asarray(flat.reshape(-1, POINTS, 3))


def _slope(observer: Observer, name: str) -> tuple[Array, Array]:
    top, bottom, points, scores = 0.0, 0.0, 0.0, 0.0
    for strength in STRENGTHS:
        without, within = np.zeros(len(ARKIT_52)), np.zeros(len(ARKIT_52))
        if name in COMPANIONS:
            other, share = COMPANIONS[name]
            without[INDEX[other]] = share * (strength if name == "mouthClose" else 1.0)
        within[:] = without
        within[INDEX[name]] = strength
        (before, was), (after, is_now) = observer.see(without), observer.see(within)
        points = points + strength * (after - before).mean(axis=0)
        scores = scores + strength * (is_now - was).mean(axis=0)
        bottom += strength**2
        top += strength
    return np.asarray(points / bottom), np.asarray(scores / bottom)


def _glances() -> Iterator[tuple[int, int, float, Array]]:
    for eye in range(2):
        for axis in range(2):
            for sign in (-1.0, 1.0):
                angles = np.zeros((2, 3))
                angles[eye, axis] = sign * GAZE_RAD
                yield eye, axis, sign, angles


def mirror_of(rest: Array) -> NDArray[np.int64]:
    """(478,) the point that each point becomes in a mirror: nearest on both ways, at rest."""
    flipped = rest * np.array([-1.0, 1.0, 1.0])
    distance = np.linalg.norm(rest[:, None] - flipped[None], axis=-1)
    return np.asarray((distance + distance.T).argmin(axis=1))


def symmetric(response: Response, mirror: NDArray[np.int64]) -> Response:
    """The mean of a response and of its mirror image."""
    flip, shape_mirror = np.array([-1.0, 1.0, 1.0]), list(MIRROR)
    turned = response.look[::-1][:, :, mirror] * flip * np.array([-1.0, 1.0])[:, None, None]
    return Response(
        rest=(response.rest + response.rest[mirror] * flip) / 2,
        shapes=(response.shapes + response.shapes[shape_mirror][:, mirror] * flip) / 2,
        look=(response.look + turned) / 2,
        rest_scores=(response.rest_scores + response.rest_scores[shape_mirror]) / 2,
        scores=(response.scores + response.scores[shape_mirror][:, shape_mirror]) / 2,
        turned=(response.turned + response.turned[:, mirror] * flip * TERM_MIRROR) / 2,
        noise=(response.noise + response.noise[mirror]) / 2,
    )
