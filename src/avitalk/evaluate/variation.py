"""How much brows, lids and cheeks vary: weights over time in, a number for each region out."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import grey_opening

from avitalk.arkit import INDEX
from avitalk.data.performances.figures import SHAPES
from avitalk.errors import InputError

Floats = NDArray[np.float64]

WINDOW_S: Final = 4.0
BLINK_S: Final = 0.5
"""Lids that close for less than this have blinked."""
REGIONS: Final = ("brows", "lids", "cheeks")


def without_blinks(weights: NDArray[np.floating], fps: float) -> Floats:
    """(F, 52) the same with lids that stay open through blinks: closings shorter than BLINK_S are
    taken away (a grey opening), longer ones kept.
    """
    open_ = np.array(weights, np.float64)
    size = max(1, round(BLINK_S * fps))
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        open_[:, INDEX[name]] = grey_opening(open_[:, INDEX[name]], size, mode="nearest")
    return open_


def within_windows(values: NDArray[np.floating], fps: float) -> Floats:
    """(F, C) -> (C,) standard deviation within windows of WINDOW_S, mean over the windows.

    Windows follow each other; what is shorter than one is one window, a shorter rest is left out.
    """
    size = min(len(values), max(2, round(WINDOW_S * fps)))
    count = len(values) // size
    cut = np.asarray(values, np.float64)[: count * size].reshape(count, size, -1)
    return np.asarray(cut.std(axis=1).mean(axis=0))


def variation_of(weights: NDArray[np.floating], fps: float) -> dict[str, float]:
    """How much brows, lids and cheeks vary within 4 s: (F, 52) -> region -> mean over its shapes.

    brows: all five; lids: blink, squint and wide of both eyes, without blinks (see
    `without_blinks`), so that motion with and without them is measured alike; cheeks: puff, squint
    and nose sneer. Raises InputError for another shape, fewer than two frames or fps not above 0.
    """
    if weights.ndim != 2 or weights.shape[1] != 52 or len(weights) < 2:
        raise InputError(f"weights are {weights.shape}; needed: (frames, 52), at least two frames")
    if not fps > 0:
        raise InputError(f"{fps} frames a second; needed: above 0")
    spread = within_windows(without_blinks(weights, fps), fps)
    return {region: float(spread[list(SHAPES[region])].mean()) for region in REGIONS}
