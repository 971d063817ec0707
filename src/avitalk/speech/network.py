"""Log-mel (B, M, 2T) -> bottleneck (B, T, D), phone logits (B, T, P): convolutions, attention."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.speech.phones import PHONES

QUERIES: Final = 200  # frames asking at once: a whole training example, a part of a long file


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """Sizes of the speech encoder; its look-ahead and look-back follow from them."""

    bands: int = 80
    """Mel bands."""
    width: int = 224
    """Channels of the residual blocks."""
    bottleneck: int = 64
    """Width D of the features that the phone logits are made of."""
    dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2, 4, 8, 1, 2)
    """Dilation of each block, in frames of 20 ms."""
    causal_from: int = 8
    """Blocks with this dilation or more look back only."""
    level_back_s: float = 4.0
    """Look-back of the running level."""
    level_ahead_s: float = 0.2
    """Look-ahead of the running level."""
    attend_after: tuple[int, ...] = ()
    """Blocks, counted from one, that a layer of attention follows."""
    heads: int = 4
    """Heads of each layer of attention."""
    attend_back: int = 100
    """Frames that a layer of attention looks back."""
    attend_ahead: int = 0
    """Frames that a layer of attention looks ahead."""
    prosody: bool = False
    """Whether `avitalk.speech.prosody` stands behind what is heard, for the talker."""

    @classmethod
    def tiny(cls) -> "EncoderConfig":
        """A miniature for tests."""
        return cls(bands=20, width=16, bottleneck=8, dilations=(1, 2), level_back_s=0.5)

    @property
    def ahead_frames(self) -> int:
        """Frames of 20 ms after t that frame t depends on, all parts together."""
        blocks = sum(d for d in self.dilations if d < self.causal_from)
        blocks += self.attend_ahead * len(self.attend_after)
        return blocks + round(self.level_ahead_s * 50) + 3  # stem 1, window 1, rounding 1

    @property
    def back_frames(self) -> int:
        """Frames of 20 ms before t that frame t depends on."""
        blocks = sum(d if d < self.causal_from else 2 * d for d in self.dilations)
        blocks += self.attend_back * len(self.attend_after)
        return blocks + round(self.level_back_s * 50) + 3

    @property
    def look_ahead_s(self) -> float:
        """Delay a stream needs, in seconds."""
        return self.ahead_frames / 50


class ChannelNorm(nn.Module):
    """Divide each frame by the root mean square over its channels; (B, C, T) -> the same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T) -> (B, C, T)."""
        scale: Tensor = torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-5)
        return x * scale * self.gain


class DilatedBlock(nn.Module):
    """x + W2 gelu(conv(norm(x))), three taps `dilation` frames apart, centred or looking back."""

    def __init__(self, width: int, dilation: int, *, causal: bool, dropout: float) -> None:
        super().__init__()
        self.pad = (2 * dilation, 0) if causal else (dilation, dilation)
        self.norm = ChannelNorm(width)
        self.conv = nn.Conv1d(width, width, 3, dilation=dilation)
        self.mix = nn.Conv1d(width, width, 1)
        self.drop = nn.Dropout1d(dropout)  # whole channels: a tenth cheaper step

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T) -> (B, C, T)."""
        taps = self.conv(functional.pad(self.norm(x), self.pad))
        change: Tensor = self.drop(self.mix(functional.gelu(taps)))
        return x + change


class AttentionBlock(nn.Module):
    """Attention within a bounded band of frames, biased by distance.

    It starts as the identity, so that a trained network can be grown by it.
    """

    def __init__(self, config: EncoderConfig, *, dropout: float) -> None:
        super().__init__()
        width = config.width
        self.heads, self.back, self.ahead = config.heads, config.attend_back, config.attend_ahead
        self.norm = ChannelNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.bias = nn.Parameter(torch.zeros(config.heads, self.back + self.ahead + 1))
        self.drop = nn.Dropout1d(dropout)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def _band(self, queries: range, keys: range, like: Tensor) -> Tensor:
        """(heads, Q, K) bias by distance; minus infinity outside the band."""
        at, seen = (torch.arange(r.start, r.stop, device=like.device) for r in (queries, keys))
        behind = at[:, None] - seen[None, :]
        inside = (behind <= self.back) & (behind >= -self.ahead)
        chosen = self.bias[:, (behind + self.ahead).clamp(0, self.back + self.ahead)]
        return chosen.masked_fill(~inside, -torch.inf).to(like.dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T) -> (B, C, T)."""
        batch, width, frames = x.shape
        mixed = self.query_key_value(self.norm(x).transpose(1, 2))
        q, k, v = mixed.view(batch, frames, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        parts = []
        for start in range(0, frames, QUERIES):  # only the keys that the band reaches
            here = range(start, min(start + QUERIES, frames))
            keys = range(max(0, start - self.back), min(frames, here.stop + self.ahead))
            within = slice(keys.start, keys.stop)
            band = self._band(here, keys, q)
            asked = q[:, :, here.start : here.stop]
            heard = functional.scaled_dot_product_attention(
                asked, k[:, :, within], v[:, :, within], band
            )
            parts.append(heard)
        seen = torch.cat(parts, dim=2).transpose(1, 2).reshape(batch, frames, width)
        dropped: Tensor = self.drop(self.out(seen).transpose(1, 2))
        return x + dropped


class PhoneNetwork(nn.Module):
    """The learned part of the speech encoder."""

    def __init__(self, config: EncoderConfig, dropout: float = 0.0) -> None:
        super().__init__()
        # Kernel 6, stride 2: frame t sees mel frames 2t-2 .. 2t+3, centred on its own middle.
        self.stem = nn.Conv1d(config.bands, config.width, 6, stride=2, padding=2)
        self.blocks = nn.Sequential(
            *(
                DilatedBlock(config.width, d, causal=d >= config.causal_from, dropout=dropout)
                for d in config.dilations
            )
        )
        self.attention = nn.ModuleDict(
            {str(at): AttentionBlock(config, dropout=dropout) for at in config.attend_after}
        )
        self.norm = ChannelNorm(config.width)
        self.bottleneck = nn.Conv1d(config.width, config.bottleneck, 1)
        self.phones = nn.Conv1d(config.bottleneck, len(PHONES), 1)

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """(B, M, 2T) -> bottleneck (B, T, D) of unit mean square, phone logits (B, T, P)."""
        hidden = self.stem(mel)
        for count, block in enumerate(self.blocks, 1):
            hidden = block(hidden)
            if str(count) in self.attention:
                hidden = self.attention[str(count)](hidden)
        narrow = self.bottleneck(self.norm(hidden))
        narrow = narrow * torch.rsqrt(narrow.square().mean(dim=1, keepdim=True) + 1e-5)
        return narrow.transpose(1, 2), self.phones(narrow).transpose(1, 2)
