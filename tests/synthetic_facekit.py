"""A stand-in for ICT-FaceKit's files: its counts, ranges and names, but a plate for a face.

Where the kit has its 68 landmarks, the plate has a vertex of that number; the rest is arbitrary.
"""

from functools import lru_cache

import numpy as np

from avitalk.face.facekit import (
    EYE_FACES,
    FACE_GROUPS,
    FACES,
    GUMS_AND_TONGUE_FACES,
    LASH_FACES,
    MULTI_PIE_68,
    TEETH_FACES,
    VERTICES,
    wanted_names,
)

COLUMNS, ROWS = 96, 98
EYES = np.array([[3.2, 3.4, 8.0], [-3.2, 3.4, 8.0]])
SPANS = {  # faces -> vertices, as in the topology table
    FACE_GROUPS["scalp"]: (9409, 11248), FACE_GROUPS["mouth_socket"]: (11248, 13294),
    GUMS_AND_TONGUE_FACES: (14062, 17039), TEETH_FACES: (17039, 21451),
    EYE_FACES["eye_left"]: (21451, 23021), EYE_FACES["eye_right"]: (23021, 24591),
    LASH_FACES: (25351, 26719),
}  # fmt: skip


def landmark_places() -> dict[int, tuple[float, float]]:
    """x, y of lips and lids."""
    places = {}
    for k, angle in zip(range(48, 60), np.linspace(np.pi, -np.pi, 13)[:-1], strict=True):
        places[k] = (2.5 * np.cos(angle), -3.5 + np.sin(angle))
    for k, x in zip(range(60, 65), (-2, -1, 0, 1, 2), strict=True):
        places[k] = (x, -3.5 + 0.3 * (abs(x) < 2))
    for k, x in zip((65, 66, 67), (1, 0, -1), strict=True):
        places[k] = (x, -3.9)
    return places


@lru_cache(maxsize=1)
def facekit_arrays() -> dict[str, np.ndarray]:
    """What the prepared npz holds."""
    rng = np.random.default_rng(0)
    vertices = rng.uniform(-1, 1, (VERTICES, 3)) * [2, 2, 2]
    faces = np.full((FACES, 4), -1)
    x, y = np.meshgrid(np.linspace(-6, 6, COLUMNS), np.linspace(8, -8, ROWS))
    x, y = x.ravel(), y.ravel()
    plate = np.stack([x, y, 11 - 0.05 * (x**2 + y**2)], axis=1)
    number = _numbers(plate)
    vertices[number] = plate
    corner = (np.arange(ROWS - 1)[:, None] * COLUMNS + np.arange(COLUMNS - 1)).ravel()
    quads = np.stack([corner, corner + COLUMNS, corner + COLUMNS + 1, corner + 1], axis=1)
    face = number[quads]
    faces[: len(face)] = face
    first, end = FACE_GROUPS["face"]
    faces[len(face) : end] = face[: end - first - len(face)]
    _sockets(faces, plate, number)
    for (start, stop), (low, high) in SPANS.items():
        step = np.arange(stop - start)
        faces[start:stop] = low + (step[:, None] + np.arange(4)) % (high - low)
    faces[faces[:, 0] < 0] = 24591 + np.arange(4)  # tear films and shadows
    for low, eye in ((21451, EYES[0]), (23021, EYES[1])):
        ball = rng.normal(size=(1570, 3))
        ball *= 1.2 / np.linalg.norm(ball, axis=1, keepdims=True)
        vertices[low : low + 1570] = eye + ball
    vertices[25351:26719] += [0, -3, 9]
    names = sorted(wanted_names())
    moves = np.zeros((len(names), VERTICES, 3), np.float16)
    for i, name in enumerate(names):
        moves[i, :, 0] = len(name)
        moves[i, :, 1] = i
    return {
        "neutral": vertices.astype(np.float32),
        "faces": faces.astype(np.int32),
        "expression_names": np.array(names),
        "expression": moves,
        "identity": np.stack([np.full((VERTICES, 3), [0, k, 0.0]) * np.sign(vertices[:, :1] - 0)
                              for k in (1, 2)]).astype(np.float16),
    }  # fmt: skip


def _numbers(plate: np.ndarray) -> np.ndarray:
    """Numbers of the plate's vertices: the landmarks' own near their places, others in order."""
    number = np.full(len(plate), -1)
    for k, place in landmark_places().items():
        free = np.where(number < 0, np.linalg.norm(plate[:, :2] - place, axis=1), np.inf)
        number[free.argmin()] = MULTI_PIE_68[k]
    number[number < 0] = np.setdiff1d(np.arange(len(plate)), number)
    return number


def _sockets(faces: np.ndarray, plate: np.ndarray, number: np.ndarray) -> None:
    """Sockets meet the face in a ring of its edges round each eye."""
    start = FACE_GROUPS["eye_socket"][0]
    for eye, low in ((EYES[0], 13294), (EYES[1], 13678)):
        column = np.abs(plate[:COLUMNS, 0] - eye[0]).argmin() + np.array([-8, 8])
        row = np.abs(plate[::COLUMNS, 1] - eye[1]).argmin() + np.array([-4, 4])
        ring = [row[0] * COLUMNS + c for c in range(column[0], column[1] + 1)]
        ring += [r * COLUMNS + column[1] for r in range(row[0] + 1, row[1] + 1)]
        ring += [row[1] * COLUMNS + c for c in range(column[1] - 1, column[0] - 1, -1)]
        ring += [r * COLUMNS + column[0] for r in range(row[1] - 1, row[0], -1)]
        around = number[np.resize(ring, 405)]
        own = low + np.arange(404) % 383
        faces[start : start + 404] = np.stack([around[:-1], around[1:], own + 1, own], axis=1)
        start += 404
