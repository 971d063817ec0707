"""CodeTalker's two stages: sequences -> a codebook of motion, then speech -> its codes.

Published: AdamW at 1e-4 for 200 epochs, then Adam at 1e-4 for 100, one whole sequence at a time.
Deviations: batches of stretches of equal length, AdamW under a one-cycle schedule with clipped
gradients (the loop of all our trainings); vertices in mm, where the published ones are in metres.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from avitalk.errors import InputError
from avitalk.face.patch import face_patch
from avitalk.nn.threads import one_thread
from avitalk.train.loop import Computing, Run, learn
from avitalk.train.recipes import Shelf, among
from avitalk.train.zoo.codetalker_lessons import Lesson, Lessons, speakers
from avitalk.train.zoo.sequences import Sequence25
from avitalk.zoo.codetalker.autoencoder import MotionAutoencoder
from avitalk.zoo.codetalker.config import CodeTalkerConfig
from avitalk.zoo.codetalker.model import CodeTalker
from avitalk.zoo.codetalker.network import CodeTalkerNetwork

SIZES: Final = ("small", "tiny", "published")
MOTION, SPEECH = "motion", "speech"
OPENING: Final = 12  # frames


@dataclass(frozen=True, slots=True)
class Stage:
    """How one stage is trained. Raises InputError for no steps."""

    steps: int = 2000
    """Batches."""
    learning_rate: float = 1e-3
    """Greatest."""
    weight_decay: float = 0.01
    """Of AdamW."""

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise InputError(f"{self.steps} steps; allowed: 1 and more")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How CodeTalker is trained. Raises InputError for unknown sizes and empty batches."""

    size: str = "small"
    """A member of SIZES; 'published' has BIWI's widths and depths on our patch and features."""
    batch: int = 4
    """Stretches at a time."""
    frames: int = 75
    """Length of a stretch."""
    motion: Stage = field(default_factory=Stage)
    """Stage 1."""
    speech: Stage = field(default_factory=Stage)
    """Stage 2."""
    motion_weight: float = 1.0
    """Of the squared error of vertices, mm^2, in stage 2."""
    latent_weight: float = 1.0
    """Of the squared error of latents against the truth's codes."""
    feature_noise: float = 0.0
    """Deviation of noise added to speech features; published: none."""
    own_past: float = 0.0
    """Share of stage 2's batches that are not told the true past; published: none."""
    seed: int = 0
    """Of weights, batches and noise."""
    computing: Computing = field(default_factory=Computing)

    def __post_init__(self) -> None:
        among("size", self.size, SIZES)
        if self.batch < 1 or self.frames < 2:
            raise InputError(
                f"batches of {self.batch} stretches of {self.frames} frames; allowed: 1 of 2 "
                "and more"
            )

    def config(self, found: Sequence[Sequence25]) -> CodeTalkerConfig:
        """The sizes of the network that learns from these sequences."""
        features, vertices = found[0].values.shape[1], face_patch().vertices
        if self.size == "published":
            full = CodeTalkerConfig.biwi()
            return replace(full, features=features, vertices=vertices, styles=speakers(found))
        sized = CodeTalkerConfig.tiny if self.size == "tiny" else CodeTalkerConfig.small
        return sized(features, vertices, speakers(found))


SHELF: Final = Shelf(Path(__file__).parent / "recipes" / "codetalker", Recipe(), "speech.steps=300")


def train(
    recipe: Recipe,
    found: Sequence[Sequence25],
    *,
    folder: Path | None = None,
    told: Callable[[str, int, int, float], None] | None = None,
) -> CodeTalker:
    """Train both stages; `told` hears (stage, steps done, steps, loss).

    Continues from the checkpoints in `folder`. Raises InputError for no sequences, and as `learn`.
    """
    if not found:
        raise InputError("no sequences to train on")
    config = recipe.config(found)
    threads = nullcontext() if recipe.size == "published" else one_thread()
    with threads, torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        network = CodeTalkerNetwork(config)
        device = Run(recipe.computing).device
        network.to(device)
        rng = np.random.default_rng(recipe.seed)
        lessons = Lessons(
            found, rng, batch=recipe.batch, frames=recipe.frames, noise=recipe.feature_noise,
            device=device,
        )  # fmt: skip
        space = network.autoencoder.train()
        kept = [*space.parameters(), space.quantiser.age]
        _learn(recipe, MOTION, kept, lambda: motion_loss(space, lessons), rng, folder, told)
        learned = network.train().freeze()

        def loss() -> Tensor:
            return speech_loss(network, lessons, recipe)

        _learn(recipe, SPEECH, learned, loss, rng, folder, told)
    return CodeTalker(config, network.cpu())


def motion_loss(space: MotionAutoencoder, lessons: Lessons) -> Tensor:
    """Equation 2: what is decoded against the truth, and the two losses of the codebook."""
    lesson = lessons.draw()
    latents = space.latents(lesson.moved)
    space.quantiser.revive(latents)
    codes = space.quantiser(latents)
    loss: Tensor = lesson.error(space.decode(codes.values), 1) + codes.loss
    return loss


def speech_loss(network: CodeTalkerNetwork, lessons: Lessons, recipe: Recipe) -> Tensor:
    """Equations 5 and 6: vertices against the truth, latents against the truth's codes."""
    lesson = lessons.draw()
    own = recipe.own_past and lessons.rng.random() < recipe.own_past
    past = own_past(network, lesson, lessons.rng) if own else lesson.moved
    guess = network(lesson.values, past, lesson.style)
    with torch.no_grad():
        wanted = network.autoencoder.encode(lesson.moved).values
    moved = lesson.error(guess.moved, 2)
    latents = lesson.latent_error(guess.latents, wanted)
    return recipe.motion_weight * moved + recipe.latent_weight * latents


@torch.no_grad()
def own_past(network: CodeTalkerNetwork, lesson: Lesson, rng: np.random.Generator) -> Tensor:
    """(B, F, 3 V): a face at rest, or what the network draws from that in one pass or two.

    Deviation: told the true past alone, the small network copies it and hardly listens; its lips
    then follow the truth at r 0.99, and not at all once it has only its own past. The first
    frames are drawn one by one, as when talking: they are the worst, since the motion decoder
    normalises over few frames there, and all that follows has to recover from them.
    """
    past = torch.zeros_like(lesson.moved)
    passes = int(rng.integers(0, 3))
    if not passes:
        return past
    opening = min(OPENING, past.shape[1])
    heard = lesson.values[:, : opening * network.config.per_frame]
    drawn = [part[:, -1] for part in network.steps(heard, lesson.style)]
    for _ in range(passes):
        past[:, :opening] = torch.stack(drawn, dim=1)
        past = network(lesson.values, past, lesson.style).moved
    past[:, :opening] = torch.stack(drawn, dim=1)
    return past


def _learn(
    recipe: Recipe,
    name: str,
    parameters: Sequence[Tensor],
    loss: Callable[[], Tensor],
    rng: np.random.Generator,
    folder: Path | None,
    told: Callable[[str, int, int, float], None] | None,
) -> None:
    """One stage, with a checkpoint of its own."""
    stage: Stage = getattr(recipe, name)
    heard = None if told is None else lambda done, value: told(name, done, stage.steps, value)
    run = Run(recipe.computing, None if folder is None else folder / name, heard)
    learn(
        parameters, loss, (rng,), steps=stage.steps, learning_rate=stage.learning_rate,
        weight_decay=stage.weight_decay, run=run,
    )  # fmt: skip
