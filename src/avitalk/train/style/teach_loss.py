"""Lessons in, a style writer out: alignment of texts with styles, and the diffusion prior.

AVI-Talking, section 3.4: contrastive loss of texts and styles in the manner of CLIP (Radford et
al. 2021, figure 3) + 30 x the prior's error (eq. 8). Deviations: texts that ask for the same do not
count as wrong; lessons stand beside hard negatives and, where they name a side, their mirror image;
the tower goes on learning its teacher's vectors, so that words no lesson holds keep their meaning;
vectors of single words stay as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from avitalk.style.prior import DiffusionPrior
from avitalk.style.tower import Encoded, TextTower
from avitalk.style.writer import WriterNetwork
from avitalk.train.style.teach_lessons import Lessons, mirrored
from avitalk.train.style.teach_seen import Seen
from avitalk.train.style.teach_typing import other_side, retyped

Floats = NDArray[np.floating]
GROUP: Final = 36
"""Texts of like length that are read together."""
SHARPEST: Final = 100.0
"""Bound of the learned inverse temperature, as in CLIP."""


@dataclass(frozen=True, slots=True)
class TeachRecipe:
    """How alignment and prior are learned."""

    steps: int = 3000
    batch: int = 96
    learning_rate: float = 7e-4
    weight_decay: float = 0.02
    diffusion: float = 30.0
    """Weight of the prior's error against the contrastive loss (eq. 8)."""
    distilled: float = 6.0
    """Weight of what the tower learned before."""
    contrast: float = 1.0
    """Weight of the contrastive loss; 0 for the ablation without alignment."""
    augmented: float = 0.7
    """Share of texts that are retyped; 0 for the ablation without augmentation."""
    draws: int = 3
    """Times at which the prior is asked about each style."""
    twins: float = 0.5
    """Share of lessons that come with their hard negative, or naming a side with their mirror
    image."""
    averaging: float = 0.998
    """Decay of the running mean of the weights, which is what ships."""
    seed: int = 0


