"""MediaPipe's 478 face points: which of them are where; "right" and "left" are the subject's."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

POINTS: Final = 478

# Rows run from the subject's right corner of the mouth to the left one.
INNER_UPPER: Final = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
INNER_LOWER: Final = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
OUTER_UPPER: Final = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
OUTER_LOWER: Final = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
LIPS: Final = tuple(sorted({*INNER_UPPER, *INNER_LOWER, *OUTER_UPPER, *OUTER_LOWER}))
CHIN: Final = (152, 148, 377, 175, 199, 200, 18, 176, 400)

# From the outer to the inner corner: left eye, right eye.
LID_UPPER: Final = (
    (263, 466, 388, 387, 386, 385, 384, 398, 362),
    (33, 246, 161, 160, 159, 158, 157, 173, 133),
)
LID_LOWER: Final = (
    (263, 249, 390, 373, 374, 380, 381, 382, 362),
    (33, 7, 163, 144, 145, 153, 154, 155, 133),
)
IRIS: Final = ((473, 474, 475, 476, 477), (468, 469, 470, 471, 472))
"""Left, right; the centre first, then four points of the iris' edge."""

EYE_CORNERS: Final = (263, 362, 133, 33)
"""Left outer, left inner, right inner, right outer."""
SKULL: Final = (
    33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 8, 9, 193, 417, 122, 351, 196, 419, 3, 248, 236, 456,
    151, 108, 337, 69, 299, 104, 333, 68, 298, 10, 109, 338, 67, 297, 103, 332,
)  # fmt: skip
"""Points that keep their place on the skull: corners of the eyes, bridge of the nose, forehead."""
OVAL: Final = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The outline of the face: it slides over the skin as the head turns."""

REGIONS: Final[dict[str, tuple[int, ...]]] = {
    "lips": LIPS,
    "lids": tuple(sorted({i for row in (*LID_UPPER, *LID_LOWER) for i in row})),
    "brows": (
        70, 63, 105, 66, 107, 46, 53, 52, 65, 55,
        300, 293, 334, 296, 336, 276, 283, 282, 295, 285,
    ),
    "jaw": (152, 148, 377, 176, 400, 149, 378, 150, 379, 136, 365, 172, 397, 58, 288, 132, 361),
}  # fmt: skip
"""Regions that residuals are reported for."""

NEEDED: Final = tuple(sorted({
    *INNER_UPPER, *INNER_LOWER, OUTER_UPPER[0], OUTER_UPPER[-1], *EYE_CORNERS,
    *(row[i] for row in (*LID_UPPER, *LID_LOWER) for i in range(2, 7)),
}))  # fmt: skip
"""Points without which nothing can be tracked."""


def places(index: NDArray[np.int64], wanted: tuple[int, ...]) -> NDArray[np.int64]:
    """Rows in `index` (P,) of the `wanted` points that it holds, in the order of `wanted`."""
    row = {int(point): i for i, point in enumerate(index)}
    return np.array([row[point] for point in wanted if point in row], np.int64)


def pairs(
    index: NDArray[np.int64], first: tuple[int, ...], second: tuple[int, ...]
) -> NDArray[np.int64]:
    """(N, 2) rows in `index` of points that face each other, where it holds both."""
    row = {int(point): i for i, point in enumerate(index)}
    both = [(row[a], row[b]) for a, b in zip(first, second, strict=True)
            if a != b and a in row and b in row]  # fmt: skip
    return np.array(both, np.int64).reshape(-1, 2)
