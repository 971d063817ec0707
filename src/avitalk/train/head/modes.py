"""Identity modes that mean something: directions among the scans' 50 modes, and a sculpted age.

The scans' modes are principal components: their coefficients are independent, with deviation 1. The
direction of least norm that changes a measurement m(c) is its gradient g = dm/dc; a unit step along
g / |g| is one standard deviation of m among people, with all that usually comes along. Taken one
after the other, each made orthogonal to those before (Gram-Schmidt), they are a basis of a subspace
in which coefficients are independent again, and a later mode leaves all earlier measurements alone.
What the measurements leave over is filled up with its own principal components, rest_1 and on.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from avitalk.face.facekit import MULTI_PIE_68, SKIN_VERTICES, Floats
from avitalk.face.identity import MODES

FACE_VERTICES: Final = slice(0, 9409)
"""The topology table's face without scalp, neck and sockets."""
CHEEK: Final = np.array([5.0, -2.2, 8.2])
"""Middle of the left cheek, scan units."""

# Rows of a (69, 3) array of points: Multi-PIE's 68, then the left cheek.
Measure = Callable[[Floats], float]
MEASURES: Final[dict[str, Measure]] = {
    "size": lambda p: float(np.sqrt(((p[:68] - p[:68].mean(axis=0)) ** 2).sum(axis=1).mean())),
    "width": lambda p: p[15, 0] - p[1, 0],
    "length": lambda p: p[27, 1] - p[8, 1],
    "jaw": lambda p: p[12, 0] - p[4, 0],
    "chin": lambda p: p[8, 2] - p[54, 2],
    "lips": lambda p: (p[51, 1] - p[62, 1]) + (p[66, 1] - p[57, 1]),
    "nose_width": lambda p: p[35, 0] - p[31, 0],
    "nose_length": lambda p: p[27, 1] - p[33, 1],
    "nose_tip": lambda p: p[30, 2] - p[35, 2],
    "bridge": lambda p: p[27, 2] - p[42, 2],
    "mouth_width": lambda p: p[54, 0] - p[48, 0],
    "eye_opening": lambda p: p[[43, 44], 1].mean() - p[[46, 47], 1].mean(),
    "eye_spacing": lambda p: p[42, 0] - p[39, 0],
    "brow_ridge": lambda p: p[[24, 25], 2].mean() - p[45, 2],
    "cheeks": lambda p: (p[68] - (p[12] + p[54]) / 2) @ np.array([0.5, 0.0, 0.87]),
}
"""Mode -> what it measures, in scan units, of symmetric faces."""

# Where age shows: centre and width of a soft blob on the left side and how it moves a deviation of
# age (about twelve years), scan units.
AGE: Final = (
    ((4.5, -6.0, 7.0), (1.5, 0.9, 2.3), (0.14, -0.26, 0.08)),  # jowls
    ((2.9, -6.2, 9.0), (0.5, 0.9, 1.2), (0.0, 0.05, -0.10)),  # and the notch before them
    ((3.9, -0.8, 9.2), (1.6, 1.3, 1.8), (0.0, -0.17, -0.07)),  # cheeks sink
    ((5.4, -2.8, 7.2), (1.2, 1.4, 1.8), (-0.15, 0.0, -0.10)),  # and hollow
    ((2.0, -1.7, 10.6), (0.32, 1.1, 0.9), (0.0, 0.0, -0.11)),  # fold from nose to mouth
    ((2.8, -2.0, 10.1), (0.55, 1.1, 0.9), (0.02, -0.10, 0.11)),
    ((2.9, -4.7, 9.9), (0.4, 0.7, 0.9), (0.0, 0.0, -0.08)),  # and from mouth to chin
    ((3.2, 2.0, 9.4), (1.1, 0.32, 1.0), (0.0, -0.05, 0.08)),  # bags under the eyes
    ((2.7, 1.2, 9.6), (1.0, 0.32, 1.0), (0.0, 0.0, -0.09)),
    ((4.5, 5.0, 8.8), (1.4, 0.9, 1.5), (0.0, -0.16, 0.02)),  # outer brow and the fold below it
    ((0.0, -2.85, 11.6), (1.9, 0.38, 0.9), (0.0, -0.07, -0.10)),  # thin lips
    ((0.0, -3.95, 11.3), (1.7, 0.42, 0.9), (0.0, 0.08, -0.12)),
    ((2.5, -3.7, 10.1), (0.7, 0.6, 0.9), (0.0, -0.10, -0.05)),  # corners of the mouth
    ((0.0, 0.0, 12.8), (1.2, 1.5, 1.6), (0.0, -0.17, 0.03)),  # tip of the nose
    ((8.0, -0.8, 0.2), (1.6, 1.7, 2.2), (0.05, -0.26, 0.0)),  # lobes
    ((8.5, 4.0, -0.5), (1.6, 1.7, 2.2), (0.06, 0.09, 0.0)),
    ((6.3, 5.5, 6.0), (1.3, 1.8, 2.2), (-0.12, 0.0, -0.06)),  # temples
    ((0.0, -8.9, 7.0), (1.8, 1.2, 2.2), (0.0, -0.22, 0.06)),  # under the chin
)


def directions(vertices: Floats, identity: Floats) -> Floats:
    """(M - 1, 50) orthonormal rows: each named mode in terms of the scans' modes.

    `vertices` (n, 3) neutral scan, `identity` (50, n, 3) its modes; MODES without age.
    """
    cheek = int(np.linalg.norm(vertices[FACE_VERTICES] - CHEEK, axis=1).argmin())
    rows = [*MULTI_PIE_68, cheek]
    points, moves = vertices[rows], identity[:, rows]
    found: list[Floats] = []

    def add(direction: Floats) -> None:
        for other in found:
            direction = direction - other * (other @ direction)
        found.append(direction / np.linalg.norm(direction))

    step = 1e-3
    for measure in MEASURES.values():
        rest = measure(points)
        add(np.array([(measure(points + step * move) - rest) / step for move in moves]))
    flat = identity[:, FACE_VERTICES].reshape(len(identity), -1)
    left = np.eye(len(identity)) - np.transpose(found) @ np.array(found)
    _, axes = np.linalg.eigh(left @ (flat @ flat.T) @ left)
    for k in range(len(MODES) - 1 - len(MEASURES)):
        axis = axes[:, -1 - k]
        add(axis * np.sign(axis[np.abs(axis).argmax()]))
    return np.array(found)


def sculpted_age(vertices: Floats) -> Floats:
    """(n, 3) what a deviation of age does to the skin of a scan with `vertices` (n, 3)."""
    moved = np.zeros_like(vertices)
    skin = slice(*SKIN_VERTICES)
    side = np.sign(vertices[skin, :1])
    mirrored = np.hstack([np.abs(vertices[skin, :1]), vertices[skin, 1:]])
    for centre, width, move in AGE:
        away = (mirrored - np.array(centre)) / np.array(width)
        amount = np.exp(-(away**2).sum(axis=1))[:, None]
        moved[skin] += amount * np.array(move) * np.hstack([side, np.ones((len(side), 2))])
    return moved


def share_of_variance(identity: Floats, rows: Floats) -> float:
    """Share of the variance of faces that the directions `rows` (K, 50) span."""
    flat = identity[:, FACE_VERTICES].reshape(len(identity), -1)
    gram = flat @ flat.T
    return float(np.trace(rows @ gram @ rows.T) / np.trace(gram))
