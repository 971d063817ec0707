"""Closed parts of the left half: how they are wound into triangles, and the eyeball."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avitalk.train.head.scans import Floats, Ints

IRIS_RADIUS_M: Final = 0.0058
PUPIL_RADIUS_M: Final = 0.0019
EYE_LONGITUDES: Final = 30


@dataclass(frozen=True)
class Solid:
    """One part of the half mesh."""

    part: str
    vertices: Floats
    triangles: Ints


def eyeball(centre: Floats, radius: float, units_m: float) -> Solid:
    """Sphere about its pivot, rings dense at iris and limbus, open at the back."""
    iris = IRIS_RADIUS_M / units_m
    pupil = PUPIL_RADIUS_M / units_m
    rings = np.concatenate(
        [
            pupil * np.array([0.55, 0.93, 1.07]),
            pupil + (iris - pupil) * np.array([0.25, 0.5, 0.75, 0.92]),
            iris * np.array([1.0, 1.09, 1.25, 1.6, 2.0]),
        ]
    )
    theta = np.concatenate([np.arcsin(np.clip(rings / radius, 0, 0.99)), np.radians([62, 85, 112])])
    grid = ring_grid(theta, EYE_LONGITUDES)
    pole = np.array([[0.0, 0.0, 1.0]])
    vertices = centre + radius * np.vstack([pole, grid.reshape(-1, 3)])
    return Solid("eye_left", vertices, fan_and_strips(len(theta), EYE_LONGITUDES))


def ring_grid(theta: Floats, count: int) -> Floats:
    phi = 2 * np.pi * np.arange(count) / count
    t, p = np.meshgrid(theta, phi, indexing="ij")
    return np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], axis=-1)


def fan_and_strips(rings: int, count: int, *, closed_end: bool = False) -> Ints:
    """Triangles of pole 0, then `rings` rings of `count`, optionally a second pole at the end."""
    k = np.arange(count)
    following = (k + 1) % count
    parts = [np.stack([np.zeros(count, np.int64), 1 + k, 1 + following], axis=1)]
    for r in range(rings - 1):
        a, b = 1 + r * count, 1 + (r + 1) * count
        parts.append(np.stack([a + k, b + k, b + following], axis=1))
        parts.append(np.stack([a + k, b + following, a + following], axis=1))
    if closed_end:
        a = 1 + (rings - 1) * count
        parts.append(np.stack([a + k, np.full(count, a + count), a + following], axis=1))
    return np.concatenate(parts)


def outward(vertices: Floats, triangles: Ints) -> Ints:
    """Wind the triangles so that most face away from the part's middle line."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    inside = vertices.mean(axis=0)
    outward = (face * ((a + b + c) / 3 - inside)).sum()
    return triangles if outward > 0 else triangles[:, [0, 2, 1]]
