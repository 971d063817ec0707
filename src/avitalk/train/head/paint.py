"""Colour and roughness of the head, painted by place: skin, lips, brows, hair, eyes, mouth."""

from typing import Final

import numpy as np

from avitalk.train.head.scans import Floats
from avitalk.train.head.solids import IRIS_RADIUS_M, PUPIL_RADIUS_M

SKIN: Final = (214, 162, 136)
BLUSH: Final = (205, 128, 112)
LIP: Final = (186, 112, 105)
LIP_INNER: Final = (142, 70, 68)
BROW: Final = (66, 46, 35)
HAIR: Final = (50, 35, 26)
MOUTH: Final = (120, 48, 48)
GUM: Final = (188, 98, 98)
TOOTH: Final = (234, 227, 212)
TONGUE: Final = (196, 100, 100)
SCLERA: Final = (229, 223, 217)
SCLERA_RED: Final = (210, 170, 160)
IRIS: Final = (104, 128, 140)
IRIS_INNER: Final = (150, 124, 84)
LIMBUS: Final = (44, 54, 64)
PUPIL: Final = (7, 7, 8)
LASH: Final = (28, 20, 17)
SOCKET: Final = (150, 80, 74)
WET_EDGE: Final = (196, 132, 120)

BROW_LINE: Final = np.array(
    [[1.15, 5.2], [1.7, 5.48], [2.5, 5.74], [3.4, 5.88], [4.2, 5.74], [4.9, 5.34], [5.4, 4.88]]
)
"""Middle of the left brow in the frontal view (x, y), scan units."""
BROW_HALF: Final = np.array([0.34, 0.42, 0.42, 0.36, 0.29, 0.2, 0.06])
HAIRLINE: Final = np.array(
    [
        [9.6, 9.7], [8.0, 9.55], [6.6, 8.9], [5.4, 7.9], [4.7, 6.6], [4.2, 5.0], [3.55, 3.6],
        [3.1, 2.0], [2.8, 0.4], [1.85, 0.4], [2.1, 2.2], [2.2, 3.4], [1.2, 4.35], [-0.3, 4.35],
        [-1.5, 3.5], [-2.1, 2.0], [-2.3, 0.0], [-2.7, -2.0], [-4.2, -4.2], [-6.5, -5.2],
        [-12.0, -5.6], [-14.0, 18.0], [9.6, 18.0],
    ]
)  # fmt: skip
"""Outline of the hair in the side view (z, y), scan units."""


def linear(srgb: tuple[int, int, int]) -> Floats:
    """(3,) linear RGB of 8-bit sRGB."""
    c = np.array(srgb) / 255
    return np.asarray(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4))


def blend(colour: Floats, towards: tuple[int, int, int], amount: Floats) -> Floats:
    """Mix `colour` (n, 3) with another by `amount` (n,) in [0, 1]."""
    share = np.clip(amount, 0, 1)[:, None]
    return np.asarray(colour * (1 - share) + linear(towards) * share)


