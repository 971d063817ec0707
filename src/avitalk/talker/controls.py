"""Controls: a Motion of the whole face in, the same with another manner of speaking out.

All are neutral by default (the very same motion comes back), continuous, and keep what people look
for first: lips that were closed stay closed, lips that were open stay open.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import REGIONS
from avitalk.errors import InputError
from avitalk.face.touch import lips_touch
from avitalk.talker.smoothing import smoothed_track
from avitalk.types import Motion
from avitalk.types.frames import between_frames

Floats = NDArray[np.float64]

MOUTH: Final = list(REGIONS["mouth"])
MOST_SMOOTHING_S: Final = 0.08
MOST_OFFSET_MS: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Controls:
    """Manner of speaking; the defaults change nothing. Raises InputError outside the ranges."""

    articulation: float = 1.0
    """Size of the mouth's movements, 0 (still) to 2; lips that touch go on touching."""
    smoothing: float = 0.0
    """0 (as spoken) to 1 (slow and soft): without lag, closures kept."""
    offset_ms: float = 0.0
    """Moves the whole face against the sound: positive later, negative earlier; -1000 to 1000."""

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("articulation", self.articulation, 0.0, 2.0),
            ("smoothing", self.smoothing, 0.0, 1.0),
            ("offset_ms", self.offset_ms, -MOST_OFFSET_MS, MOST_OFFSET_MS),
        ):
            if not (math.isfinite(value) and low <= value <= high):
                raise InputError(f"{name} {value:g}; allowed: {low:g} to {high:g}")

    def apply(self, motion: Motion) -> Motion:
        """The motion under these controls; at the defaults it is `motion` itself."""
        return shifted(self.spoken(motion), self.offset_ms)

    def spoken(self, motion: Motion) -> Motion:
        """The motion with another articulation and smoothing, at its time."""
        return smoothed(articulated(motion, self.articulation), self.smoothing)


def articulated(motion: Motion, strength: float) -> Motion:
    """Scale what the mouth does by `strength`; 1 changes nothing, 0 keeps the mouth at rest.

    All mouth weights of a frame get one factor: the gap between the lips is linear in the weights,
    so lips that touch go on touching. Above 1 the factor gives way as the frame's largest weight w
    nears 1, s / (1 + (s - 1) w), so that nothing is cut off, and where lips touch.
    """
    if strength == 1:
        return motion
    weights = np.array(motion.weights, np.float64)
    largest = np.clip(weights[:, MOUTH].max(axis=1), 0, 1)
    factor = strength / (1 + max(strength - 1, 0) * largest)
    if strength > 1:
        factor += (1 - factor) * lips_touch(weights)
    weights[:, MOUTH] *= factor[:, None]
    return motion.with_weights(weights.astype(np.float32))


def smoothed(motion: Motion, amount: float) -> Motion:
    """Smooth the mouth over time, without lag: a symmetric window of up to 0.08 s deviation.

    Frames in which the lips touch keep their weights, and their neighbours blend into them.
    """
    if amount == 0:
        return motion
    sigma = amount * MOST_SMOOTHING_S * motion.fps
    before = np.array(motion.weights, np.float64)
    soft = np.stack([smoothed_track(before[:, shape], sigma) for shape in MOUTH], axis=1)
    touching = lips_touch(before)
    # The hold reaches a frame or two beyond the contact, so that lips do not jump into it.
    hold = np.maximum(touching, smoothed_track(touching, 0.02 * motion.fps))
    weights = before.copy()
    weights[:, MOUTH] = soft + hold[:, None] * (before[:, MOUTH] - soft)
    return motion.with_weights(weights.astype(np.float32))


def shifted(motion: Motion, offset_ms: float) -> Motion:
    """Move the face against the sound: positive shows it later. Same length, the ends hold.

    Between frames the values are interpolated, so that any offset is met.
    """
    if offset_ms == 0:
        return motion
    at = np.arange(motion.frames) - offset_ms / 1000 * motion.fps

    def moved(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(between_frames(values, at), np.float32)

    return replace(
        motion,
        weights=moved(motion.weights),
        head=moved(motion.head),
        eyes=moved(motion.eyes),
        translation=None if motion.translation is None else moved(motion.translation),
    )
