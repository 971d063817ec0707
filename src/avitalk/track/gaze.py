"""Where the eyes look: the irises' places between the corners of the eyes -> eye angles."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.track.mesh import IRIS, LID_UPPER, places
from avitalk.track.model import FaceModel
from avitalk.track.neutral import lid_gap
from avitalk.track.smooth import bridged, smoothed

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

SHUT: Final = 0.45
"""Under this share of the usual opening the iris is guessed, not seen."""
ANATOMY_RAD: Final = (0.12, 0.4)
"""Eyes that on average stray less than this, in yaw and pitch, look ahead: a face's anatomy, above
all how high the irises are against the corners, makes as much difference."""
MOST_RAD: Final = 0.6
TOGETHER: Final = 0.7
"""Share of the angle that both eyes have in common."""
SIGMA_S: Final = 0.02


def find_gaze(points: Array, model: FaceModel, seen: NDArray[np.bool_], fps: float) -> Array:
    """(F, 2, 3) yaw, pitch and 0 of the left and right eye against the head, in radians.

    points: (F, P, 3) metres in the head's frame. Zero if the irises are not among the points.
    """
    angles = np.zeros((len(points), 2, 3))
    for eye in range(2):
        iris = places(model.index, IRIS[eye])
        corners = places(model.index, (LID_UPPER[eye][0], LID_UPPER[eye][-1]))
        if len(iris) < len(IRIS[eye]) or len(corners) < 2:
            return np.zeros_like(angles)

        slope = np.stack([_between(model.look[eye, a], iris, corners) for a in range(2)], axis=1)
        moved = _between(points, iris, corners) - _between(model.rest, iris, corners)
        angles[:, eye, :2] = moved @ np.linalg.inv(slope).T
        opening = lid_gap(points, model, eye)
        awake = seen & (opening > SHUT * np.percentile(opening[seen], 75))
        angles[:, eye] = bridged(angles[:, eye], awake)
    common = angles.mean(axis=1, keepdims=True)
    angles = TOGETHER * common + (1 - TOGETHER) * angles
    most = np.array([*ANATOMY_RAD, 0.0])
    angles -= np.clip(np.median(angles[seen], axis=0), -most, most)
    angles = np.clip(angles, -MOST_RAD, MOST_RAD)
    return smoothed(angles, SIGMA_S * fps)


def _between(face: Array, iris: Indices, corners: Indices) -> Array:
    """(..., P, 3) -> (..., 2): x and y of the iris from the middle between the eye's corners."""
    middle = face[..., corners, :].mean(axis=-2)
    return np.asarray((face[..., iris, :].mean(axis=-2) - middle)[..., :2])
