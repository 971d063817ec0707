"""Layers of pigment and roughness of the head, painted by place; where hair and brows grow."""

from typing import Final

import numpy as np

from avitalk.face.complexion import PIGMENTS
from avitalk.train.head.scans import Floats
from avitalk.train.head.solids import IRIS_RADIUS_M, PUPIL_RADIUS_M

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


def blank(count: int) -> Floats:
    """(count, P) layers of pigment with nothing on them."""
    layers = np.zeros((count, len(PIGMENTS)))
    layers[:, PIGMENTS.index("tone")] = 0.5
    return layers


def layer(paint: Floats, name: str) -> Floats:
    """The column of one pigment, to be read or written."""
    return paint[:, PIGMENTS.index(name)]


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
    """Layers (n, P) and roughness (n,) of bare skin at points in scan units, x >= 0."""
    x, y, z = points.T

    def near(centre: tuple[float, float, float], width: tuple[float, float, float]) -> Floats:
        away = (points - np.array(centre)) / np.array(width)
        return np.asarray(np.exp(-(away**2).sum(axis=1)))

    paint = blank(len(points))
    blush = 0.70 * near((4.3, 0.3, 8.6), (1.9, 1.5, 2.5))
    blush += 0.65 * near((0.0, 0.0, 12.6), (1.2, 1.0, 1.6))
    blush += 0.85 * near((8.3, 1.0, 0.0), (1.3, 3.2, 2.2))
    blush += 0.45 * near((1.3, -0.6, 11.4), (0.7, 0.6, 1.2))
    blush += 0.30 * near((0.0, -7.0, 10.5), (1.6, 1.2, 1.5))
    blush += 0.25 * near((0.0, 5.3, 10.9), (1.0, 1.2, 1.5))
    blush += 0.40 * near((3.1, 2.9, 9.6), (1.9, 0.8, 1.4))
    layer(paint, "blush")[:] = np.clip(blush + 0.10 * noise, 0, 1)
    shade = 0.55 * near((2.7, 2.45, 9.9), (1.0, 0.55, 1.2))
    shade += 0.50 * near((3.2, 4.5, 9.6), (1.6, 0.40, 1.2))
    shade += 0.45 * near((1.75, 3.5, 9.9), (0.5, 0.8, 1.0))
    shade += 0.85 * near((0.95, -0.75, 11.2), (0.5, 0.35, 0.6))
    shade += 0.25 * near((2.6, -1.5, 10.3), (0.35, 1.2, 1.0))
    shade += 0.25 * near((0.0, -5.35, 10.9), (1.3, 0.35, 1.2))
    shade += 0.30 * smooth(-7.5, -9.0, y) * smooth(4.0, 7.0, z)
    layer(paint, "shade")[:] = np.clip(shade, 0, 1)
    layer(paint, "tone")[:] = 0.5 * (1 + 0.012 * noise)
    layer(paint, "brow")[:] = 0.62 * brow_cover(points)
    layer(paint, "freckle")[:] = np.clip(
        near((2.6, 1.0, 10.5), (2.6, 1.6, 2.5)) + near((0, 1.5, 12), (1.5, 2, 2)), 0, 1
    )
    layer(paint, "beard")[:] = 0.7 * beard_cover(points)
    shine = near((0.0, 1.0, 12.4), (0.9, 2.2, 2.0)) + 0.75 * near((0.0, 8.0, 10.5), (3, 2, 3))
    shine += 0.35 * near((3.6, 1.3, 9.6), (1.2, 0.8, 1.5)) + 0.4 * near((0, -6.9, 10.9), (1, 1, 1))
    return paint, np.asarray(0.58 - 0.15 * np.clip(shine, 0, 1) + 0.05 * (x > 6.5))


def beard_cover(points: Floats) -> Floats:
    """(n,) where a beard grows: jaw, chin, upper lip, upper neck."""
    x, y, z = points.T
    low = smooth(-1.6, -3.6, y - 0.16 * np.clip(x - 3.0, 0, 4)) * smooth(-1.5, 1.5, z)
    low *= smooth(-11.5, -9.0, y)
    lip = np.exp(-(((y + 2.2) / 0.65) ** 2) - (x / 2.6) ** 4) * smooth(9.0, 10.0, z)
    jaw = (
        np.exp(-(((z - 2.2) / 1.0) ** 2)) * smooth(2.0, 0.0, y) * smooth(-4.0, -3.0, y) * (x > 5.5)
    )
    soft = np.exp(-(((x - 3.0) / 1.5) ** 2) - ((y + 3.2) / 1.0) ** 2)
    return np.asarray(np.clip(np.maximum(low, np.maximum(lip, 0.7 * jaw)) - 0.3 * soft, 0, 1))


def paint_eye(points: Floats, centre: Floats, units_m: float, rng: np.random.Generator) -> Floats:
    """(n, P) layers of an eyeball: pupil, iris with rays, dark limbus, veined sclera."""
    away = points - centre
    radius = np.hypot(away[:, 0], away[:, 1])
    iris, pupil = IRIS_RADIUS_M / units_m, PUPIL_RADIUS_M / units_m
    radius = np.where(away[:, 2] > 0, radius, 9.0)
    share = (radius - pupil) / (iris - pupil)
    paint = blank(len(points))
    layer(paint, "veins")[:] = 0.55 * smooth(1.5, 2.2, radius / iris)
    inside = share < 1.03
    layer(paint, "iris")[:] = inside
    layer(paint, "collarette")[:] = inside * np.clip(0.7 - 1.6 * share, 0, 1)
    rays = rng.normal(size=len(points)) * 0.16
    dark = 0.65 * smooth(0.7, 1.0, share) * inside
    layer(paint, "tone")[:] = 0.5 * (1 + rays * inside) * (1 - dark)
    ring = (share >= 1.03) & (radius < 1.12 * iris)
    layer(paint, "tone")[ring] *= 0.6
    layer(paint, "pupil")[:] = radius < pupil
    return paint
