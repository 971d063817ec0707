"""Another identity from the head's file: modes added, then lids and eyeballs fitted to each other.

Works on the left half, in metres. Lips need no repair: paired vertices move alike in every mode.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from avitalk.face import lids
from avitalk.face.head import PARTS
from avitalk.face.identity import Identity

Array = NDArray[np.float32]
SKIN: Final = PARTS.index("skin")
EYE: Final = PARTS.index("eye_left")
FIT_ROUNDS: Final = 4
"""Times that lids are made to meet and lifted off the eyeball in turn."""


class Mixed(NamedTuple):
    """The left half of a face."""

    vertices: Array
    """(H, 3)."""
    shapes: Array
    """(52, H, 3)."""
    eye_pivot: Array
    """(3,)."""
    neck_pivot: Array
    """(3,)."""


def mix(half: dict[str, NDArray[Any]], identity: Identity) -> Mixed:
    """Vertices, shapes and pivots of `identity`; `half` holds the arrays of the head's file."""
    shapes = half["shapes"].astype(np.float32) * half["shape_steps"][:, None, None]
    vertices, eye, neck = half["vertices"], half["eye_pivot"], half["neck_pivot"]
    amounts = identity.vector
    if np.any(amounts):
        steps = amounts * half["mode_steps"]
        used = np.flatnonzero(steps)
        seam = vertices[:, 0] == 0
        vertices = vertices + np.tensordot(steps[used], half["modes"][used].astype(np.float32), 1)
        vertices[seam, 0] = 0.0
        # No vertex may cross the midline or fall onto it: the mirror image must stay apart.
        vertices[~seam, 0] = np.maximum(vertices[~seam, 0], 1e-6)
        eye = (eye + amounts @ half["eye_pivot_modes"]).astype(np.float32)
        neck = (neck + amounts @ half["neck_pivot_modes"]).astype(np.float32)
        blinks = half["blink_mode_steps"] * amounts
        wider = np.tensordot(blinks[used], half["blink_modes"][used].astype(np.float32), 1)
        _fit_lids(half, vertices, shapes, eye, wider)
    if identity.scale != 1:
        factor = np.float32(identity.scale)
        vertices, shapes = vertices * factor, shapes * factor
        eye, neck = eye * factor, neck * factor
    return Mixed(vertices, shapes, eye, neck)


def _fit_lids(
    half: dict[str, NDArray[Any]], vertices: Array, shapes: Array, centre: Array, wider: Array
) -> None:
    """Give the eyeball the size its lids ask for, lids a blink that closes them; in place.

    `wider` is what the identity adds to the blink of the rows `blink_rows`.
    """
    pairs = [
        np.concatenate([half[f"wet_{lid}"], half[f"lid_{lid}"]]).astype(np.int64)
        for lid in ("upper", "lower")
    ]
    apart = pairs[0] != pairs[1]
    edges = np.unique(np.concatenate(pairs))
    radius = lids.eye_radius(vertices[edges].astype(np.float64), centre)
    ball = half["part"] == EYE
    vertices[ball] = centre + (vertices[ball] - centre) * (radius / float(half["eye_radius"][0]))
    skin = np.flatnonzero(half["part"] == SKIN)
    near = skin[lids.about_eye(vertices[skin].astype(np.float64), centre, radius)]
    near = np.union1d(near, half["blink_rows"].astype(np.int64))
    place = np.full(len(vertices), -1)
    place[near] = np.arange(len(near))
    upper, lower = (place[lid[apart]] for lid in pairs)
    before = half["vertices"][near].astype(np.float64)
    moves = shapes[np.ix_(np.array(lids.LID_ROWS), near)].astype(np.float64)
    share = lids.closure(before, moves, upper, lower)
    share[0] = 1.0
    moves[:, place[half["blink_rows"]]] += share[:, None, None] * wider
    rest = vertices[near].astype(np.float64)
    hairless = half["part"][near] == SKIN
    clear = radius + lids.CLEARANCE_M
    lifted = rest[hairless]
    lids.lift_rest(lifted, centre, clear)
    rest[hairless] = lifted
    weights = lids.mixtures(share)
    for _ in range(FIT_ROUNDS):
        lids.even_out(rest, moves, share, upper, lower)
        some = moves[:, hairless]
        lids.lift_moves(lifted, some, weights, centre, clear, rounds=1)
        moves[:, hairless] = some
    lids.even_out(rest, moves, share, upper, lower)
    vertices[near] = rest
    shapes[np.ix_(np.array(lids.LID_ROWS), near)] = moves
