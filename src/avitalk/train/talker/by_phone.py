"""From phones to mouth, with coarticulation: learned where lips were tracked, applied where only
the phones are known, so that the talker hears more voices and words than were filmed.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from avitalk.data.clips import Clip, PhoneTime
from avitalk.evaluate.lip_basis import LipBasis
from avitalk.speech.phones import PHONE_INDEX, PHONES, VOWELS
from avitalk.speech.prosody import NAMES, Prosody
from avitalk.talker.network import LipNetwork, TalkerConfig
from avitalk.talker.shapes import COLUMN
from avitalk.train.talker.lessons import Lesson
from avitalk.train.talker.loop import Recipe, train
from avitalk.train.talker.targets import Target, pause_shares, phone_shares

Array = NDArray[np.float64]

STAND_IN: Final[dict[str, str]] = {
    "SH": "CH", "ZH": "JH", "DH": "TH", "NG": "N", "UH": "UW", "ER": "R", "OY": "AO",
}  # fmt: skip
"""Phones that GRID's 51 words lack, or hold too rarely, and whose lips stand in for them."""

EFFORT: Final = 0.8
"""A vowel opens the mouth exp(EFFORT x) times as wide where the voice has energy x between 1 and
3 kHz, in the units of `avitalk.speech.prosody`: the two move together (Chandrasekaran et al. 2009).
The one speaker filmed reads commands and hardly varies; other people's lips are followed better.
"""
USUAL_ENERGY: Final = -0.08
"""Mean of that energy in the vowels of the corpora."""
EFFORT_LIMITS: Final = (0.45, 1.9)
EFFORT_SIGMA_FRAMES: Final = 3.0
OPENERS: Final = [
    COLUMN[name] for name in ("jawOpen", "mouthClose", "mouthLowerDown", "mouthUpperUp")
]
"""What effort acts on: rounding is weakest in that very band, and stays."""
LEAST_OPEN_MM: Final = 2.0
"""Little effort does not make an open mouth smaller than this."""

CONFIG: Final = TalkerConfig(len(PHONES), width=64, dilations=(1, 2, 4, 1, 2), causal_from=99)
RECIPE: Final = Recipe(steps=1200, learning_rate=3e-3, feature_noise=0.05)


def heard_as(phones: Sequence[PhoneTime], frames: int) -> NDArray[np.float32]:
    """(T, P) shares of phones with stand-ins for those the table has not seen; /h/ is left blank:
    its lips are those of its neighbours.
    """
    shares = phone_shares(phones, frames)
    for phone, other in STAND_IN.items():
        shares[:, PHONE_INDEX[other]] += shares[:, PHONE_INDEX[phone]]
        shares[:, PHONE_INDEX[phone]] = 0
    shares[:, PHONE_INDEX["HH"]] = 0
    return shares.astype(np.float32)


def learn(
    clips: Sequence[Clip], targets: dict[str, tuple[Target, Array]], basis: LipBasis
) -> LipNetwork:
    """The table, as a network from phone shares to weights."""
    lessons = [
        Lesson(
            "grid_s1",
            heard_as(clip.phones or (), len(targets[clip.id][1])).astype(np.float16),
            targets[clip.id][1].astype(np.float16),
            targets[clip.id][0].moved[..., :2].astype(np.float16),
        )
        for clip in clips
    ]
    return train(CONFIG, RECIPE, lessons, basis)[0]


@torch.inference_mode()
def applied(table: LipNetwork, phones: Sequence[PhoneTime], frames: int) -> Array:
    """(T, K) weights that a clip of known phones should have; shut in pauses."""
    shares = torch.from_numpy(heard_as(phones, frames))[None]
    weights = table(shares)[0].clamp(0, 1).numpy().astype(np.float64)
    return np.asarray(weights * (1 - pause_shares(phones, frames))[:, None])


@torch.inference_mode()
def with_effort(
    weights: Array, phones: Sequence[PhoneTime], wave: NDArray[np.float32], basis: LipBasis
) -> Array:
    """(T, K) weights that the phones ask for -> what this voice does with them, vowel by vowel.

    wave: (N,) samples at 16 kHz.
    """
    frames = len(weights)
    band = Prosody()(torch.from_numpy(wave)[None])[0, :frames, NAMES.index("1_to_3_khz")].numpy()
    vowels = [PHONE_INDEX[phone] for phone in VOWELS]
    said = phone_shares(phones, frames)[:, vowels].sum(axis=1)
    near = gaussian_filter1d(said, EFFORT_SIGMA_FRAMES)
    energy = gaussian_filter1d((band - USUAL_ENERGY) * said, EFFORT_SIGMA_FRAMES) / (near + 1e-3)
    share = np.clip(near / 0.15, 0, 1)  # fades where no vowel is near
    effort = np.clip(np.exp(EFFORT * energy * share), *EFFORT_LIMITS)
    gap = basis.gap(weights)
    wanted = np.maximum(effort * gap, np.minimum(gap, LEAST_OPEN_MM))
    opening = np.zeros_like(weights)
    opening[:, OPENERS] = weights[:, OPENERS]
    opened = basis.gap(opening)
    scale = 1 + (wanted - gap) / np.maximum(opened, 0.5)
    performed = weights.copy()
    performed[:, OPENERS] *= np.clip(scale, *EFFORT_LIMITS)[:, None]
    return np.asarray(np.clip(performed, 0, 1))
