"""Samples (B, N) at 16 kHz -> log-mel (B, M, 2T) at 100 Hz, invariant to level.

Each mel power is divided by the mean power of a bounded window around it (a few seconds back, a
fraction of a second ahead), never of the whole file: a long file equals its windows. Multiplying
the samples by a constant cancels out, down to recordings that are nearly digital silence.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.audio import MEL_HOP, SAMPLE_RATE_HZ, SAMPLES_PER_FEATURE

WINDOW = 400  # samples, 25 ms
FFT = 512
LEAD = (WINDOW - MEL_HOP) // 2  # so that mel frame m is centred on sample (m + 0.5) * MEL_HOP
PRE_EMPHASIS = 0.97
LOWEST_HZ, HIGHEST_HZ = 60.0, 7600.0
SILENT_POWER = 1e-10  # about -100 dBFS: a level below this is not brought up
FLOOR = 3e-5  # relative to the level: -45 dB; what is below does not tell phones apart
# Mean and spread of the logarithm over speech, roughly: keeps the network's input near unit size.
LOG_MEAN, LOG_SPREAD = -2.0, 1.5


def mel_filters(bands: int) -> Tensor:
    """(bands, FFT // 2 + 1) triangles evenly spaced in mel, each summing to one."""

    def to_mel(hz: float) -> float:
        return 2595 * math.log10(1 + hz / 700)

    low, high = to_mel(LOWEST_HZ), to_mel(HIGHEST_HZ)
    edges = 700 * (10 ** (torch.linspace(low, high, bands + 2, dtype=torch.float64) / 2595) - 1)
    hz = torch.arange(FFT // 2 + 1, dtype=torch.float64) * SAMPLE_RATE_HZ / FFT
    rise = (hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - hz) / (edges[2:] - edges[1:-1])[:, None]
    triangles = torch.minimum(rise, fall).clamp(min=0)
    return (triangles / triangles.sum(dim=1, keepdim=True)).float()


class LevelInvariantMel(nn.Module):
    """Log-mel over a running level; nothing here is learned."""

    filters: Tensor
    window: Tensor

    def __init__(self, bands: int, level_back_s: float, level_ahead_s: float) -> None:
        super().__init__()
        frames_per_s = SAMPLE_RATE_HZ // MEL_HOP
        self.back = round(level_back_s * frames_per_s)
        self.ahead = round(level_ahead_s * frames_per_s)
        self.register_buffer("filters", mel_filters(bands), persistent=False)
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """(B, N) -> (B, bands, 2 * ceil(N / 320)); samples beyond the ends count as zero."""
        power = self._mel_power(samples)
        level = self._level(power.mean(dim=1))
        relative = power / (level + SILENT_POWER)[:, None]
        return (torch.log10(relative + FLOOR) - LOG_MEAN) / LOG_SPREAD

    def _mel_power(self, samples: Tensor) -> Tensor:
        frames = 2 * math.ceil(samples.shape[-1] / SAMPLES_PER_FEATURE)
        sharp = samples - PRE_EMPHASIS * functional.pad(samples, (1, 0))[..., :-1]
        behind = frames * MEL_HOP + WINDOW - MEL_HOP - LEAD - samples.shape[-1]
        cut = functional.pad(sharp, (LEAD, behind)).unfold(-1, WINDOW, MEL_HOP)
        spectrum = torch.fft.rfft(cut * self.window, n=FFT)
        power = spectrum.real.square() + spectrum.imag.square()
        scaled = power / self.window.square().sum()
        return torch.einsum("btf,mf->bmt", scaled, self.filters)

    def _level(self, power: Tensor) -> Tensor:
        """(B, 2T) mean over the frames of the running window that exist."""
        total, count = running_mean(power, torch.ones_like(power), self.back, self.ahead)
        return total / count


def running_mean(values: Tensor, weight: Tensor, back: int, ahead: int) -> tuple[Tensor, Tensor]:
    """(B, T) weighted values and their weights, each averaged over the window around a frame."""
    both = functional.pad(torch.stack([values * weight, weight], 1), (back, ahead))
    mean = functional.avg_pool1d(both, back + ahead + 1, stride=1)
    return mean[:, 0], mean[:, 1]
