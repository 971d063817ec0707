"""Contrastive alignment: windows of emotional voices and their instructions -> a trained Q-Former.

AVI-Talking section 3.3.2, eq. 6: cosine similarities of a voice to its own instruction against
those of the batch; clips with equal facts are no negatives of each other. Beside it a plain cross
entropy for the emotion head and a squared error for the intensity head.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from avitalk.instruct.qformer import Listened, QFormer, QFormerConfig
from avitalk.train.instruct.frames import FrameExamples, HeardFrames
from avitalk.train.instruct.hearing import Heard, even_chances
from avitalk.train.loop import Run, learn


@dataclass(frozen=True, slots=True)
class AlignRecipe:
    """How the Q-Former is trained."""

    steps: int = 300
    batch: int = 96
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    noise: float = 0.1
    """Standard deviation of what is added to standardised statistics."""
    mixing: float = 0.3
    """Beta distribution of mixup, for the emotion head."""
    several: float = 0.3
    """Share of batches whose examples are two or three windows of a clip."""
    contrast: float = 1.0
    """Weight of eq. 6; 0 for the ablation without alignment."""
    emotion: float = 1.0
    """Weight of the emotion head's cross entropy."""
    intensity: float = 1.0
    """Weight of the intensity head's squared error over its own estimate of its spread."""
    readers: float = 0.5
    """Share of the neutral examples drawn from calm readers, where the corpus has any."""
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Lessons:
    """What a voice is to be aligned with; row by row one recording."""

    emotion: NDArray[np.int64]
    """(clips,) index into the config's emotions."""
    intensity: NDArray[np.float32]
    """(clips,) 0 to 1."""
    key: Sequence[object]
    """Equal for clips with equal facts."""
    sentences: Tensor
    """(clips, P, 384) embeddings of P instructions of each clip."""
    weight: NDArray[np.float64] | None = None
    """(clips,) how often each is drawn against others of its emotion; None: all alike."""


def contrast(voices: Tensor, sentences: Tensor, same: Tensor, temperature: Tensor) -> Tensor:
    """Eq. 6 both ways: (B, E), (B, E), (B, B) true where facts are equal -> scalar."""
    similarity = voices @ sentences.T / temperature
    own = torch.eye(len(voices), dtype=torch.bool, device=voices.device)
    similarity = similarity.masked_fill(same & ~own, -torch.inf)
    target = torch.arange(len(voices), device=voices.device)
    there = functional.cross_entropy(similarity, target)
    return (there + functional.cross_entropy(similarity.T, target)) / 2


class Examples:
    """Draws batches: every emotion as often, any window of any variant of its clips."""

    def __init__(
        self,
        heard: Heard,
        lessons: Lessons,
        clips: NDArray[np.int64],
        former: QFormer,
        seed: int,
        *,
        fit: bool = True,
    ) -> None:
        """`clips` are the recordings to train on; standardisation is fitted to them, if `fit`."""
        rows = np.flatnonzero(np.isin(heard.clip, clips))
        if fit:
            former.fit(heard.values[rows])
        self.values = former.standardise(torch.from_numpy(heard.values))
        self.rng = np.random.default_rng(seed)
        self.clip, clip = heard.clip, heard.clip[rows]
        weight = None if lessons.weight is None else lessons.weight[clip]
        self.rows, self.chance = rows, even_chances(lessons.emotion[clip], weight)
        self.siblings: dict[tuple[int, int], NDArray[np.int64]] = {}
        pairs = np.stack([heard.clip[rows], heard.variant[rows]], 1)
        unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
        order = np.argsort(inverse.ravel(), kind="stable")
        cuts = np.cumsum(np.bincount(inverse.ravel()))[:-1]
        for pair, members in zip(unique, np.split(rows[order], cuts), strict=True):
            self.siblings[int(pair[0]), int(pair[1])] = members
        self.variant = heard.variant

    def draw(self, size: int, several: float) -> tuple[Tensor, Tensor, NDArray[np.int64]]:
        """(B, W, S) windows, (B,) how many of them count, (B,) clips; W is 1, or by a chance of
        `several` 3 for the whole batch.
        """
        first = self.rng.choice(self.rows, size, p=self.chance)
        clips = self.clip[first]
        if self.rng.random() >= several:
            return self.values[first[:, None]], torch.ones(size, dtype=torch.long), clips
        picked = np.repeat(first[:, None], 3, axis=1)
        for row, start in enumerate(first):
            members = self.siblings[int(self.clip[start]), int(self.variant[start])]
            picked[row, 1:] = self.rng.choice(members, 2)
        return self.values[picked], torch.from_numpy(self.rng.integers(2, 4, size)), clips


