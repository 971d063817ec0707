"""A template (B, 3 V) and a latent (B, F, H C) -> moving vertices (B, F, 3 V), all normalised.

The UNet-like decoder of section 3.1: every layer of the template's way in is added to the layer of
the same width on the way out, so that a face keeps its identity.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.zoo.meshtalk.config import Config
from avitalk.zoo.meshtalk.encoders import SLOPE

Memory = tuple[Tensor, Tensor]
"""What an LSTM carries from frame to frame."""


class Decoder(nn.Module):
    """Layers inwards, fusion with the latent, LSTM, layers outwards."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        widths = (3 * config.vertices, *config.drawn)
        pairs = list(pairwise(widths))
        self.inwards = nn.ModuleList(nn.Linear(wide, narrow) for wide, narrow in pairs)
        self.outwards = nn.ModuleList(nn.Linear(narrow, wide) for wide, narrow in reversed(pairs))
        deep = widths[-1]
        self.fuse = nn.Linear(config.heads * config.classes + deep, deep)
        self.recurrent = nn.LSTM(deep, deep, config.recurrent, batch_first=True)
        self.bias = nn.Parameter(torch.zeros(widths[0]))

    @property
    def last(self) -> nn.Linear:
        """The layer that moves vertices."""
        layer = self.outwards[-1]
        assert isinstance(layer, nn.Linear)
        return layer

    def forward(
        self, template: Tensor, latent: Tensor, memory: Memory | None = None
    ) -> tuple[Tensor, Memory]:
        """(B, 3 V), (B, F, H, C) -> (B, F, 3 V), and the memory to go on with."""
        x, skips = template[:, None], []
        for layer in self.inwards:
            skips.append(x)
            x = functional.leaky_relu(layer(x), SLOPE)
        latent = latent.flatten(2)
        both = torch.cat([x.expand(-1, latent.shape[1], -1), latent], -1)
        found, memory = self.recurrent(functional.leaky_relu(self.fuse(both), SLOPE), memory)
        for layer, skip in zip(self.outwards, reversed(skips), strict=True):
            # The last layer is rectified, too: so it is in the authors' code.
            found = skip + functional.leaky_relu(layer(found), SLOPE)
        return found + self.bias, memory
