"""Embeddings (B, L, d) -> what follows each of them: the LLaMA architecture, small and on its own.

Touvron et al. 2023, "LLaMA: Open and Efficient Foundation Language Models", section 2.2: RMSNorm
before each part (Zhang and Sennrich 2019), rotary positions (Su et al. 2021, eq. 34), SwiGLU
(Shazeer 2020, eq. 6); grouped-query attention (Ainslie et al. 2023) is a matter of `groups`.
Tensors carry the names of Hugging Face's `LlamaForCausalLM`, so that either reads the other's.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.errors import InputError


@dataclass(frozen=True, slots=True)
class LlamaConfig:
    """Sizes of the network."""

    vocabulary: int = 4096
    """Tokens known."""
    width: int = 256
    """Width d of the embeddings and of the residual stream."""
    layers: int = 6
    """Blocks of attention and feed-forward."""
    heads: int = 4
    """Heads that ask."""
    groups: int = 4
    """Heads that answer (keys and values); each serves heads / groups of those that ask."""
    hidden: int = 704
    """Width inside the feed-forward part."""
    rotary_base: float = 10000.0
    """Base of the rotary frequencies."""
    epsilon: float = 1e-5
    """Added to the mean square in RMSNorm."""
    tied: bool = True
    """Whether the output layer is the embedding table."""

    def __post_init__(self) -> None:
        """Raises InputError where the sizes do not fit each other."""
        if self.width % self.heads or (self.width // self.heads) % 2:
            raise InputError(
                f"width {self.width} does not part into {self.heads} heads of an even width"
            )
        if self.heads % self.groups:
            raise InputError(f"{self.heads} heads do not part into {self.groups} groups")

    @classmethod
    def tiny(cls) -> "LlamaConfig":
        """A miniature for tests."""
        return cls(vocabulary=300, width=32, layers=2, heads=4, groups=2, hidden=48)

    @property
    def head_width(self) -> int:
        """Width of one head."""
        return self.width // self.heads


class RMSNorm(nn.Module):
    """x / sqrt(mean(x^2) + epsilon) * gain over the last axis, reckoned in float32."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """(..., d) -> (..., d)."""
        whole = x.float()
        scale = torch.rsqrt(whole.square().mean(-1, keepdim=True) + self.epsilon)
        return (whole * scale).to(x.dtype) * self.weight


class Cache:
    """Keys and values of the positions read so far, in memory taken once."""

    def __init__(self, config: LlamaConfig, rows: int, room: int, like: Tensor) -> None:
        """Room for `room` positions of each of `rows` rows; device and type as of `like`."""
        shape = (config.layers, rows, config.groups, room, config.head_width)
        self.keys = torch.empty(shape, dtype=like.dtype, device=like.device)
        self.values = torch.empty_like(self.keys)
        self.length = 0

    @property
    def room(self) -> int:
        """Positions that fit."""
        return self.keys.shape[3]

    def repeated(self, times: int) -> "Cache":
        """Each row `times` times over, one after the other."""
        copy = object.__new__(Cache)
        copy.keys = self.keys.repeat_interleave(times, dim=1)
        copy.values = self.values.repeat_interleave(times, dim=1)
        copy.length = self.length
        return copy

    def only(self, rows: Tensor) -> "Cache":
        """Some rows alone, by their numbers (R,)."""
        copy = object.__new__(Cache)
        layers, _, *rest = self.keys.shape
        for name in ("keys", "values"):
            kept = self.keys.new_empty((layers, len(rows), *rest))
            used = slice(self.length)
            kept[:, :, :, used] = getattr(self, name)[:, :, :, used].index_select(1, rows)
            setattr(copy, name, kept)
        copy.length = self.length
        return copy

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add (B, G, L, e) of one layer; returns all so far. `length` moves on after all layers."""
        upto = self.length + keys.shape[2]
        self.keys[layer, :, :, self.length : upto] = keys
        self.values[layer, :, :, self.length : upto] = values
        return self.keys[layer, :, :, :upto], self.values[layer, :, :, :upto]


