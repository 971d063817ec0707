"""An avatar's file in, what the page has to know to show and drive it out."""

import warnings
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from avitalk.arkit import ARKIT_52, REGIONS
from avitalk.errors import InputError
from avitalk.face.avatar.avatar import Avatar, open_avatar
from avitalk.face.avatar.check import inspect_avatar
from avitalk.face.avatar.controls import target_names
from avitalk.face.gltf import reading
from avitalk.face.library import find_face
from avitalk.face.source import UNSTATED
from avitalk.studio import schemas

PICTURES: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)
ABOUT_VISEMES: Final = (
    "its mouth has visemes: the page shows them approximately, exported files find them exactly"
)


def describe(path: Path, name: str, key: str, url: str) -> schemas.Avatar:
    """Read an avatar and say what drives what.

    Raises InputError if the file cannot be read, or its mouth cannot be driven.
    """
    with reading(str(path)), warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            find_face(path)  # all that an export will do, before anybody counts on it
            avatar = open_avatar(path)
            found = inspect_avatar(avatar)
        except PICTURES as error:
            raise InputError(f"{path}: one of its pictures is too large to be drawn") from error
        binding = bound(avatar)
    drives = {name for each in binding for name in each.weights}
    visemes = (ABOUT_VISEMES,) if avatar.wiring.visemes else ()
    licence = avatar.source.licence
    return schemas.Avatar(
        id=key,
        name=name,
        licence=None if licence == UNSTATED else licence,
        drives=[shape for shape in ARKIT_52 if shape in drives],
        missing=list(found.missing),
        notes=[*found.warnings, *visemes],
        binding=binding,
        url=url,
    )


def bound(avatar: Avatar) -> list[schemas.Bound]:
    """Each morph target that is driven, with what it takes of each ARKit weight."""
    gains, offsets = _linear(avatar)
    sums: dict[tuple[int, int], np.ndarray] = {}
    rests: dict[tuple[int, int], float] = {}
    for row, target in enumerate(avatar.binding.targets):
        for mesh, number, weight in avatar.moves(target):
            place = mesh, number
            sums[place] = sums.get(place, np.zeros(len(ARKIT_52))) + weight * gains[row]
            rests[place] = rests.get(place, 0.0) + weight * float(offsets[row])
    meshes = avatar.file.items("meshes")
    return [
        schemas.Bound(
            mesh=str(meshes[mesh].get("name") or f"mesh{mesh}"),
            target=target_names(avatar.file, meshes[mesh], mesh)[number],
            mesh_index=mesh,
            target_index=number,
            weights={
                shape: round(float(gain), 4)
                for shape, gain in zip(ARKIT_52, sums[mesh, number], strict=True)
                if abs(gain) >= 1e-4
            },
            offset=round(rests[mesh, number], 4),
        )
        for mesh, number in sorted(sums)
    ]


def _linear(avatar: Avatar) -> tuple[np.ndarray, np.ndarray]:
    """(K, 52) gains and (K,) offsets; for visemes, how they answer to each shape alone."""
    binding = avatar.binding
    if binding.fit is None:
        return binding.gains, binding.offsets
    rest = binding.apply(np.zeros(len(ARKIT_52)))
    gains = np.array(binding.gains, np.float64)
    for shape in REGIONS["mouth"]:
        alone = np.zeros(len(ARKIT_52))
        alone[shape] = 1.0
        gains[:, shape] = binding.apply(alone) - rest
    return gains, rest
