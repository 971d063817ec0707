"""Architectures that the encoder's was chosen among, under names for the table.

All hear the same log-mel, end in the same bottleneck and hold the same number of weights within a
few tenths of a million.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from avitalk.speech.network import ChannelNorm, EncoderConfig, PhoneNetwork


@dataclass(frozen=True, slots=True)
class Rival:
    """One architecture."""

    config: EncoderConfig
    make: Callable[[EncoderConfig, float], PhoneNetwork] = PhoneNetwork
    """Config and dropout to network."""


class RecurrentBlock(nn.Module):
    """x + a gated recurrent unit over norm(x): remembers without bound, looks ahead not at all."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = ChannelNorm(width)
        self.memory = nn.GRU(width, width, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T) -> (B, C, T)."""
        with torch.autocast("cpu", enabled=False):  # bf16 is slower here
            remembered, _ = self.memory(self.norm(x.float()).transpose(1, 2))
        change: Tensor = remembered.transpose(1, 2)
        return x + change


class RecurrentNetwork(PhoneNetwork):
    """Convolutions for what lies near, then three recurrent layers."""

    def __init__(self, config: EncoderConfig, dropout: float = 0.0) -> None:
        super().__init__(config, dropout)
        self.blocks.extend(RecurrentBlock(config.width) for _ in range(3))


RIVALS: Final = {
    "dilated convolutions": Rival(EncoderConfig()),
    "dilated convolutions and causal attention": Rival(EncoderConfig(attend_after=(4, 8))),
    "dilated convolutions and a GRU": Rival(
        EncoderConfig(dilations=(1, 2, 4, 1, 2, 4)), RecurrentNetwork
    ),
}
