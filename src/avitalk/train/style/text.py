"""A frozen sentence model's vectors in, a text tower that means the same out: distillation.

The teacher (`avitalk.train.instruct.sentences`) works only here; nothing of it ships. The tower's
pooled state, through a linear layer that is thrown away after training, must point where the
teacher's vector points, and texts of a batch must be as near to each other as the teacher has them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from avitalk.style.tower import TextTower
from avitalk.style.words import ALWAYS, Vocabulary

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class DistilRecipe:
    """How the tower is distilled."""

    steps: int = 12_000
    batch: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    relational: float = 4.0
    """Weight of the similarities within a batch."""
    contrast: float = 0.25
    """Weight of telling each text's vector from the batch's others (temperature 0.05)."""
    words: float = 0.15
    """Share of a batch that are single words."""
    dropped: float = 0.05
    """Share of words that are hidden from the tower."""
    kept: float = 0.02
    """Share of lines kept for measuring."""
    seed: int = 0


class Distilling:
    """Lines with their teacher's vectors, and the loss of a tower on a batch drawn from them."""

    def __init__(
        self,
        tower: TextTower,
        lines: Sequence[Sequence[int]],
        vectors: Floats,
        recipe: DistilRecipe,
    ) -> None:
        """`lines` as word numbers; `vectors` (lines, W) of length 1."""
        self.tower, self.recipe = tower, recipe
        self.head = nn.Linear(tower.width, vectors.shape[1])
        self.ids = lines
        self.vectors = torch.from_numpy(np.ascontiguousarray(vectors))
        away = np.random.default_rng((recipe.seed, 7)).random(len(lines)) < recipe.kept
        single = np.array([len(row) == 1 for row in self.ids])
        self.single = np.flatnonzero(single)
        self.kept, self.learnt = np.flatnonzero(away & ~single), np.flatnonzero(~away & ~single)
        self.draws = np.random.default_rng((recipe.seed, 8))

    def start_words(self) -> None:
        """Begin with the teacher's vectors of single words, reduced to their main axes."""
        table = self.tower.words.weight
        rows = torch.tensor([self.ids[int(row)][0] for row in self.single])
        found = self.vectors[torch.from_numpy(self.single)].float()
        found = found - found.mean(0)
        _, _, axes = torch.linalg.svd(found, full_matrices=False)
        width = table.shape[1]
        reduced = found @ axes[:width].T
        with torch.no_grad():
            table[rows] = reduced * (0.3 / reduced.std())
            table[: len(ALWAYS)] *= 0.3

    @torch.no_grad()
    def fit_head(self, count: int = 3000) -> None:
        """Find the linear layer that fits a tower as it is, by least squares."""
        rows = np.random.default_rng((self.recipe.seed, 9)).choice(
            self.learnt, min(count, len(self.learnt)), replace=False
        )
        training = self.tower.training
        self.tower.eval()
        rows = np.array(sorted(rows.tolist(), key=lambda row: len(self.ids[row])))
        parts = np.array_split(rows, max(1, len(rows) // 32))
        read = [
            self.tower(*self.tower.padded([self.ids[int(at)] for at in part])) for part in parts
        ]
        self.tower.train(training)
        states = torch.cat([part.pooled for part in read]).cpu().double()
        states = torch.cat((states, torch.ones(len(rows), 1, dtype=torch.float64)), dim=1)
        wanted = self.vectors[torch.from_numpy(rows)].double()
        square = states.T @ states + 1e-3 * len(rows) * torch.eye(states.shape[1])
        found = torch.linalg.solve(square, states.T @ wanted).float()
        self.head.weight.copy_(found[:-1].T)
        self.head.bias.copy_(found[-1])

    def guess(self, rows: NDArray[np.int64]) -> Tensor:
        """(rows, W) vectors of lines, some of their words hidden from a tower in training. Lines of
        like length are read together, since most are short.
        """
        order = sorted(range(len(rows)), key=lambda at: len(self.ids[int(rows[at])]))
        found = []
        for part in np.array_split(np.array(order), max(1, len(rows) // 24)):
            ids, real = self.tower.padded([self.ids[int(rows[at])] for at in part])
            if self.tower.training:
                hidden = self.draws.random(ids.shape) < self.recipe.dropped
                seen = torch.from_numpy(~hidden).to(ids.device) | (real.sum(1, keepdim=True) < 3)
                ids = torch.where(seen, ids, 1)
            found.append(self.head(self.tower(ids, real).pooled).float())
        back = torch.from_numpy(np.argsort(np.array(order)))
        return functional.normalize(torch.cat(found)[back.to(found[0].device)], dim=-1)

    def loss(self) -> Tensor:
        """Loss on a batch drawn at random."""
        recipe = self.recipe
        count = round(recipe.words * recipe.batch)
        words = self.draws.choice(self.single, count)
        rows = np.concatenate([words, self.draws.choice(self.learnt, recipe.batch - count)])
        found = self.guess(rows)
        wanted = self.vectors[torch.from_numpy(rows)].float().to(found.device)
        away = ~torch.eye(len(wanted), dtype=torch.bool, device=found.device)
        near, target = found @ found.T, wanted @ wanted.T
        relation = (near - target)[away].square().mean()
        scores = found @ wanted.T / 0.05
        told = functional.cross_entropy(scores, (target / 0.05).softmax(dim=-1))
        cosine = (1 - (found * wanted).sum(-1)).mean()
        return cosine + recipe.relational * relation + recipe.contrast * told

    @torch.no_grad()
    def measure(self, most: int = 2000) -> dict[str, float]:
        """On kept lines: mean cosine, explained variance of the vectors, and correlation of the
        similarities between lines.
        """
        training = self.tower.training
        self.tower.eval()
        rows = self.kept[:most]
        guess, wanted = self.guess(rows).cpu(), self.vectors[torch.from_numpy(rows)].float()
        self.tower.train(training)
        spread = (wanted - wanted.mean(0)).square().sum()
        away = ~torch.eye(len(rows), dtype=torch.bool)
        both = torch.stack([(guess @ guess.T)[away], (wanted @ wanted.T)[away]])
        return {
            "cosine": float((guess * wanted).sum(-1).mean()),
            "r2": float(1 - (guess - wanted).square().sum() / spread),
            "relations": float(torch.corrcoef(both)[0, 1]),
        }


@torch.no_grad()
def extended(tower: TextTower, words: Sequence[str], known: Floats, found: Floats) -> TextTower:
    """The tower with more words, whose vectors are guessed from the teacher's by least squares over
    the words that it knows.

    `known` (K, W) are the teacher's vectors of all plain words of the tower in order, `found`
    (words, W) those of the new ones.
    """
    plain = [row for row, word in enumerate(tower.vocabulary.words) if word.isalpha()]
    table = tower.words.weight
    given = torch.from_numpy(np.asarray(known, np.float64))
    asked = torch.from_numpy(np.asarray(found, np.float64))
    middle, usual = given.mean(0), table[plain].double().mean(0)
    square = (given - middle).T @ (given - middle)
    square += 1e-4 * len(given) * torch.eye(len(square), dtype=torch.float64) / len(square)
    turn = torch.linalg.solve(square, (given - middle).T @ (table[plain].double() - usual))
    more = ((asked - middle) @ turn + usual).float()
    vocabulary = Vocabulary((*tower.vocabulary.words, *words))
    larger = TextTower(replace(tower.config, vocabulary=len(vocabulary)), vocabulary)
    state = tower.state_dict() | {"words.weight": torch.cat((table, more))}
    larger.load_state_dict(state)
    return larger