def smooth(low: float, high: float, value: Floats) -> Floats:
    """Smoothstep from 0 at `low` to 1 at `high`."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def inside_hair(points: Floats) -> Floats:
    """(n,) signed distance to the hairline in the side view, positive within, scan units."""
    side = points[:, [2, 1]]
    start, end = HAIRLINE, np.roll(HAIRLINE, -1, axis=0)
    along = end - start
    away = side[:, None] - start
    share = np.clip((away * along).sum(-1) / (along**2).sum(-1), 0, 1)
    distance = np.linalg.norm(away - share[..., None] * along, axis=-1).min(axis=1)
    crosses = (start[:, 1] > side[:, None, 1]) != (end[:, 1] > side[:, None, 1])
    safe = np.where(along[:, 1] == 0, 1.0, along[:, 1])
    at = start[:, 0] + (side[:, None, 1] - start[:, 1]) / safe * along[:, 0]
    within = (crosses & (side[:, None, 0] < at)).sum(axis=1) % 2 == 1
    temple = np.exp(-(((np.abs(points[:, 0]) - 4.2) / 1.5) ** 2)) * smooth(4.0, 6.5, points[:, 2])
    peak = np.exp(-((points[:, 0] / 1.6) ** 2)) * smooth(4.0, 6.5, points[:, 2])
    return np.asarray(np.where(within, distance, -distance) - 0.75 * temple + 0.25 * peak)


def brow_cover(points: Floats) -> Floats:
    """(n,) 1 in the middle of the brow, 0 outside."""
    dense = np.linspace(0, len(BROW_LINE) - 1, 60)
    knots = np.arange(len(BROW_LINE))
    line = np.stack([np.interp(dense, knots, BROW_LINE[:, k]) for k in range(2)], axis=1)
    half = np.interp(dense, knots, BROW_HALF)
    distance = np.linalg.norm(points[:, None, :2] - line, axis=-1)
    ratio = (distance / half).min(axis=1)
    return np.asarray((1 - smooth(0.55, 1.25, ratio)) * (points[:, 2] > 6.5))


def paint_skin(points: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Colour (n, 3) and roughness (n,) of bare skin at points in scan units, x >= 0."""
    colour = np.tile(linear(SKIN), (len(points), 1))

    def near(centre: tuple[float, float, float], width: tuple[float, float, float]) -> Floats:
        away = (points - np.array(centre)) / np.array(width)
        return np.asarray(np.exp(-(away**2).sum(axis=1)))

    colour = blend(colour, BLUSH, 0.55 * near((4.2, 0.2, 8.6), (2.0, 1.8, 2.5)))
    colour = blend(colour, BLUSH, 0.5 * near((0.0, 0.1, 12.6), (1.3, 1.0, 1.6)))
    colour = blend(colour, BLUSH, 0.65 * near((8.3, 1.0, 0.0), (1.3, 3.0, 2.0)))
    colour = blend(colour, BLUSH, 0.25 * near((0.0, -7.0, 10.5), (1.6, 1.2, 1.5)))
    colour = blend(colour, (176, 118, 104), 0.4 * near((3.1, 2.75, 9.6), (1.4, 0.5, 1.2)))
    colour = blend(colour, (168, 108, 92), 0.35 * near((3.2, 4.5, 9.6), (1.6, 0.45, 1.2)))
    colour = blend(colour, (150, 88, 74), 0.7 * near((0.95, -0.75, 11.2), (0.5, 0.35, 0.6)))
    colour *= (1 + 0.02 * noise)[:, None]
    colour = blend(colour, BROW, 0.62 * brow_cover(points))
    shine = near((0.0, 1.0, 12.4), (0.9, 2.2, 2.0)) + 0.6 * near((0.0, 8.0, 10.5), (3, 2, 3))
    return colour, np.asarray(0.58 - 0.1 * np.clip(shine, 0, 1))


def paint_eye(points: Floats, centre: Floats, units_m: float, rng: np.random.Generator) -> Floats:
    """(n, 3) colours of an eyeball: pupil, iris with rays, dark limbus, veined sclera."""
    away = points - centre
    radius = np.hypot(away[:, 0], away[:, 1])
    iris, pupil = IRIS_RADIUS_M / units_m, PUPIL_RADIUS_M / units_m
    radius = np.where(away[:, 2] > 0, radius, 9.0)
    share = (radius - pupil) / (iris - pupil)
    colour = np.tile(linear(SCLERA), (len(points), 1))
    colour = blend(colour, SCLERA_RED, 0.55 * smooth(1.5, 2.2, radius / iris))
    in_iris = share < 1.03
    rays = rng.normal(size=len(points)) * 0.16
    iris_colour = blend(np.tile(linear(IRIS), (len(points), 1)), IRIS_INNER, 0.7 - 1.6 * share)
    iris_colour *= (1 + rays)[:, None]
    iris_colour = blend(iris_colour, LIMBUS, smooth(0.7, 1.0, share))
    colour = np.where(in_iris[:, None], iris_colour, colour)
    colour = blend(colour, LIMBUS, np.where((share >= 1.03) & (radius < 1.12 * iris), 0.45, 0.0))
    return np.where((radius < pupil * 1.0)[:, None], linear(PUPIL), colour)
