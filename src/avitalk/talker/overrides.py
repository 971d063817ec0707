"""Single shapes that words name are held: a Motion and an Instruction in, the Motion under it out.

Comes after everything else, so that a feature is exactly what was asked for. It glides in and out
over GLIDE_S around the segment's edges; shapes that are not named stay as they are, and lips that
touched go on touching as far as the shapes that are not named allow.
"""

import math
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import EYE_LOOK, INDEX, eye_angles, eye_look_weights
from avitalk.face.touch import gap_by_weight, lips_touch
from avitalk.talker.controls import MOUTH
from avitalk.types import Instruction, Motion, Segment

Floats = NDArray[np.float64]

JAW, CLOSE = INDEX["jawOpen"], INDEX["mouthClose"]
GLIDE_S: Final = 0.4
OPPOSITE: Final = {
    INDEX[f"eyeLook{a}{side}"]: INDEX[f"eyeLook{b}{side}"]
    for side in ("Left", "Right")
    for a, b in (("Up", "Down"), ("Down", "Up"), ("In", "Out"), ("Out", "In"))
}
"""An eye that looks up does not look down."""


def hold_features(motion: Motion, instruction: Instruction, *, later_s: float = 0.0) -> Motion:
    """The motion with the segments' `features` held; the very same motion if there are none.

    `later_s` is how much later than the sound the motion was made to run. Features of the eyes'
    gaze (eyeLook...) turn the eyes.
    """
    named = [segment for segment in instruction.segments if segment.features]
    if not named:
        return motion
    times_s = np.arange(motion.frames) / motion.fps - later_s
    share, wanted = _asked(named, times_s, instruction.duration_s)
    before = np.array(motion.weights, np.float64)
    looking = before.copy()
    looking[:, EYE_LOOK] = eye_look_weights(motion.eyes)  # the angles are the authority
    looking += share * (wanted - looking)
    eyes = np.array(motion.eyes)
    for eye, columns in enumerate((EYE_LOOK[:4], EYE_LOOK[4:])):
        turned = share[:, columns].any(axis=1)
        eyes[turned, eye, :2] = eye_angles(looking)[turned, eye, :2]
    weights = looking
    weights[:, EYE_LOOK] = before[:, EYE_LOOK]
    keep_closed(weights, before, share)
    return replace(motion, weights=weights.astype(np.float32), eyes=eyes)


def _asked(
    segments: list[Segment], times_s: Floats, duration_s: float | None
) -> tuple[Floats, Floats]:
    """(F, 52) how far each weight is held, 0 to 1, and (F, 52) where."""
    total, summed = np.zeros((2, len(times_s), 52))
    for segment in segments:
        held = envelope(segment, times_s, duration_s)
        told = {INDEX[name]: value for name, value in segment.features}
        for shape in [shape for shape in told if OPPOSITE.get(shape, -1) not in told]:
            if shape in OPPOSITE:
                told[OPPOSITE[shape]] = 0.0
        for shape, value in told.items():
            total[:, shape] += held
            summed[:, shape] += held * value
    return np.minimum(total, 1.0), summed / np.maximum(total, 1e-9)


def envelope(segment: Segment, times_s: Floats, duration_s: float | None) -> Floats:
    """(F,) 0 to 1: how far a segment holds; segments that touch pass over into each other.

    Glides are centred on the edges and no longer than the segment. At the recording's ends there
    is none.
    """
    glide_s = min(GLIDE_S, segment.duration_s)
    rise = _smooth((times_s - segment.start_s) / glide_s + 0.5)
    fall = _smooth((segment.end_s - times_s) / glide_s + 0.5)
    if segment.start_s <= 0:
        rise = np.ones_like(rise)
    if duration_s is not None and segment.end_s >= duration_s - 1e-3:
        fall = np.ones_like(fall)
    return np.minimum(rise, fall)


def window(segment: Segment, frames: int, fps: float, duration_s: float | None) -> tuple[int, int]:
    """First and one past the last frame, of `frames`, where `envelope` may be above 0."""
    half_s = min(GLIDE_S, segment.duration_s) / 2
    first = 0 if segment.start_s <= 0 else math.floor((segment.start_s - half_s) * fps)
    to_end = duration_s is not None and segment.end_s >= duration_s - 1e-3
    last = frames if to_end else math.ceil((segment.end_s + half_s) * fps) + 1
    return min(max(first, 0), frames), min(max(last, 0), frames)


def _smooth(share: Floats) -> Floats:
    inside = np.clip(share, 0, 1)
    return np.asarray(inside * inside * (3 - 2 * inside))


def keep_closed(weights: Floats, before: Floats, share: Floats | None = None) -> None:
    """Where lips touched, shrink what opens them, until they do; in place, (F, 52) each.

    share: (F, 52) how far a weight is held where it is. mouthClose is kept at or under the jaw; a
    few rounds make up for what that gives back.
    """
    gap = gap_by_weight()
    openers = [shape for shape in MOUTH if gap[shape] > 0]
    free = np.ones_like(weights) if share is None else 1 - share
    allowed = before @ gap
    touching = lips_touch(before)
    if share is not None:
        touching = touching * share.any(axis=1)
    for _ in range(5):
        excess = touching * np.maximum(weights @ gap - allowed, 0)
        movable = weights[:, openers] * free[:, openers]
        lost = np.clip(excess / np.maximum(movable @ gap[openers], 1e-9), 0, 1)
        weights[:, openers] -= lost[:, None] * movable
        over = np.maximum(weights[:, CLOSE] - weights[:, JAW], 0)
        weights[:, CLOSE] -= over * free[:, CLOSE] * (lost > 0)
