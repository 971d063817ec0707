"""Sequences of features and faces -> MeshTalk: first its latent space, then what is likely in it.

Stage 1 trains encoders, fusion and decoder by reconstruction and the cross-modality loss; stage 2
the context model on the latents of stage 1, which stays as it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from avitalk.errors import InputError
from avitalk.face import load_head
from avitalk.face.patch import FacePatch, face_patch
from avitalk.train.loop import Computing, Run, learn
from avitalk.train.recipes import Shelf, among
from avitalk.train.zoo.sequences import FPS, Batch, Batches, Sequence25
from avitalk.zoo.meshtalk import Config, MeshTalk
from avitalk.zoo.meshtalk.crossing import Lesson, Losses, Masks, losses
from avitalk.zoo.meshtalk.latent import quantised
from avitalk.zoo.meshtalk.network import Network

SIZES: Final = ("small", "tiny", "published")
MOUTH_MM: Final = 30.0
"""At this distance from the lips an error counts 1 / e of one at the lips."""
LEAST_MM: Final = 0.3
"""Vertices that move less than this are normalised as if they moved this far."""


@dataclass(frozen=True, slots=True)
class LatentPart:
    """Stage 1."""

    steps: int = 2500
    """Published: 50,000."""
    batch: int = 8
    """Sequences."""
    frames: int = 24
    """Of each; published: 32."""
    learning_rate: float = 1e-3
    """Largest. Deviation: one cycle (`learn`) in place of a fall to a tenth after four fifths."""
    weight_decay: float = 0.001
    """Deviation: of all weights; the authors' code decays the decoder's alone."""
    largest: float = 5.0
    """Norm that gradients are cut to. Deviation: the authors do not cut."""
    whole: float = 1.0
    """Weight of the error of the whole face. The paper has none, its code has 1."""
    lids: float = 8.0
    """Weight of the error at the lids' edges. Published: 1, as that of the upper face; upper faces
    of our split move little, with a twentieth of the mouth's variance: at 1 nobody looks there."""
    mouth: float = 1.0
    """Weight of the cross-modality loss with another's expression."""
    upper: float = 8.0
    """Weight of the cross-modality loss with another's sound."""
    noise: float = 0.2
    """Spread of what is added to features. Deviation: the shared split is small."""


@dataclass(frozen=True, slots=True)
class ContextPart:
    """Stage 2."""

    steps: int = 1500
    """Published: 15,000."""
    batch: int = 8
    """Sequences."""
    frames: int = 32
    """Of each; published: 64. The context model sees 20."""
    learning_rate: float = 1e-3
    """Largest."""
    weight_decay: float = 0.01
    """Deviation: the authors' code has none here; the shared split is small."""
    largest: float = 1.0
    """Norm that gradients are cut to."""
    noise: float = 0.2
    """Spread of what is added to features."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How MeshTalk is trained. Raises InputError for an unknown size."""

    size: str = "small"
    """A member of SIZES; 'published' has the paper's widths on our features and vertices."""
    seed: int = 0
    """Of weights and batches."""
    latent: LatentPart = field(default_factory=LatentPart)
    """Stage 1."""
    context: ContextPart = field(default_factory=ContextPart)
    """Stage 2."""
    computing: Computing = field(default_factory=Computing)
    """On what it is computed."""

    def __post_init__(self) -> None:
        among("size", self.size, SIZES)
        if self.latent.batch < 2:
            raise InputError(f"batch {self.latent.batch}; crossing needs 2 sequences and more")

    def config(self, features: int, vertices: int) -> Config:
        """The sizes of the network."""
        if self.size == "published":
            return replace(Config.published(), features=features, vertices=vertices, fps=FPS)
        return (Config.tiny if self.size == "tiny" else Config.small)(features, vertices)


SHELF: Final = Shelf(Path(__file__).parent / "recipes" / "meshtalk", Recipe(), "latent.steps=300")


def train(
    recipe: Recipe,
    found: Sequence[Sequence25],
    *,
    folder: Path | None = None,
    told: Callable[[str, int, int, float], None] | None = None,
) -> MeshTalk:
    """The trained method. `folder` keeps checkpoints, and is gone on from where it has some;
    `told` hears stage, steps done, steps in all and the loss. Raises InputError without sequences.
    """
    if not found:
        raise InputError("no sequences to train on")
    patch = face_patch()
    config = recipe.config(found[0].values.shape[1], patch.vertices)
    network = MeshTalk.untrained(config, recipe.seed).network
    _measure(network, found, patch)
    lessons = Lessons(network, patch, recipe.computing)
    for stage, teach in (("latent", _latent), ("context", _context)):
        part: LatentPart | ContextPart = getattr(recipe, stage)
        run = _run(recipe.computing, stage, part.steps, folder, told)
        torch.manual_seed(recipe.seed)
        rng = np.random.default_rng([recipe.seed, *stage.encode()])
        batches = Batches(found, rng, batch=part.batch, frames=part.frames)
        parameters, loss = teach(recipe, lessons, batches)
        learn(
            parameters, loss, [rng], steps=part.steps, learning_rate=part.learning_rate,
            weight_decay=part.weight_decay, largest=part.largest, run=run,
        )  # fmt: skip
    return MeshTalk(config, network.cpu())


