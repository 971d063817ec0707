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


def multiply(first: Floats, second: Floats) -> NDArray[np.float64]:
    """Hamilton product of quaternions (..., 4): the rotation `second`, then `first`."""
    ax, ay, az, aw = np.moveaxis(np.asarray(first, np.float64), -1, 0)
    bx, by, bz, bw = np.moveaxis(np.asarray(second, np.float64), -1, 0)
    return np.stack(
        [
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
            aw * bw - ax * bx - ay * by - az * bz,
        ],
        axis=-1,
    )


def conjugate(quaternion: Floats) -> NDArray[np.float64]:
    """The reverse rotation of unit quaternions (..., 4)."""
    sign = np.array([-1.0, -1.0, -1.0, 1.0])
    return np.asarray(np.asarray(quaternion, np.float64) * sign)


def rotated(quaternion: Floats, vector: Floats) -> NDArray[np.float64]:
    """(..., 3) a vector (3,) turned by each of the unit quaternions (..., 4)."""
    pure = np.append(np.asarray(vector, np.float64), 0.0)
    turned = multiply(multiply(quaternion, pure), conjugate(quaternion))
    return np.asarray(turned[..., :3])


def quaternion_of(matrix: Floats) -> NDArray[np.float64]:
    """Unit quaternion (4,) of a rotation matrix (3, 3).

    The eigenvector of Bar-Itzhack's (2000) symmetric matrix, which is sound for every angle.
    """
    m = np.asarray(matrix, np.float64)
    k = np.zeros((4, 4))
    k[:3, :3] = m + m.T - np.trace(m) * np.eye(3)
    k[3, :3] = k[:3, 3] = [m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]]
    k[3, 3] = np.trace(m)
    vector = np.linalg.eigh(k)[1][:, -1]
    return np.asarray(vector if vector[3] >= 0 else -vector)
