"""An expression in numbers: action units by side, pose and manner; all of it as one vector.

It says how a face carries itself over a stretch of speech, not what it does in a frame: levels are
those of its apex, manner says how it moves there and back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import INDEX
from avitalk.facs.table import action_unit, table

Floats = NDArray[np.float64]

UNITS: Final[tuple[int, ...]] = (
    1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 18, 20, 22, 23, 24, 25, 26, 27, 29, 43,
)  # fmt: skip
"""Action units that move skin; those of head and gaze are POSE, a blink (45) is an event."""
UNIT: Final = {number: i for i, number in enumerate(UNITS)}
POSE: Final[tuple[str, ...]] = ("yaw", "pitch", "roll", "lean", "gaze_yaw", "gaze_pitch")
"""Of the head, radians and metres forward; of both eyes, radians."""
POSE_SIZE: Final = np.array([0.2, 0.15, 0.12, 0.015, 0.2, 0.2])
"""What counts as one unit of each in `Expression.vector`."""
MANNER: Final[tuple[str, ...]] = (
    "surge",  # how far the expression swells and ebbs about its level
    "pace",  # how quickly: 0 slow, 0.5 usual, 1 quick
    "accents",  # brows on stressed syllables; 0.5 usual
    "nods",  # head on stressed syllables; 0.5 usual
    "sway",  # how much the head moves in between; 0.5 usual
    "tremor",  # trembling of lips, lids and chin
    "lead",  # which side leads: 0 right, 0.5 none, 1 left
    "open",  # how wide the mouth speaks: 0.5 usual
)
USUAL_MANNER: Final = np.array([0.3, 0.5, 0.5, 0.5, 0.5, 0.0, 0.5, 0.5])
WIDTH: Final = 2 * len(UNITS) + len(POSE) + len(MANNER)
"""P: length of an expression's vector."""


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """How a face carries itself; the default is neutral."""

    levels: Floats = field(default_factory=lambda: np.zeros((len(UNITS), 2)))
    """(U, 2) level of each unit at the apex, left and right of the character, 0 to 1."""
    pose: Floats = field(default_factory=lambda: np.zeros(len(POSE)))
    """(6,) POSE."""
    manner: Floats = field(default_factory=USUAL_MANNER.copy)
    """(8,) MANNER, each 0 to 1."""

    @property
    def vector(self) -> Floats:
        """(P,) all of it, each about 0 to 1; zeros are neutral."""
        return np.concatenate(
            [self.levels.ravel(), self.pose / POSE_SIZE, self.manner - USUAL_MANNER]
        )

    @classmethod
    def of(cls, vector: Floats) -> Self:
        """The expression that `vector` (P,) states."""
        levels, pose, manner = np.split(
            np.asarray(vector, np.float64), [2 * len(UNITS), 2 * len(UNITS) + len(POSE)]
        )
        return cls(
            np.clip(levels.reshape(-1, 2), 0, 1), pose * POSE_SIZE,
            np.clip(manner + USUAL_MANNER, 0, 1),
        )  # fmt: skip

    def scaled(self, strength: float) -> "Expression":
        """Nearer to neutral (below 1) or farther from it."""
        return Expression.of(self.vector * strength)

    def weights(self) -> Floats:
        """(52,) ARKit weights at the apex: shares of units that move the same shape add up softly,
        1 - (1 - a)(1 - b), so that nothing leaves 0 to 1.
        """
        return apex_weights(self.levels)


def mixed(parts: Iterable[tuple[Expression, float]]) -> Expression:
    """Shares of several expressions; shares that do not reach 1 leave the rest neutral."""
    total = np.zeros(WIDTH)
    for expression, share in parts:
        total += share * expression.vector
    return Expression.of(total)


@cache
def unit_weights() -> Floats:
    """(U, 2, 52) ARKit weights of each unit at level 1 on each side. A shape that has no side, such
    as browInnerUp, gets half of each.
    """
    found = np.zeros((len(UNITS), 2, 52))
    for row, number in enumerate(UNITS):
        for name, weight in action_unit(number).shapes:
            sides = (0,) if name.endswith("Left") else (1,) if name.endswith("Right") else (0, 1)
            for side in sides:
                found[row, side, INDEX[name]] = weight / len(sides)
    return found


def apex_weights(levels: Floats) -> Floats:
    """(..., U, 2) levels -> (..., 52) ARKit weights."""
    asked = np.einsum("...us,usc->...uc", levels, unit_weights())
    return np.asarray(1 - np.prod(1 - np.clip(asked, 0, 1), axis=-2))


def pose_of(units: Iterable[tuple[int, float]]) -> Floats:
    """(6,) POSE that units of head and gaze (51 to 64) at their levels add up to."""
    pose = np.zeros(len(POSE))
    for number, level in units:
        unit = action_unit(number)
        pose += level * np.array([*unit.head, unit.lean_m, *unit.eyes])
    return pose


def names_pose(number: int) -> bool:
    """Whether an action unit moves the head or the gaze, not skin."""
    return str(number) in table().units and number not in UNIT and number != 45
