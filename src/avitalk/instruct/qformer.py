"""Statistics of a voice (B, W, S) -> learnable queries that have listened (B, Q, D): figure 3.

AVI-Talking section 3.3.1: a Perceiver-style Q-Former compresses what was heard into a fixed number
of vectors, whose mean is aligned with the instruction's sentence embedding (section 3.3.2, eq. 6).
Deviations: it attends to tokens made of windows' statistics instead of HuBERT frames (535 clips
are too few to learn pooling as well); sentence and voice are both projected to a shared space, as
BLIP-2 does; two small heads estimate emotion and intensity from the mean query.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from avitalk.instruct.ear import WIDTH
from avitalk.nn.checkpoint import completed, fill_module, read_config, save_module

KIND: Final = "affect-ear"
LARGEST: Final = 5.0  # standard deviations
SMALLEST_SPREAD: Final = 1e-4
NARROWEST, WIDEST = 0.03, 0.47  # of the intensity's standard deviation


@dataclass(frozen=True, slots=True)
class QFormerConfig:
    """Sizes."""

    statistics: int = WIDTH
    """S, numbers heard in one window, or the width of frames of another encoder."""
    tokens: int = 8
    """Tokens made of each window."""
    width: int = 64
    """D of tokens and queries."""
    queries: int = 8
    layers: int = 1
    heads: int = 4
    sentence: int = 384
    """Width of the text side's sentence embeddings."""
    shared: int = 128
    """Width of the space where voices and sentences meet."""
    emotions: tuple[str, ...] = (
        "anger", "boredom", "disgust", "fear", "happiness", "neutral", "sadness",
    )  # fmt: skip
    """Which emotions the head tells apart."""
    dropout: float = 0.2
    source: str = "statistics"
    """What is heard: "statistics" of windows, or "frames" of a speech encoder (paper scale)."""

    @classmethod
    def tiny(cls) -> "QFormerConfig":
        """A real miniature for tests."""
        return cls(tokens=2, width=16, queries=2, heads=2, shared=8)


@dataclass(frozen=True, slots=True)
class Listened:
    """What the Q-Former made of B voices."""

    queries: Tensor
    """(B, Q, D)."""
    aligned: Tensor
    """(B, E) of length 1, in the shared space."""
    emotion: Tensor
    """(B, emotions) logits."""
    intensity: Tensor
    """(B,) 0 to 1."""
    spread: Tensor
    """(B,) standard deviation that the intensity is thought to have."""

    def row(self, number: int) -> "Listened":
        """One of the voices, B = 1."""
        one = slice(number, number + 1)
        return Listened(
            self.queries[one], self.aligned[one], self.emotion[one], self.intensity[one],
            self.spread[one],
        )  # fmt: skip


class Layer(nn.Module):
    """Queries attend to each other, then to the tokens, then each by itself; pre-norm."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(4))
        self.own = nn.MultiheadAttention(width, heads, batch_first=True)
        self.cross = nn.MultiheadAttention(width, heads, batch_first=True)
        self.forward_ = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * width, width)
        )
        self.drop = nn.Dropout(dropout)

    def forward(self, queries: Tensor, tokens: Tensor, missing: Tensor) -> Tensor:
        """(B, Q, D), (B, T, D), (B, T) true where there is no token -> (B, Q, D)."""
        x = self.norms[0](queries)
        queries = queries + self.drop(self.own(x, x, x, need_weights=False)[0])
        heard = self.norms[1](tokens)
        x = self.norms[2](queries)
        told = self.cross(x, heard, heard, key_padding_mask=missing, need_weights=False)[0]
        queries = queries + self.drop(told)
        out: Tensor = queries + self.drop(self.forward_(self.norms[3](queries)))
        return out


class QFormer(nn.Module):
    """The affect ear's network."""

    mean: Tensor
    scale: Tensor
    calibration: Tensor
    """What logits of emotion are divided by, so that probabilities are those of being right."""

    def __init__(self, config: QFormerConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.register_buffer("mean", torch.zeros(config.statistics))
        self.register_buffer("scale", torch.ones(config.statistics))
        self.tokens = nn.Sequential(
            nn.Dropout(config.dropout),
            nn.Linear(config.statistics, config.tokens * width),
            nn.GELU(),
            nn.Dropout(config.dropout),
        )
        self.queries = nn.Parameter(0.1 * torch.randn(config.queries, width))
        self.layers = nn.ModuleList(
            Layer(width, config.heads, config.dropout) for _ in range(config.layers)
        )
        self.norm = nn.LayerNorm(width)
        self.drop = nn.Dropout(config.dropout)
        self.align = nn.Linear(width, config.shared, bias=False)
        self.align_text = nn.Linear(config.sentence, config.shared, bias=False)
        self.emotion = nn.Linear(width, len(config.emotions))
        self.intensity = nn.Linear(width, 2)
        self.register_buffer("calibration", torch.ones(()))
        self.log_temperature = nn.Parameter(torch.tensor(0.07).log())

    @torch.no_grad()
    def fit(self, values: NDArray[np.float32]) -> None:
        """Standardise by the mean and spread of these statistics (n, S) from now on."""
        self.mean.copy_(torch.from_numpy(values.mean(0)))
        self.scale.copy_(torch.from_numpy(values.std(0).clip(SMALLEST_SPREAD)))

    def standardise(self, values: Tensor) -> Tensor:
        """(..., S) to mean 0 and spread 1 over the training corpus, extremes cut off."""
        return ((values - self.mean) / self.scale).clamp(-LARGEST, LARGEST)

    def forward(self, values: Tensor, count: Tensor) -> Listened:
        """(B, W, S) standardised statistics, (B,) windows that exist in each row."""
        batch, windows, _ = values.shape
        tokens = self.tokens(values).view(batch, windows * self.config.tokens, -1)
        window = torch.arange(tokens.shape[1], device=values.device) // self.config.tokens
        missing = window[None] >= count[:, None]
        queries = self.queries.expand(batch, -1, -1)
        for layer in self.layers:
            queries = layer(queries, tokens, missing)
        queries = self.norm(queries)
        mean = self.drop(queries.mean(dim=1))
        intensity, spread = torch.sigmoid(self.intensity(mean)).unbind(dim=-1)
        return Listened(
            queries,
            functional.normalize(self.align(mean), dim=-1),
            self.emotion(mean) / self.calibration,
            intensity,
            WIDEST * spread + NARROWEST,
        )

    def listen(self, values: Tensor) -> Listened:
        """(W, S) statistics of one stretch as heard -> B = 1."""
        found: Listened = self(self.standardise(values)[None], torch.tensor([len(values)]))
        return found

    def sentences(self, embeddings: Tensor) -> Tensor:
        """(B, 384) sentence embeddings -> (B, E) of length 1, in the shared space."""
        return functional.normalize(self.align_text(embeddings), dim=-1)

    def save(self, path: Path) -> None:
        """Write as safetensors."""
        save_module(path, self, KIND, asdict(self.config))

    @classmethod
    def load(cls, path: Path) -> "QFormer":
        """Read what `save` wrote; raises InputError if it is something else."""
        sizes = completed(path, read_config(path, KIND), asdict(QFormerConfig()), ("source",))
        former = cls(QFormerConfig(**sizes))
        fill_module(path, former)
        return former.eval().requires_grad_(False)
