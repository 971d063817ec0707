"""Where the head is: face points in pixels come in, rotation and place of each frame go out.

Convention: as in `avitalk.types`; the camera sits at the origin and looks along -Z, so that a face
looking into it is not turned. R = Ry(yaw) Rx(pitch) Rz(roll).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROUNDS: Final = 8
DEPTH_TRUST: Final = 0.3
"""How much the landmarker's guess of depth counts beside what it sees across the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """A pinhole camera with its axis in the middle of the picture."""

    focal_px: float
    centre_px: tuple[float, float]

    def project(self, points: Array) -> Array:
        """(..., 3) metres in front of the camera -> (..., 2) pixels."""
        per_m = self.focal_px / -points[..., 2]
        across = self.centre_px[0] + points[..., 0] * per_m
        down = self.centre_px[1] - points[..., 1] * per_m
        return np.stack([across, down], axis=-1)

    def lifted(self, pixels: Array, depth_m: Array) -> Array:
        """(..., 2) pixels and (...,) metres from the lens along its axis -> (..., 3) metres."""
        x = (pixels[..., 0] - self.centre_px[0]) * depth_m / self.focal_px
        y = (self.centre_px[1] - pixels[..., 1]) * depth_m / self.focal_px
        return np.stack([x, y, -depth_m], axis=-1)


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """point in the camera's frame = turn @ point in the head's frame + place."""

    turn: Array
    """(F, 3, 3)."""
    place: Array
    """(F, 3) metres."""

    def seen(self, points: Array) -> Array:
        """(P, 3) or (F, P, 3) in the head's frame -> (F, P, 3) in the camera's."""
        return np.asarray(points @ self.turn.transpose(0, 2, 1) + self.place[:, None])

    def unseen(self, points: Array) -> Array:
        """(F, P, 3) in the camera's frame -> the head's."""
        return np.asarray((points - self.place[:, None]) @ self.turn)


