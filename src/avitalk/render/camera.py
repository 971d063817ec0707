"""Where the picture is taken from: a portrait lens placed around the head by two angles."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError

SENSOR_MM = 24.0  # short side of a full-frame sensor


class View(NamedTuple):
    """A camera resolved for one head and one picture size."""

    eye: NDArray[np.float32]  # (3,) position, metres
    axes: NDArray[np.float32]  # (3, 3) rows: right, up, forward
    focal_px: float
    centre_px: tuple[float, float]  # (x, y) of the optical axis; x right, y down

    def scaled(self, factor: float) -> "View":
        """The same view in a picture `factor` times as large."""
        x, y = self.centre_px
        return self._replace(focal_px=self.focal_px * factor, centre_px=(x * factor, y * factor))


@dataclass(frozen=True)
class Camera:
    """A camera looking at a point near the head.

    Convention: the rest head looks along +Z. `yaw_rad` turns the camera about +Y, positive
    towards +X, where it sees the character's left side. The focal length refers to the
    picture's short side, so upright and wide pictures frame the same head.
    """

    yaw_rad: float = 0.0
    """Around the head, 0 = from the front, pi/2 = the character's left profile."""
    elevation_rad: float = 0.0
    """Above (positive) or below eye level; between -1.5 and 1.5."""
    distance_m: float = 1.12
    """From the target to the lens."""
    focal_mm: float = 85.0
    """Focal length on full frame: 85 is the portrait lens, 35 a wide one."""
    target_m: tuple[float, float, float] = (0.0, -0.02, 0.0)
    """The point looked at, from the midpoint between the eyes, in metres."""

    def __post_init__(self) -> None:
        values = (self.yaw_rad, self.elevation_rad, self.distance_m, self.focal_mm, *self.target_m)
        if len(self.target_m) != 3 or not all(math.isfinite(value) for value in values):
            raise InputError(f"camera values must be finite numbers, got {self}")
        if abs(self.elevation_rad) > 1.5:
            raise InputError(
                f"camera elevation must be -1.5 to 1.5 rad, got {self.elevation_rad:g}"
            )
        if not 0.2 <= self.distance_m <= 20:
            raise InputError(f"camera distance must be 0.2 to 20 m, got {self.distance_m:g}")
        if not 10 <= self.focal_mm <= 400:
            raise InputError(f"camera focal length must be 10 to 400 mm, got {self.focal_mm:g}")

    def view(self, between_eyes: NDArray[np.floating], size: tuple[int, int]) -> View:
        """Place the camera for a head whose eyes' midpoint is `between_eyes` (3,), metres."""
        width, height = size
        sin_yaw, cos_yaw = math.sin(self.yaw_rad), math.cos(self.yaw_rad)
        sin_up, cos_up = math.sin(self.elevation_rad), math.cos(self.elevation_rad)
        forward = -np.array([sin_yaw * cos_up, sin_up, cos_yaw * cos_up])
        right = np.array([cos_yaw, 0.0, -sin_yaw])
        axes = np.stack([right, np.cross(right, forward), forward])
        target = np.asarray(between_eyes, np.float64) + np.asarray(self.target_m)
        eye = target - self.distance_m * forward
        return View(
            eye=eye.astype(np.float32),
            axes=axes.astype(np.float32),
            focal_px=self.focal_mm / SENSOR_MM * min(width, height),
            centre_px=(width / 2, height / 2),
        )


CAMERAS: dict[str, Camera] = {
    "front": Camera(),
    "three-quarter": Camera(
        yaw_rad=math.radians(35), elevation_rad=math.radians(4), target_m=(0.0, -0.02, -0.03)
    ),
    "profile": Camera(yaw_rad=math.radians(90), target_m=(0.0, -0.02, -0.06)),
    "close": Camera(distance_m=0.42, target_m=(0.0, -0.068, 0.02)),
}
"""Named cameras; "close" fills the picture with the mouth."""


def camera_named(name: str) -> Camera:
    """Look up a named camera. Raises InputError naming the choices."""
    if name not in CAMERAS:
        raise InputError(f"unknown camera {name!r}; available: {', '.join(CAMERAS)}")
    return CAMERAS[name]
