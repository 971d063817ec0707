"""The photo's eyes come in; eyes without iris, whole irises, and where they are go out."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.face import PARTS
from avitalk.portrait import kernels
from avitalk.portrait.bend import Person
from avitalk.portrait.photo import Canvas
from avitalk.portrait.seen import EYES, Seen, diffused, smooth
from avitalk.track.mesh import IRIS

Array = NDArray[np.float64]
F32 = NDArray[np.float32]
Mask = NDArray[np.bool_]

EYEBALL_M: Final = 0.0122
EDGE: Final = (0.88, 1.14)
"""The iris fades between these shares of its radius."""
MARGIN_PX: Final = 6
LEAST_KNOWN: Final = 6
"""Pixels of an eye below which it is taken to be closed in the photo."""
WHITE: Final = 0.82
"""An eye never seen is this much of the skin's brightness, in grey."""


def eyes_of(person: Person, canvas: Canvas, seen: Seen) -> tuple[kernels.Eye, kernels.Eye]:
    """The left and the right eye."""
    screen = person.project(person.photographed())
    kinds = seen.kinds(screen, canvas.size)
    found = []
    for eye, name in enumerate(EYES):
        ball = screen[person.head.part == PARTS.index(name), :2]
        lids = np.concatenate([person.head.lid_upper[eye], person.head.lid_lower[eye]])
        low = np.minimum(ball.min(axis=0), screen[lids, :2].min(axis=0)).astype(int) - MARGIN_PX
        high = np.maximum(ball.max(axis=0), screen[lids, :2].max(axis=0)).astype(int) + MARGIN_PX
        low, high = np.maximum(low, 0), np.minimum(high, canvas.size)
        window = slice(low[1], high[1]), slice(low[0], high[0])
        ours = kinds == kernels.EYE + eye
        shown = _shrunk(ours.all(axis=(1, 3)))[window]
        touched = ours.any(axis=(1, 3))[window]
        iris = canvas.points[list(IRIS[eye]), :2]
        centre = iris[0] - low
        radius = float(np.linalg.norm(iris[1:] - iris[0], axis=1).mean())
        pixels = canvas.pixels[window].astype(np.float64)
        found.append(_eye(pixels, shown, touched, centre, radius, (int(low[0]), int(low[1]))))
    return found[0], found[1]


def _eye(
    pixels: Array,
    shown: Mask,
    touched: Mask,
    centre: Array,
    radius: float,
    corner: tuple[int, int],
) -> kernels.Eye:
    """Layers of one eye; `shown` is free of lids, `touched` includes their border, where the photo
    stays as it is while nothing moves.
    """
    height, width = shown.shape
    y, x = np.mgrid[:height, :width] + 0.5
    away = np.hypot(x - centre[0], y - centre[1]) / max(radius, 1.0)
    cover = 1 - smooth(away, *EDGE)
    white_known = shown & (away > EDGE[1])
    if white_known.sum() < LEAST_KNOWN:
        grey = WHITE * float(pixels.mean())
        white = np.full_like(pixels, grey)
        if shown.sum() >= LEAST_KNOWN:
            white = diffused(pixels, shown)
    else:
        white = diffused(pixels, white_known)
    iris_known = shown & (away < EDGE[1])
    iris = pixels.copy()
    mirror = np.clip((2 * centre[1] - y).astype(int), 0, height - 1)
    column = np.arange(width)[None].repeat(height, axis=0)
    lent = ~iris_known & iris_known[mirror, column]
    iris[lent] = pixels[mirror, column][lent]
    known = iris_known | lent
    iris = diffused(iris, known) if known.sum() >= LEAST_KNOWN else white * 0.3
    still = np.where(touched[..., None], pixels, white + cover[..., None] * (iris - white))
    return kernels.Eye(
        corner[0], corner[1], white.astype(np.float32), iris.astype(np.float32),
        cover[..., None].astype(np.float32), still.astype(np.float32),
    )  # fmt: skip


def _shrunk(mask: Mask) -> Mask:
    """Without its border pixels above and below: lids blur into the eye there."""
    inner = mask.copy()
    inner[1:] &= mask[:-1]
    inner[:-1] &= mask[1:]
    return inner


def shift_px(person: Person, eyes: Array) -> F32:
    """(2, 2) pixels by which the irises move for eye angles (2, 3) away from the photo's gaze."""
    reach = person.fit.px_per_m * EYEBALL_M
    across = reach * np.sin(eyes[:, 0])
    down = reach * np.sin(eyes[:, 1])
    turn = person.fit.turn
    x = across * turn[0, 0] - down * turn[0, 1]
    y = -across * turn[1, 0] + down * turn[1, 1]
    return np.stack([x, y], axis=1).astype(np.float32)