def fitted(points: Array, target: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Similarity that moves (..., P, 3) `points` onto `target` (P, 3): turn, shift and scale.

    moved = scale * points @ turn.T + shift; the weighted squared distance is least.
    """
    share = weight / weight.sum()
    centre, aim = (points * share[:, None]).sum(axis=-2), share @ target
    source, goal = points - centre[..., None, :], target - aim
    u, s, vt = np.linalg.svd(np.swapaxes(source * share[:, None], -1, -2) @ goal)
    sign = np.sign(np.linalg.det(u @ vt))
    u[..., :, 2] *= sign[..., None]
    s[..., 2] *= sign
    turn = np.swapaxes(u @ vt, -1, -2)
    scale = s.sum(axis=-1) / (np.square(source) * share[:, None]).sum(axis=(-2, -1))
    shift = aim - scale[..., None] * np.einsum("...ij,...j->...i", turn, centre)
    return turn, shift, scale


def find_pose(points: Array, model: Array, weight: Array, lens: Lens) -> Pose:
    """Pose of each frame from `points` (F, P, 3) pixels and a model (P, 3) or (F, P, 3) in metres.

    weight: (P,) how rigid each point is. Gauss-Newton on the points in the picture and, with less
    trust, on the landmarker's depth; points far off count less.
    """
    upright = points * np.array([1.0, -1.0, -1.0])
    mean = model if model.ndim == 2 else model.mean(axis=0)
    turn, _, metres_per_px = fitted(upright, mean, weight)
    turn = np.swapaxes(turn, -1, -2)
    depth = lens.focal_px * metres_per_px
    share = weight / weight.sum()
    middle = lens.lifted(share @ points[..., :2], depth)
    place = middle - np.einsum("fij,fj->fi", turn, np.broadcast_to(share @ model, middle.shape))
    pose = Pose(turn, place)
    trust = np.broadcast_to(weight, points.shape[:2])
    for step in range(ROUNDS):
        left_over, slopes = _residuals(points, model, weight, pose, lens)
        if step >= 2:
            size = np.linalg.norm(left_over, axis=-1)
            usual = np.maximum(1.5 * np.median(size, axis=1, keepdims=True), 0.3)
            trust = weight / (1 + np.square(size / usual))
        pose = _stepped(pose, left_over, slopes, trust)
    return pose


def _residuals(
    points: Array, model: Array, weight: Array, pose: Pose, lens: Lens
) -> tuple[Array, Array]:
    """(F, P, 3) pixels left over, and their slopes (F, P, 3, 6) by a small turn and a shift."""
    turned = np.asarray(model @ pose.turn.transpose(0, 2, 1))
    seen = turned + pose.place[:, None]
    depth = -seen[..., 2]
    per_m = lens.focal_px / depth
    usual = lens.focal_px / -pose.place[:, 2]
    share = weight / weight.sum()
    near = (points[..., 2] - (points[..., 2] @ share)[:, None]) * DEPTH_TRUST
    modelled = -turned[..., 2] * usual[:, None]
    modelled = (modelled - (modelled @ share)[:, None]) * DEPTH_TRUST
    picture = points[..., :2] - lens.project(seen)
    left_over = np.concatenate([picture, (near - modelled)[..., None]], axis=-1)
    zero = np.zeros_like(depth)
    by_place = np.stack(
        [np.stack([per_m, zero, per_m * seen[..., 0] / depth], axis=-1),
         np.stack([zero, -per_m, -per_m * seen[..., 1] / depth], axis=-1),
         np.zeros((*depth.shape, 3))], axis=-2)  # fmt: skip
    x, y, z = np.moveaxis(turned, -1, 0)
    moved = np.stack(  # of a turned point, by turning further about x, y, z
        [np.stack([zero, z, -y], axis=-1), np.stack([-z, zero, x], axis=-1),
         np.stack([y, -x, zero], axis=-1)], axis=-2)  # fmt: skip
    by_turn = by_place @ moved
    by_turn[..., 2, :] = -moved[..., 2, :] * usual[:, None, None] * DEPTH_TRUST
    by_turn[..., 2, :] -= np.einsum("p,fpi->fi", share, by_turn[..., 2, :])[:, None]
    return left_over, np.concatenate([by_turn, by_place], axis=-1)


def _stepped(pose: Pose, left_over: Array, slopes: Array, trust: Array) -> Pose:
    weighted = slopes * trust[..., None, None]
    normal = np.einsum("fpai,fpaj->fij", weighted, slopes)
    normal += np.eye(6) * 1e-9 * np.trace(normal, axis1=1, axis2=2)[:, None, None]
    right = np.einsum("fpai,fpa->fi", weighted, left_over)
    change = np.linalg.solve(normal, right[..., None])[..., 0]
    return Pose(_small_turn(change[:, :3]) @ pose.turn, pose.place + change[:, 3:])


def _small_turn(axis: Array) -> Array:
    """(F, 3) rotation vectors -> (F, 3, 3) (Rodrigues)."""
    angle = np.linalg.norm(axis, axis=1)
    unit = axis / np.maximum(angle, 1e-12)[:, None]
    cross = np.zeros((len(axis), 3, 3))
    cross[:, 0, 1], cross[:, 0, 2], cross[:, 1, 2] = -unit[:, 2], unit[:, 1], -unit[:, 0]
    cross -= cross.transpose(0, 2, 1)
    sin, cos = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.asarray(np.eye(3) + sin * cross + (1 - cos) * (cross @ cross))


def angles_of(turn: Array) -> Array:
    """(F, 3, 3) -> (F, 3) yaw, pitch, roll in radians."""
    pitch = -np.arcsin(np.clip(turn[:, 1, 2], -1, 1))
    yaw = np.arctan2(turn[:, 0, 2], turn[:, 2, 2])
    roll = np.arctan2(turn[:, 1, 0], turn[:, 1, 1])
    return np.stack([yaw, pitch, roll], axis=1)
