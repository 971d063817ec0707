"""A crew-neck shirt: a knitted collar about the neck and cloth over shoulders, chest and back."""

from dataclasses import dataclass

import numpy as np

from avitalk.face.head import PARTS, Head
from avitalk.train.head.scans import Floats, Ints

AROUND = 38
COLLAR_M = 0.017  # height of the knitted band
THICK_M = 0.0028


@dataclass(frozen=True)
class Cloth:
    """A garment: vertices (n, 3) metres, triangles, head weight (n,)."""

    vertices: Floats
    triangles: Ints
    weight: Floats


def collared(bare: Head) -> Cloth:
    """The shirt of `bare`; the collar lies on its neck, the rest on a torso of our own."""
    angle = 2 * np.pi * np.arange(AROUND) / AROUND  # from the front to the left
    side = np.stack([np.sin(angle), np.cos(angle)], axis=1)  # x, z
    line = _neckline(bare, side)
    out = np.stack([side[:, 0], 0 * angle, side[:, 1]], axis=1)
    up = np.array([0.0, 1.0, 0.0])
    lean = out * 0.75 - 0.66 * up  # down along the band
    rise = out * 0.66 + 0.75 * up
    band = [
        line - 0.006 * up - 0.001 * out,
        line + 0.0006 * rise,
        line + THICK_M * rise,
        line + 0.5 * COLLAR_M * lean + THICK_M * 1.15 * rise,
        line + COLLAR_M * lean + THICK_M * rise,
        line + 1.06 * COLLAR_M * lean + 0.0004 * rise,
    ]
    rings = [*band, *_torso(band[-1], side)]
    vertices = np.concatenate(rings)
    weight = np.zeros(len(vertices))
    weight[: AROUND * len(band)] = 0.05
    k = np.arange(AROUND)
    following = (k + 1) % AROUND
    triangles = []
    for r in range(len(rings) - 1):
        a, b = r * AROUND, (r + 1) * AROUND
        triangles.append(np.stack([a + k, b + k, b + following], axis=1))
        triangles.append(np.stack([a + k, b + following, a + following], axis=1))
    return Cloth(vertices, np.concatenate(triangles), weight)


def _neckline(bare: Head, side: Floats) -> Floats:
    """(AROUND, 3) where the collar's upper edge runs: on the skin, lower in front."""
    skin = bare.vertices[bare.part == PARTS.index("skin")].astype(np.float64)
    low = skin[(skin[:, 1] < -0.075)]
    middle = np.array([0.0, -0.075])
    front = side[:, 1]
    # A plane that slopes down towards the chest, wider than the neck by a finger.
    height = -0.150 - 0.022 * front - 0.004 * (side[:, 0] ** 2)
    points = []
    for (x, z), y in zip(side, height, strict=True):
        near = low[np.abs(low[:, 1] - y) < 0.012]
        flat = near[:, [0, 2]] - middle
        along = flat[:, 0] * x + flat[:, 1] * z
        aside = np.abs(flat[:, 0] * z - flat[:, 1] * x)
        reach = along[aside < 0.018]
        radius = np.max(reach[reach > 0]) if np.any(reach > 0) else 0.06
        points.append([radius, y])
    radius = np.array(points)[:, 0]
    for _ in range(4):
        radius = 0.5 * radius + 0.25 * (np.roll(radius, 1) + np.roll(radius, -1))
    radius += 0.003
    return np.stack([radius * side[:, 0], height, middle[1] + radius * side[:, 1]], axis=1)


def _torso(edge: Floats, side: Floats) -> list[Floats]:
    """Rings from the collar's `edge` (AROUND, 3) over the shoulders, out of the picture."""
    x, z = side.T
    shoulder = np.abs(x) ** 1.6
    rings = []
    for share in (0.09, 0.22, 0.40, 0.62, 0.82, 1.0):
        reach = np.stack([0.215 * np.sign(x) * np.abs(x) ** 0.8, 0 * x, 0.105 * z], axis=1)
        low = np.array([0.0, -0.30, -0.078])
        end = low + reach
        end[:, 1] += 0.055 * shoulder
        place = edge * (1 - share) + end * share
        # Shoulders slope gently at first and then round off; the chest falls at once.
        slope = shoulder * share**2.0 + (1 - shoulder) * share**0.85
        place[:, 1] = edge[:, 1] * (1 - slope) + end[:, 1] * slope
        spread = (1 - shoulder) * share**0.7 + shoulder * share**0.85
        for axis in (0, 2):
            place[:, axis] = edge[:, axis] * (1 - spread) + end[:, axis] * spread
        rings.append(place)
    bottom = rings[-1].copy()
    bottom[:, 1] -= 0.25
    return [*rings, bottom]