def examples_of(
    heard: Heard | HeardFrames,
    lessons: Lessons,
    clips: NDArray[np.int64],
    former: QFormer,
    seed: int,
) -> Examples | FrameExamples:
    """What draws batches of what was heard, as `Examples.draw` does; fits the standardisation."""
    if isinstance(heard, HeardFrames):
        return FrameExamples(heard, lessons.emotion, clips, former, seed)
    return Examples(heard, lessons, clips, former, seed)


def align(
    heard: Heard | HeardFrames,
    lessons: Lessons,
    clips: NDArray[np.int64],
    config: QFormerConfig | None = None,
    recipe: AlignRecipe | None = None,
    *,
    run: Run | None = None,
) -> QFormer:
    """Train a Q-Former on the recordings `clips`; returns it frozen, on the CPU."""
    recipe, run = recipe or AlignRecipe(), run or Run()
    torch.manual_seed(recipe.seed)
    former = QFormer(config or QFormerConfig())
    examples = examples_of(heard, lessons, clips, former, recipe.seed)
    generator = torch.Generator().manual_seed(recipe.seed)
    keys = {key: i for i, key in enumerate(dict.fromkeys(lessons.key))}
    fact = torch.tensor([keys[key] for key in lessons.key])
    former.to(run.device).train()

    def loss() -> Tensor:
        values, count, clip = examples.draw(recipe.batch, recipe.several)
        values = values + recipe.noise * torch.randn(values.shape, generator=generator)
        return _loss(former, recipe, lessons, values, count, clip, fact, examples.rng)

    learn(
        list(former.parameters()), loss, (examples.rng, generator), steps=recipe.steps,
        learning_rate=recipe.learning_rate, weight_decay=recipe.weight_decay, run=run,
    )  # fmt: skip
    return former.cpu().eval().requires_grad_(False)


def _loss(
    former: QFormer,
    recipe: AlignRecipe,
    lessons: Lessons,
    values: Tensor,
    count: Tensor,
    clip: NDArray[np.int64],
    fact: Tensor,
    rng: np.random.Generator,
) -> Tensor:
    device = former.mean.device
    values, count = values.to(device), count.to(device)
    emotion = functional.one_hot(
        torch.from_numpy(lessons.emotion[clip]), len(former.config.emotions)
    ).float()
    share = torch.from_numpy(rng.beta(recipe.mixing, recipe.mixing, len(clip))).float()
    other = torch.from_numpy(rng.permutation(len(clip)))
    target = share[:, None] * emotion + (1 - share[:, None]) * emotion[other]
    share, other = share.to(device), other.to(device)
    mixed = share[:, None, None] * values + (1 - share[:, None, None]) * values[other]
    blend: Listened = former(mixed, torch.minimum(count, count[other]))
    loss = recipe.emotion * functional.cross_entropy(blend.emotion.float(), target.to(device))
    if recipe.contrast or recipe.intensity:
        found: Listened = former(values, count)
        wanted = torch.from_numpy(lessons.intensity[clip]).to(device)
        loss = loss + recipe.intensity * functional.gaussian_nll_loss(
            found.intensity.float(), wanted, found.spread.float().square()
        )
    if recipe.contrast:
        which = torch.from_numpy(rng.integers(0, lessons.sentences.shape[1], len(clip)))
        told = lessons.sentences[torch.from_numpy(clip), which].to(device)
        same = (fact[clip][:, None] == fact[clip][None]).to(device)
        temperature = former.log_temperature.exp().clamp(0.01, 1)
        sentences = former.sentences(told).float()
        loss = loss + recipe.contrast * contrast(
            found.aligned.float(), sentences, same, temperature
        )
    return loss
