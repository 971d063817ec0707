"""Stage 2: speech features (B, T, D) and a style (B,) -> codes, frame by frame (section 3.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.zoo.codetalker.autoencoder import MotionAutoencoder
from avitalk.zoo.codetalker.config import CodeTalkerConfig
from avitalk.zoo.codetalker.masks import alignment, periodic_positions, temporal_bias


@dataclass(frozen=True, slots=True)
class Guess:
    """What the cross-modal decoder says about frames whose past it is told."""

    moved: Tensor
    """(B, F, 3 V) displacements, decoded from codes."""
    latents: Tensor
    """(B, F, H, E) before they were quantised."""


class Neighbours(nn.Module):
    """x + W gelu(conv(norm(x))): three taps, to either side."""

    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.conv = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.mix = nn.Linear(width, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) -> (B, T, C)."""
        taps = self.conv(self.norm(x).transpose(1, 2)).transpose(1, 2)
        mixed: Tensor = self.drop(self.mix(functional.gelu(taps)))
        return x + mixed


class CodeTalkerNetwork(nn.Module):
    """Both stages; `train` leaves the first as it is, which has a training of its own.

    Deviation: the published code trains the transformer of wav2vec 2.0 along with this. Here
    speech features come from outside and stay frozen; ours know little of what is said before and
    after, and a frame attends to its own alone, so that the small size has convolutions
    (`context`) in that transformer's place.
    """

    def __init__(self, config: CodeTalkerConfig) -> None:
        super().__init__()
        self.config = config
        width = config.talker_width
        self.autoencoder = MotionAutoencoder(config)
        self.hear = nn.Sequential(
            nn.Linear(config.features, width),
            *(Neighbours(width, dilation, config.dropout) for dilation in config.context),
        )
        self.see = nn.Linear(3 * config.vertices, width)
        self.styles = nn.Embedding(len(config.styles), width)
        self.drop = nn.Dropout(config.dropout)
        layer = nn.TransformerDecoderLayer(
            width, config.talker_heads, 2 * width, config.dropout, batch_first=True
        )
        self.decoder = nn.TransformerDecoder(layer, config.talker_layers)
        self.leave = nn.Linear(width, config.codes * config.code_width, bias=False)
        nn.init.zeros_(self.leave.weight)

    def train(self, mode: bool = True) -> Self:
        """Stage 2's mode; the motion space stays as at run time."""
        super().train(mode)
        self.autoencoder.eval()
        return self

    def freeze(self) -> list[nn.Parameter]:
        """Fix the motion space; returns the parameters that stage 2 learns."""
        self.autoencoder.requires_grad_(False)
        return [parameter for parameter in self.parameters() if parameter.requires_grad]

    def forward(self, features: Tensor, moved: Tensor, style: Tensor) -> Guess:
        """Teacher forcing: (B, T, D), the truth (B, F, 3 V), (B,) -> a guess at each frame.

        Deviation: the first token is the embedding of the face at rest plus the style, here and
        in `generate`; the published code starts from the style alone when it generates.
        """
        before = torch.cat([torch.zeros_like(moved[:, :1]), moved[:, :-1]], dim=1)
        tokens = self.see(before) + self.styles(style)[:, None]
        latents = self._latents(tokens, self.hear(features))
        return Guess(self.autoencoder.decode(self.autoencoder.quantiser(latents).values), latents)

    def generate(self, features: Tensor, style: Tensor) -> Tensor:
        """(B, T, D), (B,) -> (B, F, 3 V) displacements, each frame after those before it."""
        *_, drawn = self.steps(features, style)
        return drawn

    def steps(self, features: Tensor, style: Tensor) -> Iterator[Tensor]:
        """As `generate`, step by step: (B, 1, 3 V), (B, 2, 3 V), ... (B, F, 3 V).

        As published, every step runs all frames so far through both decoders again: only the last
        of them is new, but the motion decoder normalises over all. The last one is read back.
        """
        heard, style = self.hear(features), self.styles(style)[:, None]
        frames = max(1, features.shape[1] // self.config.per_frame)
        last = heard.new_zeros(len(heard), 1, 3 * self.config.vertices)
        tokens = heard.new_empty(len(heard), 0, self.config.talker_width)
        for _ in range(frames):
            tokens = torch.cat([tokens, self.see(last) + style], dim=1)
            latents = self._latents(tokens, heard)
            drawn = self.autoencoder.decode(self.autoencoder.quantiser(latents).values)
            yield drawn
            last = drawn[:, -1:]

    def _latents(self, tokens: Tensor, heard: Tensor) -> Tensor:
        """(B, F, C), (B, T, C) -> (B, F, H, E)."""
        config = self.config
        batch, frames, width = tokens.shape
        place = periodic_positions(frames, width, config.period).to(tokens)
        bias = temporal_bias(frames, config.talker_heads, config.period).to(tokens)
        apart = alignment(frames, heard.shape[1], config.per_frame).to(tokens.device)
        found = self.decoder(
            self.drop(tokens + place), heard, tgt_mask=bias.repeat(batch, 1, 1), memory_mask=apart
        )
        parted: Tensor = self.leave(found).unflatten(-1, (config.codes, config.code_width))
        return parted
