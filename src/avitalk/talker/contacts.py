"""Closures where a transcript says they are: a Motion and phone times in, sharper lips out.

The talker hears most of p, b, m, f and v by itself. Where p, b, m are likely though not heard for
sure, lips meet for an instant (`met`). Where the times of phones are known, the lips are brought
together, or the lower lip to the teeth, within the phone and only there (`sharpened`).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import INDEX, REGIONS
from avitalk.face.touch import gap_by_weight
from avitalk.speech.phones import BILABIAL, LABIODENTAL, PHONE_INDEX, PhoneSegment
from avitalk.types import Motion

Floats = NDArray[np.float64]

MOUTH: Final = list(REGIONS["mouth"])
JAW, CLOSE = INDEX["jawOpen"], INDEX["mouthClose"]
SHUT_MM: Final = 0.0
LIP_ON_TEETH_MM: Final = 2.2
"""Opening of the default head's lips at which a rolled lower lip meets the upper teeth."""
TUCK: Final = 0.4
"""Least mouthRollLower of f and v."""
HOLD_S: Final = (0.016, 0.035)
"""Least and most that a contact is held on either side of its middle."""
RAMP_S: Final = 0.045
BURST_S: Final = 0.04
"""Before a bilabial's end the lips burst open."""

LIKELY: Final = 0.25
"""Probability of p, b and m together above which lips have to meet."""
NEARLY_MM: Final = 0.7
"""Lips nearer than this have met."""
INSTANT: Final = (1.0, 0.5, 0.08)
"""Share of the contact in the middle frame, its neighbours, theirs: 20 ms each."""


def met(motion: Motion, phone_log_probs: NDArray[np.float32]) -> Motion:
    """Lips that meet for an instant where p, b or m is likely and the talker left them apart.

    phone_log_probs: (F, P), one row a frame of the motion. The talker follows what is most likely,
    so that in unclear voices, which sound like n or d half the time, it misses one closure of
    four; viewers mind a missed one more than one too many. Other frames are unchanged.
    """
    if phone_log_probs.shape[1] == 0:  # encoders of others hear no phones
        return motion
    weights = np.array(motion.weights, np.float64)
    gap = weights @ gap_by_weight()
    hold = np.zeros(len(weights))
    likely = np.exp(phone_log_probs[:, sorted(PHONE_INDEX[p] for p in BILABIAL)]).sum(axis=1)
    for first, last in _runs(likely > LIKELY * 0.6):
        most = float(likely[first:last].max())
        around = slice(max(0, first - 2), last + 2)
        if most < LIKELY or gap[around].min() <= NEARLY_MM:
            continue
        sure = first + np.flatnonzero(likely[first:last] > 0.7 * most)
        middle = int(sure[gap[sure].argmin()])
        for away, share in enumerate(INSTANT):
            for frame in {middle - away, middle + away}:
                if 0 <= frame < len(hold):
                    hold[frame] = max(hold[frame], share)
    if not hold.any():
        return motion
    _bring_to(weights, hold, SHUT_MM)
    return motion.with_weights(weights.astype(np.float32))


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one past the last of each stretch of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def sharpened(motion: Motion, phones: Sequence[PhoneSegment]) -> Motion:
    """Lips closed in each p, b, m, lower lip at the teeth in each f, v; other frames unchanged.

    What is open is scaled down, so that the shape of the mouth stays; a contact that is there
    already stays as it is.
    """
    weights = np.array(motion.weights, np.float64)
    times = np.arange(motion.frames) / motion.fps
    for phone in phones:
        if phone.phone in BILABIAL:
            hold = _hold(weights @ gap_by_weight(), phone, times)
            _bring_to(weights, hold, SHUT_MM)
        elif phone.phone in LABIODENTAL:
            hold = _hold(weights @ gap_by_weight(), phone, times)
            _bring_to(weights, hold, LIP_ON_TEETH_MM)
            roll = weights[:, INDEX["mouthRollLower"]]
            roll += hold * np.maximum(TUCK - roll, 0)
    return motion.with_weights(weights.astype(np.float32))


def _hold(gap_mm: Floats, phone: PhoneSegment, times: Floats) -> Floats:
    """(F,) 1 where the contact is held, falling to 0: around the least gap within the phone."""
    near = np.flatnonzero((times >= phone.start_s - 0.01) & (times <= phone.end_s))
    length_s = phone.end_s - phone.start_s
    middle_s = phone.start_s + length_s / 2
    if len(near):
        latest_s = max(phone.start_s + 0.015, phone.end_s - BURST_S)
        least_s = float(times[near[gap_mm[near].argmin()]])
        middle_s = float(np.clip(least_s, phone.start_s + 0.015, latest_s))
    return held(times - middle_s, length_s, RAMP_S, RAMP_S)


def held(since_s: Floats, phone_s: float, closing_s: float, opening_s: float) -> Floats:
    """(F,) seconds since the middle of a contact -> 1 where it is held, rising and falling to 0.

    phone_s: length of the phone; closing_s, opening_s: how long lips take to meet and to part.
    """
    held_s = float(np.clip(phone_s / 2 - 0.02, *HOLD_S))
    length_s = np.where(since_s < 0, closing_s, opening_s)
    ramp = np.clip(1 - (np.abs(since_s) - held_s) / length_s, 0, 1)
    return np.asarray(ramp * ramp * (3 - 2 * ramp))


def _bring_to(weights: Floats, hold: Floats, wanted_mm: float) -> None:
    """Scale what parts the lips so that the gap goes to `wanted_mm` by the share `hold`, in place.

    mouthClose is kept at or under the jaw; a few rounds make up for what that gives back.
    """
    gap = gap_by_weight()
    openers = [shape for shape in MOUTH if gap[shape] > 0]
    parted = weights @ gap
    allowed = parted - hold * np.maximum(parted - wanted_mm, 0)
    for _ in range(5):
        excess = np.maximum(weights @ gap - allowed, 0)
        opened = weights[:, openers] @ gap[openers]
        factor = 1 - excess / np.maximum(opened, 1e-9)
        weights[:, openers] *= np.clip(factor, 0, 1)[:, None]
        weights[:, CLOSE] = np.minimum(weights[:, CLOSE], weights[:, JAW])
