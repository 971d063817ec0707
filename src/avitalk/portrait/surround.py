"""How the picture round the face moves along with it: displacements of vertices come in, a smooth
field goes out that is exactly zero outside its zone and at the picture's border.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.face import PARTS
from avitalk.portrait.bend import Person
from avitalk.portrait.distances import distances, nearest
from avitalk.portrait.photo import Canvas
from avitalk.portrait.seen import smooth

Array = NDArray[np.float64]
F32 = NDArray[np.float32]

NODES: Final = 26
"""Nodes of the field to the size of the face."""
CELL: Final = 0.055
"""One control point to a cell of this size, in sizes of the face."""
REACH: Final = 0.44
"""The zone ends this far from the head, in sizes of the face."""
WHOLE: Final = 0.1
"""Up to here the field is as found."""
BORDER: Final = 0.18
"""Towards the border of the picture it fades over this distance."""
RING: Final = 40


@dataclass(frozen=True, slots=True, eq=False)
class Surround:
    """A linear rule from the displacement of some vertices to that of the picture."""

    rows: NDArray[np.int64]
    """(N,) vertices that lead."""
    at: F32
    """(N, 2) where they are in the photo."""
    rule: F32
    """(K, N) for the nodes of the zone."""
    nodes: NDArray[np.int64]
    """(K,) which nodes those are."""
    shape: tuple[int, int]
    """Rows and columns of nodes."""
    step: int
    """Pixels between nodes."""
    zone: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels; outside nothing moves."""

    size: tuple[int, int]
    """Width and height of the picture."""

    def still(self) -> NDArray[np.bool_]:
        """(H, W) where nothing ever moves."""
        moving = np.zeros(self.shape[0] * self.shape[1], bool)
        moving[self.nodes] = True
        grid = moving.reshape(self.shape)
        cells = grid[:-1, :-1] | grid[1:, :-1] | grid[:-1, 1:] | grid[1:, 1:]
        row, column = (np.arange(self.size[1 - k]) // self.step for k in range(2))
        return np.asarray(~cells[np.ix_(row, column)])

    def field(self, screen: F32) -> F32:
        """(h, w, 2) displacement in pixels for projected vertices (V, 3)."""
        moved = screen[self.rows, :2] - self.at
        found = np.zeros((self.shape[0] * self.shape[1], 2), np.float32)
        found[self.nodes] = self.rule @ moved
        return found.reshape(*self.shape, 2)


def surround(person: Person, canvas: Canvas) -> Surround:
    """The rule for one person in one picture."""
    screen = person.project(person.photographed())
    face, size = canvas.face_px, canvas.size
    rows = _controls(person, screen, face, size)
    at = screen[rows, :2].astype(np.float64)
    step = max(4, round(face / NODES))
    shape = size[1] // step + 2, size[0] // step + 2
    grid = np.stack(np.meshgrid(np.arange(shape[1]), np.arange(shape[0])), axis=-1)
    places = grid.reshape(-1, 2).astype(np.float64) * step
    away = nearest(places, at)
    window = 1 - smooth(away / face, WHOLE, REACH)
    edge = np.minimum(places, np.array(size) - places).min(axis=1)
    window *= smooth(edge / face, 0.0, BORDER)
    nodes = np.flatnonzero(window > 0)
    middle = (at.min(axis=0) + at.max(axis=0)) / 2
    angle = 2 * np.pi * np.arange(RING) / RING
    half = np.ptp(at, axis=0) / 2 + REACH * face
    ring = middle + half * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    centres = np.concatenate([at, ring])
    count = len(centres)
    kernel = np.zeros((count + 1, count + 1))
    kernel[:count, :count] = 0.01 * face * np.eye(count) - distances(centres, centres)
    kernel[:count, count] = kernel[count, :count] = 1
    reach = np.column_stack([-distances(places[nodes], centres), np.ones(len(nodes))])
    rule = np.linalg.solve(kernel, reach.T).T[:, : len(at)] * window[nodes, None]
    within = places[nodes]
    low = np.maximum(within.min(axis=0) - step, 0).astype(int)
    high = np.minimum(within.max(axis=0) + step, size).astype(int)
    return Surround(
        rows, at.astype(np.float32), np.ascontiguousarray(rule, np.float32), nodes, shape, step,
        (int(low[0]), int(low[1]), int(high[0]), int(high[1])), size,
    )  # fmt: skip


def _controls(person: Person, screen: F32, face: float, size: tuple[int, int]) -> NDArray[np.int64]:
    """Vertices of skin in front, one to a cell, nearest to the camera; lips lead nobody."""
    head = person.head
    skin = np.flatnonzero(head.part == PARTS.index("skin"))
    ahead = screen[skin, 2]
    margin = 0.3 * face
    within = (screen[skin, :2] > -margin).all(axis=1)
    within &= (screen[skin, :2] < np.array(size) + margin).all(axis=1)
    skin, ahead = skin[within], ahead[within]
    cell = np.floor(screen[skin, :2] / (CELL * face)).astype(np.int64)
    order = np.lexsort((-ahead, cell[:, 1], cell[:, 0]))
    sorted_cells = cell[order]
    first = np.concatenate([[True], (np.diff(sorted_cells, axis=0) != 0).any(axis=1)])
    return np.asarray(skin[order][first])
