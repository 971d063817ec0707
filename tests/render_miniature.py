"""A ball with eyes and lips: a head small and regular enough to predict its pictures."""

from dataclasses import dataclass, field

import numpy as np

RADIUS_M = 0.08
EYE_RADIUS_M = 0.012
EYES_M = np.array([[0.0315, 0.0, 0.072], [-0.0315, 0.0, 0.072]], np.float32)
SKIN, LIPS, MOUTH, EYE_LEFT, EYE_RIGHT = 0, 1, 2, 7, 8


def ball(rows: int, columns: int, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and outward triangles of a sphere round the origin, poles up and down."""
    theta = np.linspace(0, np.pi, rows + 1)[:, None]
    phi = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    x, y, z = np.broadcast_arrays(
        np.sin(theta) * np.sin(phi), np.cos(theta), np.sin(theta) * np.cos(phi)
    )
    vertices = radius * np.stack([x, y, z], axis=-1).reshape(-1, 3)
    row, column = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    a = row * columns + column
    b = row * columns + (column + 1) % columns
    quads = np.stack([a, a + columns, b + columns, b], axis=-1).reshape(-1, 4)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return vertices, triangles


@dataclass(frozen=True)
class Miniature:
    """The fields of avitalk.face.head.Head that rendering reads."""

    vertices: np.ndarray
    triangles: np.ndarray
    part: np.ndarray
    shapes: np.ndarray
    colour: np.ndarray
    roughness: np.ndarray
    occlusion: np.ndarray
    head_weight: np.ndarray
    lip_upper: np.ndarray
    lip_lower: np.ndarray
    lid_upper: np.ndarray
    lid_lower: np.ndarray
    eye_pivots: np.ndarray = field(default_factory=lambda: EYES_M)

    def pose_at(self, motion, frame) -> np.ndarray:
        moved = None if motion.translation is None else motion.translation[frame]
        return self.pose_frame(motion.weights[frame], motion.head[frame], motion.eyes[frame], moved)

    def pose_frame(self, weights, head, eyes, translation=None) -> np.ndarray:
        """Yaw only, and the first shape."""
        posed = self.vertices + weights[0] * self.shapes[0]
        sin, cos = np.sin(head[0]), np.cos(head[0])
        posed = posed @ np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]], np.float32).T
        return posed if translation is None else posed + translation


def miniature(*, eyes: bool = True, colour: tuple[float, float, float] = (0.5, 0.3, 0.2)):
    """A skin ball of 8 cm, with eyeballs half sunk into it unless `eyes` is False."""
    vertices, triangles = ball(40, 60, RADIUS_M)
    part = np.full(len(vertices), SKIN, np.uint8)
    near = np.argsort(np.linalg.norm(vertices - (0, -0.04, 0.07), axis=1))
    part[near[:20]] = LIPS
    for which in range(2 if eyes else 0):
        eye, faces = ball(14, 20, EYE_RADIUS_M)
        triangles = np.concatenate([triangles, faces + len(vertices)])
        vertices = np.concatenate([vertices, eye + EYES_M[which]])
        part = np.concatenate([part, np.full(len(eye), EYE_LEFT + which, np.uint8)])
    count = len(vertices)
    shapes = np.zeros((52, count, 3), np.float32)
    shapes[0, near[:20], 2] = 0.01
    lids = np.argsort(np.linalg.norm(vertices[:2400, None] - EYES_M, axis=2), axis=0)[:12].T
    paint = np.broadcast_to(np.float32(colour), (count, 3)).copy()
    paint[part >= EYE_LEFT] = (0.05, 0.1, 0.3)
    return Miniature(
        vertices=vertices.astype(np.float32),
        triangles=triangles.astype(np.int32),
        part=part,
        shapes=shapes,
        colour=paint,
        roughness=np.full(count, 0.5, np.float32),
        occlusion=np.ones(count, np.float32),
        head_weight=np.ones(count, np.float32),
        lip_upper=near[:5].astype(np.int32),
        lip_lower=near[5:10].astype(np.int32),
        lid_upper=lids[:, :6].astype(np.int32),
        lid_lower=lids[:, 6:].astype(np.int32),
    )
