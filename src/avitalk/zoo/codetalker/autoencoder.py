"""Stage 1: displacements (B, F, 3 V) -> codes (B, F, H, E) -> displacements (section 3.1).

The published code adds the sinusoid of place 0 to every frame before either transformer (it reads
the table by member of the batch), and a linear layer with a bias comes right before: what it adds
that bias can be, so it is left out, and frames know their order by the convolutions alone.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.zoo.codetalker.config import CodeTalkerConfig
from avitalk.zoo.codetalker.quantiser import Quantised, VectorQuantiser


class Attention(nn.Module):
    """Self-attention over all frames, without positions; scores scale by the whole width."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.enter = nn.Linear(width, 3 * width, bias=False)
        self.leave = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, F, C) -> (B, F, C)."""
        batch, frames, width = x.shape
        query, key, value = (
            part.reshape(batch, frames, self.heads, -1).transpose(1, 2)
            for part in self.enter(x).chunk(3, dim=-1)
        )
        # The published code divides by the root of C, not of C / heads.
        found = functional.scaled_dot_product_attention(query, key, value, scale=width**-0.5)
        gathered: Tensor = self.leave(found.transpose(1, 2).reshape(batch, frames, width))
        return gathered


class Block(nn.Module):
    """A transformer layer that normalises first."""

    def __init__(self, width: int, heads: int, feed: int) -> None:
        super().__init__()
        self.before = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.between = nn.LayerNorm(width)
        self.feed = nn.Sequential(nn.Linear(width, feed), nn.GELU(), nn.Linear(feed, width))

    def forward(self, x: Tensor) -> Tensor:
        """(B, F, C) -> (B, F, C)."""
        x = x + self.attention(self.before(x))
        mixed: Tensor = self.feed(self.between(x))
        return x + mixed


class Trunk(nn.Module):
    """What encoder and decoder share: a convolution of 5 frames, then transformer layers."""

    def __init__(self, config: CodeTalkerConfig) -> None:
        super().__init__()
        width = config.hidden
        self.slope = config.slope
        self.conv = nn.Conv1d(width, width, 5, padding=2, padding_mode="replicate")
        self.embed = nn.Linear(width, width)
        self.drop = nn.Dropout(config.dropout)
        self.blocks = nn.Sequential(
            *(Block(width, config.heads, config.feed) for _ in range(config.layers))
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, F, C) -> (B, F, C); channels are normalised over F, which must be 2 and more."""
        taps = functional.leaky_relu(self.conv(x.transpose(1, 2)), self.slope)
        even = functional.instance_norm(taps).transpose(1, 2)
        mixed: Tensor = self.blocks(self.drop(self.embed(even)))
        return mixed


class MotionAutoencoder(nn.Module):
    """Context-rich facial motion space: every frame is H codes of one codebook."""

    def __init__(self, config: CodeTalkerConfig) -> None:
        super().__init__()
        self.config = config
        inner = config.codes * config.code_width
        self.enter = nn.Linear(3 * config.vertices, config.hidden)
        self.encoder = Trunk(config)
        bridged = config.bridged
        self.narrow = nn.Linear(config.hidden, inner) if bridged else nn.Identity()
        self.quantiser = VectorQuantiser(config.entries, config.code_width, config.beta)
        self.widen = nn.Linear(inner, config.hidden) if bridged else nn.Identity()
        self.decoder = Trunk(config)
        # As published: BIWI's decoder, the bridged one, ends without a bias.
        self.leave = nn.Linear(config.hidden, 3 * config.vertices, bias=not bridged)

    def latents(self, moved: Tensor) -> Tensor:
        """(B, F, 3 V) -> (B, F, H, E) not quantised yet."""
        x = functional.leaky_relu(self.enter(moved), self.config.slope)
        inner = self.narrow(_paired(self.encoder, x))
        parted: Tensor = inner.unflatten(-1, (self.config.codes, self.config.code_width))
        return parted

    def encode(self, moved: Tensor) -> Quantised:
        """(B, F, 3 V) -> codes (B, F, H, E)."""
        found: Quantised = self.quantiser(self.latents(moved))
        return found

    def decode(self, codes: Tensor) -> Tensor:
        """(B, F, H, E) -> (B, F, 3 V)."""
        drawn: Tensor = self.leave(_paired(self.decoder, self.widen(codes.flatten(2))))
        return drawn

    def forward(self, moved: Tensor) -> tuple[Tensor, Quantised]:
        """(B, F, 3 V) -> the same again by way of the codes, and these."""
        found = self.encode(moved)
        return self.decode(found.values), found


def _paired(trunk: Trunk, x: Tensor) -> Tensor:
    """A frame alone has no variance over time: it is read twice, as published."""
    if x.shape[1] > 1:
        both: Tensor = trunk(x)
        return both
    both = trunk(torch.cat([x, x], dim=1))
    return both[:, :1]
