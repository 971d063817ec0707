"""How well a writer follows lessons it did not learn from: retrieval, units, diversity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from avitalk.facs.expression import MANNER, POSE, UNITS, WIDTH
from avitalk.nn.threads import one_thread
from avitalk.style.tower import Encoded
from avitalk.style.writer import WriterNetwork
from avitalk.train.style.teach_lessons import Lessons

CHOICES: Final = 100
"""Texts with distinct keys among which one is to be found."""
LEAST: Final = 0.1
"""Level from which on a unit is listed."""


@dataclass(frozen=True, slots=True)
class Following:
    """What was measured."""

    first: float
    """R@1 of texts among CHOICES styles with distinct keys."""
    error: float
    """Mean absolute error of levels of sampled styles against the mean of a lesson's takes."""
    takes_error: float
    """The same of single takes of the lessons: what cannot be foreseen."""
    agreement: float
    """Correlation of sampled levels with the takes' mean, over all units and texts."""
    scatter: float
    """Mean deviation of levels under different seeds, over that of the lessons' takes."""


@one_thread()
@torch.no_grad()
def follow(
    network: WriterNetwork, lessons: Lessons, styles_of: Tensor, *, guidance: float = 1.0,
    most: int = 400, seed: int = 0,
) -> Following:  # fmt: skip
    """Measure on lessons that were not learned from."""
    training = network.training
    network.eval()
    rng = np.random.default_rng((seed, 5))
    rows = rng.permutation(len(lessons))[:most]
    texts = [lessons.texts[row] for row in rows]
    text = _encoded(network, texts)
    back = torch.linalg.pinv(styles_of)
    takes = lessons.vectors[rows].astype(np.float64)
    levels = takes[..., : 2 * len(UNITS)]
    drawn = []
    for number in range(2):
        found = [
            network.prior.sample(part, [seed + 1 + number + 7 * i for i in range(len(part.c))],
                                 guidance=guidance)
            for part in text
        ]  # fmt: skip
        drawn.append((torch.cat(found).cpu() @ back.T).numpy()[:, : 2 * len(UNITS)])
    sampled = np.stack(drawn, axis=1)
    others = (levels.sum(axis=1, keepdims=True) - levels) / (levels.shape[1] - 1)
    scatter = np.abs(levels[:, 0] - levels[:, 1]).mean()
    result = Following(
        _first(network, text, lessons, rows, styles_of),
        float(np.abs(sampled[:, 0] - levels.mean(axis=1)).mean()),
        float(np.abs(levels - others).mean()),
        float(np.corrcoef(sampled[:, 0].ravel(), levels.mean(axis=1).ravel())[0, 1]),
        float(np.abs(sampled[:, 0] - sampled[:, 1]).mean() / scatter),
    )
    network.train(training)
    return result


def _encoded(network: WriterNetwork, texts: Sequence[str]) -> list[Encoded]:
    return [network.tower.encode(texts[at : at + 20]) for at in range(0, len(texts), 20)]


def _first(
    network: WriterNetwork, text: Sequence[Encoded], lessons: Lessons, rows: NDArray[np.int64],
    styles_of: Tensor,
) -> float:  # fmt: skip
    """R@1 over disjoint sets of CHOICES texts with distinct keys."""
    c = torch.cat([part.c for part in text])
    vectors = torch.from_numpy(lessons.vectors[rows, 0].astype(np.float32))
    placed = network.placed((vectors @ styles_of.T).to(c.device))
    near = (c @ placed.T).cpu().numpy()
    found: list[float] = []
    left = list(range(len(rows)))
    while left:
        chosen = {lessons.keys[rows[at]]: at for at in left}
        some = np.array(list(chosen.values())[:CHOICES])
        if found and len(some) < CHOICES:
            break
        found += list(near[np.ix_(some, some)].argmax(axis=1) == np.arange(len(some)))
        left = [at for at in left if at not in set(some.tolist())]
    return float(np.mean(found)) if found else 0.0


def told(vector: NDArray[np.floating], most: int = 8) -> str:
    """The strongest units, turns and manners of an expression's vector (P,), for reading."""
    parts: list[tuple[float, str]] = []
    for row, unit in enumerate(UNITS):
        left, right = vector[2 * row], vector[2 * row + 1]
        top = max(left, right)
        if top >= LEAST:
            side = "" if min(left, right) > 0.5 * top else "L" if left > right else "R"
            parts.append((float(top), f"{unit}{side} {top:.2f}"))
    for row, name in enumerate((*POSE, *MANNER)):
        value = float(vector[WIDTH - len(POSE) - len(MANNER) + row])
        least = 0.35 if name in POSE else 0.15
        if abs(value) >= least and name != "lead":
            parts.append((abs(value) * 0.5, f"{name} {value:+.2f}"))
    return ", ".join(name for _, name in sorted(parts, reverse=True)[:most])
