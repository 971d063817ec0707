"""Samples (N,) at 16 kHz -> how the voice sounds, at 100 Hz: spectrum, loudness, pitch, quality.

What the affect ear hears with, beside the phones: log-mel power, F0 along the best path through the
autocorrelation, voicing, loudness, and the differences of level by which phoneticians tell pressed,
modal and breathy voices (H1-H2, H1-A3, spectral tilt; after the parameters of Eyben et al., The
Geneva Minimalistic Acoustic Parameter Set, IEEE Trans. Affective Computing 2016). All are levels in
dB or octaves: none is divided by anything, and what is made of them must not depend on the gain.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from avitalk.audio import MEL_HOP, SAMPLE_RATE_HZ
from avitalk.nn.threads import side_by_side
from avitalk.speech.mel import mel_filters
from avitalk.types import Speech

Floats = NDArray[np.float32]

RATE_HZ: Final = SAMPLE_RATE_HZ / MEL_HOP  # 100 frames/s
BANDS: Final = 40
MEL_WINDOW, MEL_FFT = 400, 512
WINDOW, FFT = 800, 4096  # 50 ms: three periods of a low voice
PITCH_HZ: Final = (60.0, 500.0)
CANDIDATES: Final = 120  # on a logarithmic grid between them, 0.31 semitones apart
LEAP: Final = 3.0  # cost of an octave's jump between frames, in units of correlation
LARGEST_LEAP: Final = 0.5
HIGHER: Final = 0.04  # among equals the highest pitch: its double periods correlate as well
SILENT_POWER: Final = 1e-12
SILENT_MEL: Final = 1e-3  # of that, so that no gain brings it near what is heard
QUALITY: Final = (
    "h1_h2", "h1_h4", "h1_a1", "h1_a3", "low_mid", "mid_high", "high_top", "all_low",
)  # fmt: skip
"""Differences of level in dB: of harmonics; of the first to peaks near the first and the third
formant; of neighbouring bands (edges 60, 500, 1000, 3000, 7600 Hz); of all to the lowest."""
CHUNK: Final = 3000  # frames, 30 s: one path of pitch
BLOCK: Final = 100  # frames transformed at once: they stay in the processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class VoiceFrames:
    """How a voice sounds, frame by frame; frame t is centred on (t + 0.5) / 100 s."""

    mel: Floats
    """(T, 40) natural logarithm of mel power."""
    pitch: Floats
    """(T,) log2 of the fundamental frequency in Hz; meaningless where voicing is low."""
    voicing: Floats
    """(T,) 0 to 1: height of the autocorrelation at the pitch."""
    loudness: Floats
    """(T,) dB of power between 60 and 7600 Hz."""
    quality: Floats
    """(T, 8) dB, in the order of QUALITY."""

    def __len__(self) -> int:
        return len(self.pitch)

    def slice(self, first: int, last: int) -> "VoiceFrames":
        """Frames `first` to `last`."""
        part = slice(first, last)
        return VoiceFrames(
            self.mel[part], self.pitch[part], self.voicing[part], self.loudness[part],
            self.quality[part],
        )  # fmt: skip


def voice_frames(speech: Speech) -> VoiceFrames:
    """All frames of a recording, 30 s at a time."""
    frames = math.ceil(len(speech.samples) / MEL_HOP)

    def heard_from(first: int) -> VoiceFrames:
        last = min(first + CHUNK, frames)
        margin = WINDOW // MEL_HOP
        start = max(first - margin, 0)
        samples = speech.samples[start * MEL_HOP : (last + margin) * MEL_HOP]
        heard = _frames(torch.from_numpy(np.array(samples, np.float32)))
        return heard.slice(first - start, last - start)

    parts = side_by_side(heard_from, range(0, max(frames, 1), CHUNK))
    joined = [np.concatenate([getattr(part, name) for part in parts]) for name in _FIELDS]
    return VoiceFrames(*joined)


_FIELDS: Final = ("mel", "pitch", "voicing", "loudness", "quality")


@torch.inference_mode()
def _frames(samples: Tensor) -> VoiceFrames:
    frames = math.ceil(len(samples) / MEL_HOP)
    # what is near the floor is cut off against each window's own level, in `statistics`
    mel = _power(samples, frames, MEL_WINDOW, MEL_FFT) @ mel_filters(BANDS).T
    mel = (mel + SILENT_POWER * SILENT_MEL).log()
    power = _power(samples, frames, WINDOW, FFT)
    pitch, voicing = _pitch(power)
    loudness, quality = _quality(power, pitch)
    arrays = (mel, pitch, voicing, loudness, quality)
    return VoiceFrames(*(array.numpy().astype(np.float32) for array in arrays))


def _power(samples: Tensor, frames: int, window: int, fft: int) -> Tensor:
    """(frames, fft / 2 + 1) power of windows centred on the frames."""
    lead = (window - MEL_HOP) // 2
    padded = functional.pad(samples, (lead, window + MEL_HOP))
    cut = padded.unfold(0, window, MEL_HOP)[:frames]
    taper = torch.hann_window(window)
    blocks = [
        torch.fft.rfft(part * taper, n=fft).abs().square() for part in torch.split(cut, BLOCK)
    ]
    return torch.cat(blocks) / taper.square().sum()


def _pitch(power: Tensor) -> tuple[Tensor, Tensor]:
    """(T, bins) -> pitch in octaves of 1 Hz, and the correlation there: the best path (Viterbi)
    through the autocorrelation of the spectrum with its formants flattened (square root).
    """
    taper = torch.hann_window(WINDOW)
    shrink = torch.fft.irfft(torch.fft.rfft(taper, n=FFT).abs().square(), n=FFT)
    lowest, highest = math.log2(PITCH_HZ[0]), math.log2(PITCH_HZ[1])
    grid = torch.linspace(lowest, highest, CANDIDATES)
    lags = SAMPLE_RATE_HZ / 2**grid
    below = lags.floor().long()
    share = lags - below

    def height(correlation: Tensor, at: Tensor) -> Tensor:
        weight = (shrink[at] / shrink[0]).clamp(min=0.2)
        found: Tensor = correlation[:, at] / (correlation[:, :1].clamp(min=1e-9) * weight)
        return found

    def tallest(part: Tensor) -> Tensor:
        near = torch.fft.irfft(part.sqrt(), n=FFT)
        between = height(near, below) * (1 - share) + height(near, below + 1) * share
        return torch.maximum(between, height(near, lags.round().long()))

    heights = torch.cat([tallest(part) for part in torch.split(power, BLOCK)])
    path = _best_path(heights + HIGHER * torch.linspace(0, 1, CANDIDATES), grid)
    return grid[path], heights.gather(1, path[:, None])[:, 0].clamp(0, 1)


def _best_path(score: Tensor, grid: Tensor) -> Tensor:
    """(T, candidates) -> (T,) index of the path of highest score less the cost of its leaps."""
    cost = ((grid[:, None] - grid[None]).abs() * LEAP).clamp(max=LARGEST_LEAP).numpy()
    rows = score.numpy()
    total, steps = rows[0].copy(), np.zeros(rows.shape, np.int64)
    for t in range(1, len(rows)):
        reached = total[None] - cost
        steps[t] = reached.argmax(axis=1)
        total = reached[np.arange(len(total)), steps[t]] + rows[t]
    path = np.empty(len(rows), np.int64)
    path[-1] = total.argmax()
    for t in range(len(rows) - 1, 0, -1):
        path[t - 1] = steps[t, path[t]]
    return torch.from_numpy(path)


def _quality(power: Tensor, pitch: Tensor) -> tuple[Tensor, Tensor]:
    """Loudness (T,) and quality (T, 8)."""
    hz = torch.arange(power.shape[1]) * SAMPLE_RATE_HZ / FFT

    def band(low: float, high: float) -> Tensor:
        return _decibels(power[:, (hz >= low) & (hz < high)].sum(1))

    def peak(low: float, high: float) -> Tensor:
        return _decibels(power[:, (hz >= low) & (hz < high)].amax(1))

    def harmonic(number: int) -> Tensor:
        at = (2**pitch * number * FFT / SAMPLE_RATE_HZ).round().long()
        at = at.clamp(1, power.shape[1] - 2)[:, None]
        near = torch.cat([power.gather(1, at + step) for step in (-1, 0, 1)], 1)
        return _decibels(near.amax(1))

    h1, h2, h4 = (harmonic(number) for number in (1, 2, 4))
    loudness = band(60, 7600)
    low, mid, high, top = band(60, 500), band(500, 1000), band(1000, 3000), band(3000, 7600)
    a1, a3 = peak(300, 1000), peak(1800, 3500)
    differences = (h1 - h2, h1 - h4, h1 - a1, h1 - a3, low - mid, mid - high, high - top)
    return loudness, torch.stack((*differences, loudness - low), dim=1)


def _decibels(power: Tensor) -> Tensor:
    return 10 * torch.log10(power + SILENT_POWER)
