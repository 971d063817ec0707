"""Reference frames of a performance (B, S, R), in any order -> its style (B, E).

AVI-Talking section 3.4, the style encoder of figure 4: a transformer over random frames, pooled by
attention as in StyleTalk (Ma et al. 2023): softmax(W2 mish(W1 h)). No positions: a style is of the
set. Each frame carries its speed, so that quick and slow ways of moving differ.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.facs.channels import CHANNELS
from avitalk.style.parts import STYLE_WIDTH

FRAME = 2 * CHANNELS + 2
"""R: channels, their speeds, whether the head is known, whether the gaze is."""


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """Sizes of the style encoder."""

    style_width: int = STYLE_WIDTH
    """E."""
    width: int = 128
    """Of the transformer."""
    layers: int = 3
    heads: int = 8
    inner: int = 256
    """Of the feed-forward part; the paper has 1,024 at width 256."""
    frame: int = FRAME
    """R."""

    @classmethod
    def tiny(cls) -> "EncoderConfig":
        """A miniature for tests."""
        return cls(width=16, layers=1, heads=2, inner=16)


class StyleEncoderNetwork(nn.Module):
    """The learned part of the style encoder."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.enter = nn.Linear(config.frame, config.width)
        layer = nn.TransformerEncoderLayer(
            config.width, config.heads, config.inner, dropout=0.0, activation="gelu",
            batch_first=True, norm_first=True,
        )  # fmt: skip
        self.layers = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.even = nn.LayerNorm(config.width)
        self.first = nn.Linear(config.width, config.width)
        self.second = nn.Linear(config.width, 1)
        self.leave = nn.Linear(config.width, config.style_width)

    def forward(self, frames: Tensor) -> Tensor:
        """(B, S, R) -> (B, E)."""
        hidden = self.even(self.layers(self.enter(frames)))
        share = torch.softmax(self.second(functional.mish(self.first(hidden))), dim=1)
        style: Tensor = self.leave((share * hidden).sum(dim=1))
        return style
