"""Projection: a frozen Q-Former, a frozen language model and instructions -> the layer between.

AVI-Talking section 3.3.3: `[BOS] + audio prompt + instruction template` is continued with the
instruction; one of ten templates is drawn for each example; only the projection learns. With a few
hundred recordings it starts from `fitted`: least squares to the prompts of their facts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from avitalk.data.instructions.describing import REQUESTS
from avitalk.instruct.huggingface import HuggingFaceLanguage
from avitalk.instruct.language import Language
from avitalk.instruct.projection import Projection, ProjectionConfig
from avitalk.instruct.qformer import QFormer
from avitalk.train.loop import Draw, Run, learn

SAMPLED: Final = 500

Batch = tuple[Tensor, Tensor, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class ProjectRecipe:
    """How the projection is trained."""

    steps: int = 60
    batch: int = 24
    learning_rate: float = 2e-4
    several: float = 0.3
    """Share of batches whose examples are two or three windows of a clip."""
    joint: bool = True
    """Whether each vector of the prompt is made of all queries, or of its own; without `start`."""
    ridge: float = 100.0
    """Of the least squares that it starts from."""
    samples: int = 6000
    """Windows that these are fitted to."""
    seed: int = 0


def fitted(
    former: QFormer, draw: Callable[[int, float], Batch], prompts: Tensor, recipe: ProjectRecipe
) -> Projection:
    """The projection that comes nearest to given prompts (clips, Q, d), by ridge regression."""
    queries, wanted = [], []
    with torch.no_grad():
        for _ in range(0, recipe.samples, SAMPLED):
            values, count, clips = draw(SAMPLED, recipe.several)
            queries.append(former(values, count).queries.flatten(1))
            wanted.append(prompts[torch.from_numpy(clips)].flatten(1))
        given, target = torch.cat(queries), torch.cat(wanted)
        middle, bias = given.mean(0), target.mean(0)
        given, target = given - middle, target - bias
        ridge = given.T @ given + recipe.ridge * torch.eye(given.shape[1])
        weight = torch.linalg.solve(ridge, given.T @ target)
        sizes = former.config
        projection = Projection(ProjectionConfig(sizes.queries, sizes.width, prompts.shape[2]))
        projection.linear.weight.copy_(weight.T)
        projection.place.copy_((bias - middle @ weight).view_as(projection.place))
    return projection


def project(
    former: QFormer,
    language: Language,
    draw: Callable[[int, float], Batch],
    texts: Sequence[Sequence[str]],
    recipe: ProjectRecipe | None = None,
    *,
    start: Projection | None = None,
    together: bool = False,
    sources: Sequence[Draw] = (),
    run: Run | None = None,
) -> Projection:
    """Train the projection; returns it frozen, on the CPU.

    `draw(batch, several)` gives standardised windows (B, W, S), how many of them count and the
    clips (`align.Examples.draw`); `texts` are each clip's instructions; it learns on from `start`.
    With `together` the Q-Former learns as well: the ablation without alignment. `sources` are the
    random sources that `draw` uses (`Examples.rng`), which a checkpoint has to keep. LoRA adapters
    of the language model learn too, if it has any.
    """
    recipe, run = recipe or ProjectRecipe(), run or Run()
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    sizes = former.config
    projection = start
    if projection is None:
        places = ProjectionConfig(sizes.queries, sizes.width, language.width, recipe.joint)
        projection = Projection(places)
        _like_tokens(projection, language)
    device = run.device
    projection.requires_grad_(True).to(device)
    learning: list[Tensor] = list(projection.parameters())
    former.to(device)
    if together:
        former.train().requires_grad_(True)
        learning += list(former.parameters())
    if isinstance(language, HuggingFaceLanguage):
        for adapter in language.adapters():
            adapter.requires_grad_(True)
            learning.append(adapter)

    def loss() -> Tensor:
        values, count, clips = draw(recipe.batch, recipe.several)
        with torch.set_grad_enabled(together):
            queries = former(values.to(device), count.to(device)).queries
        requests = [REQUESTS[int(i)] for i in rng.integers(0, len(REQUESTS), len(clips))]
        wanted = [texts[clip][int(rng.integers(len(texts[clip])))] for clip in clips]
        return language.loss(language.ask(requests, soft=projection(queries)), wanted)

    learn(
        learning, loss, (rng, *sources), steps=recipe.steps, learning_rate=recipe.learning_rate,
        weight_decay=0.0, run=run,
    )  # fmt: skip
    former.cpu()
    projection.cpu()
    former.eval().requires_grad_(False)
    return projection.eval().requires_grad_(False)


def _like_tokens(projection: Projection, language: Language) -> None:
    """Start with vectors of the size that the language model's tokens have."""
    sample = language.embed(torch.arange(64, 512, device=language.device))
    size = float(sample.std())
    with torch.no_grad():
        projection.linear.weight.normal_(0, size / projection.linear.in_features**0.5)
        projection.place.normal_(0, size / 2)
