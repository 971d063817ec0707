"""Paint on the skin: lips, lid edges, the inside of mouth and eye sockets, and short hair."""

from typing import Final

import numpy as np

from avitalk.face.head import PARTS
from avitalk.train.head import paint
from avitalk.train.head.half import Half
from avitalk.train.head.points import CONTACT_X, CONTACT_Z, CORNER
from avitalk.train.head.scans import FACE_GROUPS, Floats, Ints

RED_RINGS: Final = 8
"""Rings of the lips, from the contact line, that are red."""
# Darkness of the rings of lashes from the wet edge outward.
LID_DARKNESS: Final = {"upper": (0.55, 0.85, 0.25), "lower": (0.1, 0.35, 0.08)}


def paint_all(half: Half, group: Ints, normals: Floats) -> None:
    """Colour, roughness and part of every skin vertex; raises the scalp to hair."""
    noise = np.random.default_rng(3).normal(size=len(half.points))
    half.colour, half.roughness = paint.paint_skin(half.points, noise)
    names = list(FACE_GROUPS)
    bag = group == names.index("mouth_socket")
    half.part[bag] = PARTS.index("mouth")
    half.colour[bag] = paint.linear(paint.MOUTH)
    half.roughness[bag] = 0.3
    half.colour[group == names.index("eye_socket")] = paint.linear(paint.SOCKET)
    _paint_lips(half)
    _paint_lids(half)
    _add_hair(half, normals, noise)


def _paint_lips(half: Half) -> None:
    x, y, z = half.points.T
    behind = np.interp(x, CONTACT_X, CONTACT_Z) - z
    pocket = (x < CORNER[0] + 0.02) & (np.abs(y - CORNER[1]) < 0.6) & (behind > 0.02) & (z > 8)
    pocket &= half.part == PARTS.index("skin")
    half.part[pocket] = PARTS.index("lips")
    half.colour[pocket] = paint.linear(paint.LIP_INNER)
    half.roughness[pocket] = 0.3
    for name, loop in half.loops.items():
        if not name.startswith("lip_"):
            continue
        ring = name.rsplit("_", 1)[1]
        shade = paint.LIP_INNER
        if ring.startswith("in"):
            tone = 0.6 + 0.2 * int(ring[2:])
        elif int(ring) < RED_RINGS - 1:
            tone = max(0.0, 0.5 - 0.25 * int(ring))
        elif int(ring) == RED_RINGS - 1:
            tone, shade = 0.45, paint.SKIN
        else:
            continue
        half.part[loop] = PARTS.index("lips")
        half.roughness[loop] = 0.38
        red = np.tile(paint.linear(paint.LIP), (len(loop), 1))
        half.colour[loop] = paint.blend(red, shade, np.full(len(loop), tone))


def _paint_lids(half: Half) -> None:
    for lid, darkness in LID_DARKNESS.items():
        wet = half.loops[f"lid_{lid}_0"]
        half.colour[wet] = paint.linear(paint.WET_EDGE)
        half.roughness[wet] = 0.25
        for ring, strength in enumerate(darkness):
            loop = half.loops[f"lid_{lid}_{ring}"]
            # No lashes in the inner corner.
            share = strength * np.minimum(1.0, np.arange(len(loop)) / 3)
            half.colour[loop] = paint.blend(half.colour[loop], paint.LASH, share)


def _add_hair(half: Half, normals: Floats, noise: Floats) -> None:
    """Short hair: the scalp is raised within the hairline and painted, with a soft edge."""
    seam = half.points[:, 0] == 0
    y = half.points[:, 1].copy()
    depth = paint.inside_hair(half.points)
    bare = (half.part != PARTS.index("skin")) | (y < -6.3)
    cover = np.where(bare, 0, paint.smooth(-0.3, 0.3, depth))
    hair = cover > 0.5
    top = paint.smooth(4.0, 12.0, y)
    thick = (0.06 + (0.28 + 0.6 * top) * paint.smooth(0.1, 3.0, depth)) * (1 + 0.06 * noise)
    half.points += normals * (thick * cover)[:, None]
    half.points[seam, 0] = 0.0
    half.part[hair] = PARTS.index("hair")
    strand = paint.linear(paint.HAIR) * np.clip(1 + 0.22 * noise, 0.5, 1.6)[:, None]
    half.colour = half.colour * (1 - 0.96 * cover[:, None]) + 0.96 * cover[:, None] * strand
    half.roughness[hair] = 0.8
