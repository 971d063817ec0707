"""Angles (yaw, pitch, roll) to and from unit quaternions x, y, z, w, as glTF stores them.

Convention: see `avitalk.types`; R = Ry(yaw) @ Rx(pitch) @ Rz(roll).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


def quaternions(angles: Floats) -> NDArray[np.float64]:
    """Angles (F, 3) in radians to quaternions (F, 4), each on the side nearest the one before."""
    half = np.asarray(angles, np.float64) / 2
    (sy, sx, sz), (cy, cx, cz) = np.sin(half).T, np.cos(half).T
    turned = np.stack(
        [
            cy * sx * cz + sy * cx * sz,
            sy * cx * cz - cy * sx * sz,
            cy * cx * sz - sy * sx * cz,
            cy * cx * cz + sy * sx * sz,
        ],
        axis=1,
    )
    flips = np.sign(np.einsum("fi,fi->f", turned[1:], turned[:-1]))
    turned[1:] *= np.cumprod(np.where(flips < 0, -1.0, 1.0))[:, None]
    return turned


def angles(quaternion: Floats) -> NDArray[np.float64]:
    """Quaternions (F, 4) to angles (F, 3): yaw and roll in (-pi, pi], pitch in +-pi/2.

    Past a pitch of +-pi/2 the same rotation comes back under other angles. Raises ValueError if
    a quaternion is not of length 1.
    """
    q = np.asarray(quaternion, np.float64)
    length = np.linalg.norm(q, axis=1, keepdims=True)
    if not np.allclose(length, 1, atol=1e-3):
        raise ValueError("a rotation is not a unit quaternion")
    x, y, z, w = (q / length).T
    yaw = np.arctan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))
    pitch = np.arcsin(np.clip(2 * (w * x - y * z), -1, 1))
    roll = np.arctan2(2 * (x * y + w * z), 1 - 2 * (x * x + z * z))
    return np.stack([yaw, pitch, roll], axis=1)
