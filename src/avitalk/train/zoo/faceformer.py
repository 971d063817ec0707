"""Training of FaceFormer: a recipe and sequences in, a model out; how it moves held-out lips.

Deviations from the paper: our features, frozen, in the place of wav2vec 2.0's, whose transformer
is trained there; AdamW under a one-cycle schedule in the place of Adam at a constant rate; random
stretches in batches in the place of whole sequences one by one (the `published` recipe has the
paper's); others in the fields of `Recipe`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from avitalk.errors import InputError
from avitalk.evaluate.metrics.lips import bootstrap, correlation, spread_ratio
from avitalk.face.patch import face_patch
from avitalk.train.loop import Computing, Run, learn
from avitalk.train.recipes import Shelf, among
from avitalk.train.zoo.sequences import SHARES, Batch, Batches, Sequence25
from avitalk.zoo.faceformer import FaceFormer, FaceFormerConfig
from avitalk.zoo.faceformer.network import FaceFormerNetwork

SIZES: Final = ("small", "tiny", "published")
GRID: Final = "grid_s1"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How FaceFormer is trained. Raises InputError on values that are not allowed."""

    size: str = "small"
    """A member of SIZES; 'published' is BIWI's decoder on our patch and features."""
    steps: int = 2000
    batch: int = 8
    """Stretches at once; the paper has 1 sequence."""
    frames: int = 60
    """Longest stretch, 2.4 s; the paper takes sequences whole."""
    learning_rate: float = 1e-3
    """Highest of the schedule; the paper has 1e-4 throughout."""
    weight_decay: float = 0.0
    forced: float = 0.5
    """Share of steps in which frames before are the true ones (teacher forcing); in the others, as
    in the published training script, they are those that the network made itself."""
    through: bool = False
    """Whether gradients pass through frames that it made itself, as published; without, a step is
    as fast as one on true frames."""
    noise_mm: float = 0.5
    """Deviation: noise on true frames before, which a network that was never wrong would trust."""
    feature_noise: float = 0.2
    """Deviation: noise on features, against learning our few clips by heart."""
    blended: float = 0.3
    """Deviation: share of stretches that are given the mean of all speakers, which a voice that is
    none of them gets later."""
    seed: int = 0
    computing: Computing = field(default_factory=Computing)

    def __post_init__(self) -> None:
        among("size", self.size, SIZES)
        for name, least in (("steps", 1), ("batch", 1), ("frames", 2)):
            if getattr(self, name) < least:
                raise InputError(f"{name} {getattr(self, name)}; allowed: {least} and more")
        for name in ("forced", "blended"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name} {getattr(self, name)}; allowed: 0 to 1")


SHELF: Final = Shelf(Path(__file__).parent / "recipes" / "faceformer", Recipe(), "steps=300")


def config_for(size: str, found: Sequence[Sequence25]) -> FaceFormerConfig:
    """Sizes that go with the sequences: their features, our patch, their speakers."""
    speakers = tuple(sorted({one.speaker for one in found if one.source in SHARES}))
    if not speakers:
        raise InputError(f"no sequences of {', '.join(SHARES)} to train on")
    made = {
        "small": FaceFormerConfig.small,
        "tiny": FaceFormerConfig.tiny,
        "published": FaceFormerConfig.biwi,
    }
    return made[size](found[0].values.shape[1], face_patch().vertices, speakers)


def train(
    recipe: Recipe,
    found: Sequence[Sequence25],
    *,
    folder: Path | None = None,
    told: Callable[[str, int, int, float], None] | None = None,
) -> FaceFormer:
    """The trained model; continues from the checkpoint in `folder` if there is one.

    `told` hears the stage, steps done, steps in all and the loss (mm^2). Raises InputError if no
    sequence can be used.
    """

    def heard(done: int, loss: float) -> None:
        if told is not None:
            told("decoder", done, recipe.steps, loss)

    run = Run(recipe.computing, folder, heard)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        network = FaceFormerNetwork(config_for(recipe.size, found)).to(run.device)
        lesson = Lesson(network, recipe, found)
        learn(
            list(network.train().parameters()), lesson, [lesson.batches.rng], steps=recipe.steps,
            learning_rate=recipe.learning_rate, weight_decay=recipe.weight_decay, run=run,
        )  # fmt: skip
    return FaceFormer(network.config, network.cpu())