class Lessons:
    """Batches as the network takes them."""

    def __init__(self, network: Network, patch: FacePatch, computing: Computing) -> None:
        self.device = Run(computing).device
        self.network, self.patch = network.to(self.device), patch
        self.masks = masks_of(patch, self.device)

    def of(self, batch: Batch, noise: float, rng: np.random.Generator) -> Lesson:
        """Features with noise, vertices in mm."""
        template = self.patch.rest_mm
        mesh = template + self.patch.moved(batch.weights.reshape(-1, 52)).reshape(
            *batch.weights.shape[:2], *template.shape
        )
        values = batch.values + rng.normal(scale=noise, size=batch.values.shape)
        rest = np.broadcast_to(template, (len(mesh), *template.shape))
        tensors = (self._tensor(x) for x in (rest, mesh, values, batch.known, batch.upper))
        return Lesson(*tensors)

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.array(values, np.float32)).to(self.device)


def masks_of(patch: FacePatch, device: torch.device) -> Masks:
    """Mouth: fading with the distance from the lips, below the eyes; upper face: all of it."""
    head = load_head()
    away = patch.rest_mm[:, None] - patch.rest_mm[patch.lips]
    nearest = np.linalg.norm(away, axis=2).min(axis=1)
    mouth = np.where(patch.upper, 0, np.exp(-np.square(nearest / MOUTH_MM)))
    lids = np.isin(patch.rows, np.concatenate([head.lid_upper.ravel(), head.lid_lower.ravel()]))
    parts = (mouth, patch.upper, lids & patch.upper)
    return Masks(*(torch.tensor(part, dtype=torch.float32, device=device) for part in parts))


def _latent(
    recipe: Recipe, lessons: Lessons, batches: Batches
) -> tuple[list[Tensor], Callable[[], Tensor]]:
    part, network = recipe.latent, lessons.network

    def loss() -> Tensor:
        network.train()
        lesson = lessons.of(batches.draw(), part.noise, batches.rng)
        first, second = (int(batches.rng.integers(1, part.batch)) for _ in range(2))
        return _total(losses(network, lesson, lessons.masks, (first, second)), part)

    stage = (network.hears, network.sees, network.fuse, network.decoder)
    return [each for module in stage for each in module.parameters()], loss


def _total(found: Losses, part: LatentPart) -> Tensor:
    own = part.whole * found.whole + part.lids * found.lids
    return own + part.mouth * found.mouth + part.upper * found.upper


def _context(
    recipe: Recipe, lessons: Lessons, batches: Batches
) -> tuple[list[Tensor], Callable[[], Tensor]]:
    part, network = recipe.context, lessons.network

    def loss() -> Tensor:
        network.eval()
        lesson = lessons.of(batches.draw(), part.noise, batches.rng)
        with torch.no_grad():
            heard, seen = network.hears(lesson.heard), network.seen(lesson.mesh)
            seen = seen[_faces(lesson.upper, batches.rng)]
            latent = quantised(network.fuse(seen, heard), noisy=False)
        log_probs: Tensor = network.context(latent, heard)
        likelihood = (log_probs * latent).sum((-1, -2)) / latent.shape[2]
        return -(likelihood * lesson.known).sum() / lesson.known.sum().clamp(min=1)

    return [*network.context.parameters()], loss


def _faces(upper: Tensor, rng: np.random.Generator) -> Tensor:
    """(B,) whose expression each sequence has: one's own, or that of any whose upper face is known.

    Deviation, for data where many have none: what the cross-modality loss taught keeps one's own
    mouth, and the context model learns of faces whose brows and lids move.
    """
    there = torch.nonzero(upper)[:, 0]
    own = torch.arange(len(upper), device=upper.device)
    if not len(there):
        return own
    picks = torch.from_numpy(rng.integers(0, len(there), len(upper))).to(upper.device)
    return torch.where(upper > 0, own, there[picks])


def _measure(network: Network, found: Sequence[Sequence25], patch: FacePatch) -> None:
    """Mean and spread of vertices, of those that are known, into the network."""
    weights = np.concatenate([one.weights for one in found]).astype(np.float64)
    told = np.concatenate([np.full(one.frames, one.upper) for one in found])
    mean, spread = (np.zeros((patch.vertices, 3)) for _ in range(2))
    # Of sums over weights rather than over vertices: the same numbers in little memory.
    for rows, vertices in ((np.ones(len(told), bool), ~patch.upper), (told, patch.upper)):
        if rows.any():
            middle, scatter = weights[rows].mean(0), np.cov(weights[rows].T, ddof=0)
            shapes = patch.shapes_mm[:, vertices]
            mean[vertices] = np.tensordot(middle, shapes, 1)
            variance = np.einsum("kvc,kl,lvc->vc", shapes, scatter, shapes, optimize=True)
            spread[vertices] = np.sqrt(variance.clip(min=0))
    network.mean.copy_(torch.from_numpy(patch.rest_mm + mean))
    network.stddev.copy_(torch.from_numpy(spread.clip(min=LEAST_MM)))


def _run(
    computing: Computing,
    stage: str,
    steps: int,
    folder: Path | None,
    told: Callable[[str, int, int, float], None] | None,
) -> Run:
    place = None if folder is None else folder / stage
    if place is not None:
        place.mkdir(parents=True, exist_ok=True)
    heard = None if told is None else (lambda done, loss: told(stage, done, steps, loss))
    return Run(computing, place, heard)
