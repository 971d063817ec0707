"""How a Motion drives the one in the photo: its frames come in, those of the portrait go out."""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, EYE_LOOK, INDEX, REGIONS, eye_look_weights
from avitalk.errors import InputError
from avitalk.face.lids import BLINKS
from avitalk.portrait.fit import PROFILE_RAD, Fit
from avitalk.types import Motion

Array = NDArray[np.float64]
F32 = NDArray[np.float32]

MODES: Final = ("natural", "relative", "absolute")
GENTLE_RAD: Final = (0.17, 0.11, 0.12)
"""Most that a head seen from the front turns away from the photo: yaw, pitch, roll."""
CALM: Final = 0.6
"""Share of the Motion's head turns that a photo shows, unless scaled."""
PARTING: Final = tuple(
    INDEX[name] for name in (
        "jawOpen", "jawForward", "jawLeft", "jawRight", "mouthFunnel", "mouthPucker", "mouthClose",
        "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
        "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthLeft",
        "mouthRight", "mouthPressLeft", "mouthPressRight",
    )
)  # fmt: skip
"""Shapes of the photo's mouth that speech replaces: they say whether the lips are parted."""
WORN: Final = 0.55
"""Share of the photo's other mouth shapes, its smile above all, that stays under speech."""
WORN_OFF: Final = tuple(
    (
        [INDEX[f"{name}{side}"] for name in ("mouthSmile", "cheekSquint", "mouthDimple")],
        [INDEX[f"{name}{side}"] for name in ("mouthFrown", "browDown", "noseSneer")],
    )
    for side in ("Left", "Right")
)
"""Shapes of the photo's smile, and those before which it gives way: sad and angry faces lose it."""
YIELD: Final = 2.5
"""A weight of 1 / YIELD is enough."""
STRENGTHS: Final = (*REGIONS, "head")


@dataclass(frozen=True)
class Controls:
    """What of a Motion the portrait shows. Raises InputError on values outside their range."""

    motion: str = "natural"
    """'relative': added to the photo's expression. 'absolute': instead of it. 'natural': speech
    replaces how the photo's lips are parted, all else is added to it."""
    still: bool = False
    """The head keeps the photo's pose."""
    pose: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Yaw, pitch, roll in degrees, added to the photo's pose."""
    expression: float = 1.0
    """Factor on all 52 weights, 0 to 2."""
    blink: float = 1.0
    """Factor on blinks, 0 to 1."""
    strength: dict[str, float] = field(default_factory=dict)
    """Factor by region: mouth, eyes, brows, cheeks, head; 0 to 2."""

    def __post_init__(self) -> None:
        if self.motion not in MODES:
            raise InputError(f"unknown motion '{self.motion}'; available: {', '.join(MODES)}")
        for name, value, most in (("expression", self.expression, 2), ("blink", self.blink, 1)):
            if not (math.isfinite(value) and 0 <= value <= most):
                raise InputError(f"{name} {value:g}; allowed: 0 to {most}")
        for region, value in self.strength.items():
            if region not in STRENGTHS:
                raise InputError(f"unknown region '{region}'; available: {', '.join(STRENGTHS)}")
            if not (math.isfinite(value) and 0 <= value <= 2):
                raise InputError(f"strength of {region} {value:g}; allowed: 0 to 2")
        if len(self.pose) != 3 or not all(abs(angle) <= 30 for angle in self.pose):
            raise InputError(f"pose {self.pose}; allowed: three angles of -30 to 30 degrees")


@dataclass(frozen=True, slots=True, eq=False)
class Driven:
    """What the portrait does, frame by frame."""

    weights: F32
    """(F, 52)."""
    parted: F32
    """(F,) share of the photo's own parting of the lips."""
    head: Array
    """(F, 3) yaw, pitch, roll away from the photo's pose, radians."""
    eyes: Array
    """(F, 2, 3) away from the photo's gaze."""
    fps: float

    @property
    def frames(self) -> int:
        """F."""
        return len(self.weights)


def limits(fit: Fit) -> Array:
    """(3, 2) least and most yaw, pitch and roll away from the photo's pose, radians.

    A head that is turned already may turn little further, for nobody has seen its other side.
    """
    found = np.array([[-most, most] for most in GENTLE_RAD])
    for axis, turned in enumerate(fit.angles[:2]):
        left = max(0.2, 1 - abs(turned) / PROFILE_RAD)
        found[axis, int(turned > 0)] *= left
    return found


def drive(motion: Motion, fit: Fit, controls: Controls) -> Driven:
    """Lay a Motion over the photo's expression and pose, within what the photo bears."""
    kept, parted = _kept(fit, controls.motion)
    strength = np.ones(len(ARKIT_52))
    for region, factor in controls.strength.items():
        if region in REGIONS:
            strength[list(REGIONS[region])] = factor
    strength *= controls.expression
    strength[list(BLINKS)] = controls.blink * min(1.0, controls.strength.get("eyes", 1.0))
    eyes = motion.eyes.astype(np.float64) * min(1.5, controls.strength.get("eyes", 1.0))
    moved = np.clip(motion.weights.astype(np.float64), 0, None) * strength
    moved[:, list(EYE_LOOK)] = np.clip(eye_look_weights(eyes), 0, 1)
    # What the face does already is not done twice: a smile on a smile grows little.
    worn = np.tile(kept, (motion.frames, 1))
    if controls.motion == "natural":
        for smile, against in WORN_OFF:
            left = 1 - np.clip(YIELD * moved[:, against].max(axis=1, keepdims=True), 0, 1)
            worn[:, smile] *= left
    weights = np.clip(worn + moved * (1 - 0.6 * np.clip(worn, 0, 1)), 0, 1.2)
    for blink in BLINKS:
        weights[:, blink] = kept[blink] + (1 - kept[blink]) * np.clip(moved[:, blink], 0, 1)
    return Driven(
        weights.astype(np.float32), np.full(motion.frames, parted, np.float32),
        _head(motion, fit, controls), eyes, motion.fps,
    )  # fmt: skip


def _kept(fit: Fit, mode: str) -> tuple[Array, float]:
    """(52,) weights of the photo's expression that stay, and how much of its lips' parting."""
    kept = fit.weights.copy()
    if mode == "relative":
        return kept, 1.0
    if mode == "absolute":
        return np.zeros_like(kept), 0.0
    kept[list(REGIONS["mouth"])] *= WORN
    kept[list(PARTING)] = 0.0
    return kept, 0.0


def _head(motion: Motion, fit: Fit, controls: Controls) -> Array:
    bounds = limits(fit)
    if controls.still:
        turned = np.zeros((motion.frames, 3))
    else:
        turned = motion.head.astype(np.float64) * CALM * controls.strength.get("head", 1.0)
    turned = turned + np.radians(controls.pose)
    return soft_bound(turned, bounds)


def soft_bound(values: Array, bounds: Array) -> Array:
    """(F, 3) within (3, 2) bounds: small values as they are, large ones ever slower."""
    bound = np.where(values < 0, -bounds[:, 0], bounds[:, 1])
    return np.asarray(bound * np.tanh(values / np.maximum(bound, 1e-6)))
