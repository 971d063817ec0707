"""A mouth that goes on talking under an expression: units in, weights of speech and both mixed.

Muscles add up, and some pull against each other: a smile widens the mouth and takes the rounding
from it, lips pressed in anger let go to speak. What was open stays open and as open as before, what
met for p, b, m meets again.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from avitalk.arkit import ARKIT_52, INDEX, REGIONS
from avitalk.data.performances.acting_swell import columns
from avitalk.data.performances.acting_voice import Voice, soft
from avitalk.face.touch import gap_by_weight
from avitalk.facs.expression import MANNER, UNIT, Expression

Floats = NDArray[np.float64]

MOUTH: Final = list(REGIONS["mouth"])
JAW, CLOSE = INDEX["jawOpen"], INDEX["mouthClose"]
ROUND: Final = columns("mouthFunnel", "mouthPucker")
SMILE: Final = columns("mouthSmileLeft", "mouthSmileRight")
STRETCH: Final = columns("mouthStretchLeft", "mouthStretchRight")
CHIN: Final = INDEX["mouthShrugLower"]
CORNERS: Final = columns("mouthFrownLeft", "mouthFrownRight", *(ARKIT_52[i] for i in STRETCH))
LOWER_DOWN: Final = columns("mouthLowerDownLeft", "mouthLowerDownRight")

CHIN_TREMBLE, CORNER_TREMBLE = 0.09, 0.12
"""Of the chin, as a weight, and of the corners of the lips, as a share, at manner 'tremor' 1."""
MEETING_MM: Final = (0.7, 2.2)
"""Lips of speech nearer than the first meet; farther than the second they do not."""
OPEN_MM: Final = 7.0
"""Opening of a vowel."""
REST_S: Final = 0.3
"""Lips that stay together for as long are at rest, unless the voice is about to begin."""
BEFORE_VOICE_S, AFTER_VOICE_S = 0.12, 0.06
LEAST_KEPT: Final = 0.9
"""Share of the opening of speech that every expression leaves."""
OPEN_RANGE: Final = 0.6
"""Manner 'open' 0 to 1 scales the mouth's movements by 0.7 to 1.3."""
SHARES: Final[dict[int, tuple[float, float, float]]] = {
    23: (1.0, 0.6, 0.25), 24: (1.0, 0.5, 0.15), 17: (1.0, 0.75, 0.45), 14: (1.0, 0.9, 0.75),
    18: (1.0, 0.8, 0.6), 22: (0.6, 0.45, 0.8), 29: (1.0, 0.85, 0.7),
    10: (0.7, 0.65, 1.0), 16: (0.65, 0.6, 1.0), 25: (0.65, 0.5, 0.95), 26: (0.4, 0.3, 0.95),
    27: (0.45, 0.25, 0.8),
}  # fmt: skip
"""Unit -> shares of it in pauses, in consonants and in open vowels: lips press in pauses and let
go to speak; what opens the mouth opens vowels most, so that they can still be told apart."""


def yielding(lips: Floats, expression: Expression, voice: Voice, fps: float) -> dict[int, Floats]:
    """Unit that the expression shows -> (F,) share of it that speech leaves."""
    shown = [unit for unit in SHARES if expression.levels[UNIT[unit]].any()]
    if not shown:
        return {}
    wide = soft(np.clip(lips @ gap_by_weight() / OPEN_MM, 0, 1), 0.02 * fps)
    still, speaking = voice.pause, 1 - voice.pause
    parts = np.stack([still, speaking * (1 - wide), speaking * wide])
    return {unit: np.array(SHARES[unit]) @ parts for unit in shown}


def talking(
    lips: Floats,
    face: Floats,
    expression: Expression,
    voice: Voice,
    tremor: Floats,
    fps: float,
) -> Floats:
    """(F, 52) the mouth of speech `lips` under the mouth of `face`; other columns zero."""
    manner = dict(zip(MANNER, expression.manner, strict=True))
    spoken = _sized(lips, manner["open"])
    shown = np.zeros_like(face)
    shown[:, MOUTH] = face[:, MOUTH]
    if manner["tremor"] > 0:
        _tremble(shown, manner["tremor"], tremor, voice)
    if not shown.any():
        return spoken
    mixed = _mixed(spoken, shown)
    gap = gap_by_weight()
    wanted = np.maximum(spoken @ gap, 0)
    _keep_open(mixed, LEAST_KEPT * wanted)
    _meet(mixed, shown, np.minimum(wanted, lips @ gap), meeting(lips, voice, fps))
    return mixed


def _tremble(shown: Floats, size: float, tremor: Floats, voice: Voice) -> None:
    """Chin and lips tremble, most where nobody speaks; in place."""
    free = size * (1 - 0.6 * (1 - voice.pause))
    shown[:, CHIN] += CHIN_TREMBLE * free * np.maximum(tremor + 0.6, 0)
    shown[:, CORNERS] *= (1 + CORNER_TREMBLE * free * tremor)[:, None]
    shown[:, CORNERS] += (0.25 * CHIN_TREMBLE * free * np.maximum(-tremor, 0))[:, None]
    np.clip(shown, 0, 1, out=shown)


