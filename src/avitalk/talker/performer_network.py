"""Lips, voice and slow noise (B, T, I) under a style (B, T, E) -> a whole face in motion (B, T, C).

AVI-Talking section 3.4, the generator of figure 4: content says what the mouth speaks, style how
the face carries itself. Deviations: dilated convolutions instead of a transformer, so that any
length costs the same per second and a file equals its windows; content is the motion of the lips,
not wav2vec 2.0 features, so that lips stay those of the talker; style may change over time; slow
noise comes in, because one performance in the mean of many is a mask.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.facs.channels import CHANNELS
from avitalk.facs.expression import WIDTH
from avitalk.facs.variation import TRACKS
from avitalk.speech.prosody import NAMES
from avitalk.talker.shapes import SHAPES

INPUTS = len(SHAPES) + len(NAMES) + len(TRACKS)
"""I: lips, prosody, variation."""


@dataclass(frozen=True, slots=True)
class PerformerConfig:
    """Sizes of the performer."""

    style_width: int = 64
    """E: width of a style."""
    width: int = 128
    """Channels of the residual blocks."""
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 28)
    """Dilation of each block, in frames of 20 ms; looks as far ahead as back."""
    inputs: int = INPUTS
    """I: what comes in beside the style."""
    outputs: int = CHANNELS
    """C: what comes out."""
    labels: int = WIDTH
    """P: what the teacher knows; for filmed corpora, one-hot labels."""

    @classmethod
    def tiny(cls) -> "PerformerConfig":
        """A miniature for tests."""
        return cls(style_width=64, width=12, dilations=(1, 4))

    @property
    def reach_frames(self) -> int:
        """Frames before and after t that frame t depends on."""
        return sum(self.dilations)


class StyledBlock(nn.Module):
    """x + W2 gelu(conv(norm(x) (1 + scale) + shift)); the style gives scale and shift by frame."""

    def __init__(self, width: int, dilation: int, style: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width, 1))
        self.manner = nn.Linear(style, 2 * width, bias=False)  # no bias: neutral is zero
        nn.init.normal_(self.manner.weight, std=0.05)
        self.conv = nn.Conv1d(width, width, 3, dilation=dilation, padding=dilation)
        self.mix = nn.Conv1d(width, width, 1)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """(B, W, T), (B, T, E) -> (B, W, T)."""
        even = x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-5) * self.gain
        scale, shift = self.manner(style).transpose(1, 2).chunk(2, dim=1)
        mixed: Tensor = self.mix(functional.gelu(self.conv(even * (1 + scale) + shift)))
        return x + mixed


class PerformerNetwork(nn.Module):
    """The generator and its teacher, EMOTE's linear style network.

    What a style does by itself passes straight through; the blocks say how it swells, and what
    comes on top.
    """

    def __init__(self, config: PerformerConfig) -> None:
        super().__init__()
        self.teacher = nn.Linear(config.labels, config.style_width, bias=False)
        nn.init.orthogonal_(self.teacher.weight)
        self.enter = nn.Conv1d(config.inputs, config.width, 1)
        self.blocks = nn.ModuleList(
            StyledBlock(config.width, dilation, config.style_width) for dilation in config.dilations
        )
        self.leave = nn.Conv1d(config.width, 2 * config.outputs, 1)
        self.straight = nn.Linear(config.style_width, config.outputs, bias=False)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)  # type: ignore[arg-type]
        nn.init.zeros_(self.straight.weight)

    def forward(self, inputs: Tensor, style: Tensor) -> Tensor:
        """(B, T, I), (B, T, E) -> (B, T, C): what the face does beyond speaking."""
        hidden = self.enter(inputs.transpose(1, 2))
        for block in self.blocks:
            hidden = block(hidden, style)
        added, swell = self.leave(hidden).transpose(1, 2).chunk(2, dim=-1)
        moved: Tensor = added + (1 + swell) * self.straight(style)
        return moved
