"""Paint on the skin: lips, lid edges, the inside of mouth and eye sockets, stubble on the scalp."""

from typing import Final

import numpy as np

from avitalk.face.head import PARTS
from avitalk.train.head import paint
from avitalk.train.head.half import Half
from avitalk.train.head.points import CONTACT_X, CONTACT_Z, CORNER
from avitalk.train.head.scans import FACE_GROUPS, Ints

RED_RINGS: Final = 8
"""Rings of the lips, from the contact line, that are red."""
LOWEST_HAIR: Final = -6.3
"""No hair grows below, scan units."""
HAIRLINE_REACH: Final = 0.9
"""Distance from the hairline over which the layer of stubble grows from 0 to 1."""
# Darkness of the rings of lashes from the wet edge outward.
LID_DARKNESS: Final = {"upper": (0.8, 0.97, 0.9, 0.3), "lower": (0.15, 0.6, 0.3)}


def paint_all(half: Half, group: Ints) -> None:
    """Layers, roughness and part of every skin vertex."""
    noise = np.random.default_rng(3).normal(size=len(half.points))
    half.paint, half.roughness = paint.paint_skin(half.points, noise)
    names = list(FACE_GROUPS)
    bag = group == names.index("mouth_socket")
    half.part[bag] = PARTS.index("mouth")
    half.paint[bag] = paint.blank(1)
    half.roughness[bag] = 0.3
    socket = group == names.index("eye_socket")
    half.paint[socket] = paint.blank(1)
    paint.layer(half.paint, "wet")[socket] = 1.0
    _paint_lips(half)
    _paint_lids(half)
    bare = (half.part != PARTS.index("skin")) | (half.points[:, 1] < LOWEST_HAIR)
    # A distance rather than a share: its contours are straight between far vertices too.
    scalp = 0.5 + paint.inside_hair(half.points) / (2 * HAIRLINE_REACH)
    paint.layer(half.paint, "stubble")[:] = np.where(bare, 0, scalp.clip(0, 1))


def _paint_lips(half: Half) -> None:
    red, deep = paint.layer(half.paint, "lip"), paint.layer(half.paint, "lip_inner")
    x, y, z = half.points.T
    behind = np.interp(x, CONTACT_X, CONTACT_Z) - z
    pocket = (x < CORNER[0] + 0.02) & (np.abs(y - CORNER[1]) < 0.6) & (behind > 0.02) & (z > 8)
    pocket &= half.part == PARTS.index("skin")
    half.part[pocket] = PARTS.index("lips")
    half.paint[pocket] = paint.blank(1)
    deep[pocket] = 1.0
    half.roughness[pocket] = 0.3
    for name, loop in half.loops.items():
        if not name.startswith("lip_"):
            continue
        ring = name.rsplit("_", 1)[1]
        half_way = 0.0
        if ring.startswith("in"):
            tone = 0.6 + 0.2 * int(ring[2:])
        elif int(ring) < RED_RINGS - 1:
            tone = max(0.0, 0.5 - 0.25 * int(ring))
        elif int(ring) == RED_RINGS - 1:
            tone, half_way = 0.0, 0.35
        else:
            continue
        half.part[loop] = PARTS.index("lips")
        half.roughness[loop] = 0.43
        half.paint[loop] = paint.blank(1)
        red[loop], deep[loop] = 1.0 - half_way, tone


def _paint_lids(half: Half) -> None:
    for lid, darkness in LID_DARKNESS.items():
        wet = half.loops[f"lid_{lid}_0"]
        half.paint[wet] = paint.blank(1)
        paint.layer(half.paint, "wet")[wet] = 1.0
        half.roughness[wet] = 0.2
        for ring, strength in enumerate(darkness):
            loop = half.loops[f"lid_{lid}_{ring}"]
            # No lashes in the inner corner.
            share = strength * np.minimum(1.0, np.arange(len(loop)) / 3)
            paint.layer(half.paint, "lash")[loop] = share
