"""Teeth between parted lips: the photo comes in; a picture of those that it shows goes out."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.portrait import kernels
from avitalk.portrait.behind import Shown
from avitalk.portrait.bend import Person
from avitalk.portrait.photo import Canvas
from avitalk.portrait.seen import Seen, boxed, diffused

Array = NDArray[np.float64]
F32 = NDArray[np.float32]

LEAST_GAP: Final = 0.02
"""Lips parted less than this, in sizes of the face, show no teeth."""
FILLED: Final = 0.5
"""Teeth that fill less of what is between the lips are two rows with the dark between them, which
do not move as one."""
LONG_M: Final = 0.002
"""Teeth that end less than this below the upper lip at rest are hidden by it in speech."""
UNDER: Final = 0.03
"""How far the photo's own teeth go on under the upper lip, in sizes of the face."""
BRIGHT: Final = 0.55
"""Teeth are at least this bright against the skin."""
PALE: Final = 0.04
"""Shares of red, green and blue this near to a third are of white things in any light."""
LEAST_PX: Final = 12


def shown_inside(person: Person, canvas: Canvas, seen: Seen) -> tuple[Shown, Array | None]:
    """What the photo shows between the lips, and (3,) the colour of teeth among it, in sRGB of 0 to
    255; None if there are none.
    """
    nothing = np.zeros((1, 1, 4), np.float32)
    head, screen = person.head, person.project(person.photographed())
    upper, lower = screen[head.lip_upper, :2], screen[head.lip_lower, :2]
    gap = float(np.linalg.norm(upper - lower, axis=1).max())
    lips = np.concatenate([upper, lower])
    under = round(UNDER * canvas.face_px)
    low = np.clip(np.floor(lips.min(axis=0)).astype(int) - 4 - under, 0, canvas.size)
    high = np.clip(np.ceil(lips.max(axis=0)).astype(int) + 4, 0, canvas.size)
    left, top = int(low[0]), int(low[1])
    inside = (seen.kinds(screen, canvas.size) == kernels.INSIDE).mean(axis=(1, 3))
    window = inside[top : high[1], left : high[0]]
    if min(window.shape) < 2 or not window.any():
        return Shown(left, top, nothing, nothing), None
    pixels = canvas.pixels[top : high[1], left : high[0]].astype(np.float64)
    # A pixel of lip all round: no seam while the lips stay where the photo has them.
    cover = np.clip(4 * boxed(window[..., None], 1), 0, 1)
    still = np.ascontiguousarray(np.concatenate([pixels, cover], axis=-1), np.float32)
    none = np.zeros_like(still)
    known = window > 0.9
    skin = seen.sure
    if gap < LEAST_GAP * canvas.face_px or known.sum() < LEAST_PX or not skin.any():
        return Shown(left, top, still, none), None
    colour = _colour(pixels[known], seen.skin[skin])
    if colour is None:
        return Shown(left, top, still, none), None
    bright = known & (pixels.mean(axis=2) > 0.7 * colour.mean())
    row, column = np.nonzero(bright)
    at = np.column_stack([column, row]) + low + 0.5
    if bright.sum() < FILLED * known.sum() or not _long(person, at, upper, lower):
        return Shown(left, top, still, none), colour
    # Teeth go on under the upper lip, as the nearest ones that the photo shows.
    for _ in range(under):
        cover[:-1] = np.maximum(cover[:-1], cover[1:])
    teeth = np.concatenate([diffused(pixels, known), cover], axis=-1)
    return Shown(left, top, still, np.ascontiguousarray(teeth, np.float32)), colour


def _colour(shown: Array, skin: F32) -> Array | None:
    """(3,) of the bright half of colours (N, 3), if they are teeth's: paler than skin."""
    usual = np.median(skin[:, kernels.FILL :], axis=0).astype(np.float64)
    grey = shown.mean(axis=1)
    if np.percentile(grey, 80) < BRIGHT * usual.mean():
        return None
    bright = np.asarray(shown[grey >= np.median(grey)].mean(axis=0))
    return bright if _chroma(bright) <= max(_chroma(usual), PALE) else None


def _chroma(colour: Array) -> float:
    """How far the shares of red, green and blue are from equal."""
    return float(np.abs(colour / max(float(colour.sum()), 1.0) - 1 / 3).max())


def _long(person: Person, at: Array, upper: F32, lower: F32) -> bool:
    """Whether teeth at pixels (N, 2) are still seen when the upper lip is at rest."""
    rest = person.project(person.pose(np.zeros(person.head.shapes.shape[0], np.float32), parted=0))
    middle = slice(len(upper) // 4, -len(upper) // 4)
    lip = rest[person.head.lip_upper[middle], :2].mean(axis=0)
    down = (lower - upper)[middle].mean(axis=0).astype(np.float64)
    down /= max(float(np.linalg.norm(down)), 1e-6)
    away = at - lip
    aside = np.abs(away @ np.array([-down[1], down[0]]))
    central = away[aside < 0.25 * np.linalg.norm(upper[-1] - upper[0])] @ down
    return bool(len(central) and np.percentile(central, 90) > LONG_M * person.fit.px_per_m)
