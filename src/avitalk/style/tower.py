"""Texts in, token states (B, L, D) and an aligned embedding c (B, E) of length 1 out.

`TextTower` reads whole words and needs no download. `HuggingFaceTower` puts any encoder of
transformers in its place, for training at the paper's scale; both answer to the same calls.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.errors import InputError
from avitalk.style.parts import STYLE_WIDTH
from avitalk.style.words import ALWAYS, MOST_WORDS, Vocabulary


class Encoded(NamedTuple):
    """What a tower read."""

    states: Tensor
    """(B, L, D), what each token means where it stands."""
    real: Tensor
    """(B, L) bool: false is padding."""
    pooled: Tensor
    """(B, D), the whole text."""
    c: Tensor
    """(B, E) of length 1, comparable with projected styles."""


@dataclass(frozen=True, slots=True)
class TowerConfig:
    """Sizes of our own tower."""

    vocabulary: int = 22044
    """Words known."""
    word_width: int = 80
    """Width of the table of words; projected up, since the table is the larger half."""
    width: int = 192
    """Width D of token states."""
    layers: int = 3
    heads: int = 4
    hidden: int = 512
    """Width inside the feed-forward parts."""
    dropout: float = 0.1
    style: int = STYLE_WIDTH
    """Width E of c."""

    def __post_init__(self) -> None:
        """Raises InputError where the sizes do not fit each other."""
        if self.width % self.heads or self.width % 2:
            raise InputError(f"width {self.width} does not part into {self.heads} heads")

    @classmethod
    def tiny(cls, vocabulary: int = len(ALWAYS) + 40) -> "TowerConfig":
        """A miniature for tests."""
        return cls(vocabulary, word_width=12, width=16, layers=1, heads=2, hidden=24, dropout=0.0)


class TextBlock(nn.Module):
    """Attention to all tokens, then feed-forward, each on the normed stream and added to it."""

    def __init__(self, config: TowerConfig) -> None:
        super().__init__()
        width = config.width
        self.heads, self.dropout = config.heads, config.dropout
        self.before_attention, self.before_forward = nn.LayerNorm(width), nn.LayerNorm(width)
        self.asked = nn.Linear(width, 3 * width)
        self.mixed = nn.Linear(width, width)
        self.forward_part = nn.Sequential(
            nn.Linear(width, config.hidden), nn.GELU(), nn.Linear(config.hidden, width)
        )

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """(B, L, D) with `seen` (B, 1, 1, L) -> (B, L, D)."""
        rows, length, width = x.shape
        parts = self.asked(self.before_attention(x)).view(rows, length, 3, self.heads, -1)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v, seen)
        x = x + self._dropped(self.mixed(mixed.transpose(1, 2).reshape(rows, length, width)))
        out: Tensor = x + self._dropped(self.forward_part(self.before_forward(x)))
        return out

    def _dropped(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout, self.training)


class Pooling(nn.Module):
    """Attention pooling: softmax(W2 Mish(W1 h)) over tokens, several heads, each a part of D."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.scored = nn.Sequential(nn.Linear(width, width), nn.Mish(), nn.Linear(width, heads))

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        """(B, L, D) -> (B, D)."""
        scores = self.scored(states).masked_fill(~real[..., None], -torch.inf)
        share = scores.softmax(dim=1).transpose(1, 2)[:, :, None]
        rows, length, _ = states.shape
        parts = states.view(rows, length, self.heads, -1).transpose(1, 2)
        pooled: Tensor = (share @ parts).flatten(1)
        return pooled


class AlignedHead(nn.Module):
    """Pooled text -> c on the unit sphere."""

    def __init__(self, width: int, style: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, style))

    def forward(self, pooled: Tensor) -> Tensor:
        """(B, D) -> (B, E) of length 1."""
        return functional.normalize(self.layers(pooled), dim=-1)


