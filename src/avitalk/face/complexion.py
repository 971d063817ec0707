"""Complexions: the colours of a person, and a painted head recoloured with them.

The default head carries, for each vertex, shares of layers of pigment (`Head.paint`); a Complexion
says which colours these layers have.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face.parts import PARTS

if TYPE_CHECKING:
    from avitalk.face.head import Head

Array = NDArray[np.float32]
Colour = tuple[float, float, float]

PIGMENTS: Final = (
    "tone", "blush", "shade", "lip", "lip_inner", "beard", "stubble", "brow", "lash", "wet",
    "freckle", "iris", "collarette", "pupil", "veins",
)  # fmt: skip
"""Layers of `Head.paint`, in the order they are laid on; "tone" is a factor, 0.5 for none."""


def linear(code: str) -> Colour:
    """Linear RGB of '#rrggbb' (IEC 61966-2-1)."""
    c = np.frombuffer(bytes.fromhex(code.lstrip("#")), np.uint8) / 255
    r, g, b = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(r), float(g), float(b)


# What does not differ much between people.
MOUTH: Final = linear("#78302f")
GUM: Final = linear("#b8605f")
TOOTH: Final = linear("#e6decd")
TONGUE: Final = linear("#b9605f")
SCLERA: Final = linear("#d9d2cb")
VEINS: Final = linear("#c79a8e")
PUPIL: Final = linear("#060607")
COLLARETTE: Final = linear("#a07c4e")

# A person of the middle of the range.
SKIN: Final = linear("#d8a78f")
LIPS: Final = linear("#b4716a")
HAIR: Final = linear("#3d2a1e")
BROW: Final = linear("#3a281d")
IRIS: Final = linear("#587384")
GARMENT: Final = linear("#3d4f63")


@dataclass(frozen=True)
class Complexion:
    """Colours of a person, linear RGB in [0, 1]; strengths in [0, 1]."""

    skin: Colour = SKIN
    lips: Colour = LIPS
    hair: Colour = HAIR
    brow: Colour = BROW
    iris: Colour = IRIS
    garment: Colour = GARMENT
    hairstyle: str = "short"
    """A name of the head's wardrobe, see `face.wardrobe`."""
    blush: float = 0.55
    """Blood in cheeks, nose and ears."""
    freckles: float = 0.12
    beard: float = 0.0
    """Shadow of a shaved beard."""
    grey: float = 0.0
    """Share of the hair that has turned grey."""
    age: float = 0.0
    """Darker rings, paler lips; 0 young, 1 old."""

    def __post_init__(self) -> None:
        for name in ("skin", "lips", "hair", "brow", "iris", "garment"):
            colour = getattr(self, name)
            if len(colour) != 3 or not all(0 <= c <= 1 for c in colour):
                raise InputError(f"{name} must be linear RGB in [0, 1], got {colour}")
        for name in ("blush", "freckles", "beard", "grey", "age"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name} must lie in [0, 1], got {getattr(self, name)}")

    @property
    def stubble(self) -> Colour:
        """Shaved hair under the skin's surface."""
        return _towards(self.hair_greyed, self.skin, 0.08)

    @property
    def hair_greyed(self) -> Colour:
        """The hair's mean colour, grey ones among it."""
        return _towards(self.hair, linear("#b9b6b1"), self.grey)


