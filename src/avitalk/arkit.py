"""The ARKit-52 vocabulary: names, order, mirror pairs, regions, and how eye angles become weights.

Order and number are those of a Live Link Face recording; names are Apple's, camelCase.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

ARKIT_52: Final[tuple[str, ...]] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft",
    "eyeSquintLeft", "eyeWideLeft",
    "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight",
    "eyeSquintRight", "eyeWideRight",
    "jawForward", "jawRight", "jawLeft", "jawOpen",
    "mouthClose", "mouthFunnel", "mouthPucker", "mouthRight", "mouthLeft",
    "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight",
    "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthUpperUpLeft", "mouthUpperUpRight",
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight",
    "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip

INDEX: Final[dict[str, int]] = {name: i for i, name in enumerate(ARKIT_52)}


def _mirrored(name: str) -> str:
    if name.endswith("Left"):
        return name.removesuffix("Left") + "Right"
    if name.endswith("Right"):
        return name.removesuffix("Right") + "Left"
    return name


MIRROR: Final[tuple[int, ...]] = tuple(INDEX[_mirrored(name)] for name in ARKIT_52)
"""MIRROR[i] is the index of shape i seen in a mirror; symmetric shapes map to themselves."""


def _starting(*prefixes: str) -> tuple[int, ...]:
    return tuple(i for i, name in enumerate(ARKIT_52) if name.startswith(prefixes))


REGIONS: Final[dict[str, tuple[int, ...]]] = {
    "mouth": _starting("jaw", "mouth", "tongue"),
    "eyes": _starting("eye"),
    "brows": _starting("brow"),
    "cheeks": _starting("cheek", "nose"),
}
"""Region name -> weight indices; the regions part the 52 weights among them."""

EYE_LOOK: Final[tuple[int, ...]] = _starting("eyeLook")

# Radians of eye rotation at weight 1, from slopes of iPhone captures (see docs/results).
LOOK_DOWN_RAD: Final = 0.61
LOOK_UP_RAD: Final = 0.40
LOOK_IN_RAD: Final = 0.62
LOOK_OUT_RAD: Final = 0.57

Floats = NDArray[np.floating[Any]]


def eye_look_weights(eyes: Floats) -> NDArray[np.float32]:
    """Derive the eight eyeLook* weights (..., 8), in EYE_LOOK order, from eye angles.

    `eyes` is (..., 2, 3): left and right eye, each yaw, pitch, roll in radians.
    """
    yaw, pitch = eyes[..., 0], eyes[..., 1]
    outward = yaw * np.array([1.0, -1.0])  # the left eye looks out when it turns left
    down = np.clip(pitch, 0, None) / LOOK_DOWN_RAD
    up = np.clip(-pitch, 0, None) / LOOK_UP_RAD
    out = np.clip(outward, 0, None) / LOOK_OUT_RAD
    inward = np.clip(-outward, 0, None) / LOOK_IN_RAD
    looks = np.stack([down, inward, out, up], axis=-1)  # (..., 2, 4)
    return np.asarray(looks.reshape(*looks.shape[:-2], 8), np.float32)


def eye_angles(weights: Floats) -> NDArray[np.float32]:
    """Invert `eye_look_weights`: (..., 52) weights to (..., 2, 3) eye angles, roll zero."""
    looks = weights[..., list(EYE_LOOK)].reshape(*weights.shape[:-1], 2, 4)
    down, inward, out, up = np.moveaxis(looks, -1, 0)
    outward = out * LOOK_OUT_RAD - inward * LOOK_IN_RAD
    pitch = down * LOOK_DOWN_RAD - up * LOOK_UP_RAD
    yaw = outward * np.array([1.0, -1.0])
    return np.asarray(np.stack([yaw, pitch, np.zeros_like(yaw)], axis=-1), np.float32)
