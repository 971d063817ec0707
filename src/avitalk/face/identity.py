"""Whose face it is: an `Identity` holds the coefficients of the head's identity modes.

A mode is a displacement of the whole head at one standard deviation; coefficients of people are
independent and about N(0, 1), so a vector of them is a plausible person. How the modes were made:
docs/heads.md.
"""

import math
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError

MODES: Final = (
    "size", "width", "length", "jaw", "chin", "lips", "nose_width", "nose_length", "nose_tip",
    "bridge", "mouth_width", "eye_opening", "eye_spacing", "brow_ridge", "cheeks",
    "rest_1", "rest_2", "rest_3", "age",
)  # fmt: skip
"""Names of the identity modes in the head's file; positive is larger, fuller, older."""
LIMIT: Final = 3.0
"""Largest coefficient, in standard deviations."""
SCALES: Final = (0.8, 1.2)


@dataclass(frozen=True)
class Identity:
    """A face's shape. The default one, all zero, is the default head."""

    coefficients: dict[str, float] = field(default_factory=dict)
    """Mode -> standard deviations, -3 to 3; modes left out are 0."""
    scale: float = 1.0
    """Factor on everything, 0.8 to 1.2: children have small heads."""

    def __post_init__(self) -> None:
        unknown = sorted(set(self.coefficients) - set(MODES))
        if unknown:
            raise InputError(f"unknown identity mode {unknown[0]!r}; available: {list(MODES)}")
        for name, value in self.coefficients.items():
            if not math.isfinite(value) or abs(value) > LIMIT:
                raise InputError(
                    f"identity mode {name} = {value:g}; allowed: -{LIMIT:g} to {LIMIT:g}"
                )
        if not SCALES[0] <= self.scale <= SCALES[1]:
            raise InputError(
                f"identity scale {self.scale:g}; allowed: {SCALES[0]:g} to {SCALES[1]:g}"
            )

    @classmethod
    def random(cls, seed: int, *, strength: float = 0.8) -> Self:
        """A person drawn at random, the same for the same `seed`.

        `strength` is the standard deviation of the coefficients, 0 to 1; they are kept within 2.
        The age is drawn too; size stays 1. Raises InputError on a strength outside 0 to 1.
        """
        if not 0 <= strength <= 1:
            raise InputError(f"strength of a random identity is {strength:g}; allowed: 0 to 1")
        drawn = strength * np.random.default_rng(seed).normal(size=len(MODES))
        return cls(dict(zip(MODES, drawn.clip(-2, 2).round(3).tolist(), strict=True)))

    @property
    def vector(self) -> NDArray[np.float32]:
        """(M,) coefficients in the order of MODES."""
        return np.array([self.coefficients.get(name, 0.0) for name in MODES], np.float32)