class Teaching:
    """A writer, its lessons, and the loss on a batch drawn from them."""

    def __init__(
        self,
        network: WriterNetwork,
        lessons: Lessons,
        styles_of: Tensor,
        recipe: TeachRecipe,
        before: Callable[[], Tensor] | None = None,
        seen: Seen | None = None,
    ) -> None:
        """`styles_of` (E, P) maps expressions to styles; `before` is the loss of what the tower
        learned before; with `seen`, half of the styles that texts are aligned with are as the
        style encoder sees them.
        """
        self.network, self.lessons, self.recipe, self.before = network, lessons, recipe, before
        self.styles_of, self.seen = styles_of, seen
        self.sharpness = nn.Parameter(torch.tensor(float(np.log(1 / 0.07))))
        self.draws = np.random.default_rng((recipe.seed, 21))
        self.noise = torch.Generator().manual_seed(recipe.seed)
        self.others = lessons.others()
        self.sided = np.array([other_side(text) != text for text in lessons.texts])
        network.prior.measure(self.styles(lessons.vectors[:, 0]))
        if isinstance(network.tower, TextTower):
            network.tower.words.requires_grad_(False)
        self.mean = [p.detach().clone() for p in network.parameters()]
        self.count = torch.zeros(())

    @property
    def parameters(self) -> list[Tensor]:
        """All that a checkpoint must hold: what learns, and its running mean."""
        return [*self.network.parameters(), self.sharpness, *self.mean, self.count]

    def styles(self, vectors: Floats) -> Tensor:
        """(N, P) expressions -> (N, E) styles."""
        return torch.from_numpy(np.asarray(vectors, np.float32)) @ self.styles_of.T

    def drawn(self) -> tuple[list[str], Tensor, Tensor]:
        """Texts, expressions (B, P) and keys (B,) of lessons and of some mirror images."""
        rows = self.draws.integers(0, len(self.lessons), self.recipe.batch)
        takes = self.draws.integers(0, self.lessons.vectors.shape[1], len(rows))
        hard = self.others[rows[self.draws.random(len(rows)) < self.recipe.twins]]
        others = hard[hard >= 0]
        rows, takes = np.append(rows, others), np.append(takes, takes[: len(others)])
        vectors = self.lessons.vectors[rows, takes].astype(np.float32)
        texts = [self.lessons.texts[row] for row in rows]
        twins = self.sided[rows] & (self.draws.random(len(rows)) < self.recipe.twins)
        texts += [other_side(texts[at]) for at in np.flatnonzero(twins)]
        vectors = np.concatenate([vectors, mirrored(vectors[twins])])
        keys = np.concatenate([self.lessons.keys[rows], ~self.lessons.keys[rows[twins]]])
        share = self.recipe.augmented
        texts = [retyped(t, self.draws) if self.draws.random() < share else t for t in texts]
        return texts, torch.from_numpy(vectors), torch.from_numpy(keys)

    def loss(self) -> Tensor:
        """Eq. 8 on a batch drawn at random, and the loss of what was learned before."""
        self._average()
        texts, vectors, keys = self.drawn()
        order = np.argsort([len(text) for text in texts], kind="stable")
        device = next(self.network.parameters()).device
        vectors, keys = vectors[order], keys[order].to(device)
        styles = (vectors @ self.styles_of.T).to(device)
        parts = np.array_split(order, max(1, len(order) // GROUP))
        groups = [self.network.tower.encode([texts[at] for at in part]) for part in parts]
        total = self.recipe.diffusion * self._prior_loss(groups, styles)
        if self.recipe.contrast:
            total = total + self.recipe.contrast * self._contrast(
                groups, self._shown(vectors, styles), keys
            )
        if self.before is not None and self.recipe.distilled:
            total = total + self.recipe.distilled * self.before()
        return total

    def _shown(self, vectors: Tensor, styles: Tensor) -> Tensor:
        """Styles (B, E) as texts are aligned with them."""
        if self.seen is None:
            return styles
        half = torch.rand(len(vectors), 1, generator=self.noise) < 0.5
        return torch.where(half, self.seen.styles(vectors, self.noise), styles.cpu()).to(styles)

    def _prior_loss(self, groups: list[Encoded], styles: Tensor) -> Tensor:
        total = styles.new_zeros(())
        prior = self.network.prior
        first = 0
        for group in groups:
            some = styles[first : first + len(group.c)]
            first += len(group.c)
            if isinstance(prior, DiffusionPrior):
                value = prior.loss(some, group, generator=self.noise, draws=self.recipe.draws)
            else:
                value = prior.loss(some, group, generator=self.noise)
            total = total + value * (len(some) / len(styles))
        return total

    def _contrast(self, groups: list[Encoded], styles: Tensor, keys: Tensor) -> Tensor:
        c = torch.cat([group.c for group in groups]).float()
        placed = self.network.placed(styles).float()
        return contrastive(c, placed, keys, self.sharpness.exp().clamp(max=SHARPEST))

    @torch.no_grad()
    def _average(self) -> None:
        """Move the running mean on to what the last step left; over few steps it is shorter."""
        count = float(self.count)
        decay = min(self.recipe.averaging, (1 + count) / (10 + count))
        self.count += 1
        for mean, now in zip(self.mean, self.network.parameters(), strict=True):
            mean.lerp_(now.detach(), 1 - decay)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange the weights for their running mean, and back."""
        for mean, now in zip(self.mean, self.network.parameters(), strict=True):
            kept = now.detach().clone()
            now.copy_(mean)
            mean.copy_(kept)


def contrastive(texts: Tensor, styles: Tensor, keys: Tensor, sharpness: Tensor) -> Tensor:
    """CLIP's loss of (B, E) and (B, E) on the sphere; others of the same key do not count."""
    scores = sharpness * texts @ styles.T
    same = (keys[:, None] == keys[None]) & ~torch.eye(len(keys), dtype=torch.bool).to(keys.device)
    scores = scores.masked_fill(same, -torch.inf)
    own = torch.arange(len(keys), device=keys.device)
    both = functional.cross_entropy(scores, own) + functional.cross_entropy(scores.T, own)
    return both / 2
