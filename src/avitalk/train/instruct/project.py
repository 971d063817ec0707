"""Projection: a frozen Q-Former, a frozen language model and instructions -> the layer between.

AVI-Talking section 3.3.3: `[BOS] + audio prompt + instruction template` is continued with the
instruction; one of ten templates is drawn for each example; only the projection learns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from avitalk.data.instructions.describing import REQUESTS
from avitalk.instruct.language import Language
from avitalk.instruct.projection import Projection, ProjectionConfig
from avitalk.instruct.qformer import QFormer

Batch = tuple[Tensor, Tensor, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class ProjectRecipe:
    """How the projection is trained."""

    steps: int = 160
    batch: int = 24
    learning_rate: float = 1e-2
    several: float = 0.3
    """Share of batches whose examples are two or three windows of a clip."""
    seed: int = 0


def project(
    former: QFormer,
    language: Language,
    draw: Callable[[int, float], Batch],
    texts: Sequence[Sequence[str]],
    recipe: ProjectRecipe | None = None,
    *,
    together: bool = False,
) -> Projection:
    """Train the projection; returns it frozen.

    `draw(batch, several)` gives standardised windows (B, W, S), how many of them count and the
    clips (`align.Examples.draw`); `texts` are each clip's instructions. With `together` the
    Q-Former learns as well: the ablation without alignment.
    """
    recipe = recipe or ProjectRecipe()
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    sizes = former.config
    projection = Projection(ProjectionConfig(sizes.queries, sizes.width, language.width))
    _like_tokens(projection, language)
    learning: list[nn.Parameter] = list(projection.parameters())
    if together:
        former.train().requires_grad_(True)
        learning += list(former.parameters())
    optimizer = torch.optim.AdamW(learning, recipe.learning_rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, total_steps=recipe.steps
    )
    for _ in range(recipe.steps):
        values, count, clips = draw(recipe.batch, recipe.several)
        with torch.set_grad_enabled(together):
            queries = former(values, count).queries
        requests = [REQUESTS[int(i)] for i in rng.integers(0, len(REQUESTS), len(clips))]
        wanted = [texts[clip][int(rng.integers(len(texts[clip])))] for clip in clips]
        loss = language.loss(language.ask(requests, soft=projection(queries)), wanted)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        schedule.step()
    former.eval().requires_grad_(False)
    return projection.eval().requires_grad_(False)


def _like_tokens(projection: Projection, language: Language) -> None:
    """Start with vectors of the size that the language model's tokens have."""
    sample = language.embed(torch.arange(64, 512))
    size = float(sample.std())
    with torch.no_grad():
        projection.linear.weight.normal_(0, size / projection.config.width**0.5)
        projection.place.normal_(0, size / 2)
