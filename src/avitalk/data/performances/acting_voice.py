"""Prosody in, what a face follows of a voice out: speaking, pauses, effort, stressed syllables.

Everything is local: a frame depends on at most 1.2 s on either side, so that a network that sees
as much can learn what follows from it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, uniform_filter1d

Floats = NDArray[np.float64]

LOUDNESS, VOICING, PITCH = 0, 4, 5
QUIET, SPEAKING = -0.7, 0.0
"""Prosody's loudness at which nobody speaks, and at which somebody surely does."""
USUAL_LOUDNESS: Final = 0.45
BRIDGED_S: Final = 0.16
"""A gap in the voice this long is no pause: closures of stops last about half of it."""
EFFORT_S: Final = 0.2
STRESS_REACH_S: Final = 0.28
"""A stressed syllable is the most prominent within this time on either side."""
SURROUNDINGS_S: Final = 0.8
STRESS_TOP: Final = 0.35
"""Prominence above the surroundings, in units of prosody, of a full accent."""
RISE_S, FALL_S = 0.16, 0.36
"""Of a brow accent: it comes with the syllable and outlasts it."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What a face follows; each (F,)."""

    speaking: Floats
    """0 to 1, sharp: this very frame is voice."""
    pause: Floats
    """0 to 1, soft: nobody speaks around here."""
    effort: Floats
    """About -1 to 1: louder and higher than usual, or less."""
    accent: Floats
    """0 to 1: bumps on stressed syllables."""


def followed(prosody: Floats, fps: float) -> Voice:
    """What a face follows of prosody (F, 6), see `avitalk.speech.prosody.NAMES`."""
    loud = prosody[:, LOUDNESS]
    ramp = np.clip((loud - QUIET) / (SPEAKING - QUIET), 0, 1)
    speaking = ramp * ramp * (3 - 2 * ramp)
    bridged = maximum_filter1d(speaking, _odd(BRIDGED_S * fps), mode="nearest")
    pause = 1 - soft(bridged, 0.1 * fps)
    higher = np.clip(prosody[:, PITCH], -0.4, 0.4) * prosody[:, VOICING]
    louder = np.clip(loud - USUAL_LOUDNESS, -0.5, 0.5)
    effort = soft(speaking * (2.2 * louder + 0.8 * higher), EFFORT_S * fps)
    return Voice(speaking, pause, effort, accents(prosody, speaking, fps))


def accents(prosody: Floats, speaking: Floats, fps: float) -> Floats:
    """(F,) bumps on stressed syllables, as high as those stand out, at most 1."""
    lifted = np.clip(prosody[:, PITCH], 0, 0.5) * prosody[:, VOICING]
    heard = np.clip(prosody[:, LOUDNESS], -0.5, None) + 0.4 * lifted
    level = soft(heard, 0.05 * fps)
    around = uniform_filter1d(level, _odd(SURROUNDINGS_S * fps), mode="nearest")
    above = np.clip((level - around) / STRESS_TOP, 0, 1) * speaking
    highest = maximum_filter1d(above, _odd(2 * STRESS_REACH_S * fps), mode="nearest")
    peak = np.exp(-6 * (highest - above) / np.maximum(highest, 1e-6)) * above
    # The bump of a lasting peak is as high as that of a short one: a maximum, not a sum.
    return bumps(peak, fps)


def bumps(peak: Floats, fps: float) -> Floats:
    """(F,) each height of `peak` with a raised cosine before it and a longer one after it."""
    before, after = max(1, round(RISE_S * fps)), max(1, round(FALL_S * fps))
    shape = np.concatenate([
        0.5 - 0.5 * np.cos(np.pi * np.arange(1, before + 1) / (before + 1)), [1.0],
        0.5 + 0.5 * np.cos(np.pi * np.arange(1, after + 1) / (after + 1)),
    ])  # fmt: skip
    padded = np.pad(peak, (after, before))
    # The frame f sees peaks from `after` frames before it to `before` frames after it.
    seen = np.lib.stride_tricks.sliding_window_view(padded, before + after + 1)
    found = (seen * shape[::-1]).max(axis=1)
    return soft(found, 0.03 * fps)


def soft(track: Floats, sigma: float) -> Floats:
    """(F, ...) smoothed over time by a Gaussian of `sigma` frames, cut at three."""
    if sigma < 0.1:
        return track
    return np.asarray(gaussian_filter1d(track, sigma, axis=0, mode="nearest", truncate=3.0))


def _odd(frames: float) -> int:
    return 2 * max(0, round(frames / 2)) + 1
