"""The cast: named faces, each an `Identity` and the name of its complexion.

The people are inventions. The scans carry no labels of age, sex or origin: coefficients were chosen
by looking at pictures of the heads, in the directions that anthropometry reports between groups.
"""

from dataclasses import dataclass
from typing import Final

from avitalk.errors import InputError
from avitalk.face.identity import Identity


@dataclass(frozen=True)
class Face:
    """A member of the cast."""

    about: str
    """Who it is, in a few words."""
    identity: Identity
    complexion: str
    """A name in `avitalk.face.complexion.COMPLEXIONS`."""


CAST: Final[dict[str, Face]] = {
    "ada": Face(
        "woman of about 30",
        Identity({"size": -0.8, "jaw": -0.8, "lips": 0.8, "brow_ridge": -1.2, "nose_width": -0.5}),
        "fair",
    ),
}
"""Name -> face; "default" is not among them."""


def face_named(name: str) -> Face:
    """Look up a member of the cast. Raises InputError naming all heads there are."""
    if name not in CAST:
        raise InputError(f"unknown head {name!r}; available: {['default', *CAST]}")
    return CAST[name]
