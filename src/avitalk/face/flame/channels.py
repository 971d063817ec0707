"""FLAME's expression and jaw as one array (F, E + 3), as networks learn them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face.flame.solver import FlameMotion, FlameSolver
from avitalk.face.lips import central_third

Floats = NDArray[np.float64]

JAW: Final = 3
JAW_SIZE_RAD: Final = 0.1
"""What counts as one unit of the jaw's axis-angle; of expression, a standard deviation does."""


def packed(motion: FlameMotion) -> Floats:
    """(F, E + 3)."""
    return np.concatenate([motion.expression, motion.jaw / JAW_SIZE_RAD], axis=1)


def unpacked(channels: NDArray[np.floating]) -> FlameMotion:
    """What `packed` packed."""
    whole = np.asarray(channels, np.float64)
    return FlameMotion(whole[:, :-JAW], whole[:, -JAW:] * JAW_SIZE_RAD)


def gap_by_channel(solver: FlameSolver, expressions: int) -> Floats:
    """(E + 3,) millimetres that a unit of each channel parts the lips, on the model itself.

    Lips are found by what the head's inner lips correspond to. Raises InputError if the model has
    fewer expressions, or none of the middle of its lips was found.
    """
    model, head = solver.model, solver.head
    if expressions > model.expressions:
        raise InputError(
            f"{expressions} expression coefficients; {model.name} has {model.expressions}"
        )
    middle = central_third(len(head.lip_upper))
    upper, lower = (
        np.isin(solver.fit.rows, lip[middle]) for lip in (head.lip_upper, head.lip_lower)
    )
    if not (upper.any() and lower.any()):
        raise InputError(f"{model.name}: the middle of its lips was not found")
    unit = unpacked(np.eye(expressions + JAW))
    moved = model.vertices(None, unit.expression, jaw=unit.jaw) - model.vertices()
    heights = solver.fit.places.of(moved)[..., 1] * 1e3
    return np.asarray(heights[:, upper].mean(axis=1) - heights[:, lower].mean(axis=1))