class Lesson:
    """Draws a batch and returns the mean squared error of its vertices in mm^2 (section 3.4)."""

    def __init__(
        self, network: FaceFormerNetwork, recipe: Recipe, found: Sequence[Sequence25]
    ) -> None:
        self.network, self.recipe = network, recipe
        self.batches = Batches(
            found, np.random.default_rng(recipe.seed), batch=recipe.batch,
            frames=min(recipe.frames, network.config.longest),
        )  # fmt: skip
        names = network.config.speakers
        self.speaker = [names.index(one.speaker) if one.speaker in names else -1 for one in found]
        patch, self.device = face_patch(), network.bias.device
        shapes = torch.tensor(patch.shapes_mm.reshape(52, -1), dtype=torch.float32)
        self.shapes = shapes.to(self.device)
        self.upper = torch.from_numpy(np.repeat(patch.upper, 3)).to(self.device)

    def __call__(self) -> Tensor:
        """The loss of the next batch."""
        recipe, batch = self.recipe, self.batches.draw()
        longest = int(batch.known.sum(axis=1).max())
        features = self._on(batch.values[:, : 2 * longest])
        truth = self._on(batch.weights[:, :longest]) @ self.shapes
        features = features + recipe.feature_noise * torch.randn_like(features)
        speaker = self._speaker(batch)
        if float(self.batches.rng.random()) < recipe.forced:
            before = truth + recipe.noise_mm * torch.randn_like(truth)
            made = self.network.given(features, before, speaker)
        elif recipe.through:
            made = self.network.cached(features, speaker)
        else:
            with torch.no_grad():
                before = self.network.cached(features, speaker)
            made = self.network.given(features, before, speaker)
        known = self._on(batch.known[:, :longest, None])
        counts = known * ~(self.upper & ~self._on(batch.upper[:, None, None]))
        return ((made.float() - truth).square() * counts).sum() / counts.sum()

    def _on(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.device)

    def _speaker(self, batch: Batch) -> Tensor:
        """(B, speakers): one of them, or their mean."""
        count = len(self.network.config.speakers)
        codes = np.eye(count, dtype=np.float32)[[self.speaker[i] for i in batch.which]]
        codes[self.batches.rng.random(len(codes)) < self.recipe.blended] = 1 / count
        return self._on(codes)


def validated(
    model: FaceFormer, found: Sequence[Sequence25], speaker: str | None = None
) -> dict[str, str]:
    """How the lips of held-out GRID sentences move, against the truth.

    Raises InputError if there are no such sentences.
    """
    patch, clips = face_patch(), [one for one in found if one.source == GRID]
    if len(clips) < 2:
        raise InputError(f"{len(clips)} sequences of {GRID} to validate on; two at least")
    made = [model.moved(one.values, one.frames, speaker) for one in clips]
    truth = [patch.moved(one.weights) for one in clips]
    mean = np.concatenate(truth).mean(axis=0)
    gaps = [patch.gap_mm(each.astype(np.float64)) for each in made]
    wanted = [patch.gap_mm(each) for each in truth]
    lower = ~patch.upper

    def error(first: np.ndarray, second: np.ndarray) -> float:
        return float(np.linalg.norm((first - second)[:, lower], axis=-1).mean())

    others = [
        _stretched(gap, len(real)) for gap, real in zip(gaps[1:] + gaps[:1], wanted, strict=True)
    ]
    pairs = list(zip(gaps, wanted, strict=True))
    return {
        "validation GRID sentences": str(len(clips)),
        "aperture r": str(bootstrap([correlation(a, b) for a, b in pairs])),
        "aperture r, shuffled audio": str(
            bootstrap([correlation(a, b) for a, b in zip(others, wanted, strict=True)])
        ),
        "aperture spread over truth's": str(bootstrap([spread_ratio(a, b) for a, b in pairs])),
        "lower face off by mm": str(
            bootstrap([error(a, b) for a, b in zip(made, truth, strict=True)])
        ),
        "lower face off by mm, mean face": str(bootstrap([error(mean[None], b) for b in truth])),
    }


def _stretched(track: np.ndarray, frames: int) -> np.ndarray:
    """A track cut to another's length, its last value held."""
    return np.asarray(track[np.arange(frames).clip(max=len(track) - 1)])