def rotated(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Turn the pairs (i, i + e/2) of each head by their position's angles: (B, H, L, e)."""
    low, high = x.chunk(2, dim=-1)
    return x * cosine + torch.cat((-high, low), dim=-1) * sine


def causal_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attention (B, H, L, e) by plain products, for training.

    On a CPU its gradient takes a third of the time that the fused function's takes in bfloat16.
    """
    rows, heads, length, width = q.shape
    future = q.new_full((length, length), -1e9).triu(1)
    flat_q, flat_k, flat_v = (part.reshape(rows * heads, length, width) for part in (q, k, v))
    scores = torch.baddbmm(future, flat_q, flat_k.transpose(1, 2), alpha=width**-0.5)
    mixed = torch.bmm(scores.softmax(dim=-1).to(v.dtype), flat_v)
    return mixed.view(rows, heads, length, width)


class Attention(nn.Module):
    """Each position looks at itself and those before it."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        width, inner = config.width, config.groups * config.head_width
        self.heads, self.groups = config.heads, config.groups
        self.q_proj = nn.Linear(width, width, bias=False)
        self.k_proj = nn.Linear(width, inner, bias=False)
        self.v_proj = nn.Linear(width, inner, bias=False)
        self.o_proj = nn.Linear(width, width, bias=False)

    def forward(
        self,
        x: Tensor,
        turn: tuple[Tensor, Tensor],
        seen: Tensor | None,
        cache: Cache | None,
        layer: int,
    ) -> Tensor:
        """(B, L, d) -> (B, L, d); `seen` (B, 1, L, K) true where a position may look, None: plain
        causal attention, or a single position that sees all of the cache.
        """
        rows, length, width = x.shape
        q = self.q_proj(x).view(rows, length, self.heads, -1).transpose(1, 2)
        k = self.k_proj(x).view(rows, length, self.groups, -1).transpose(1, 2)
        v = self.v_proj(x).view(rows, length, self.groups, -1).transpose(1, 2)
        cosine, sine = (part.to(q.dtype) for part in turn)
        q, k = rotated(q, cosine, sine), rotated(k, cosine, sine)
        if cache is not None:
            k, v = cache.extend(layer, k, v)
        if self.groups != self.heads:
            k = k.repeat_interleave(self.heads // self.groups, dim=1)
            v = v.repeat_interleave(self.heads // self.groups, dim=1)
        causal = seen is None and length > 1
        if causal and q.requires_grad:
            mixed = causal_attention(q, k, v)
        else:
            mixed = functional.scaled_dot_product_attention(q, k, v, seen, is_causal=causal)
        out: Tensor = self.o_proj(mixed.transpose(1, 2).reshape(rows, length, width))
        return out


class FeedForward(nn.Module):
    """SwiGLU: W_down(silu(W_gate x) * W_up x)."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(width, hidden, bias=False)
        self.up_proj = nn.Linear(width, hidden, bias=False)
        self.down_proj = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, L, d) -> (B, L, d)."""
        out: Tensor = self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))
        return out


class Block(nn.Module):
    """Attention, then feed-forward, each on the normed stream and added to it."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(config.width, config.epsilon)
        self.self_attn = Attention(config)
        self.post_attention_layernorm = RMSNorm(config.width, config.epsilon)
        self.mlp = FeedForward(config.width, config.hidden)

    def forward(
        self,
        x: Tensor,
        turn: tuple[Tensor, Tensor],
        seen: Tensor | None,
        cache: Cache | None,
        layer: int,
    ) -> Tensor:
        """(B, L, d) -> (B, L, d)."""
        x = x + self.self_attn(self.input_layernorm(x), turn, seen, cache, layer)
        out: Tensor = x + self.mlp(self.post_attention_layernorm(x))
        return out


class Trunk(nn.Module):
    """Embedding table, blocks and last norm."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocabulary, config.width)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.width, config.epsilon)


class Llama(nn.Module):
    """The network; its positions are relative, so padding on the left changes nothing."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.config = config
        self.model = Trunk(config)
        if not config.tied:
            self.lm_head = nn.Linear(config.width, config.vocabulary, bias=False)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                deep = name.endswith(("o_proj.weight", "down_proj.weight"))
                scale = 0.02 / math.sqrt(2 * config.layers) if deep else 0.02
                nn.init.normal_(parameter, std=scale)

    def embed(self, ids: Tensor) -> Tensor:
        """(..., ) token ids -> (..., d)."""
        out: Tensor = self.model.embed_tokens(ids)
        return out

    def angles(self, start: int, length: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """Cosines and sines (L, e) of the positions from `start` on."""
        width = self.config.head_width
        steps = torch.arange(0, width, 2, dtype=torch.float32, device=device) / width
        at = torch.arange(start, start + length, dtype=torch.float32, device=device)
        angle = at[:, None] / self.config.rotary_base**steps
        angle = torch.cat((angle, angle), dim=-1)
        return angle.cos(), angle.sin()

    def hidden(
        self, embeddings: Tensor, *, real: Tensor | None = None, cache: Cache | None = None
    ) -> Tensor:
        """(B, L, d) -> (B, L, d), what the output layer reads.

        `real` (B, K) bool tells padding (false) among all K positions up to the last one given, the
        cached ones included; None: no padding.
        """
        start, length = cache.length if cache is not None else 0, embeddings.shape[1]
        turn = self.angles(start, length, embeddings.device)
        seen = None
        if real is not None or (start and length > 1):
            at = torch.arange(start + length, device=embeddings.device)
            seen = (at[None, :] <= at[start:, None])[None, None]
            if real is not None:
                # A padded row looks at itself, since attention to nothing is not a number.
                seen = seen & real[:, None, None, :] | (at[None, :] == at[start:, None])
        x = embeddings
        for layer, block in enumerate(self.model.layers):
            x = block(x, turn, seen, cache, layer)
        if cache is not None:
            cache.length += length
        out: Tensor = self.model.norm(x)
        return out

    def logits(self, hidden: Tensor) -> Tensor:
        """(..., d) -> (..., vocabulary)."""
        tied = self.config.tied
        table = self.model.embed_tokens.weight if tied else self.lm_head.weight
        return functional.linear(hidden, table)

    def forward(
        self, embeddings: Tensor, *, real: Tensor | None = None, cache: Cache | None = None
    ) -> Tensor:
        """(B, L, d) -> logits (B, L, vocabulary)."""
        return self.logits(self.hidden(embeddings, real=real, cache=cache))
