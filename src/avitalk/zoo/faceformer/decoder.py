"""The decoder's one layer: frames so far (B, F, E) and features (B, S, E) -> (B, F, E).

As in Vaswani et al. 2017 with norms after each sum. `step` computes the next frame from what was
kept of the earlier ones, and equals the last row of `forward`.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional


class Attention(nn.Module):
    """Several heads; what is added to the scores, or barred, comes from outside."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.ask = nn.Linear(width, width)
        self.tell = nn.Linear(width, 2 * width)
        self.leave = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.ask.weight)
        nn.init.xavier_uniform_(self.tell.weight)

    def keys_values(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """(..., S, E) -> keys and values, each (..., heads, S, E / heads)."""
        keys, values = self.tell(memory).chunk(2, dim=-1)
        return self._parted(keys), self._parted(values)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
        """(..., F, E) -> (..., F, E); mask: added where float, barred where false."""
        rate = self.dropout if self.training else 0.0
        found = functional.scaled_dot_product_attention(
            self._parted(self.ask(x)), keys, values, attn_mask=mask, dropout_p=rate
        )
        out: Tensor = self.leave(found.transpose(-2, -3).flatten(-2))
        return out

    def _parted(self, x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:-1], self.heads, -1).transpose(-2, -3)


@dataclass
class Kept:
    """What `step` needs of the frames before, and the features of all frames."""

    told: tuple[Tensor, Tensor]
    """Keys and values of the features, (B, F, heads, n, E / heads), n features for each frame."""
    seen: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    """Keys and values of each frame so far, (B, heads, 1, E / heads)."""


class DecoderLayer(nn.Module):
    """Self-attention, attention to the features, feed-forward."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.itself = Attention(width, heads, dropout)
        self.speech = Attention(width, heads, dropout)
        self.widen, self.narrow = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Tensor, bias: Tensor, aligned: Tensor) -> Tensor:
        """(B, F, E), (B, S, E), (heads, F, F), (F, S) -> (B, F, E)."""
        x = self._added(0, x, self.itself(x, *self.itself.keys_values(x), bias))
        x = self._added(1, x, self.speech(x, *self.speech.keys_values(memory), aligned))
        return self._fed(x)

    def start(self, memory: Tensor, per_frame: int) -> Kept:
        """(B, S, E) -> what `step` keeps, before the first frame."""
        return Kept(
            self.speech.keys_values(memory.reshape(len(memory), -1, per_frame, memory.shape[-1]))
        )

    def step(self, x: Tensor, kept: Kept, bias: Tensor) -> Tensor:
        """(B, 1, E) the next frame, (heads, 1, i + 1) -> (B, 1, E). Adds to what is kept.

        Only the frame's own features are looked at: that is what the alignment leaves.
        """
        frame = len(kept.seen)
        kept.seen.append(self.itself.keys_values(x))
        keys, values = (torch.cat(part, dim=-2) for part in zip(*kept.seen, strict=True))
        x = self._added(0, x, self.itself(x, keys, values, bias))
        told = [part[:, frame] for part in kept.told]
        x = self._added(1, x, self.speech(x, told[0], told[1], None))
        return self._fed(x)

    def _added(self, which: int, x: Tensor, change: Tensor) -> Tensor:
        out: Tensor = self.norms[which](x + self.drop(change))
        return out

    def _fed(self, x: Tensor) -> Tensor:
        hidden = self.drop(functional.relu(self.widen(x)))
        return self._added(2, x, self.narrow(hidden))
