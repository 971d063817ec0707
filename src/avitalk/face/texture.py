"""Pictures wrapped round a head: what an avatar brings along and the renderer draws."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Texture:
    """Base colour pictures of a head's triangles, in glTF's convention.

    A triangle's colour is its picture times the head's vertex colours. A head with a Texture is
    drawn as it is painted: no procedural skin, hair or iris is added.
    """

    uv: NDArray[np.float32]
    """(V, 2) place in the picture: (0, 0) is its upper left corner, (1, 1) the lower right; values
    beyond repeat the picture."""
    images: tuple[NDArray[np.uint8], ...]
    """Pictures (H, W, 4), sRGB and alpha, sizes as they come."""
    image: NDArray[np.int16]
    """(T,) index into `images`, -1 for a triangle of vertex colour alone."""
    cutoff: NDArray[np.float32]
    """(T,) alpha below which the triangle is not there; 0 for an opaque one."""
    twin: NDArray[np.int32] | None = None
    """(V,) the first of the vertices that are one but for their place in the picture: pictures have
    seams, and light must not show them. None if no vertex is split."""
