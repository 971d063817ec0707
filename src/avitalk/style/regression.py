"""What a text says in, the one style it has on average out: the ablation without diffusion."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.style.prior import STEPS, PriorConfig, Standard
from avitalk.style.tower import Encoded


class Regression(Standard):
    """A small network from c to a style; answers to the calls of `DiffusionPrior`."""

    def __init__(self, config: PriorConfig) -> None:
        super().__init__(config.style)
        self.config = config
        self.layers = nn.Sequential(
            nn.Linear(config.style, config.hidden), nn.GELU(),
            nn.Linear(config.hidden, config.hidden), nn.GELU(),
            nn.Linear(config.hidden, config.style),
        )  # fmt: skip

    def forward(self, c: Tensor) -> Tensor:
        """c (B, E) -> styles (B, E) as inside."""
        out: Tensor = self.layers(c * c.shape[-1] ** 0.5)
        return out

    def loss(self, styles: Tensor, text: Encoded, *, generator: torch.Generator) -> Tensor:
        """Mean squared error; nothing is drawn."""
        return functional.mse_loss(self(text.c).float(), self.inner(styles))

    @torch.no_grad()
    def sample(
        self, text: Encoded, seeds: Sequence[int], *, guidance: float | Sequence[float] = 1.0,
        steps: int = STEPS,
    ) -> Tensor:  # fmt: skip
        """(B, E) styles; seeds, guidance and steps change nothing."""
        return self.outer(self(text.c))

    def sample_each(
        self, texts: Sequence[Encoded], seeds: Sequence[int], *,
        guidance: Sequence[float], steps: int = STEPS,
    ) -> Tensor:  # fmt: skip
        """(N, E) styles of texts encoded one by one; but for the texts nothing counts."""
        del guidance, steps
        return torch.cat([self.sample(text, seeds) for text in texts])
