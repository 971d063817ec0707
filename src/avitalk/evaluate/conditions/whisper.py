"""Whisper, synthesised: a voiced recording comes in, the same words without any voice go out.

The envelope of linear prediction stays, every excitation becomes noise. Where there was voice, its
source is whitened, 6 dB more an octave from 500 Hz to 3 kHz, and made fainter, since whispered
vowels are about as loud as consonants. No formant is moved, as real whispering moves some.
"""

from typing import Final

import numpy as np

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.evaluate.conditions.condition import Array, Generator, Wave
from avitalk.evaluate.conditions.vocoder import FFT, envelopes, frame_centres, synthesised
from avitalk.evaluate.conditions.voicing import voicing_of

VOWELS_DB: Final = -20.0  # at 500 Hz; the tilt gives most of it back to the formants above
CORNERS_HZ: Final = (500.0, 3000.0)


def whispered(wave: Wave, rng: Generator) -> Array:
    """The recording whispered, as long as it was."""
    count = len(wave)
    shape = envelopes(np.asarray(wave, np.float64), frame_centres(count))
    share = voicing_of(wave).share(np.arange(count) / SAMPLE_RATE_HZ)
    noise = rng.normal(size=count)
    hz = np.fft.rfftfreq(FFT, 1 / SAMPLE_RATE_HZ)
    low, high = CORNERS_HZ
    rise = np.sqrt((1 + (hz / low) ** 2) / (1 + (hz / high) ** 2))
    tilt = 10 ** (VOWELS_DB / 20) * rise
    voiceless = synthesised(noise * np.sqrt(1 - share), shape)
    return voiceless + synthesised(noise * np.sqrt(share), shape, tilt)
