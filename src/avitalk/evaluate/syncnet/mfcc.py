"""Samples (N,) at 16 kHz -> the cepstra (T, 13) at 100 Hz that SyncNet hears.

Mel-frequency cepstra (Davis & Mermelstein 1980) with the settings SyncNet was trained with, which
are the defaults of the package python_speech_features: frames of 25 ms without a window, 26 filters
whose corners lie on whole bins, orthonormal cosine transform, a lifter of 22, and the logarithm of
the frame's energy in place of the first cepstrum. Samples count in units of 16 bits.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import MEL_HOP, SAMPLE_RATE_HZ

Array = NDArray[np.float64]

CEPSTRA: Final = 13
FILTERS: Final = 26
FRAME: Final = SAMPLE_RATE_HZ // 40  # samples, 25 ms
FFT: Final = 512
PRE_EMPHASIS: Final = 0.97
LIFTER: Final = 22
FULL_SCALE: Final = 32768
AT_ONCE: Final = 6000  # frames: a minute


def frame_count(samples: int) -> int:
    """T: as many frames as touch a sample."""
    return 1 + max(0, -(-(samples - FRAME) // MEL_HOP))


def mfcc(samples: NDArray[np.floating]) -> Array:
    """(N,) in [-1, 1] at 16 kHz -> (T, 13); zeros follow the last sample."""
    wave = np.asarray(samples, np.float32)
    found = np.empty((frame_count(len(wave)), CEPSTRA))
    for first in range(0, len(found), AT_ONCE):
        last = min(first + AT_ONCE, len(found))
        found[first:last] = _cepstra(_frames(wave, first, last))
    return found


def _frames(wave: NDArray[np.float32], first: int, last: int) -> Array:
    """Pre-emphasised frames (last - first, FRAME)."""
    start, end = first * MEL_HOP, (last - 1) * MEL_HOP + FRAME
    before = wave[start - 1] if start else 0.0
    part = np.zeros(end - start + 1)
    part[0] = before
    heard = wave[start:end]
    part[1 : len(heard) + 1] = np.rint(heard.astype(np.float64) * FULL_SCALE).clip(
        -FULL_SCALE, FULL_SCALE - 1
    )
    part[0] = np.rint(before * FULL_SCALE)
    sharp = part[1:] - PRE_EMPHASIS * part[:-1]
    sharp[len(heard) :] = 0
    return np.lib.stride_tricks.sliding_window_view(sharp, FRAME)[::MEL_HOP]


def _cepstra(frames: Array) -> Array:
    power = np.square(np.abs(np.fft.rfft(frames, FFT))) / FFT
    energy, bands = power.sum(axis=1), power @ filters().T
    least = np.finfo(np.float64).eps
    bands = np.log(np.where(bands == 0, least, bands))
    cepstra = bands @ cosines().T
    cepstra *= 1 + LIFTER / 2 * np.sin(np.pi * np.arange(CEPSTRA) / LIFTER)
    cepstra[:, 0] = np.log(np.where(energy == 0, least, energy))
    return np.asarray(cepstra)


@cache
def filters() -> Array:
    """(26, 257) triangles from 0 to 8 kHz; corners are the bins below mel-spaced frequencies."""
    highest = 2595 * np.log10(1 + SAMPLE_RATE_HZ / 2 / 700)
    hz = 700 * (10 ** (np.linspace(0, highest, FILTERS + 2) / 2595) - 1)
    corner = np.floor((FFT + 1) * hz / SAMPLE_RATE_HZ)
    low, top, high = (corner[i : i + FILTERS, None] for i in range(3))
    bins = np.arange(FFT // 2 + 1)
    rise, fall = (bins - low) / (top - low), (high - bins) / (high - top)
    return np.asarray(np.where(bins < top, rise, fall).clip(min=0))


@cache
def cosines() -> Array:
    """(13, 26) the first rows of the orthonormal cosine transform of the second kind."""
    at = np.pi * (np.arange(FILTERS) + 0.5) / FILTERS
    rows = np.sqrt(2 / FILTERS) * np.cos(np.arange(CEPSTRA)[:, None] * at)
    rows[0] /= np.sqrt(2)
    return np.asarray(rows)
