"""Whose face: what a page asks for in, a `Head`, or the bytes of its model at rest, out."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from avitalk.errors import InputError
from avitalk.export import export_glb
from avitalk.face import Head
from avitalk.face.cast import CAST
from avitalk.face.cast import Face as CastFace
from avitalk.face.complexion import Complexion
from avitalk.face.identity import LIMIT, MODES, SCALES, Identity
from avitalk.face.library import find_face
from avitalk.face.store import head_of, load_head
from avitalk.studio.problems import Refusal
from avitalk.studio.schemas import Face
from avitalk.types import Motion
from avitalk.version import __version__

MOST_MODELS: Final = 8  # of 6 MB each
LABELS: Final = {
    "size": "Size", "width": "Width", "length": "Length", "jaw": "Jaw", "chin": "Chin",
    "lips": "Lips", "nose_width": "Nose, width", "nose_length": "Nose, length",
    "nose_tip": "Nose, tip", "bridge": "Nose, bridge", "mouth_width": "Mouth, width",
    "eye_opening": "Eyes, opening", "eye_spacing": "Eyes, spacing", "brow_ridge": "Brow ridge",
    "cheeks": "Cheeks", "rest_1": "Shape 1", "rest_2": "Shape 2", "rest_3": "Shape 3",
    "age": "Age",
}  # fmt: skip
"""Identity modes in words."""

assert set(LABELS) == set(MODES)


def identity_of(face: Face) -> Identity:
    """The shape of a built-in face; `face.modes` are added to those of the face of that name.

    Raises InputError for an unknown name.
    """
    base = _named(face.name).identity
    coefficients = dict(base.coefficients)
    for mode, value in face.modes.items():
        coefficients[mode] = min(max(coefficients.get(mode, 0.0) + value, -LIMIT), LIMIT)
    return Identity(coefficients, min(max(base.scale * face.scale, SCALES[0]), SCALES[1]))


def head_for(face: Face, avatars: Mapping[str, Path]) -> Head:
    """The head that performs a document; `avatars` are the files of the session's by id.

    Raises InputError for an unknown name, Refusal (404) for an unknown avatar.
    """
    if face.avatar is not None:
        if face.avatar not in avatars:
            raise Refusal(404, "This avatar is not in this session; add its file again.")
        return find_face(avatars[face.avatar])
    name = face.name or "default"
    if not face.modes and face.scale == 1:
        _named(name)
        return load_head(name)
    return head_of(identity_of(face), _named(name).complexion, name=name)


def key_of(face: Face) -> str:
    """What tells the models of two built-in faces apart. Raises InputError for an unknown name."""
    identity = identity_of(face)
    told = (__version__, face.name or "default", sorted(identity.coefficients.items()))
    return hashlib.sha256(repr((*told, identity.scale)).encode()).hexdigest()[:32]


def model_of(face: Face) -> bytes:
    """The .glb of a built-in face at rest, with its 52 shapes; the last few are kept."""
    return _model(face.model_dump_json())


@lru_cache(maxsize=MOST_MODELS)
def _model(face: str) -> bytes:
    head = head_for(Face.model_validate_json(face), {})
    return export_glb(Motion.still(1, 50.0), head).data


def _named(name: str | None) -> CastFace:
    """A built-in face. Raises InputError for an unknown name."""
    if name is None or name == "default":
        return CastFace("", Identity(), Complexion())
    if name not in CAST:
        raise InputError(f"unknown face '{name}'; available: {', '.join(('default', *CAST))}")
    return CAST[name]
