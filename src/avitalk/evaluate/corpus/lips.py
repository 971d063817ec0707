"""Faces -> lips of the default head in millimetres at 50 Hz: tracked ones and Motions alike."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from avitalk.audio import MOTION_FPS
from avitalk.data.tracks import Track, lip_gap, smoothed
from avitalk.evaluate.lip_basis import contour_rows
from avitalk.face import load_head
from avitalk.types import Motion

Array = NDArray[np.float64]


@cache
def _basis() -> tuple[Array, Array]:
    """Rest (45, 3) and displacements (52, 45, 3) of the default head's lip contour in mm."""
    head = load_head()
    rest, shapes = head.basis(contour_rows(head))
    return rest.astype(np.float64) * 1e3, shapes.astype(np.float64) * 1e3


def mouth_width_mm() -> float:
    """Width of the default head's mouth at rest."""
    rest, _ = _basis()
    return float(np.linalg.norm(rest[32] - rest[22]))


def contour_of(motion: Motion) -> Array:
    """(F, 45, 3) mm displacement of the lip contour from closed lips, at the motion's rate."""
    _, shapes = _basis()
    return np.tensordot(motion.weights.astype(np.float64), shapes, 1)


def at_50(motion: Motion) -> Motion:
    """The motion at the rate that everything is measured at."""
    return motion.resample(MOTION_FPS)


def filmed_contour(track: Track, neutral: Array, frames: int) -> Array:
    """(frames, 45, 3) mm at 50 Hz: a track as displacement from its speaker's closed lips, scaled
    so that the mouth at rest is as wide as the default head's.

    neutral: (45, 3) of `avitalk.data.tracks.neutral_contour`, of all that was filmed of him.
    """
    scale = mouth_width_mm() / float(np.linalg.norm(neutral[32] - neutral[22]))
    moved = (smoothed(track.contour) - neutral) * scale
    centre = (np.arange(len(moved)) + 0.5) / track.fps
    times = np.clip(np.arange(frames) / MOTION_FPS, centre[0], centre[-1])
    return np.asarray(CubicSpline(centre, moved, axis=0)(times))


def gap_of(motion: Motion) -> Array:
    """(F,) mm between the inner lips of the default head, at the motion's rate."""
    return lip_gap(contour_of(motion))
