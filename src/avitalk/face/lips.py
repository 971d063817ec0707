"""Lip opening and width in metres: linear in the vertices, so usable as a loss."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from avitalk.face.head import Head

Array = NDArray[np.float32]


def lip_gap(vertices: Array, head: "Head") -> Array:
    """Opening of the inner lips in metres, (...,) for `vertices` (..., V, 3).

    Mean over the central third of the paired inner lip vertices of upper minus lower height;
    negative where the lips overlap. Heights are along +Y: pose without head rotation.
    """
    middle = central_third(len(head.lip_upper))
    upper = vertices[..., head.lip_upper[middle], 1]
    lower = vertices[..., head.lip_lower[middle], 1]
    return np.asarray((upper - lower).mean(axis=-1))


def lip_width(vertices: Array, head: "Head") -> Array:
    """Distance between the mouth's corners along X in metres, (...,) for (..., V, 3)."""
    left, right = int(head.lip_upper[-1]), int(head.lip_upper[0])
    return np.asarray(vertices[..., left, 0] - vertices[..., right, 0])


def central_third(count: int) -> slice:
    """The middle third of `count` paired lip vertices."""
    return slice(count // 3, count - count // 3)
