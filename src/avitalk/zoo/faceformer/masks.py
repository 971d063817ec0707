"""Where a frame may look, and how strongly: biases, alignment and positions of FaceFormer."""

import torch
from torch import Tensor


def slopes(heads: int) -> Tensor:
    """(heads,) of ALiBi (Press et al. 2022): 2^(-8 h / heads), h from 1; a power of two."""
    return torch.exp2(-8.0 * torch.arange(1, heads + 1) / heads)


def causal_bias(heads: int, frames: int, period: int) -> Tensor:
    """(heads, F, F), added to the scores of self-attention (section 3.2.2, eq. 3).

    What lies a whole period further back weighs one slope less; within a period all is alike. The
    future is barred by -inf.
    """
    at = torch.arange(frames)
    back = at[:, None] - at
    periods = torch.div(back, period, rounding_mode="floor").float()
    bias = -slopes(heads)[:, None, None] * periods
    return bias.masked_fill(back < 0, float("-inf"))


def alignment(frames: int, per_frame: int) -> Tensor:
    """(F, S) true where frame i may look among the features: its own alone (section 3.2.3, eq. 5).

    With two features for each frame these are 2 i and 2 i + 1.
    """
    owner = torch.arange(frames * per_frame) // per_frame
    return torch.arange(frames)[:, None] == owner


def periodic_positions(period: int, width: int, frames: int) -> Tensor:
    """(F, width) sines and cosines of i modulo `period` (section 3.2.1, eq. 2)."""
    at = (torch.arange(frames) % period).float()[:, None]
    rate = 10_000.0 ** (-torch.arange(0, width, 2).float() / width)
    waves = torch.stack([torch.sin(at * rate), torch.cos(at * rate)], dim=-1)
    return waves.reshape(frames, width)
