"""Documents -> batches: which tokens' embeddings stand at which place, and what follows where.

A place usually holds one token's embedding. So that the model also takes soft prompts, some
descriptions are squeezed: their token embeddings are averaged in a few groups, and some carry
noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from avitalk.instruct.tokens import ASK, BOS, EOS, SAY, Tokens
from avitalk.train.instruct.text import Document, thinned


@dataclass(frozen=True, slots=True)
class Softening:
    """How often a description is changed before the model reads it."""

    emptied: float = 0.08
    """Share of descriptions left out whole: the model without a prompt, for ranking."""
    thinned: float = 0.25
    """Share of descriptions that lose some of their parts."""
    squeezed: float = 0.25
    """Share whose embeddings are averaged in groups."""
    groups: tuple[int, int] = (4, 32)
    """Fewest and most groups of a squeezed description."""
    noisy: float = 0.25
    """Share whose embeddings carry Gaussian noise."""
    noise: float = 0.5
    """Most noise, as a share of the embeddings' root mean square."""

    def scaled(self, factor: float) -> "Softening":
        """Every share times `factor`: plain descriptions are what a model learns to read first."""
        return replace(
            self, emptied=self.emptied * factor, thinned=self.thinned * factor,
            squeezed=self.squeezed * factor, noisy=self.noisy * factor,
        )  # fmt: skip


ROUND_ROWS, ROUND_PLACES, ROUND_ASKED = 2, 8, 64
"""Batches are padded to multiples of these: each new shape costs a CPU a compilation."""
IGNORED = -100
"""Target that no loss is taken at."""

PLAIN = Softening(emptied=0.0, thinned=0.0, squeezed=0.0, noisy=0.0)
"""Descriptions as they are, for measuring."""


@dataclass(frozen=True, slots=True)
class Row:
    """One document as places."""

    places: tuple[tuple[int, ...], ...]
    """Token ids whose mean embedding stands at each place; the last token is predicted only."""
    start: int
    """Place of `<say>`, from which on tokens are predicted."""
    targets: tuple[int, ...]
    """Tokens after `<say>`, `<eos>` the last."""
    noise: float
    """Noise on the description's places."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of about the same length, padded on the right; causal attention needs no mask."""

    shape: tuple[int, int]
    """Rows and places."""
    ids: Tensor
    """(M,) tokens whose embeddings are added up."""
    at: Tensor
    """(M,) flat place of each."""
    weight: Tensor
    """(M,) weight of each."""
    noise: Tensor
    """(B, L) noise at each place, as a share of the embeddings' root mean square."""
    asked: Tensor
    """(P,) flat places where a token is predicted."""
    targets: Tensor
    """(P,) that token, or IGNORED."""
    predicted: int
    """Tokens that count."""


def row_of(
    document: Document, tokens: Tokens, softening: Softening, rng: np.random.Generator
) -> Row:
    """Places of one document."""
    described = document.description
    if rng.random() < softening.emptied:
        described = ""
    elif rng.random() < softening.thinned:
        described = thinned(described, rng)
    said = tokens.encode(described)
    groups: list[tuple[int, ...]] = [(token,) for token in said]
    wanted = int(rng.integers(softening.groups[0], softening.groups[1] + 1))
    if rng.random() < softening.squeezed and len(said) > wanted:
        groups = [tuple(part.tolist()) for part in np.array_split(np.array(said), wanted)]
    noise = softening.noise * rng.random() if rng.random() < softening.noisy else 0.0
    asked = [ASK, *tokens.encode(document.request), SAY]
    answer = (*tokens.encode(document.text), EOS)
    plain = [(token,) for token in (*asked, *answer[:-1])]
    return Row(((BOS,), *groups, *plain), len(groups) + len(asked), answer, noise)


def batch_of(rows: Sequence[Row]) -> Batch:
    """Rows side by side."""
    longest = rounded(max(len(row.places) for row in rows), ROUND_PLACES)
    count = rounded(len(rows), ROUND_ROWS)
    ids: list[int] = []
    at: list[int] = []
    weight: list[float] = []
    asked: list[int] = []
    targets: list[int] = []
    noise = torch.zeros(count, longest)
    for number, row in enumerate(rows):
        first = number * longest
        for place, held in enumerate(row.places):
            ids.extend(held)
            at.extend([first + place] * len(held))
            weight.extend([1 / len(held)] * len(held))
        asked.extend(range(first + row.start, first + row.start + len(row.targets)))
        targets.extend(row.targets)
        noise[number, 1 : len(row.places) - len(row.targets)] = row.noise
    predicted = len(targets)
    spare = rounded(predicted, ROUND_ASKED) - predicted
    asked.extend([0] * spare)
    targets.extend([IGNORED] * spare)
    return Batch(
        (count, longest), torch.tensor(ids), torch.tensor(at), torch.tensor(weight), noise,
        torch.tensor(asked), torch.tensor(targets), predicted,
    )  # fmt: skip


def rounded(count: int, step: int) -> int:
    """The next multiple of `step`."""
    return -(-count // step) * step


def batches_of(rows: Sequence[Row], places: int) -> list[Batch]:
    """Rows of like length together, at most `places` places a batch (a long row: alone)."""
    ordered = sorted(rows, key=lambda row: len(row.places))
    batches: list[Batch] = []
    some: list[Row] = []
    for row in ordered:
        size = rounded(len(some) + 1, ROUND_ROWS) * rounded(len(row.places), ROUND_PLACES)
        if some and size > places:
            batches.append(batch_of(some))
            some = []
        some.append(row)
    return [*batches, batch_of(some)] if some else batches
