"""How the sync expert is trained: lessons and a recipe in, a trained expert out."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from avitalk.evaluate.sync_expert import SyncExpert, SyncExpertConfig
from avitalk.evaluate.sync_expert.network import SyncNetwork
from avitalk.train.loop import Run, learn
from avitalk.train.sync.lessons import Alterations, Batches, Lesson
from avitalk.train.sync.loss import frame_loss, offset_loss

MOST = 15
"""Largest offset in frames that is asked for in training, as in measuring."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Sizes and weights of a training."""

    steps: int = 2000
    batch: int = 16
    frames: int = 56
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    dropout: float = 0.2
    offset_weight: float = 0.5
    shares: tuple[tuple[str, float], ...] = (("grid_s1", 0.55), ("facegood", 0.45))
    """Source of lessons and how often it is drawn."""
    alterations: Alterations = field(default_factory=Alterations)
    seed: int = 0


def train(
    config: SyncExpertConfig, recipe: Recipe, found: Sequence[Lesson], run: Run | None = None
) -> SyncExpert:
    """Train on lessons; continues from the checkpoint in the run's folder if there is one.

    Raises ValueError if no lesson is long enough for a stretch.
    """
    torch.manual_seed(recipe.seed)
    network = SyncNetwork(config, recipe.dropout).train()
    batches = Batches(
        found,
        batch=recipe.batch,
        frames=recipe.frames,
        shares=recipe.shares,
        alterations=recipe.alterations,
        seed=recipe.seed,
    )
    learn(
        list(network.parameters()),
        _loss(network, batches, recipe),
        [batches.rng],
        steps=recipe.steps,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        run=run,
    )
    return SyncExpert(config, copy.deepcopy(network).eval())


def _loss(network: SyncNetwork, batches: Batches, recipe: Recipe) -> Callable[[], Tensor]:
    most = min(MOST, (recipe.frames - 1) // 3)

    def loss() -> Tensor:
        mel, lips = batches.draw()
        heard, seen = network.embed_audio(mel), network.embed_lips(lips)
        sharpness = network.log_sharpness.exp().clamp(max=40)
        whole = offset_loss(heard, seen, sharpness, most)
        return frame_loss(heard, seen, sharpness) + recipe.offset_weight * whole

    return loss
