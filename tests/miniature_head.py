"""A real Head in miniature: every part, 52 shapes, a neck that stays and eyeballs that turn."""

import dataclasses

import numpy as np

from avitalk.arkit import EYE_LOOK
from avitalk.face import PARTS, Head

RADIUS_M = 0.09
EYE_RADIUS_M = 0.012
EYES_M = np.array([[0.0315, 0.0, 0.075], [-0.0315, 0.0, 0.075]])
NECK_M = np.array([0.0, -0.07, -0.02])


def ball(rows: int, columns: int, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and outward triangles of a sphere about the origin."""
    theta = np.linspace(0.02, np.pi - 0.02, rows + 1)[:, None]
    phi = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    around = [np.sin(theta) * np.sin(phi), np.cos(theta), np.sin(theta) * np.cos(phi)]
    vertices = radius * np.stack(np.broadcast_arrays(*around), axis=-1).reshape(-1, 3)
    row, column = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    a, b = row * columns + column, row * columns + (column + 1) % columns
    quads = np.stack([a, a + columns, b + columns, b], axis=-1).reshape(-1, 4)
    return vertices, np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def miniature_head(seed: int = 0) -> Head:
    """About 500 vertices; shapes are bumps here and there, one reaches every vertex, one is 0."""
    rng = np.random.default_rng(seed)
    places: dict[str, tuple[np.ndarray, float]] = {
        "skin": (np.zeros(3), RADIUS_M),
        "mouth": (np.array([0, -0.04, 0.05]), 0.03),
        "teeth_upper": (np.array([0, -0.03, 0.06]), 0.01),
        "teeth_lower": (np.array([0, -0.05, 0.06]), 0.01),
        "tongue": (np.array([0, -0.04, 0.05]), 0.012),
        "eye_left": (EYES_M[0], EYE_RADIUS_M),
        "eye_right": (EYES_M[1], EYE_RADIUS_M),
        "lashes": (np.array([0, 0.01, 0.09]), 0.005),
    }
    vertices, triangles, part, count = [], [], [], 0
    for name, (centre, radius) in places.items():
        points, faces = ball(*((16, 16) if name == "skin" else (5, 6)), radius)
        vertices.append(points + centre)
        triangles.append(faces + count)
        part.append(np.full(len(points), PARTS.index(name), np.uint8))
        count += len(points)
    points, parts = np.concatenate(vertices), np.concatenate(part)
    lips = np.argsort(np.linalg.norm(points - (0, -0.04, 0.08), axis=1))[:12]
    parts[lips[parts[lips] == 0]] = PARTS.index("lips")
    shapes = np.zeros((52, count, 3))
    for i in range(51):
        middle = points[rng.integers(count)]
        near = np.linalg.norm(points - middle, axis=1) < (1.0 if i == 0 else 0.06)
        shapes[i, near] = rng.normal(0, 0.004, (int(near.sum()), 3))
    eyeballs = np.isin(parts, [PARTS.index("eye_left"), PARTS.index("eye_right")])
    shapes[:, eyeballs] = 0
    shapes[list(EYE_LOOK)] *= 0.5
    loop = np.arange(5, dtype=np.int32)
    return Head(
        name="miniature",
        vertices=points.astype(np.float32),
        triangles=np.concatenate(triangles).astype(np.int32),
        part=parts,
        shapes=shapes.astype(np.float32),
        colour=rng.uniform(0, 1, (count, 3)).astype(np.float32),
        roughness=rng.uniform(0.2, 0.6, count).astype(np.float32),
        occlusion=rng.uniform(0.3, 1, count).astype(np.float32),
        eye_pivots=EYES_M.astype(np.float32),
        neck_pivot=NECK_M.astype(np.float32),
        head_weight=np.clip((points[:, 1] + 0.07) / 0.05, 0, 1).astype(np.float32),
        lip_upper=loop,
        lip_lower=loop,
        lip_outer=loop,
        lid_upper=np.stack([loop, loop]),
        lid_lower=np.stack([loop, loop]),
        landmarks={},
    )


def without_lids(head: Head) -> Head:
    """The same head posed linearly, as any player of a file does: blinks are not settled."""
    none = np.zeros((2, 0), np.int32)
    return dataclasses.replace(head, lid_upper=none, lid_lower=none)


def lively_motion(frames: int = 40, fps: float = 25.0, *, moves: bool = True):
    """A Motion with every channel busy, weights inside [0, 1], gaze inside its range."""
    from avitalk.types import Motion

    t = np.arange(frames)[:, None] / fps
    weights = 0.5 + 0.4 * np.sin(2 * np.pi * t * 1.5 + np.arange(52))
    head = 0.35 * np.sin(2 * np.pi * t + np.arange(3))
    eyes = 0.3 * np.cos(2 * np.pi * t + np.arange(6)).reshape(frames, 2, 3)
    eyes[..., 2] *= 0.1
    return Motion(weights, head, eyes, fps, 0.02 * head if moves else None)
