"""A FLAME model: identity, expression and the pose of neck, jaw and eyes in, vertices out.

Model: Li, Bolkart, Black, Li, Romero: Learning a model of facial shape and expression from 4D scans
(2017), section 3; blend skinning with pose correctives after SMPL (Loper et al. 2015), equations
2 to 9. No data of it is shipped: its licence does not allow that.

Convention: metres, +Y up, +Z out of the face, rotations as axis times angle in radians.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

JOINTS: Final = ("global", "neck", "jaw", "eye_left", "eye_right")
GLOBAL, NECK, JAW, EYE_LEFT, EYE_RIGHT = range(5)


@dataclass(frozen=True, eq=False)
class FlameModel:
    """Everything that is in a FLAME file; J = 5 joints in the order of JOINTS."""

    name: str
    template: Floats
    """(V, 3) the mean head, metres."""
    triangles: NDArray[np.int32]
    """(T, 3) counter-clockwise seen from outside."""
    identity: Floats
    """(S, V, 3) displacement a unit of each identity coefficient (one standard deviation)."""
    expression: Floats
    """(E, V, 3) displacement a unit of each expression coefficient."""
    correctives: Floats
    """(9 (J - 1), V, 3) displacement an element of the rotation matrices of joints 1 .. 4 less
    the identity, row by row."""
    joint_regressor: Floats
    """(J, V) joints as means of vertices."""
    skinning: Floats
    """(V, J) how much each vertex follows each joint; rows add up to 1."""
    parents: tuple[int, ...]
    """(J,) the joint each hangs on, -1 for the first."""

    @property
    def expressions(self) -> int:
        """Number E of expression coefficients."""
        return len(self.expression)

    def truncated(self, expressions: int) -> "FlameModel":
        """The same model with its first expression coefficients only."""
        return replace(self, expression=self.expression[:expressions])

    def with_identity(self, betas: ArrayLike) -> "FlameModel":
        """The model whose mean head is that of identity coefficients `betas` (S' <= S,)."""
        amounts = np.asarray(betas, np.float64)
        moved = np.tensordot(amounts, self.identity[: len(amounts)], 1)
        return replace(self, template=self.template + moved)

    def joints(self, rest: Floats) -> Floats:
        """(..., J, 3) joints of heads at rest (..., V, 3)."""
        return np.asarray(np.matmul(self.joint_regressor, rest))

    def vertices(
        self,
        betas: ArrayLike | None = None,
        expression: ArrayLike | None = None,
        *,
        turn: ArrayLike | None = None,
        neck: ArrayLike | None = None,
        jaw: ArrayLike | None = None,
        eyes: ArrayLike | None = None,
        translation: ArrayLike | None = None,
    ) -> Floats:
        """(..., V, 3) metres for coefficients betas (..., S' <= S) and expression (..., E' <= E),
        axis-angle rotations `turn` (global), neck and jaw (..., 3), eyes (..., 6) left then right,
        and translation (..., 3). What is left out is zero; leading dimensions broadcast.
        """
        rest = self.template + _mixed(betas, self.identity) + _mixed(expression, self.expression)
        pose = [turn, neck, jaw, *_halves(eyes)]
        vectors = [np.zeros(3) if v is None else np.asarray(v, np.float64) for v in pose]
        turns = np.stack([rotations(v) for v in np.broadcast_arrays(*vectors)], axis=-3)
        feature = (turns[..., 1:, :, :] - np.eye(3)).reshape(*turns.shape[:-3], -1)
        posed = self._skinned(rest, rest + np.tensordot(feature, self.correctives, 1), turns)
        if translation is not None:
            posed = posed + np.asarray(translation, np.float64)[..., None, :]
        return posed

    def _skinned(self, rest: Floats, shaped: Floats, turns: Floats) -> Floats:
        """Linear blend skinning: each vertex moved by its joints' transforms, mixed."""
        joints = self.joints(rest)
        turned: list[Floats] = []
        places: list[Floats] = []
        for joint, parent in enumerate(self.parents):
            own = turns[..., joint, :, :]
            if parent < 0:
                turned.append(own)
                places.append(joints[..., joint, :])
                continue
            arm = joints[..., joint, :] - joints[..., parent, :]
            turned.append(turned[parent] @ own)
            places.append(places[parent] + np.einsum("...ij,...j->...i", turned[parent], arm))
        result: Any = 0.0
        for joint in range(len(self.parents)):
            local = shaped - joints[..., joint, None, :]
            moved = local @ np.swapaxes(turned[joint], -1, -2) + places[joint][..., None, :]
            result = result + self.skinning[:, joint, None] * moved
        return np.asarray(result)


def rotations(vectors: ArrayLike) -> Floats:
    """(..., 3, 3) matrices of axis-angle vectors (..., 3) in radians (Rodrigues' formula)."""
    v = np.asarray(vectors, np.float64)
    angle = np.linalg.norm(v, axis=-1)[..., None, None]
    cross = np.zeros((*v.shape, 3))
    x, y, z = np.moveaxis(v, -1, 0)
    cross[..., 0, 1], cross[..., 0, 2], cross[..., 1, 2] = -z, y, -x
    cross[..., 1, 0], cross[..., 2, 0], cross[..., 2, 1] = z, -y, x
    sine = np.sinc(angle / np.pi)  # sin(angle) / angle
    cosine = 0.5 * np.sinc(angle / (2 * np.pi)) ** 2  # (1 - cos(angle)) / angle^2
    return np.asarray(np.eye(3) + sine * cross + cosine * (cross @ cross))


def axis_angles(matrices: ArrayLike) -> Floats:
    """Axis-angle vectors (..., 3) of rotation matrices (..., 3, 3), angles in [0, pi]."""
    m = np.asarray(matrices, np.float64)
    # The quaternion of the largest component keeps its precision at every angle.
    trace = np.trace(m, axis1=-2, axis2=-1)
    diagonal = np.diagonal(m, axis1=-2, axis2=-1)
    squared = np.concatenate([trace[..., None], diagonal], axis=-1)
    best = squared.argmax(axis=-1)
    twist = np.stack(
        [m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]],
        axis=-1,
    )
    quaternion = np.concatenate([1 + trace[..., None], twist], axis=-1)
    for axis in range(3):
        rows = m[..., axis, :] + m[..., :, axis]
        rows[..., axis] = 1 - trace + 2 * m[..., axis, axis]
        other = np.concatenate([twist[..., axis, None], rows], axis=-1)
        quaternion = np.where((best == axis + 1)[..., None], other, quaternion)
    quaternion /= np.linalg.norm(quaternion, axis=-1, keepdims=True)
    quaternion = np.where(quaternion[..., :1] < 0, -quaternion, quaternion)
    sine = np.linalg.norm(quaternion[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, quaternion[..., :1])
    scale = np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0)
    return np.asarray(quaternion[..., 1:] * scale)


def _mixed(coefficients: ArrayLike | None, basis: Floats) -> Any:
    if coefficients is None:
        return 0.0
    amounts = np.asarray(coefficients, np.float64)
    return np.tensordot(amounts, basis[: amounts.shape[-1]], 1)


def _halves(eyes: ArrayLike | None) -> tuple[Floats | None, Floats | None]:
    if eyes is None:
        return None, None
    both = np.asarray(eyes, np.float64)
    return both[..., :3], both[..., 3:]
