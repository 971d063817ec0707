"""What both ears heard, a level and a person in, 52 blendshape weights a frame out.

EmoTalk (Peng et al. 2023, arXiv 2303.11089), section 3: the emotion disentangling encoder (3.2)
without its two ears, and the emotion-guided feature fusion decoder (3.3).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.zoo.emotalk.config import EmoTalkConfig


@dataclass(frozen=True, slots=True)
class Felt:
    """The emotion of a stretch of speech, frame by frame."""

    heard: Tensor
    """(B, F, H) what the classifier reads."""
    memory: Tensor
    """(B, F, W) what the decoder attends to."""
    embedding: Tensor
    """(B, F, emotion) what the queries hold of it."""


class Block(nn.Module):
    """x + W gelu(conv(norm(x))), centred."""

    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.conv = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.mix = nn.Linear(width, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(B, F, C) -> (B, F, C)."""
        taps = self.conv(self.norm(x).transpose(1, 2)).transpose(1, 2)
        change: Tensor = self.drop(self.mix(functional.gelu(taps)))
        return x + change


class EmoTalkNetwork(nn.Module):
    """The learned part beside the ears."""

    usual: Tensor
    spread: Tensor

    def __init__(self, config: EmoTalkConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.context = _context(config)
        self.voice = _voice(config)
        self.register_buffer("usual", torch.zeros(config.voice))
        self.register_buffer("spread", torch.ones(config.voice))
        hears = config.context_width or config.rows * config.features
        self.content_map = nn.Linear(hears, config.content)
        self.memory_map = nn.Linear(config.heard, width)
        self.emotion_map = nn.Linear(width, config.emotion)
        self.level_map = nn.Linear(config.levels, config.condition)
        self.person_map = nn.Linear(len(config.persons), config.condition)
        self.decoder = nn.TransformerDecoderLayer(
            width, config.heads, dim_feedforward=width, dropout=config.dropout, batch_first=True
        )
        self.leave = nn.Linear(width, config.outputs)
        nn.init.zeros_(self.leave.weight)  # a face at rest is where training starts
        nn.init.zeros_(self.leave.bias)
        self.classifier = nn.Sequential(
            nn.Dropout(config.dropout), nn.Linear(config.heard, config.heard), nn.Tanh(),
            nn.Dropout(config.dropout), nn.Linear(config.heard, len(config.emotions)),
        )  # fmt: skip

    def said(self, content: Tensor) -> Tensor:
        """(B, F, rows D) -> (B, F, content)."""
        mapped: Tensor = self.content_map(self.context(content))
        return mapped

    def felt(self, voice: Tensor) -> Felt:
        """(B, F, E) -> the emotion. Rows of zeros are frames where nobody was heard."""
        silent = (voice == 0).all(dim=-1, keepdim=True)
        even = ((voice - self.usual) / self.spread).clamp(-4, 4).masked_fill(silent, 0.0)
        heard = self.voice(even)
        memory = self.memory_map(heard)
        return Felt(heard, memory, functional.relu(self.emotion_map(memory)))

    def told(self, felt: Felt) -> Tensor:
        """(B, emotions) log-odds of the emotion: its mean over time, classified (section 3.2)."""
        found: Tensor = self.classifier(felt.heard.mean(dim=1))
        return found

    def fused(self, said: Tensor, felt: Felt, level: Tensor, person: Tensor) -> Tensor:
        """Content (B, F, content), emotion, level (B,) and person (B,) -> weights (B, F, 52).

        Section 3.3: queries are all four embeddings side by side; they attend to each other under
        a periodic bias, and each to the emotion of its own frame.
        """
        frames, config = said.shape[1], self.config
        strength = self.level_map(functional.one_hot(level, config.levels).to(said.dtype))
        whose = self.person_map(functional.one_hot(person, len(config.persons)).to(said.dtype))
        given = [part[:, None].expand(-1, frames, -1) for part in (strength, whose)]
        queries = torch.cat([said, felt.embedding, *given], dim=-1)
        bias = periodic_bias(config.heads, frames, config.period).to(said)
        apart = ~torch.eye(frames, dtype=torch.bool, device=said.device)
        guided = self.decoder(
            queries, felt.memory, tgt_mask=bias.repeat(len(said), 1, 1), memory_mask=apart
        )
        weights: Tensor = self.leave(guided)
        return weights

    def forward(self, content: Tensor, voice: Tensor, level: Tensor, person: Tensor) -> Tensor:
        """(B, F, rows D), (B, F, E), (B,), (B,) -> weights (B, F, 52)."""
        return self.fused(self.said(content), self.felt(voice), level, person)


def _context(config: EmoTalkConfig) -> nn.Module:
    """Deviation: as published both ears are trained with the rest, and see all of the recording
    both ways. Ours are frozen; these convolutions learn in place of their upper layers.
    """
    if not config.context:
        return nn.Identity()
    width = config.context_width
    blocks = [Block(width, dilation, config.dropout) for dilation in config.context]
    return nn.Sequential(
        nn.Linear(config.rows * config.features, width), *blocks, nn.LayerNorm(width)
    )


def _voice(config: EmoTalkConfig) -> nn.Module:
    """Deviation: as `_context`; statistics of a voice see 1.6 s already, so one layer does."""
    if not config.voice_width:
        return nn.Identity()
    return nn.Sequential(
        nn.Dropout(2 * config.dropout), nn.Linear(config.voice, config.voice_width), nn.ReLU(),
        nn.Dropout(2 * config.dropout),
    )  # fmt: skip


def periodic_bias(heads: int, frames: int, period: int) -> Tensor:
    """(heads, F, F) added to scores: minus slope x periods back, minus infinity ahead.

    ALiBi (Press et al. 2022) that stays the same over a period (FaceFormer, equation 6), with the
    usual slopes 2^(-8 h / heads).
    """
    if heads & (heads - 1):
        raise ValueError(f"{heads} heads; a power of two is needed")
    slopes = 2.0 ** (-8.0 / heads * torch.arange(1, heads + 1))
    at = torch.arange(frames)
    back = at[:, None] - at[None]
    passed = (back // period).to(torch.float32)
    bias = -slopes[:, None, None] * passed
    return bias.masked_fill(back < 0, float("-inf"))
