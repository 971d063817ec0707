"""Portraits whose truth is known: our own head drawn, its points projected, no landmarker."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import INDEX
from avitalk.face import Head, Identity, head_of
from avitalk.portrait import Canvas, Portrait
from avitalk.portrait.anchors import SKIN_POINTS, find_anchors
from avitalk.render import Camera, Renderer
from avitalk.track.landmarker import Face
from avitalk.track.mesh import POINTS

SIDE_PX = 512


@cache
def somebody() -> Head:
    """A person that is neither the default head nor symmetric in age."""
    return head_of(Identity({"width": 1.0, "chin": -1.0, "lips": 1.0, "nose_length": 0.8}))


def drawn(
    weights: dict[str, float] | None = None, yaw_deg: float = 6.0, above_deg: float = 0.0
) -> Canvas:
    """Somebody's picture and true points, in an expression."""
    head = somebody()
    values = np.zeros(52, np.float32)
    for name, value in (weights or {}).items():
        values[INDEX[name]] = value
    posed = head.pose_frame(values)
    camera = Camera(
        yaw_rad=np.radians(yaw_deg), elevation_rad=np.radians(above_deg), distance_m=1.25
    )
    picture = Renderer(head, size=(SIDE_PX, SIDE_PX), camera=camera).frame(posed)
    middle = np.asarray(head.eye_pivots, np.float64).mean(axis=0)
    view = camera.view(middle, (SIDE_PX, SIDE_PX))
    points = np.zeros((POINTS, 3))
    # The bare head's vertices come first.
    points[:SKIN_POINTS] = find_anchors().of(posed.astype(np.float64))
    ahead = np.array([0.0, 0.0, 0.012])
    for eye, first in ((1, SKIN_POINTS), (0, SKIN_POINTS + 5)):
        iris = head.eye_pivots[eye] + ahead
        ring = 0.006 * np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]])
        points[first : first + 5] = iris + ring
    local = (points - view.eye) @ view.axes.T.astype(np.float64)
    scale = view.focal_px / local[:, 2]
    x = view.centre_px[0] + local[:, 0] * scale
    y = view.centre_px[1] - local[:, 1] * scale
    z = (local[:, 2] - local[:, 2].mean()) * scale
    return Canvas(picture, np.stack([x, y, z], axis=1), values.astype(np.float64), "drawn")


@cache
def resting() -> Portrait:
    """The portrait of somebody at rest."""
    return Portrait.of(drawn())


class Finds:
    """A landmarker that finds given faces in one picture, and nothing in others: the first look
    counts.
    """

    def __init__(self, picture: NDArray[np.uint8], *faces: Face) -> None:
        self.picture, self.found = picture, faces

    def __enter__(self) -> "Finds":
        return self

    def __exit__(self, *error: Any) -> None: ...

    def faces(self, image: NDArray[np.uint8]) -> list[Face]:
        """The faces, if this is the picture."""
        return list(self.found) if np.array_equal(image, self.picture) else []
