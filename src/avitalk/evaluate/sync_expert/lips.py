"""Lip contours (F, 45, 3) in mm or a Motion -> lip features (F, P) at 25 frames a second.

The same numbers for tracked and for animated lips: displacements of the contour from closed lips
on the default head, left and right averaged, without the direction of depth, which a single camera
guesses. Their level and their size belong to the speaker, so both are taken out clip by clip.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.data.tracks import CONTOUR, MIRROR
from avitalk.errors import InputError
from avitalk.evaluate.lip_basis import LipBasis, basis_of
from avitalk.face import load_head
from avitalk.talker.shapes import contraction
from avitalk.types import Motion
from avitalk.types.frames import between_frames

Array = NDArray[np.float64]

HALF: Final = tuple(row * 11 + place for row in range(4) for place in range(6))
"""Points of the right half of each row of the contour, the middle included."""
FEATURES: Final = 2 * len(HALF) + 1
"""P: across and up for each point of HALF, then the chin, up."""
LEAST_MM: Final = 0.3
"""A clip whose lips move less than this (root mean square) counts as moving this much, so that a
still face is not blown up to speech."""


@cache
def default_basis() -> LipBasis:
    """The lip basis of the default head."""
    return basis_of(load_head())


def contour_of(motion: Motion, fps: float, basis: LipBasis | None = None) -> Array:
    """(F, 45, 3) mm from closed lips at the times (i + 0.5) / fps within the motion."""
    frames = max(1, round(motion.duration_s * fps))
    at = (np.arange(frames) + 0.5) / fps * motion.fps
    weights = between_frames(motion.weights, at) @ contraction().astype(np.float64)
    return (basis or default_basis()).moved(weights)


def lip_features(contour: NDArray[np.floating]) -> NDArray[np.float32]:
    """(F, 45, 3) mm -> (F, P), about unit size, zero where the lips are as usual in this clip.

    Raises InputError on another shape, no frames, or values that are not finite.
    """
    points = np.asarray(contour, np.float64)
    if points.ndim != 3 or points.shape[1:] != (len(CONTOUR), 3) or not len(points):
        raise InputError(f"lip contour of shape {points.shape}; (F, {len(CONTOUR)}, 3) is needed")
    if not np.isfinite(points).all():
        raise InputError("lip contour holds values that are not finite")
    even = (points + points[:, MIRROR] * np.array([-1.0, 1.0, 1.0])) / 2
    flat = even[:, HALF, :2].reshape(len(even), -1)
    found = np.concatenate([flat, even[:, 44:, 1]], axis=1)
    found -= np.median(found, axis=0)
    size = np.sqrt(np.mean(np.square(found)))
    return (found / max(LEAST_MM, float(size))).astype(np.float32)
