"""FACEGOOD's animated curves (116 channels of its own rig at 30 fps) -> ARKit weights in time.

The mapping published with the data leaves out its most active channel. This one was found anew:
channels whose name states a geometry were taken at it, and the others by the phones they go with,
as the speech encoder hears them; amplitudes were set by the opening that our talker,
trained on filmed lips, gives the same recordings. Only the mouth is animated.

Evidence, mean activation in the phones that the encoder is sure of, over 10.9 minutes:
mouth_oh_c 0.23 in u-like and 0.17 in o-like vowels, at most 0.10 elsewhere: rounding, no opening;
mouth_oo_c goes with mouth_pucker (r = 0.54); mouth_stretch_c 0.15 to 0.25 in vowels: the jaw;
mouth_funnel 0.14 in sh-like sounds, 0.10 in s-like ones, at most 0.08 elsewhere; mouth_suck_d most
in f, v; mouth_suck_u and mouth_press in p, b, m, where one of them is active in 81 % of sure frames
and in 3 % of others: they close the lips.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import INDEX
from avitalk.errors import InputError
from avitalk.types import Motion
from avitalk.types.frames import between_frames

Array = NDArray[np.float64]

FPS: Final = 30.0
LATE_S: Final = 0.04
"""The curves trail the sound by this much: jaw, rounding and closures all fit the phones best when
read 40 ms later than their time says (20 to 40 ms in each of the seven clips)."""
JAW_SHARE: Final = 0.54
"""jawOpen at 1.0 of mouth_stretch_c: 16.9 mm a unit against 31.3 mm of our jaw."""
CLOSED_AT: Final = 0.08
"""Suck of the upper lip, or press, at which the lips are shut."""

MIXES: Final[dict[str, dict[str, float]]] = {
    "jawOpen": {"mouth_stretch_c": JAW_SHARE},
    "mouthFunnel": {
        "mouth_funnel_dl": 0.2, "mouth_funnel_dr": 0.2, "mouth_funnel_ul": 0.2,
        "mouth_funnel_ur": 0.2, "mouth_oh_c": 0.25, "mouth_oo_c": 0.2,
    },
    "mouthPucker": {
        "mouth_pucker_l": 0.4, "mouth_pucker_r": 0.4, "mouth_oh_c": 0.45, "mouth_oo_c": 0.6,
    },
    "mouthSmileLeft": {"mouth_lipCornerPull_l": 1.0},
    "mouthSmileRight": {"mouth_lipCornerPull_r": 1.0},
    "mouthStretchLeft": {"mouth_lipStretch_l": 1.0},
    "mouthStretchRight": {"mouth_lipStretch_r": 1.0},
    "mouthRollLower": {"mouth_suck_dl": 0.9, "mouth_suck_dr": 0.9},
    "mouthRollUpper": {"mouth_suck_ul": 0.5, "mouth_suck_ur": 0.5},
    "mouthShrugUpper": {"mouth_chinRaise_u": 1.0},
    "mouthPressLeft": {"mouth_press_l": 1.0},
    "mouthPressRight": {"mouth_press_r": 1.0},
    "mouthLowerDownLeft": {"mouth_lowerLipDepress_l": 1.0},
    "mouthLowerDownRight": {"mouth_lowerLipDepress_r": 1.0},
    "mouthUpperUpLeft": {"mouth_upperLipRaise_l": 1.0},
    "mouthUpperUpRight": {"mouth_upperLipRaise_r": 1.0},
}  # fmt: skip
"""ARKit shape -> channels and their shares. mouthClose comes from what closes the lips."""
CLOSERS: Final = ("mouth_suck_ul", "mouth_suck_ur", "mouth_press_l", "mouth_press_r")
LEFT_OUT: Final = ("tooth_d_d",)
"""Active now and then, with no phones of its own and no counterpart in ARKit."""


@dataclass(frozen=True, slots=True)
class AnimatedClip:
    """One recording and its mouth."""

    clip_id: str
    motion: Motion
    """30 fps, mouth only, in time with the sound."""


def arkit_from_channels(names: list[str], values: Array) -> Array:
    """(F, 116) channels at 30 fps -> (F, 52) weights, moved into time with the sound.

    Raises InputError if a channel that is used is missing.
    """
    column = {name: i for i, name in enumerate(names)}
    used = {channel for mix in MIXES.values() for channel in mix} | set(CLOSERS)
    missing = sorted(used - set(column))
    if missing:
        raise InputError(f"FACEGOOD channels: '{missing[0]}' is missing")
    late = np.arange(len(values)) + LATE_S * FPS
    values = between_frames(np.clip(values, 0, 1), late)
    weights = np.zeros((len(values), 52))
    for shape, mix in MIXES.items():
        for channel, share in mix.items():
            weights[:, INDEX[shape]] += share * values[:, column[channel]]
    closing = values[:, [column[channel] for channel in CLOSERS]].max(axis=1)
    share = np.clip(closing / CLOSED_AT, 0, 1)
    shut = share * share * (3 - 2 * share)
    weights[:, INDEX["mouthClose"]] = shut * weights[:, INDEX["jawOpen"]]
    for shape in ("mouthFunnel", "mouthLowerDownLeft", "mouthLowerDownRight",
                  "mouthUpperUpLeft", "mouthUpperUpRight"):  # fmt: skip
        weights[:, INDEX[shape]] *= 1 - shut
    return np.clip(weights, 0, 1)


def read_facegood(folder: Path) -> list[AnimatedClip]:
    """All clips of a prepared folder with `blendshapes.npz`; InputError if there is none."""
    path = folder / "blendshapes.npz"
    if not path.is_file():
        raise InputError(f"{path}: not found")
    clips = []
    with np.load(path) as stored:
        names = [str(name) for name in stored["names"]]
        for key in stored.files:
            if key != "names":
                weights = arkit_from_channels(names, stored[key].astype(np.float64))
                still = Motion.still(len(weights), FPS)
                clips.append(AnimatedClip(key, still.with_weights(weights.astype(np.float32))))
    return clips
