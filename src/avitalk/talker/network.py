"""Speech features (B, T, D) and a speaker's style (B, S) -> mouth weights (B, T, K).

Non-autoregressive dilated convolutions; the style scales and shifts the channels of each block
(Perez et al. 2018, FiLM). A style of zeros is the neutral one.
"""

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
    width: int = 160
    """Channels of the residual blocks."""
    dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2, 4, 1)
    """Dilation of each block, in frames of 20 ms."""
    causal_from: int = 8
    """Blocks with this dilation or more look back only."""
    styles: tuple[str, ...] = ()
    """Names of the speakers whose style was learned; neutral needs no name."""
    style_width: int = 8
    """S: width of a style."""

    @classmethod
    def tiny(cls, features: int = 48) -> "TalkerConfig":
        """A miniature for tests."""
        return cls(features=features, width=12, dilations=(1, 2), styles=("one", "two"))

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

    def __init__(
        self, width: int, dilation: int, *, style: int, causal: bool, dropout: float
    ) -> None:
        super().__init__()
        self.pad = (2 * dilation, 0) if causal else (dilation, dilation)
        self.gain = nn.Parameter(torch.ones(width, 1))
        self.conv = nn.Conv1d(width, width, 3, dilation=dilation)
        self.mix = nn.Conv1d(width, width, 1)
        self.drop = nn.Dropout(dropout)
        self.manner = None
        if style:
            self.manner = nn.Linear(style, 2 * width, bias=False)  # no bias: neutral is zero
            nn.init.normal_(self.manner.weight, std=0.02)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """(B, C, T), (B, S) -> (B, C, T)."""
        even = x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-5) * self.gain
        if self.manner is not None:
            scale, shift = self.manner(style)[..., None].chunk(2, dim=1)
            even = even * (1 + scale) + shift
        taps = self.conv(functional.pad(even, self.pad))
        change: Tensor = self.drop(self.mix(functional.gelu(taps)))
        return x + change


class LipNetwork(nn.Module):
    """The learned part of the talker."""

    def __init__(self, config: TalkerConfig, dropout: float = 0.0) -> None:
        super().__init__()
        style = config.style_width if config.styles else 0
        self.enter = nn.Conv1d(config.features, config.width, 1)
        self.blocks = nn.ModuleList(
            Block(config.width, d, style=style, causal=d >= config.causal_from, dropout=dropout)
            for d in config.dilations
        )
        self.styles = nn.Parameter(0.3 * torch.randn(len(config.styles), style)) if style else None
        self.leave = nn.Conv1d(config.width, len(SHAPES), 1)
        nn.init.constant_(self.leave.bias, -2.0)  # type: ignore[arg-type]  # lips start nearly shut

    def style(self, index: Tensor) -> Tensor | None:
        """(B,) numbers of learned styles, -1 for neutral -> (B, S); None if none was learned."""
        if self.styles is None:
            return None
        known = (index >= 0).to(self.styles.dtype)[:, None]
        return self.styles[index.clamp(min=0)] * known

    def forward(self, features: Tensor, style: Tensor | None = None) -> Tensor:
        """(B, T, D), (B, S) -> (B, T, K), slightly beyond [0, 1]: cut it before use."""
        if style is None:
            wide = 0 if self.styles is None else self.styles.shape[1]
            style = features.new_zeros(len(features), wide)
        hidden = self.enter(features.transpose(1, 2))
        for block in self.blocks:
            hidden = block(hidden, style)
        squashed = torch.sigmoid(self.leave(hidden)).transpose(1, 2)
        return squashed * (1 + 2 * OVERSHOOT) - OVERSHOOT


def steadied(weights: Tensor) -> Tensor:
    """(B, T, K) -> the same, cut to [0, 1], each frame with a SMOOTH share of either neighbour."""
    beside = functional.pad(weights.transpose(1, 2), (1, 1), mode="replicate").transpose(1, 2)
    smooth = (1 - 2 * SMOOTH) * weights + SMOOTH * (beside[:, :-2] + beside[:, 2:])
    return smooth.clamp(0, 1)
