"""Performances in, what the style encoder makes of them out, as a linear law with noise.

Texts are to be found from performances too, of which the encoder sees some parts well and others
hardly; alignment therefore learns half of its styles as the encoder would have them. To perform and
encode for each step anew would take longer than all the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from avitalk.data.performances.clips import Spoken
from avitalk.facs.expression import Expression
from avitalk.style.encoder_network import StyleEncoderNetwork
from avitalk.train.style.motion import draw_references
from avitalk.train.style.teach_lessons import Lessons

BATCH = 50


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Styles that an encoder sees: turn v + middle + noise e, e normal."""

    turn: Tensor
    """(E, P)"""
    middle: Tensor
    """(E,)"""
    noise: Tensor
    """(E, E)"""

    def styles(self, vectors: Tensor, generator: torch.Generator) -> Tensor:
        """(N, P) expressions -> (N, E)."""
        chance = torch.randn(len(vectors), len(self.middle), generator=generator)
        return vectors @ self.turn.T + self.middle + chance @ self.noise.T


@torch.no_grad()
def pairs(
    encoder: StyleEncoderNetwork, clips: Sequence[Spoken], lessons: Lessons, count: int, seed: int
) -> tuple[Tensor, Tensor]:
    """(count, P) expressions of lessons and (count, E) what the encoder sees of performances."""
    rng = np.random.default_rng((seed, 31))
    rows = rng.integers(0, len(lessons), count)
    vectors = lessons.vectors[rows, 0].astype(np.float64)
    found = []
    for first in range(0, count, BATCH):
        some = [Expression.of(vector) for vector in vectors[first : first + BATCH]]
        frames = np.stack([draw_references(clips, expression, rng) for expression in some])
        found.append(encoder(torch.from_numpy(frames.astype(np.float32))))
    return torch.from_numpy(vectors.astype(np.float32)), torch.cat(found)


def law_of(vectors: Tensor, styles: Tensor) -> Seen:
    """Least squares over (N, P) and (N, E), slightly shrunk, and what it leaves over."""
    x, y = vectors.double().numpy(), styles.double().numpy()
    before, after = x.mean(axis=0), y.mean(axis=0)
    square = (x - before).T @ (x - before)
    square += 0.02 * np.trace(square) / len(square) * np.eye(len(square))
    turn: NDArray[np.float64] = np.linalg.solve(square, (x - before).T @ (y - after)).T
    left = (y - after) - (x - before) @ turn.T
    values, axes = np.linalg.eigh(np.cov(left, rowvar=False))
    noise = axes * np.sqrt(np.maximum(values, 0.0))
    parts = (turn, after - turn @ before, noise)
    return Seen(*(torch.from_numpy(np.asarray(part)).float() for part in parts))
