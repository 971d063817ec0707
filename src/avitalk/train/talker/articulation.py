"""What each phone asks of the mouth, as ARKit weights: priors that steer the fit where the tracked
lips leave it open (pressing, rolling, rounding, tongue), and the start of the table for phones
that no tracked recording holds.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.speech.phones import PHONE_INDEX, PHONES
from avitalk.talker.shapes import COLUMN, SHAPES

_ASKED: Final[dict[str, dict[str, float]]] = {
    "P B M": {"mouthPress": 0.25, "mouthRollLower": 0.1, "mouthRollUpper": 0.1},
    "F V": {"mouthRollLower": 0.6, "mouthUpperUp": 0.25, "mouthShrugUpper": 0.05, "jawOpen": 0.02},
    "TH DH": {"tongueOut": 0.15, "jawOpen": 0.06},
    "S Z": {"mouthStretch": 0.12, "jawForward": 0.05, "mouthSmile": 0.05},
    "SH ZH CH JH": {"mouthFunnel": 0.45, "mouthPucker": 0.25, "jawForward": 0.08},
    "R": {"mouthFunnel": 0.25, "mouthPucker": 0.1},
    "ER": {"mouthFunnel": 0.2, "mouthPucker": 0.1, "jawOpen": 0.08},
    "W": {"mouthPucker": 0.75, "mouthFunnel": 0.2},
    "UW": {"mouthPucker": 0.65, "mouthFunnel": 0.35},
    "UH": {"mouthFunnel": 0.3, "mouthPucker": 0.2, "jawOpen": 0.06},
    "OW": {"mouthFunnel": 0.45, "mouthPucker": 0.35, "jawOpen": 0.12},
    "OY": {"mouthFunnel": 0.35, "mouthPucker": 0.15, "jawOpen": 0.14},
    "AO": {"mouthFunnel": 0.3, "jawOpen": 0.2},
    "AA": {"jawOpen": 0.28},
    "AE": {"jawOpen": 0.24, "mouthStretch": 0.08},
    "AH": {"jawOpen": 0.15},
    "AY": {"jawOpen": 0.22},
    "AW": {"jawOpen": 0.22, "mouthFunnel": 0.15},
    "EH": {"jawOpen": 0.14, "mouthStretch": 0.08},
    "EY": {"jawOpen": 0.1, "mouthStretch": 0.15, "mouthSmile": 0.1},
    "IH": {"jawOpen": 0.07, "mouthStretch": 0.1},
    "IY": {"jawOpen": 0.05, "mouthStretch": 0.25, "mouthSmile": 0.2},
    "Y": {"jawOpen": 0.05, "mouthStretch": 0.12, "mouthSmile": 0.08},
}


def asked_weights() -> NDArray[np.float64]:
    """(P, K) prior weights of `SHAPES` for each phone of `PHONES`; zero where nothing is asked."""
    table = np.zeros((len(PHONES), len(SHAPES)))
    for phones, weights in _ASKED.items():
        for phone in phones.split():
            for shape, weight in weights.items():
                table[PHONE_INDEX[phone], COLUMN[shape]] = weight
    return table


_LEAN: Final[dict[str, float]] = {
    "F V": 0.7, "W UW": 0.65, "OW OY UH AO SH ZH CH JH": 0.45, "R ER": 0.25, "IY Y": 0.45,
    "EY": 0.3,
}  # fmt: skip
"""How far the tracked lips are moved towards what the phone asks: the one speaker filmed hardly
rounds and spreads his lips, and a camera at 25 fps does not see his lower lip under the teeth.
"""


def lean_shares() -> NDArray[np.float64]:
    """(P,) share of `asked_weights` in the lips of each phone; the rest is as tracked."""
    shares = np.zeros(len(PHONES))
    for phones, share in _LEAN.items():
        shares[[PHONE_INDEX[phone] for phone in phones.split()]] = share
    return shares


_STIFFNESS: Final[dict[str, float]] = {
    "jawOpen": 8, "mouthClose": 8, "mouthLowerDown": 40, "mouthUpperUp": 40,
    "mouthPucker": 90, "mouthStretch": 90, "mouthSmile": 80, "mouthFunnel": 250,
    "mouthRollLower": 160, "mouthRollUpper": 120, "mouthPress": 60, "mouthShrugLower": 120,
    "mouthShrugUpper": 150, "mouthFrown": 200, "mouthDimple": 200, "jawForward": 250,
    "tongueOut": 3000,
}  # fmt: skip
"""How hard a shape is held to what the phone asks, in mm^2 of squared error summed over the lips.
Jaw, spread and rounding follow the tracked lips; a camera in front cannot see the tongue, and
frowns, shrugs and flared lips are not how people open their mouths for vowels.
"""


def stiffness() -> NDArray[np.float64]:
    """(K,) pull of each shape to its prior."""
    return np.array([_STIFFNESS[name] for name in SHAPES])
