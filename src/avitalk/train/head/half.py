"""The left half of the head under construction: points, triangles, shapes, paint and loops."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from avitalk.face.head import PARTS
from avitalk.train.head.scans import Floats, Ints
from avitalk.train.head.solids import Solid


@dataclass
class Half:
    """The left half under construction; scan units."""

    points: Floats
    triangles: Ints
    shapes: Floats
    part: NDArray[np.uint8]
    paint: Floats
    """(n, P) layers of `avitalk.face.complexion.PIGMENTS`."""
    roughness: Floats
    loops: dict[str, Ints]
    skin: int
    """Number of leading vertices that are skin, lips, mouth bag or eye socket."""
    mix: sparse.csr_matrix
    """(skin, scan vertices)."""
    modes: Floats
    """(M, n, 3) displacement at one deviation of each identity mode."""
    blink_modes: Floats
    """(M, n, 3) what a mode adds to eyeBlinkLeft, so that other lids close too."""
    eye_radius: float = 0.0
    """Of the left eyeball."""

    def append(self, solid: Solid, layers: Floats, roughness: float) -> slice:
        """Add a part that does not move yet; returns its rows."""
        first, count = len(self.points), len(solid.vertices)
        part = PARTS.index("gums" if solid.part.startswith("gums") else solid.part)
        self.points = np.vstack([self.points, solid.vertices])
        self.triangles = np.vstack([self.triangles, solid.triangles + first])
        self.shapes = np.concatenate([self.shapes, np.zeros((52, count, 3))], axis=1)
        still = np.zeros((len(self.modes), count, 3))
        self.modes = np.concatenate([self.modes, still], axis=1)
        self.blink_modes = np.concatenate([self.blink_modes, still], axis=1)
        self.part = np.concatenate([self.part, np.full(count, part, np.uint8)])
        self.paint = np.vstack([self.paint, layers])
        self.roughness = np.concatenate([self.roughness, np.full(count, roughness)])
        return slice(first, first + count)
