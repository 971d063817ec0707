"""Speech features (B, T, D) -> mouth weights (B, T, K): non-autoregressive dilated convolutions."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.talker.shapes import SHAPES

SMOOTH = 0.17
"""Without it the lips shake 1.4 times as much as tracked ones (third difference), with it about as
much, and closures stay. Part of running, not of training, which would learn to undo it.
"""
OVERSHOOT = 0.02
"""The squashed output reaches this far beyond [0, 1] before it is cut: zero can be met exactly."""


@dataclass(frozen=True, slots=True)
class TalkerConfig:
    """Sizes of the talker."""

    features: int
    """D: width of the encoder's features."""
    width: int = 128
    """Channels of the residual blocks."""
    dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2)
    """Dilation of each block, in frames of 20 ms."""
    causal_from: int = 8
    """Blocks with this dilation or more look back only."""

    @classmethod
    def tiny(cls, features: int = 48) -> "TalkerConfig":
        """A miniature for tests."""
        return cls(features=features, width=12, dilations=(1, 2))

    @property
    def ahead_frames(self) -> int:
        """Frames of 20 ms after t that frame t depends on."""
        return 1 + sum(d for d in self.dilations if d < self.causal_from)

    @property
    def back_frames(self) -> int:
        """Frames of 20 ms before t that frame t depends on."""
        return 1 + sum(d if d < self.causal_from else 2 * d for d in self.dilations)


class Block(nn.Module):
    """x + W2 gelu(conv(norm(x))): three taps, centred or looking back."""

    def __init__(self, width: int, dilation: int, *, causal: bool, dropout: float) -> None:
        super().__init__()
        self.pad = (2 * dilation, 0) if causal else (dilation, dilation)
        self.gain = nn.Parameter(torch.ones(width, 1))
        self.conv = nn.Conv1d(width, width, 3, dilation=dilation)
        self.mix = nn.Conv1d(width, width, 1)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T) -> (B, C, T)."""
        even = x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-5) * self.gain
        taps = self.conv(functional.pad(even, self.pad))
        change: Tensor = self.drop(self.mix(functional.gelu(taps)))
        return x + change


class LipNetwork(nn.Module):
    """The learned part of the talker."""

    def __init__(self, config: TalkerConfig, dropout: float = 0.0) -> None:
        super().__init__()
        self.enter = nn.Conv1d(config.features, config.width, 1)
        self.blocks = nn.Sequential(
            *(
                Block(config.width, d, causal=d >= config.causal_from, dropout=dropout)
                for d in config.dilations
            )
        )
        self.leave = nn.Conv1d(config.width, len(SHAPES), 1)
        nn.init.constant_(self.leave.bias, -2.0)  # type: ignore[arg-type]  # lips start nearly shut

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, D) -> (B, T, K), slightly beyond [0, 1]: cut it before use."""
        hidden = self.blocks(self.enter(features.transpose(1, 2)))
        squashed = torch.sigmoid(self.leave(hidden)).transpose(1, 2)
        return squashed * (1 + 2 * OVERSHOOT) - OVERSHOOT


def steadied(weights: Tensor) -> Tensor:
    """(B, T, K) -> the same, cut to [0, 1], each frame with a SMOOTH share of either neighbour."""
    beside = functional.pad(weights.transpose(1, 2), (1, 1), mode="replicate").transpose(1, 2)
    smooth = (1 - 2 * SMOOTH) * weights + SMOOTH * (beside[:, :-2] + beside[:, 2:])
    return smooth.clamp(0, 1)
