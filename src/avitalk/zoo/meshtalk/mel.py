"""Windows of samples (..., N) at 16 kHz -> natural-log mel powers (..., 80, 1 + N / 160).

Sizes of the authors' code: transforms of 2048 samples, windows of 800, steps of 160, 80 triangles
over 0 to 8 kHz that peak at 1 (HTK's scale).
"""

import math
from functools import cache
from typing import Final

import torch
from torch import Tensor

from avitalk.audio import SAMPLE_RATE_HZ

BANDS: Final = 80
FFT: Final = 2048
WINDOW: Final = 800
HOP: Final = 160
FLOOR: Final = 1e-10


@cache
def filters() -> Tensor:
    """(80, 1025) triangles, evenly spaced in mel."""
    highest = 2595 * math.log10(1 + SAMPLE_RATE_HZ / 2 / 700)
    edges = 700 * (10 ** (torch.linspace(0, highest, BANDS + 2, dtype=torch.float64) / 2595) - 1)
    hz = torch.linspace(0, SAMPLE_RATE_HZ / 2, FFT // 2 + 1, dtype=torch.float64)
    rise = (hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - hz) / (edges[2:] - edges[1:-1])[:, None]
    return torch.minimum(rise, fall).clamp(min=0).float()


def log_mel(samples: Tensor) -> Tensor:
    """(B, N) -> (B, 80, 1 + N / 160); samples are mirrored at both ends of a window."""
    window = torch.hann_window(WINDOW, device=samples.device)
    spectrum = torch.stft(
        samples, FFT, HOP, WINDOW, window, center=True, pad_mode="reflect", return_complex=True
    )
    power = spectrum.real.square() + spectrum.imag.square()
    return torch.log((filters().to(samples.device) @ power).clamp(min=FLOOR))
