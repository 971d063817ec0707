"""What an expression moves, frame by frame, as one array: face weights, head, lean and gaze."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, EYE_LOOK, INDEX, REGIONS
from avitalk.facs.expression import POSE, POSE_SIZE

Floats = NDArray[np.floating]

FACE: Final = tuple(
    i for i in range(len(ARKIT_52)) if i not in EYE_LOOK and i != INDEX["tongueOut"]
)
"""ARKit weights among the channels; gaze is among the pose, the tongue belongs to speech."""
CHANNEL: Final = {ARKIT_52[shape]: i for i, shape in enumerate(FACE)}
CHANNELS: Final = len(FACE) + len(POSE)
"""C: weights of FACE, then POSE in units of POSE_SIZE."""
POSED: Final = {name: len(FACE) + i for i, name in enumerate(POSE)}


def _columns(region: str) -> tuple[int, ...]:
    return tuple(i for i, shape in enumerate(FACE) if shape in REGIONS[region])


REGION_CHANNELS: Final[dict[str, tuple[int, ...]]] = {
    "mouth": _columns("mouth"),
    "eyes": (*_columns("eyes"), POSED["gaze_yaw"], POSED["gaze_pitch"]),
    "brows": _columns("brows"),
    "cheeks": _columns("cheeks"),
    "head": tuple(POSED[name] for name in ("yaw", "pitch", "roll", "lean")),
}
"""Region of a Motion -> its channels; they part the channels among them."""


def packed(weights: Floats, head: Floats, lean: Floats, gaze: Floats) -> Floats:
    """(F, 52), (F, 3) rad, (F,) m, (F, 2) rad -> (F, C)."""
    pose = np.concatenate([head, lean[:, None], gaze], axis=1) / POSE_SIZE
    return np.concatenate([weights[:, FACE], pose], axis=1)


def unpacked(channels: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """(F, C) -> weights (F, 52), head (F, 3) rad, lean (F,) m, gaze (F, 2) rad."""
    weights = np.zeros((len(channels), len(ARKIT_52)), channels.dtype)
    weights[:, FACE] = channels[:, : len(FACE)]
    pose = channels[:, len(FACE) :] * POSE_SIZE
    return weights, pose[:, :3], pose[:, 3], pose[:, 4:]
