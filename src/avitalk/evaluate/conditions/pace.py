"""Time stretching: a wave and a time map come in, the wave at those times and its own pitch out.

WSOLA (Verhelst and Roelands, An overlap-add technique based on waveform similarity for high quality
time-scale modification of speech, ICASSP 1993): pieces of 30 ms are laid over each other every
15 ms; each is taken within 8 ms of where the map says, where it goes on best from the one before.
The errors do not add up: every piece is sought around the map's own time.
"""

from typing import Final

import numpy as np

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.evaluate.conditions.condition import Array, Changed, Wave
from avitalk.evaluate.conditions.times import TimeMap

PIECE: Final = 480  # samples, 30 ms
HOP: Final = PIECE // 2
REACH: Final = 128  # samples, 8 ms: one period of a low voice between both sides
TAPER: Final = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(PIECE) + 0.5) / PIECE)


def at_rate(wave: Wave, rate: float) -> Changed:
    """Spoken `rate` times as fast, at the same pitch; the new length is to the nearest sample."""
    times = TimeMap.scaled(1 / rate)
    return Changed(np.asarray(stretched(wave, times), np.float32), times)


def changed_length(samples: int, times: TimeMap) -> int:
    """Samples that so many become."""
    return max(1, round(float(times.after(samples / SAMPLE_RATE_HZ)) * SAMPLE_RATE_HZ))


def stretched(wave: Wave, times: TimeMap) -> Array:
    """(N,) -> (N',) heard at the times of the map."""
    count = changed_length(len(wave), times)
    pieces = -(-count // HOP) + 1
    centres_s = np.arange(pieces) * HOP / SAMPLE_RATE_HZ
    margin = PIECE + REACH
    wanted = np.rint(times.before(centres_s) * SAMPLE_RATE_HZ).astype(np.int64) - HOP + margin
    ends = max(len(wave) + margin, int(wanted.max())) + margin + PIECE
    padded = np.zeros(ends)
    padded[margin : margin + len(wave)] = wave
    energy = np.concatenate([[0.0], np.cumsum(np.square(padded))])
    laid = np.zeros((pieces + 1) * HOP)
    start = int(wanted[0])
    for k, ideal in enumerate(wanted.tolist()):
        if k:
            start = _best_start(padded, energy, ideal, start + HOP)
        laid[k * HOP : k * HOP + PIECE] += TAPER * padded[start : start + PIECE]
    return laid[HOP : HOP + count]


def _best_start(padded: Array, energy: Array, ideal: int, onward: int) -> int:
    """The start near `ideal` from which the wave is most like what follows at `onward`."""
    if onward == ideal:
        return ideal
    low = ideal - REACH
    following = padded[onward : onward + PIECE]
    near = padded[low : ideal + REACH + PIECE]
    likeness = np.correlate(near, following, "valid")
    power = energy[low + PIECE : low + PIECE + len(likeness)] - energy[low : low + len(likeness)]
    if not likeness.any():
        return ideal
    floor = 1e-6 * power.max()
    return low + int(np.argmax(likeness / np.sqrt(np.maximum(power, floor))))
