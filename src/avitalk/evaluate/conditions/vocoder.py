"""Resynthesis by linear prediction: a wave -> its envelope over time; excitation, envelope -> wave.

Autocorrelation method with Levinson's recursion (Makhoul, Linear prediction: a tutorial review,
Proc. IEEE 1975), all frames at once; the excitation is filtered piece by piece in the frequency
domain and overlapped.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.evaluate.conditions.condition import Array

HOP: Final = 80  # samples, 5 ms
WINDOW: Final = 400  # 25 ms
ORDER: Final = 20
FFT: Final = 2048
FLOOR: Final = 1e-6  # white noise under the signal, -60 dB: keeps the recursion stable
NARROWING: Final = 0.99  # poles are pulled in by this, so that responses end within the FFT
AT_ONCE: Final = 2000  # frames


@dataclass(frozen=True, slots=True, eq=False)
class Envelopes:
    """Spectral envelopes over time: frame k is centred on sample k * HOP of what it will make."""

    predictor: Array
    """(K, ORDER + 1) coefficients of the prediction error filter, the first is 1."""
    gain: Array
    """(K,) standard deviation of the prediction error, in units of the wave."""


def envelopes(wave: Array, centres: Array) -> Envelopes:
    """Envelopes of the wave around each of `centres` (K,), in samples."""
    padded = np.pad(wave, WINDOW)
    taper = np.hanning(WINDOW + 2)[1:-1]
    starts = np.rint(centres).astype(np.int64).clip(-WINDOW // 2, len(wave)) + WINDOW // 2
    cut = padded[starts[:, None] + np.arange(WINDOW)] * taper
    spectrum = np.fft.rfft(cut, 2 * WINDOW)
    lags = np.fft.irfft(np.abs(spectrum) ** 2)[:, : ORDER + 1] / np.sum(taper**2)
    return Envelopes(*_levinson(lags))


def _levinson(lags: Array) -> tuple[Array, Array]:
    """(K, ORDER + 1) autocorrelation -> predictors (K, ORDER + 1) and gains (K,)."""
    silent = lags[:, 0] <= 0
    r = np.where(silent[:, None], np.eye(1, ORDER + 1), lags)
    r[:, 0] *= 1 + FLOOR
    a = np.zeros_like(r)
    a[:, 0] = 1
    error = r[:, 0].copy()
    for m in range(1, ORDER + 1):
        reflected = -np.sum(a[:, :m] * r[:, m:0:-1], axis=1) / error
        a[:, 1 : m + 1] += reflected[:, None] * a[:, m - 1 :: -1][:, :m]
        error *= 1 - reflected**2
    a *= NARROWING ** np.arange(ORDER + 1)
    return a, np.where(silent, 0.0, np.sqrt(error))


def synthesised(excitation: Array, shape: Envelopes, tilt: Array | None = None) -> Array:
    """(N,) of unit variance through the envelopes, (N,); `tilt` (FFT / 2 + 1,) is one more gain."""
    count, frames = len(excitation), len(shape.gain)
    padded = np.zeros(frames * HOP + HOP)
    padded[HOP : HOP + count] = excitation[: frames * HOP]
    taper = 0.5 - 0.5 * np.cos(np.pi * (np.arange(2 * HOP) + 0.5) / HOP)
    made = np.zeros(frames * HOP + FFT)
    for first in range(0, frames, AT_ONCE):
        part = np.arange(first, min(first + AT_ONCE, frames))
        pieces = padded[part[:, None] * HOP + np.arange(2 * HOP)] * taper
        response = shape.gain[part, None] / np.fft.rfft(shape.predictor[part], FFT)
        if tilt is not None:
            response = response * tilt
        filtered = np.fft.irfft(np.fft.rfft(pieces, FFT) * response, FFT)
        for k, piece in zip(part.tolist(), filtered, strict=True):
            made[k * HOP : k * HOP + FFT] += piece
    return made[HOP : HOP + count]


def frame_centres(count: int) -> Array:
    """(K,) centres, in samples, of the frames that `count` samples need."""
    return np.arange(-(-count // HOP) + 1, dtype=np.float64) * HOP


RATE_HZ: Final = SAMPLE_RATE_HZ / HOP
"""200 frames a second."""
