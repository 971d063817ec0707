"""Whether the photo shows the mouth at all: a face landmarker finds lips behind hands and masks."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.portrait.photo import Canvas
from avitalk.track.mesh import OUTER_LOWER, OUTER_UPPER

Array = NDArray[np.float64]

CONTRAST: Final = 0.2
"""Across lips, brightness varies at least by this share of the skin's."""
TINT: Final = 0.30
"""Skin round the mouth differs less than this in hue from that between the eyes,"""
WARMER: Final = np.array([1.0, 1.0]) / np.sqrt(2)
"""unless it is warmer: skin in shadow beside a lit forehead is, masks are not."""
STEPS: Final = 24
SKIN: Final = (6, 197, 195, 5, 151, 9, 8, 50, 280, 101, 330)
"""Points on nose, forehead and cheeks."""
ROUND: Final = (164, 18, 200, 199, 167, 393, 57, 287, 43, 273, 0, 17)
"""Points about the lips and on the chin."""


def mouth_contrast(canvas: Canvas) -> float:
    """How much brightness varies from the upper to the lower edge of the lips, over the skin's."""
    grey = canvas.pixels.mean(axis=2)
    top, bottom = (
        canvas.points[list(row[2:-2]), :2] for row in (OUTER_UPPER, OUTER_LOWER)
    )  # the corners touch
    share = np.linspace(-0.1, 1.1, STEPS)[:, None, None]
    lines = _at(grey, top + share * (bottom - top))
    skin = float(np.median(_at(grey, canvas.points[list(SKIN), :2])))
    return float(np.median(np.ptp(lines, axis=0)) / max(skin, 8.0))


def mouth_tint(canvas: Canvas) -> float:
    """Distance in hue between the skin round the mouth and that of nose and forehead, as far as it
    is not just warmer.
    """
    pixels = canvas.pixels.astype(np.float64)
    hues = []
    for points in (SKIN, ROUND):
        colours = np.stack([_at(pixels[..., k], canvas.points[list(points), :2]) for k in range(3)])
        red, green, blue = np.median(colours, axis=1)
        level = max((red + green + blue) / 3, 8.0)
        hues.append(np.array([(red - green) / level, ((red + green) / 2 - blue) / level]))
    away = hues[1] - hues[0]
    away -= max(float(away @ WARMER), 0.0) * WARMER
    return float(np.linalg.norm(away))


def refuse_hidden_mouth(canvas: Canvas) -> None:
    """Raise InputError if nothing of a mouth is to be seen where it should be."""
    if mouth_contrast(canvas) < CONTRAST or mouth_tint(canvas) > TINT:
        raise InputError(
            f"{canvas.source}: the mouth is hidden or cannot be made out; a photo with the mouth "
            "free is needed"
        )


def _at(plane: Array, points: Array) -> Array:
    height, width = plane.shape
    column = np.clip(points[..., 0].astype(np.int64), 0, width - 1)
    row = np.clip(points[..., 1].astype(np.int64), 0, height - 1)
    return np.asarray(plane[row, column])
