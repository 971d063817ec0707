"""The row of lashes of a lid that comes down: a photo of open eyes shows it from another side."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.portrait.bend import Person
from avitalk.portrait.photo import Canvas
from avitalk.render.compiled import kernel

Array = NDArray[np.float64]
F32 = NDArray[np.float32]
Picture = NDArray[np.uint8]

DARK: Final = 0.62
"""How far skin takes on the lashes' colour where they are densest."""
ABOVE_M: Final = 0.0006
BELOW_M: Final = 0.0013
"""They are e times fainter so far above and below the lid's edge, about."""
LEAST_PX: Final = 0.6
SMOOTHINGS: Final = 3
"""A lid that was brought to the other one is a little uneven."""


@dataclass(frozen=True, slots=True, eq=False)
class Lashes:
    """The upper lashes of one eye."""

    edge: NDArray[np.int64]
    """(L,) vertices of the upper lid's edge."""
    colour: F32
    """(3,) sRGB, 0 to 255."""
    above_px: float
    below_px: float

    def draw(self, image: Picture, screen: F32, shut: float) -> None:
        """Onto a frame whose lid is closed by `shut`, 0 to 1, more than in the photo."""
        strength = DARK * min(2 * shut, 1.0)
        if strength > 0:
            line = screen[self.edge, :2].copy()
            for _ in range(SMOOTHINGS):
                line[1:-1] = (line[:-2] + 2 * line[1:-1] + line[2:]) / 4
            margin = 3 * max(self.above_px, self.below_px)
            size = image.shape[1::-1]
            low = np.clip(np.floor(line.min(axis=0) - margin), 0, size).astype(np.int32)
            high = np.clip(np.ceil(line.max(axis=0) + margin), 0, size).astype(np.int32)
            zone = np.concatenate([low, high])
            stroke(image, line, zone, self.colour, strength, self.above_px, self.below_px)


def lashes_of(person: Person, canvas: Canvas) -> tuple[Lashes, Lashes]:
    """The left and the right eye's, as dark as the photo's."""
    screen = person.project(person.photographed())
    above, below = (max(LEAST_PX, person.fit.px_per_m * metres) for metres in (ABOVE_M, BELOW_M))
    found = []
    for eye in range(2):
        edge = person.head.lid_upper[eye].astype(np.int64)
        colour = _darkest(canvas.pixels, screen[edge, :2])
        darker = np.argsort(colour.sum(axis=1))[: max(1, len(colour) // 2)]
        usual = np.median(colour[darker], axis=0).astype(np.float32)
        found.append(Lashes(edge, usual, above, below))
    return found[0], found[1]


def _darkest(pixels: Picture, at: F32) -> Array:
    """(N, 3) the darkest colours near places (N, 2): the photo's lashes or the lid's rim."""
    height, width = pixels.shape[:2]
    found = np.full((len(at), 3), 255.0)
    for dy in range(-2, 2):
        for dx in (-1, 0, 1):
            row = np.clip(at[:, 1].astype(np.int64) + dy, 0, height - 1)
            column = np.clip(at[:, 0].astype(np.int64) + dx, 0, width - 1)
            here = pixels[row, column].astype(np.float64)
            darker = here.sum(axis=1) < found.sum(axis=1)
            found[darker] = here[darker]
    return found


@kernel
def stroke(
    image: Picture, line: F32, zone: NDArray[np.int32], colour: F32, strength: float,
    above: float, below: float,
) -> None:  # fmt: skip
    """Draw a soft line (L, 2) that fades towards its ends, and `above` and `below` it in pixels."""
    count = line.shape[0]
    for y in range(zone[1], zone[3]):
        for x in range(zone[0], zone[2]):
            least, along, side = 1e18, 0.0, 0.0
            for k in range(count - 1):
                ax, ay = line[k, 0], line[k, 1]
                dx, dy = line[k + 1, 0] - ax, line[k + 1, 1] - ay
                px, py = x + 0.5 - ax, y + 0.5 - ay
                t = min(max((px * dx + py * dy) / (dx * dx + dy * dy + 1e-9), 0.0), 1.0)
                ex, ey = px - t * dx, py - t * dy
                away = ex * ex + ey * ey
                if away < least:
                    least, along, side = away, (k + t) / (count - 1), ey
            spread = below if side > 0.0 else above
            ends = min(1.0, 5.0 * min(along, 1.0 - along))
            share = strength * ends * math.exp(-least / (spread * spread))
            for k in range(3):
                image[y, x, k] = int(image[y, x, k] + share * (colour[k] - image[y, x, k]) + 0.5)
