"""Samples (B, N) at 16 kHz -> prosody (B, T, 6) at 50 Hz: loudness by band, voicing, pitch.

Like the mel spectrum, everything is stated against a bounded running window, so that level cancels
out and a long file equals its windows; pitch is stated against the voice's own running pitch.
"""

import math
from itertools import pairwise
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from avitalk.audio import SAMPLE_RATE_HZ, SAMPLES_PER_FEATURE
from avitalk.nn.chunks import Chunk, chunks
from avitalk.nn.threads import side_by_side
from avitalk.speech.frames import frames_of
from avitalk.speech.mel import running_mean
from avitalk.speech.phones import SIL
from avitalk.types import Speech, SpeechFeatures

NAMES: Final = ("loudness", "below_1_khz", "1_to_3_khz", "above_3_khz", "voicing", "pitch")
WINDOW: Final = 640  # samples, 40 ms: two periods of a low voice
FFT: Final = 2048
EDGES_HZ: Final = (60.0, 1000.0, 3000.0, 7600.0)
PITCH_HZ: Final = (65.0, 420.0)
SILENT_POWER: Final = 1e-10
FLOOR: Final = 1e-4  # relative to the level, -40 dB
BACK_S, AHEAD_S = 4.0, 0.2  # of the running level
VOICED: Final = 0.3  # voicing above which a frame counts for the running pitch
CHUNK_FRAMES: Final = 1500  # 30 s


def prosody_of(speech: Speech) -> NDArray[np.float32]:
    """(T, 6) prosody of a whole recording in constant memory, one row for each speech frame.

    Raises InputError if the speech is not at 16 kHz or has no samples.
    """
    hears = Prosody()
    frames = frames_of(speech)
    heard = np.empty((frames, len(NAMES)), np.float32)
    back, ahead = hears.back_frames, hears.ahead_frames

    def hear(chunk: Chunk) -> None:
        wave = torch.from_numpy(np.array(speech.samples[chunk.samples(SAMPLES_PER_FEATURE)]))
        heard[chunk.rows] = hears(wave[None])[0].numpy()[chunk.kept]

    side_by_side(hear, chunks(frames, size=CHUNK_FRAMES, back=back, ahead=ahead))
    return heard


def voice_and_loudness(
    speech: Speech, features: SpeechFeatures
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(T,) probability of voice, and (T,) loudness in decades, one value a speech frame."""
    voice = 1.0 - np.exp(features.phone_log_probs[:, SIL].astype(np.float64))
    size = len(voice) * SAMPLES_PER_FEATURE
    padded = np.zeros(size, np.float32)
    padded[: len(speech.samples)] = speech.samples[:size]
    power = np.square(padded).reshape(len(voice), -1).mean(axis=1, dtype=np.float64)
    return voice, np.log10(power + 1e-7)


class Prosody(nn.Module):
    """Nothing here is learned. Frame t depends on `back_frames` before and `ahead_frames` after."""

    window: Tensor

    def __init__(self, back_s: float = BACK_S, ahead_s: float = AHEAD_S) -> None:
        super().__init__()
        self.back, self.ahead = round(back_s * 50), round(ahead_s * 50)
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)

    @property
    def ahead_frames(self) -> int:
        """Frames of 20 ms after t that frame t depends on."""
        return 2 * self.ahead + 1  # the running pitch leaves out what the running level calls faint

    @property
    def back_frames(self) -> int:
        """Frames of 20 ms before t that frame t depends on."""
        return 2 * self.back + 1

    @torch.no_grad()
    def forward(self, samples: Tensor) -> Tensor:
        """(B, N) -> (B, ceil(N / 320), 6), each about zero to unit size."""
        power, correlation = self._spectra(samples)
        bands = self._bands(power)
        total = bands.sum(dim=-1)
        level = self._running(total, torch.ones_like(total))
        loud = torch.log10(total / (level + SILENT_POWER) + FLOOR)
        parts = torch.log10(bands / (level + SILENT_POWER)[..., None] + FLOOR)
        voicing, octaves = self._pitch(correlation)
        audible = (total > 1e-3 * level + SILENT_POWER).float()
        voicing = voicing * audible
        sure = (voicing > VOICED).float()
        usual = self._running(octaves, sure)
        pitch = sure * (octaves - usual).clamp(-1, 1)
        scaled = torch.cat([loud[..., None], parts], dim=-1) / 2 + 0.5
        return torch.cat([scaled, voicing[..., None], pitch[..., None]], dim=-1)

    @torch.no_grad()
    def unscaled(self, samples: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, N) -> what is heard before anything runs: log10 of the power of the bands (B, T, 3),
        height of the periodicity peak (B, T) in 0 to 1, and its pitch (B, T) in octaves of 1 Hz.
        """
        power, correlation = self._spectra(samples)
        periodicity, octaves = self._pitch(correlation)
        return torch.log10(self._bands(power) + SILENT_POWER), periodicity, octaves

    def _spectra(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """Power (B, T, bins) of windows centred on each frame, and their autocorrelation."""
        frames = math.ceil(samples.shape[-1] / SAMPLES_PER_FEATURE)
        lead = (WINDOW - SAMPLES_PER_FEATURE) // 2
        behind = frames * SAMPLES_PER_FEATURE + WINDOW - SAMPLES_PER_FEATURE - lead
        padded = functional.pad(samples, (lead, behind - samples.shape[-1]))
        cut = padded.unfold(-1, WINDOW, SAMPLES_PER_FEATURE)
        spectrum = torch.fft.rfft(cut * self.window, n=FFT)
        power = spectrum.real.square() + spectrum.imag.square()
        # Formants are flattened, so that the period stands out (square root of the power).
        return power / self.window.square().sum(), torch.fft.irfft(power.sqrt(), n=FFT)

    def _bands(self, power: Tensor) -> Tensor:
        hz = torch.arange(power.shape[-1]) * SAMPLE_RATE_HZ / FFT
        edges = pairwise(EDGES_HZ)
        means = [power[..., (hz >= low) & (hz < high)].sum(-1) for low, high in edges]
        return torch.stack(means, dim=-1) * 2 / FFT

    def _pitch(self, correlation: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, lags) -> height of the best peak in 0 to 1, and its pitch in octaves of 1 Hz."""
        shortest = math.floor(SAMPLE_RATE_HZ / PITCH_HZ[1])
        longest = math.ceil(SAMPLE_RATE_HZ / PITCH_HZ[0])
        lags = torch.arange(shortest, longest + 1)
        # A window of finite length shrinks long lags; dividing undoes most of it.
        shrink = torch.fft.irfft(torch.fft.rfft(self.window, n=FFT).abs().square(), n=FFT)
        range_ = correlation[..., shortest : longest + 1] / (
            correlation[..., :1].clamp(min=1e-9) * (shrink[lags] / shrink[0]).clamp(min=0.2)
        )
        # Among near equals the shortest period is the true one.
        best = (range_ - 2e-4 * (lags - shortest)).argmax(dim=-1)
        height = range_.gather(-1, best[..., None])[..., 0].clamp(0, 1)
        return height, torch.log2(SAMPLE_RATE_HZ / lags[best].float())

    def _running(self, values: Tensor, weight: Tensor) -> Tensor:
        """(B, T) weighted mean over the running window."""
        total, count = running_mean(values, weight, self.back, self.ahead)
        return total / (count + 1e-6)
