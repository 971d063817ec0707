"""Queries that have listened (B, Q, D) -> soft prompt of a language model (B, Q, d).

The one part that learns while the language model and the Q-Former are frozen (AVI-Talking section
3.3.3): a linear layer, over all queries at once, or query by query where they are many and wide.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from avitalk.nn.checkpoint import completed, fill_module, read_config, save_module

KIND: Final = "prompt-projection"


@dataclass(frozen=True, slots=True)
class ProjectionConfig:
    """Sizes."""

    queries: int = 8
    """Q, queries of the Q-Former and vectors of the prompt."""
    width: int = 64
    """D of the queries."""
    prompt: int = 256
    """d of the language model's embeddings."""
    joint: bool = True
    """Whether each vector of the prompt is made of all queries, or of its own."""


class Projection(nn.Module):
    """A linear layer, and a bias for each place in the prompt."""

    def __init__(self, config: ProjectionConfig) -> None:
        super().__init__()
        self.config = config
        groups = config.queries if config.joint else 1
        self.linear = nn.Linear(groups * config.width, groups * config.prompt, bias=False)
        self.place = nn.Parameter(torch.zeros(config.queries, config.prompt))

    def forward(self, queries: Tensor) -> Tensor:
        """(B, Q, D) -> (B, Q, d)."""
        given = queries.flatten(1) if self.config.joint else queries
        out: Tensor = self.linear(given).view(len(queries), *self.place.shape) + self.place
        return out

    def save(self, path: Path) -> None:
        """Write as safetensors."""
        save_module(path, self, KIND, asdict(self.config))

    @classmethod
    def load(cls, path: Path) -> "Projection":
        """Read what `save` wrote; raises InputError if it is something else."""
        sizes = completed(path, read_config(path, KIND), asdict(ProjectionConfig()), ())
        projection = cls(ProjectionConfig(**sizes))
        fill_module(path, projection)
        return projection.eval().requires_grad_(False)
