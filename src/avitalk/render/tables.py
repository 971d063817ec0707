"""What the kernels read: named groups of arrays, and the columns of the packed ones."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]

# Columns of Surface.attributes: 64 bytes, one cache line, a vertex
RED: Final = 0
ROUGHNESS: Final = 3
OCCLUSION: Final = 4
SCATTER: Final = 5
GLOSS: Final = 6
INSIDE: Final = 7
DETAIL: Final = 8
REST: Final = 9  # locks of hair: direction of the strands at rest
LIP: Final = 12  # locks: from edge (-1) to edge (1)
SCALP: Final = 13  # locks: from root (0) to tip (1)
BROW: Final = 14  # locks: a number of their own
FRECKLE: Final = 15
# Columns of Pose.lit, likewise
PLACE: Final = 0
NORMAL: Final = 3
LIGHT: Final = 6
REACHED: Final = 9
CLEAR: Final = 15
COLUMNS: Final = 16
MAX_LAMPS: Final = CLEAR - REACHED

# Values of Surface.kind: samples of one kind may be shaded together; eyes come last
SKIN: Final = 0
MOUTH: Final = 1
LASHES: Final = 2
CAP: Final = 3
LOCKS: Final = 4
CLOTH: Final = 5
PICTURE: Final = 6
LEFT_EYE: Final = 7

IRIS_M: Final = 0.0059


class Pictures(NamedTuple):
    """A textured head's pictures, each in every halved size; see `picture.pictures_of`."""

    uv: F32  # (V, 2)
    texels: NDArray[np.uint8]  # (N, 4) sRGB and alpha of all pictures and sizes, row by row
    level: NDArray[np.int64]  # (P, LEVELS, 3) first texel, width, height
    image: NDArray[np.int32]  # (T,) picture of a triangle, -1 for none
    cutoff: F32  # (T,) alpha below which there is nothing
    decode: F32  # (256,) sRGB to linear


class Surface(NamedTuple):
    """What never changes about a head."""

    triangles: NDArray[np.int32]  # (T, 3) closed surfaces, then sheets, then what has holes
    closed: int  # triangles seen from outside only
    solid: int  # triangles without holes
    kind: NDArray[np.uint8]  # (T,) SKIN .. LEFT_EYE + 1
    attributes: F32  # (V, COLUMNS) colour, roughness, occlusion, material, rest position
    first: NDArray[np.int32]  # (V + 1,) where a vertex' neighbours begin
    neighbour: NDArray[np.int32]  # (E,) vertices sharing an edge
    spread: F32  # (E, 3) how much red, green, blue light they share under the surface
    iris: F32  # (N, N, 3) linear colour over [-IRIS_M, IRIS_M] squared, row 0 at the bottom
    noise: F32  # (M, M, M) periodic, zero mean, about [-1, 1]
    grain: F32  # (G, G) likewise
    hair: NDArray[np.float64]  # (2, 3) linear colours of brows and of stubble
    crown: F32  # (4,) rest position about which short hair lies like meridians; 1 if combed
    age: float  # 0 young to 1 old: how deep the lines of the face are
    pictures: Pictures


class Pose(NamedTuple):
    """One posed and lit head, seen from one camera."""

    screen: F32  # (V, 3) pixels and 1 / depth
    lit: F32  # (V, COLUMNS) place, normal, diffuse light, share of each lamp and of the room
    head_axes: F32  # (3, 3) rows: the head's x, y, z in the world
    eye_centres: F32  # (2, 3)
    eye_axes: F32  # (2, 3, 3) rows: each eye's x, y, z in the world
    lids: F32  # (2, 2, E, 3) eye, upper and lower, margin points
    mouth: F32  # (4,) centre of the opening, its height in metres
    shadow: F32  # (S, S, 2) moments of the key light's shadow, S = 1 for none


class Lighting(NamedTuple):
    """Lamps in world space; the first is the key light."""

    lamps: NDArray[
        np.float64
    ]  # (L, 7) direction towards the lamp, colour times strength, size in [0, 1]
    sky: F32  # (3,) light from above
    ground: F32  # (3,) light from below
    shadow: F32  # (L, 3, 5) see shadow.shadow_map


class Frame(NamedTuple):
    """The picture being made."""

    eye: F32  # (3,)
    axes: F32  # (3, 3) right, up, forward
    lens: F32  # (3,) focal length, centre x, centre y in pixels
    behind: F32  # (H, W, 3) background, display-linear
    plain: NDArray[np.uint8]  # (H, W, 3) the same, encoded
    encode: F32  # (4097,) display-linear [0, 1] to [0, 255]
    exposure: float
