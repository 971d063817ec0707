"""The cast: named faces, each an `Identity` and a `Complexion`.

The people are inventions. The scans carry no labels of age, sex or origin: coefficients were chosen
by looking at pictures of the heads, in the directions that anthropometry reports between groups.
"""

from dataclasses import dataclass, replace
from typing import Final

from avitalk.errors import InputError
from avitalk.face.complexion import COMPLEXIONS, Complexion
from avitalk.face.identity import Identity


@dataclass(frozen=True)
class Face:
    """A member of the cast."""

    about: str
    """Who it is, in a few words."""
    identity: Identity
    complexion: Complexion


CAST: Final[dict[str, Face]] = {
    "ada": Face(
        "woman of about 30, northern European",
        Identity({
            "size": -1.1, "jaw": -1.0, "brow_ridge": -1.3, "lips": 0.9, "nose_width": -0.9,
            "nose_length": -0.5, "nose_tip": -0.4, "eye_opening": 1.0, "chin": -0.2, "cheeks": 0.4,
            "rest_1": 0.6,
        }),
        replace(COMPLEXIONS["fair"], hairstyle="bob"),
    ),
    "ben": Face(
        "man of about 35, northern European",
        Identity({
            "size": 0.8, "jaw": 1.0, "brow_ridge": 1.2, "chin": 0.8, "lips": -0.9, "bridge": 0.9,
            "nose_tip": 0.6, "nose_width": -0.3, "width": -0.6, "length": 0.8, "rest_2": -0.8,
        }),
        replace(COMPLEXIONS["porcelain"], hairstyle="short"),
    ),
    "mei": Face(
        "woman of about 25, East Asian",
        Identity({
            "size": -1.0, "width": 1.0, "jaw": -0.7, "bridge": -1.9, "nose_tip": -0.8,
            "eye_opening": -0.6, "cheeks": 0.9, "brow_ridge": -1.0, "lips": 0.6, "chin": -0.4,
            "nose_width": 0.3, "mouth_width": -0.8, "age": -0.8,
        }),
        replace(
            COMPLEXIONS["fair"], hairstyle="bob", hair=COMPLEXIONS["tan"].hair,
            brow=COMPLEXIONS["tan"].brow, iris=COMPLEXIONS["brown"].iris, freckles=0.0,
        ),
    ),
    "kenji": Face(
        "man of about 45, East Asian",
        Identity({
            "size": 0.3, "width": 1.5, "jaw": 1.2, "bridge": -1.5, "nose_tip": -0.3, "chin": 0.3,
            "eye_opening": -1.2, "cheeks": 0.4, "nose_width": 0.8, "lips": -0.2, "age": 0.5,
            "length": -0.4,
        }),
        replace(COMPLEXIONS["olive"], hairstyle="short", age=0.3, beard=0.2),
    ),
    "chidi": Face(
        "man of about 40, West African",
        Identity({
            "size": 0.4, "nose_width": 2.2, "lips": 2.2, "bridge": -0.8, "nose_length": -0.6,
            "eye_spacing": 0.8, "chin": -0.5, "jaw": 0.6, "mouth_width": 0.8, "brow_ridge": 0.6,
            "cheeks": -0.3,
        }),
        replace(COMPLEXIONS["deep"], hairstyle="buzz"),
    ),
    "amara": Face(
        "woman of about 25, East African",
        Identity({
            "size": -1.3, "length": 0.6, "jaw": -1.5, "nose_width": 0.8, "lips": 2.0,
            "eye_opening": 1.2, "brow_ridge": -1.4, "width": -0.5, "cheeks": 0.2, "chin": -0.4,
            "nose_tip": -0.5, "mouth_width": -0.3, "age": -0.6,
        }),
        replace(COMPLEXIONS["brown"], hairstyle="bun"),
    ),
    "ravi": Face(
        "man of about 30, South Asian",
        Identity({
            "size": 0.1, "eye_opening": 1.0, "nose_tip": 1.2, "nose_length": 0.9, "lips": 0.8,
            "bridge": 0.7, "brow_ridge": 0.5, "width": -0.4, "jaw": -0.3, "eye_spacing": -0.6,
            "rest_3": 0.8,
        }),
        replace(COMPLEXIONS["tan"], hairstyle="short", beard=0.8),
    ),
    "lucia": Face(
        "woman of about 45, southern European",
        Identity({
            "size": -1.1, "width": 0.3, "jaw": -0.9, "brow_ridge": -1.3, "nose_length": 0.5,
            "nose_tip": 0.5, "bridge": 0.7, "lips": 1.0, "cheeks": 0.8, "mouth_width": 0.6,
            "eye_opening": 0.9, "chin": -0.3, "nose_width": -0.4, "age": 0.6,
        }),
        replace(COMPLEXIONS["olive"], hairstyle="bob", beard=0.0, age=0.4),
    ),
    "walter": Face(
        "man of about 75",
        Identity({
            "size": 0.5, "age": 2.6, "length": 0.9, "brow_ridge": 0.9, "nose_length": 1.1,
            "nose_width": 0.5, "lips": -0.9, "jaw": 0.3, "cheeks": -0.6, "eye_opening": -0.6,
        }),
        replace(COMPLEXIONS["silver"], hairstyle="shaved"),
    ),
    "rosa": Face(
        "woman of about 70",
        Identity({
            "size": -1.3, "age": 2.1, "width": 0.6, "length": -0.5, "jaw": -0.8, "cheeks": 0.9,
            "brow_ridge": -1.3, "nose_width": 0.0, "lips": 0.4, "chin": -0.1, "mouth_width": 0.4,
            "eye_opening": 0.7,
        }),
        replace(COMPLEXIONS["silver"], hairstyle="bob"),
    ),
    "leo": Face(
        "boy of about 9",
        Identity(
            {
                "size": -1.4, "width": 0.8, "length": -1.3, "jaw": -0.1, "nose_length": -0.9,
                "nose_tip": -0.4, "bridge": -0.5, "brow_ridge": -0.9, "cheeks": 1.3,
                "eye_opening": 1.1, "chin": 0.0, "nose_width": -0.6, "lips": 0.1, "age": -0.8,
            },
            scale=0.92,
        ),
        replace(COMPLEXIONS["rosy"], hairstyle="short", grey=0.0, age=0.0, freckles=0.5),
    ),
}  # fmt: skip
"""Name -> face; "default" is not among them."""


def face_named(name: str) -> Face:
    """Look up a member of the cast. Raises InputError naming all heads there are."""
    if name not in CAST:
        raise InputError(f"unknown head {name!r}; available: {['default', *CAST]}")
    return CAST[name]