COMPLEXIONS: Final[dict[str, Complexion]] = {
    "default": Complexion(),
    "porcelain": Complexion(
        skin=linear("#e6bda6"), lips=linear("#c47a76"), hair=linear("#7c4a31"),
        brow=linear("#7a4526"), iris=linear("#6f8a62"), garment=linear("#4a5d52"),
        freckles=0.7, blush=0.75,
    ),
    "fair": Complexion(
        skin=linear("#deb097"), lips=linear("#bf7370"), hair=linear("#a48c68"),
        brow=linear("#7d6140"), iris=linear("#5f8db5"), garment=linear("#7c8894"), freckles=0.2,
    ),
    "rosy": Complexion(
        skin=linear("#d6a089"), lips=linear("#b0686a"), hair=linear("#5d4632"),
        brow=linear("#4a382a"), iris=linear("#7d8c80"), garment=linear("#6b3a3f"),
        blush=0.85, grey=0.25, age=0.5,
    ),
    "olive": Complexion(
        skin=linear("#be9478"), lips=linear("#a2635a"), hair=linear("#1d1512"),
        brow=linear("#1d1512"), iris=linear("#7a5a34"), garment=linear("#d0ccc4"),
        freckles=0.0, beard=0.35,
    ),
    "tan": Complexion(
        skin=linear("#a97d60"), lips=linear("#99594f"), hair=linear("#15100e"),
        brow=linear("#15100e"), iris=linear("#5a3a20"), garment=linear("#35506b"), freckles=0.0,
    ),
    "brown": Complexion(
        skin=linear("#845d48"), lips=linear("#84493f"), hair=linear("#0f0b0a"),
        brow=linear("#0f0b0a"), iris=linear("#3f2616"), garment=linear("#b8893a"),
        freckles=0.0, blush=0.4,
    ),
    "deep": Complexion(
        skin=linear("#573a2b"), lips=linear("#66382f"), hair=linear("#0b0908"),
        brow=linear("#0b0908"), iris=linear("#2c1a10"), garment=linear("#8f9aa6"), hairstyle="buzz",
        freckles=0.0, blush=0.3,
    ),
    "silver": Complexion(
        skin=linear("#d2a58c"), lips=linear("#ab6d66"), hair=linear("#a9a6a2"),
        brow=linear("#85807a"), iris=linear("#64839c"), garment=linear("#2f3a48"),
        freckles=0.3, grey=0.6, age=1.0,
    ),
}  # fmt: skip
"""Named complexions, over the range of human skin."""


def complexion_named(name: str) -> Complexion:
    """Look up a complexion. Raises InputError naming the choices."""
    if name not in COMPLEXIONS:
        raise InputError(f"unknown complexion {name!r}; available: {', '.join(COMPLEXIONS)}")
    return COMPLEXIONS[name]


def recoloured(head: "Head", complexion: Complexion) -> "Head":
    """`head` in other colours. Raises InputError for a head without layers of paint."""
    if head.paint is None:
        raise InputError(f"head '{head.name}' has no layers of paint: it cannot be recoloured")
    return replace(head, colour=painted(head.part, head.paint, complexion), complexion=complexion)


def painted(part: NDArray[np.uint8], paint: Array, complexion: Complexion) -> Array:
    """(V, 3) linear colours of vertices of `part` (V,) with layers `paint` (V, P)."""
    c = complexion
    skin = np.array(c.skin)
    layer: dict[str, NDArray[np.float64]] = dict(
        zip(PIGMENTS, paint.T.astype(np.float64), strict=True)
    )
    base = {
        "skin": skin, "lips": skin, "mouth": MOUTH, "gums": GUM, "teeth_upper": TOOTH,
        "teeth_lower": TOOTH, "tongue": TONGUE, "eye_left": SCLERA, "eye_right": SCLERA,
        "lashes": _towards(c.brow, (0.004, 0.003, 0.003), 0.9),
        "hair": c.hair_greyed, "garment": c.garment,
    }  # fmt: skip
    colour = np.array([base[name] for name in PARTS])[part]
    bare = part != PARTS.index("hair")
    # Stubble is stored as a distance to the hairline.
    near = np.clip((layer["stubble"] - 0.4) / 0.25, 0, 1)
    layer["stubble"] = near * near * (3 - 2 * near)
    old = 0.25 * c.age
    over = {
        "blush": (skin * (1.0, 0.60, 0.56), c.blush),
        "shade": (skin * (0.66, 0.52, 0.47), 0.8 + old),
        "lip": (np.array(_towards(c.lips, c.skin, old)), 1.0),
        "lip_inner": (np.array(c.lips) * (0.62, 0.40, 0.42), 1.0),
        "beard": (skin * (0.50, 0.54, 0.58), c.beard),
        "stubble": (np.array(c.stubble), 0.35 if c.hairstyle == "shaved" else 0.8),
        "brow": (np.array(c.brow), 1.0),
        "lash": (np.array((0.012, 0.009, 0.008)), 1.0),
        "wet": (skin * (0.95, 0.58, 0.52), 1.0),
        "iris": (np.array(c.iris), 1.0),
        "collarette": (0.5 * (np.array(c.iris) + COLLARETTE), 1.0),
        "pupil": (np.array(PUPIL), 1.0),
        "veins": (np.array(VEINS), 1.0),
    }
    for name, (pigment, strength) in over.items():
        share = (strength * layer[name] * bare)[:, None]
        colour = colour * (1 - share) + share * pigment
    return np.clip(colour * (2 * layer["tone"])[:, None], 0, 1).astype(np.float32)


def _towards(a: Colour, b: Colour, share: float) -> Colour:
    x, y, z = (p + share * (q - p) for p, q in zip(a, b, strict=True))
    return x, y, z
