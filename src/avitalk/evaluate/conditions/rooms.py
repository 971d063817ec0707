"""Rooms: a wave comes in, goes out with the echoes of a synthetic room behind it.

The impulse response is the direct sound, one sample at time zero, and from 3 ms on noise that dies
away exponentially, 60 dB in T60 (Polack's model of a diffuse field).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.evaluate.conditions.condition import Array, Generator, Wave, filtered
from avitalk.evaluate.conditions.noises import pink_noise, under

FIRST_ECHO_S: Final = 0.003
FAR_T60_S: Final = 0.6
FAR_DIRECT_DB: Final = -6.0  # direct sound to reverberation
FAR_LEVEL_DB: Final = -20.0
FAR_SNR_DB: Final = 15.0
FAR_CORNER_HZ: Final = 2500.0  # above it 6 dB less an octave: off-axis, and air


def impulse_response(rng: Generator, t60_s: float, direct_db: float) -> Array:
    """(H,) response of a room; the direct sound, of height 1, is its first sample.

    `direct_db` is the energy of the direct sound against that of all echoes.
    """
    t = np.arange(round(t60_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = rng.normal(size=len(t)) * 10 ** (-3 * t / t60_s) * (t >= FIRST_ECHO_S)
    tail *= 10 ** (-direct_db / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return np.asarray(tail)


def reverberant(
    rng: Generator, wave: NDArray[np.floating], t60_s: float, direct_db: float
) -> Array:
    """The wave in a room, echoes cut off where it ends."""
    response = impulse_response(rng, t60_s, direct_db)
    size = 1 << (len(wave) + len(response)).bit_length()
    echoed = np.fft.irfft(np.fft.rfft(wave, size) * np.fft.rfft(response, size), size)
    return np.asarray(echoed[: len(wave)])


def far_field(wave: Wave, rng: Generator) -> Array:
    """A microphone across the room: mostly echoes, dull, faint, over pink noise."""
    echoed = reverberant(rng, wave, FAR_T60_S, FAR_DIRECT_DB)
    dull = filtered(echoed, lambda hz: 1 / np.sqrt(1 + (hz / FAR_CORNER_HZ) ** 2))
    heard = np.asarray(dull, np.float32)
    mixed = heard + under(heard, pink_noise(rng, heard), FAR_SNR_DB)
    return np.asarray(mixed * 10 ** (FAR_LEVEL_DB / 20))
