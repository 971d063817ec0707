"""Sounds in which nobody speaks: a name goes in, ten seconds at 16 kHz go out, always the same."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.data import augment

Wave = NDArray[np.float32]
Array = NDArray[np.float64]

SPEECHLESS_S: Final = 10


def speechless_sounds() -> dict[str, Wave]:
    """Ten seconds of each sound at 16 kHz."""
    rng = np.random.default_rng(99)
    count = SPEECHLESS_S * SAMPLE_RATE_HZ
    return {
        "digital silence": np.zeros(count, np.float32),
        "white noise": 0.1 * augment.unit(rng.normal(size=count)),
        "faint white noise": 0.001 * augment.unit(rng.normal(size=count)),
        "pink noise": 0.1 * augment.unit(pink(rng, count)),
        "hum 50 Hz": 0.1 * augment.unit(_hum(count)),
        "instrumental music": 0.1 * augment.music(rng, count),
        "instrumental music, another piece": 0.1 * augment.music(rng, count),
        "breath": 0.05 * augment.unit(_breath(rng, count)),
        "faint breath": 0.002 * augment.unit(_breath(rng, count)),
    }


def pink(rng: np.random.Generator, count: int) -> Array:
    """Noise whose power falls with frequency, 3 dB an octave."""
    spectrum = np.fft.rfft(rng.normal(size=count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 30))
    return np.asarray(np.fft.irfft(spectrum, count))


def _hum(count: int) -> Array:
    t = np.arange(count) / SAMPLE_RATE_HZ
    return np.asarray(np.sum([np.sin(2 * np.pi * 50 * k * t) / k for k in range(1, 8)], axis=0))


def _breath(rng: np.random.Generator, count: int) -> Array:
    """Hiss that swells and fades every 2.5 s, highest around 1.5 kHz."""
    spectrum = np.fft.rfft(rng.normal(size=count))
    hz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE_HZ)
    hiss = np.fft.irfft(spectrum * np.exp(-np.square(np.log(np.maximum(hz, 1) / 1500))), count)
    t = np.arange(count) / SAMPLE_RATE_HZ
    return np.asarray(hiss * np.maximum(0, np.sin(2 * np.pi * t / 2.5)) ** 2)
