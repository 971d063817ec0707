"""Validation shared by the types: arrays come out float32, finite, read-only, of known shape."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from avitalk.errors import InputError

Array = NDArray[np.float32]


def frozen_array(value: ArrayLike, shape: tuple[int | None, ...], what: str) -> Array:
    """Copy `value` to a read-only float32 array; None in `shape` allows any length.

    Raises InputError naming `what` if the shape differs or a value is NaN or infinite.
    """
    with np.errstate(over="ignore"):  # too large for single precision: refused below as infinite
        array: Array = np.array(value, dtype=np.float32, order="C")
    fits = array.ndim == len(shape) and all(
        want is None or have == want for have, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = "(" + ", ".join("any" if n is None else str(n) for n in shape) + ")"
        raise InputError(f"{what}: shape {array.shape}, but {wanted} is needed")
    if not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))[0]
        raise InputError(f"{what}: NaN or infinite at index {tuple(int(i) for i in bad)}")
    array.setflags(write=False)
    return array


def set_field(instance: object, name: str, value: Any) -> None:
    """Write a field of a frozen dataclass during its __post_init__."""
    object.__setattr__(instance, name, value)


def check_span(start_s: float, end_s: float, what: str) -> None:
    """Raise InputError unless 0 <= start_s < end_s, both finite."""
    if not (math.isfinite(start_s) and math.isfinite(end_s) and 0 <= start_s < end_s):
        raise InputError(f"{what}: {start_s} to {end_s} s; need 0 <= start < end")
