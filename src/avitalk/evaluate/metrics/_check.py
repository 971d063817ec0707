"""What all metrics refuse: arrays of another shape, nothing at all, values that are not finite."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


def values(given: ArrayLike, name: str, shape: str, *, frames: int = 1) -> Array:
    """The array as float64, if it has the dimensions that `shape` spells, such as '(F, V, 3)'.

    A number in `shape` is a length that is fixed; the first dimension has at least `frames`.
    Raises ValueError that says what was given and what is allowed.
    """
    array = np.asarray(given, np.float64)
    wanted = [part.strip() for part in shape.strip("()").split(",") if part.strip()]
    fits = array.ndim == len(wanted) and all(
        not part.isdigit() or int(part) == size
        for part, size in zip(wanted, array.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"{name} has shape {array.shape}; allowed: {shape}")
    if not array.size or len(array) < frames:
        raise ValueError(
            f"{name} has shape {array.shape}; allowed: {shape} with at least {frames} along "
            f"{wanted[0]} and nothing empty"
        )
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise ValueError(f"{name} has {bad} values that are NaN or infinite; allowed: finite ones")
    return array


def pair(
    predicted: ArrayLike, truth: ArrayLike, shape: str, *, frames: int = 1
) -> tuple[Array, Array]:
    """Prediction and truth, checked by `values` and of one shape; else ValueError."""
    made = values(predicted, "prediction", shape, frames=frames)
    real = values(truth, "truth", shape, frames=frames)
    if made.shape != real.shape:
        raise ValueError(
            f"prediction has shape {made.shape}, truth {real.shape}; allowed: one shape for both"
        )
    return made, real


def region(given: ArrayLike, vertices: int, name: str) -> Indices:
    """(L,) indices of vertices, each within 0 to `vertices` - 1; else ValueError."""
    rows: NDArray[Any] = np.asarray(given)
    if rows.ndim != 1 or not len(rows) or not np.issubdtype(rows.dtype, np.integer):
        raise ValueError(
            f"{name} region has shape {rows.shape} of {rows.dtype}; allowed: (L,) whole numbers, "
            "at least one"
        )
    if rows.min() < 0 or rows.max() >= vertices:
        raise ValueError(
            f"{name} region has vertices {rows.min()} to {rows.max()}; allowed: 0 to {vertices - 1}"
        )
    return rows.astype(np.intp)


def positive(given: float, name: str) -> float:
    """The number, if it is above 0; else ValueError."""
    if not (np.isfinite(given) and given > 0):
        raise ValueError(f"{name} is {given}; allowed: above 0")
    return float(given)
