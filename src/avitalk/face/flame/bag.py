"""A bag behind the lips: FLAME's mouth is a hole through which one sees the back of the head."""

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.face.solve_nearest import Floats

# Rings of the bag from the lips inward: how far back (m), how wide, how much it follows the lips.
RINGS: Final = ((0.006, 1.0, 1.0), (0.016, 0.95, 0.8), (0.028, 0.75, 0.45), (0.036, 0.4, 0.2))
NEAR_M: Final = 0.02
"""The hole's middle lies within this distance of the lips' middle."""


def mouth_loop(
    vertices: Floats, triangles: NDArray[np.integer], lips: Floats
) -> NDArray[np.int64] | None:
    """Border of the hole nearest to `lips` (3,), in its triangles' direction; None without one."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    there = {(int(a), int(b)) for a, b in edges}
    onward: dict[int, int] = {a: b for a, b in there if (b, a) not in there}
    best: tuple[float, list[int]] = (NEAR_M, [])
    while onward:
        start, following = onward.popitem()
        loop = [start]
        while following != start and following in onward:
            loop.append(following)
            following = onward.pop(following)
        gap = float(np.linalg.norm(vertices[loop].mean(axis=0) - lips))
        if following == start and len(loop) > 5 and gap < best[0]:
            best = gap, loop
    return np.array(best[1]) if best[1] else None


def bag(
    vertices: Floats, shapes: Floats, loop: NDArray[np.int64]
) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Vertices (n, 3), triangles and displacements (52, n, 3) to be appended for the hole `loop`.

    The rings move as the lips do, less and less towards the throat.
    """
    rim, moved = vertices[loop], shapes[:, loop]
    middle, mean = rim.mean(axis=0), moved.mean(axis=1, keepdims=True)
    count, first = len(loop), len(vertices)
    rings, follows = [], []
    for back, wide, follow in RINGS:
        rings.append(middle + wide * (rim - middle) - [0, 0, back])
        follows.append(follow * (mean + wide * (moved - mean)))
    throat = rings[-1].mean(axis=0, keepdims=True) - [0, 0, 0.004]
    rows = [loop, *(first + k * count + np.arange(count) for k in range(len(RINGS)))]
    triangles = []
    for outer, inner in itertools.pairwise(rows):
        a, b, c, d = outer, np.roll(outer, -1), inner, np.roll(inner, -1)
        # Against the direction of the skin's triangles, so that the bag continues their surface.
        triangles += [np.stack([b, a, c], 1), np.stack([b, c, d], 1)]
    tip = np.full(count, first + len(RINGS) * count)
    triangles.append(np.stack([np.roll(rows[-1], -1), rows[-1], tip], 1))
    return (
        np.concatenate([*rings, throat]),
        np.concatenate(triangles),
        np.concatenate([*follows, 0.1 * mean], axis=1),
    )