def _sized(lips: Floats, open_: float) -> Floats:
    """Mouth movements larger or smaller, one factor a frame, so that lips that touch still do; the
    factor gives way as the largest weight nears 1.
    """
    factor = 1 + OPEN_RANGE * (open_ - 0.5)
    spoken = np.zeros_like(lips)
    if factor == 1:
        spoken[:, MOUTH] = lips[:, MOUTH]
        return spoken
    largest = lips[:, MOUTH].max(axis=1)
    sizes = factor / (1 + max(factor - 1, 0) * largest)
    spoken[:, MOUTH] = lips[:, MOUTH] * sizes[:, None]
    return spoken


def _mixed(spoken: Floats, shown: Floats) -> Floats:
    """Speech under an expression, before openings and closures are made good."""
    wide = np.clip(shown[:, SMILE].mean(axis=1) + 0.6 * shown[:, STRETCH].mean(axis=1), 0, 1)
    rounded = np.clip(shown[:, ROUND].max(axis=1), 0, 1)
    # Rounding of speech takes some of a smile's width, or "oo" could not be read.
    pursed = np.clip(spoken[:, ROUND].max(axis=1), 0, 1)
    mixed, added = 1 - spoken, 1 - shown
    mixed[:, ROUND] = 1 - spoken[:, ROUND] * (1 - 0.55 * wide)[:, None]
    pulled = [*SMILE, *STRETCH]
    mixed[:, pulled] = 1 - spoken[:, pulled] * (1 - 0.5 * rounded)[:, None]
    added[:, pulled] = 1 - shown[:, pulled] * (1 - 0.35 * pursed)[:, None]
    # A jaw that speaks already drops less for the expression.
    added[:, JAW] = 1 - shown[:, JAW] * (1 - 0.5 * spoken[:, JAW])
    return 1 - mixed * added


def _keep_open(mixed: Floats, least_mm: Floats) -> None:
    """Part the lips where the expression took more of the opening than it may, in place."""
    gap = gap_by_weight()
    lack = np.maximum(least_mm - mixed @ gap, 0)
    mixed[:, JAW] += 0.6 * lack / gap[JAW]
    mixed[:, LOWER_DOWN] += (0.4 * lack / gap[LOWER_DOWN].sum())[:, None]
    np.clip(mixed, 0, 1, out=mixed)


def meeting(lips: Floats, voice: Voice, fps: float) -> Floats:
    """(F,) 1 where lips of speech meet for a sound, 0 where they are apart or at rest."""
    near, apart = MEETING_MM
    share = np.clip((apart - lips @ gap_by_weight()) / (apart - near), 0, 1)
    share = share * share * (3 - 2 * share)
    window = 2 * round(REST_S * fps / 2) + 1
    long = maximum_filter1d(minimum_filter1d(share, window, mode="nearest"), window, mode="nearest")
    before, after = round(BEFORE_VOICE_S * fps), round(AFTER_VOICE_S * fps)
    size = before + after + 1
    # Frames from `after` earlier to `before` later: the voice is on, about to be, or just was.
    voiced = maximum_filter1d(voice.speaking, size, mode="nearest", origin=-(before - after) // 2)
    return np.asarray(share * soft(np.maximum(1 - long, voiced), 0.02 * fps))


def _meet(mixed: Floats, shown: Floats, wanted_mm: Floats, hold: Floats) -> None:
    """Bring lips that met together again, in place: first what the expression opened gives way,
    then lips close over what is left of the jaw, then everything that opens shrinks.
    """
    gap = gap_by_weight()
    allowed = wanted_mm + (1 - hold) * np.maximum(mixed @ gap - wanted_mm, 0)
    openers = [shape for shape in MOUTH if gap[shape] > 0]
    movable = [shape for shape in openers if shape != JAW]
    excess = np.maximum(mixed @ gap - allowed, 0)
    opened = mixed[:, movable] @ gap[movable]
    mixed[:, movable] *= (1 - np.clip(0.8 * excess / np.maximum(opened, 1e-9), 0, 0.8))[:, None]
    excess = np.maximum(mixed @ gap - allowed, 0)
    mixed[:, JAW] -= 0.5 * np.minimum(excess / gap[JAW], mixed[:, JAW])
    excess = np.maximum(mixed @ gap - allowed, 0)
    room = np.maximum(mixed[:, JAW] - mixed[:, CLOSE], 0)
    mixed[:, CLOSE] += np.minimum(excess / gap[JAW], room)
    for _ in range(3):
        excess = np.maximum(mixed @ gap - allowed, 0)
        if excess.max() < 1e-6:
            return
        opened = mixed[:, openers] @ gap[openers]
        mixed[:, openers] *= (1 - np.clip(excess / np.maximum(opened, 1e-9), 0, 1))[:, None]
        mixed[:, CLOSE] = np.minimum(mixed[:, CLOSE], mixed[:, JAW])