class TextTower(nn.Module):
    """Word vectors and a small bidirectional transformer over them."""

    def __init__(self, config: TowerConfig, vocabulary: Vocabulary) -> None:
        """Raises InputError if the vocabulary is of another size than the table."""
        super().__init__()
        if len(vocabulary) != config.vocabulary:
            raise InputError(f"{len(vocabulary)} words for a table of {config.vocabulary}")
        self.config, self.vocabulary, self.width = config, vocabulary, config.width
        self.words = nn.Embedding(config.vocabulary, config.word_width)
        self.lifted = nn.Linear(config.word_width, config.width)
        self.blocks = nn.ModuleList(TextBlock(config) for _ in range(config.layers))
        self.normed = nn.LayerNorm(config.width)
        self.pooling = Pooling(config.width, config.heads)
        self.aligned = AlignedHead(config.width, config.style)
        places = _sinusoids(MOST_WORDS, config.width)
        self.register_buffer("places", places, persistent=False)
        nn.init.normal_(self.words.weight, std=0.3)

    def encode(self, texts: Sequence[str]) -> Encoded:
        """Read texts. Raises InputError for one without words."""
        found: Encoded = self(*self.padded([self.vocabulary.encode(text) for text in texts]))
        return found

    def padded(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Word numbers side by side: ids (B, L) and where they are real (B, L)."""
        longest = max(map(len, rows))
        ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows])
        lengths = torch.tensor([len(row) for row in rows])
        real = torch.arange(longest) < lengths[:, None]
        device = self.words.weight.device
        return ids.to(device), real.to(device)

    def forward(self, ids: Tensor, real: Tensor) -> Encoded:
        """Word numbers (B, L) and where they are real -> what they mean."""
        places = self.places[: ids.shape[1]]  # type: ignore[index]
        x = self.lifted(self.words(ids)) + places
        seen = real[:, None, None]
        for block in self.blocks:
            x = block(x, seen)
        states = self.normed(x)
        pooled = self.pooling(states, real)
        return Encoded(states, real, pooled, self.aligned(pooled))


class HuggingFaceTower(nn.Module):
    """An encoder of transformers (BERT, MiniLM, CLIP's text side, ...) in the tower's place."""

    def __init__(
        self, name: str, *, style: int = STYLE_WIDTH, heads: int = 4, frozen: bool = True
    ) -> None:
        """`name` is what transformers knows or finds in a folder; `frozen` leaves it as it is and
        trains pooling and projection only. Raises InputError if it cannot be loaded.
        """
        super().__init__()
        try:
            from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415 - takes seconds
        except ImportError as error:
            raise InputError(
                "text encoders of Hugging Face need transformers: pip install 'avitalk[hf]'"
            ) from error
        try:
            self.tokens: Any = AutoTokenizer.from_pretrained(name, local_files_only=True)
            whole: Any = AutoModel.from_pretrained(name, local_files_only=True)
        except (OSError, ValueError) as error:
            raise InputError(
                f"{name}: neither a folder with a text encoder nor a name in the local cache "
                "(`hf download NAME` fills it; avitalk downloads nothing)"
            ) from error
        self.backbone: Any = getattr(whole, "text_model", whole)
        self.name, self.heads, self.frozen = name, heads, frozen
        if frozen:
            self.backbone.requires_grad_(False)
        config: Any = self.backbone.config
        self.width = int(getattr(config, "text_config", config).hidden_size)
        if self.width % heads:
            raise InputError(f"{self.width} wide states do not part into {heads} heads")
        self.longest = min(int(getattr(config, "max_position_embeddings", 512)), 256)
        self.pooling = Pooling(self.width, heads)
        self.aligned = AlignedHead(self.width, style)

    def encode(self, texts: Sequence[str]) -> Encoded:
        """Read texts. Raises InputError for an empty one."""
        for text in texts:
            if not text.strip():
                raise InputError("text without words; say what the face does")
        ids = self.tokens(
            list(texts), padding=True, truncation=True, max_length=self.longest, return_tensors="pt"
        )
        device = self.aligned.layers[0].weight.device
        seen, mask = ids["input_ids"].to(device), ids["attention_mask"].to(device)
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            states = self.backbone(input_ids=seen, attention_mask=mask).last_hidden_state
        real = mask.bool()
        pooled = self.pooling(states, real)
        return Encoded(states, real, pooled, self.aligned(pooled))


Tower = TextTower | HuggingFaceTower


def _sinusoids(count: int, width: int) -> Tensor:
    """(count, width) positions of Vaswani et al. 2017, section 3.5, at a third of their size: word
    order matters less than words.
    """
    at = torch.arange(count, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, width, 2) * (-math.log(1000.0) / width))
    return torch.stack([torch.sin(at * rate), torch.cos(at * rate)], dim=-1).flatten(1) / 3
