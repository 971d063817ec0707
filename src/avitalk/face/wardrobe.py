"""Hair and clothes: what a bare head puts on, whichever person's it is.

A head's file holds several hairstyles and one garment as meshes of the whole head, without shapes.
Each vertex goes with the skin near it, so that it fits other identities.
"""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face.complexion import PIGMENTS
from avitalk.face.head import PARTS, Array, Head
from avitalk.face.mesh import vertex_normals

HAIRSTYLES: Final = ("short", "bob", "bun", "buzz", "shaved")
GARMENT: Final = "garment"

Arrays = dict[str, NDArray[Any]]


def dressed(bare: Head, neutral: Array, file: Arrays, hairstyle: str) -> Head:
    """`bare` with hair and garment; their rows follow its own.

    `neutral` (B, 3): vertices of the bare default head, on which the meshes of `file` sit. Raises
    InputError on an unknown hairstyle.
    """
    if hairstyle not in HAIRSTYLES:
        raise InputError(f"unknown hairstyle {hairstyle!r}; available: {', '.join(HAIRSTYLES)}")
    moved = bare.vertices - neutral
    head = _with_cap(bare, file, hairstyle)
    for name, part in ((f"hair_{hairstyle}", "hair"), (GARMENT, "garment")):
        if f"{name}_vertices" in file:
            head = _with_mesh(head, bare, neutral, moved, file, name, part)
    return head


def _with_cap(bare: Head, file: Arrays, hairstyle: str) -> Head:
    """The scalp raised to hair, and darkened where hair keeps the light out."""
    lift = file.get(f"hair_{hairstyle}_lift")
    if lift is None:
        return replace(bare, fibre=np.zeros_like(bare.vertices))
    lift = lift.astype(np.float32)
    part = bare.part.copy()
    part[lift > 5e-4] = PARTS.index("hair")
    normals = vertex_normals(bare.vertices, bare.triangles)
    shade = file[f"hair_{hairstyle}_shade"].astype(np.float32) / 255
    return replace(
        bare,
        vertices=np.asarray(bare.vertices + lift[:, None] * normals, np.float32),
        part=part,
        occlusion=np.asarray(bare.occlusion * shade, np.float32),
        fibre=np.zeros_like(bare.vertices),
    )


def _with_mesh(
    head: Head, bare: Head, neutral: Array, moved: Array, file: Arrays, name: str, part: str
) -> Head:
    """`head` and one mesh of the file more."""

    def column(key: str) -> Array:
        return np.asarray(file[f"{name}_{key}"].astype(np.float32))

    places = column("vertices")
    count = len(places)
    if np.any(moved):
        places = places + _carried(moved, file, name)
    paint = head.paint
    if paint is not None:
        more = np.zeros((count, len(PIGMENTS)), np.float32)
        more[:, PIGMENTS.index("tone")] = column("tone") / 255
        paint = np.concatenate([paint, more])
    fibre = column("fibre") if f"{name}_fibre" in file else np.zeros_like(places)
    triangles = file[f"{name}_triangles"].astype(np.int32) + len(head.vertices)
    return replace(
        head,
        vertices=np.concatenate([head.vertices, places]),
        triangles=np.concatenate([head.triangles, triangles]),
        part=np.concatenate([head.part, np.full(count, PARTS.index(part), np.uint8)]),
        shapes=np.concatenate([head.shapes, np.zeros((52, count, 3), np.float32)], axis=1),
        colour=np.concatenate([head.colour, np.full((count, 3), 0.2, np.float32)]),
        roughness=np.concatenate([head.roughness, np.full(count, 0.8, np.float32)]),
        occlusion=np.concatenate([head.occlusion, column("occlusion") / 255]),
        head_weight=np.concatenate([head.head_weight, column("weight") / 255]),
        paint=paint,
        fibre=np.concatenate([head.fibre, fibre]),
    )


def _carried(moved: Array, file: Arrays, name: str) -> Array:
    """(n, 3) how far a mesh of the file goes with the bare head's vertices, `moved` by (B, 3)."""
    near, share = file[f"{name}_near"], file[f"{name}_near_share"].astype(np.float32)
    return np.asarray(np.einsum("nk,nkd->nd", share, moved[near]), np.float32)
