"""Table 4 of AVI-Talking on our corpus: diversity, Frechet distance, lip error of each variant.

Motion space of the Frechet distance: mean and standard deviation over a take of each channel's
change from the neutral take of the same voice, brought to `SIZE` principal components of the
corpus's performances of held-out texts, each with unit variance there; Gaussians, as in FID.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.lines import Line
from avitalk.evaluate.metrics import lips
from avitalk.style.encoder import channels_of
from avitalk.train.style.measure.troupe import Troupe
from avitalk.train.style.measure.voices import Voice
from avitalk.train.talker.measure.chain import Mouth
from avitalk.train.talker.measure.filmed import rms
from avitalk.types import Motion

Floats = NDArray[np.float64]

SIZE: Final = 12
NOISES: Final = 8
DIVERSE: Final = 40
"""Texts that diversity is measured on."""
DRAWS: Final = 200
FLOOR, CEILING = "corpus, other performances", "neutral faces"


def diversity(troupe: Troupe, lines: Sequence[Line], noises: int = NOISES) -> dict[str, Any]:
    """Mean distance of a text's styles under different noise; over the mean distance between
    styles of different texts, which has the same scale.
    """
    count = len(lines)
    many = [line for line in lines for _ in range(noises)]
    styles = troupe.styles(many, list(range(noises)) * count).reshape(count, noises, -1)
    own = [
        float(np.mean([np.linalg.norm(a - b) for a, b in combinations(row, 2)])) for row in styles
    ]
    first = styles[:, 0]
    others = float(np.mean([np.linalg.norm(a - b) for a, b in combinations(first, 2)]))
    scale = max(others, 1e-12)
    return {
        "texts": count,
        "noises": noises,
        "within a text": asdict(lips.bootstrap(own)),
        "between texts": others,
        "share": asdict(lips.bootstrap([value / scale for value in own])),
    }


def features(motion: Motion, neutral: Motion) -> Floats:
    """(2 C,) mean and standard deviation of the change over a take."""
    moved = channels_of(motion) - channels_of(neutral)
    return np.concatenate([moved.mean(axis=0), moved.std(axis=0)])


def statistics(motions: Sequence[Motion], neutral: Sequence[Motion]) -> Floats:
    """(n, 2 C) features of takes."""
    return np.stack([features(*pair) for pair in zip(motions, neutral, strict=True)])


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """The motion space."""

    mean: Floats
    turn: Floats
    """(2 C, SIZE)"""

    @classmethod
    def of(cls, rows: Floats, size: int = SIZE) -> Self:
        """Principal components of (n, 2 C), each of unit variance."""
        mean = rows.mean(axis=0)
        _, values, axes = np.linalg.svd(rows - mean, full_matrices=False)
        size = min(size, int((values > 1e-9 * values[0]).sum()))
        return cls(mean, axes[:size].T / (values[:size] / np.sqrt(len(rows))))

    def points(self, rows: Floats) -> Floats:
        """(n, SIZE)"""
        return np.asarray((rows - self.mean) @ self.turn)


def frechet(first: Floats, second: Floats) -> float:
    """Distance of Gaussians fitted to (n, D) and (m, D): |difference of means|^2 +
    trace(A + B - 2 (A B)^(1/2)).
    """
    a, b = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (first, second))
    values, vectors = np.linalg.eigh(a)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    inner = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ b @ root), 0)).sum()
    apart = first.mean(axis=0) - second.mean(axis=0)
    return float(apart @ apart + np.trace(a) + np.trace(b) - 2 * inner)


def distance(first: Floats, second: Floats) -> dict[str, Any]:
    """Frechet distance with an interval over takes of the second set drawn with return.

    The interval is centred on the distance: drawing with return itself adds to it.
    """
    rng = np.random.default_rng(0)
    picks = rng.integers(0, len(second), (DRAWS, len(second)))
    drawn = np.array([frechet(first, second[pick]) for pick in picks])
    mean = frechet(first, second)
    low, high = np.percentile(drawn - drawn.mean(), [2.5, 97.5])
    return {"mean": mean, "low": max(mean + low, 0.0), "high": mean + high, "clips": len(second)}


def performed(
    troupe: Troupe, lines: Sequence[Line], voices: Sequence[Voice], *, first_seed: int = 0
) -> tuple[list[Motion], list[Motion]]:
    """Takes of the texts without their demands' help, and their neutral takes."""
    seeds = range(first_seed, first_seed + len(lines))
    styles = troupe.styles(lines, list(seeds))
    neutral = [troupe.neutral(voice, seed=i) for i, voice in enumerate(voices)]
    motions = [
        troupe.perform(voices[i % len(voices)], style, seed=i % len(voices))
        for i, style in enumerate(styles)
    ]
    return motions, [neutral[i % len(voices)] for i in range(len(lines))]


def measure(
    troupes: Mapping[str, Callable[[], Troupe]],
    corpus: Troupe,
    lines: Sequence[Line],
    voices: Sequence[Voice],
    truth: Sequence[Floats],
    mouth: Mouth,
) -> dict[str, Any]:
    """A row for each troupe; `corpus` performs the same texts as the models' lessons do."""
    real, again = (
        statistics(*performed(corpus, lines, voices, first_seed=seed)) for seed in (0, 10_000)
    )
    space = Space.of(real)
    points = space.points(real)
    rows: dict[str, Any] = {
        FLOOR: {"Frechet": distance(points, space.points(again))},
        CEILING: {"Frechet": distance(points, space.points(np.zeros_like(real)))},
    }
    for name, load in troupes.items():
        troupe = load()
        motions, neutral = performed(troupe, lines, voices)
        made = statistics(motions, neutral)
        filmed = [truth[i % len(voices)] for i in range(len(lines))]
        rows[name] = {
            "diversity": diversity(troupe, lines[:DIVERSE]),
            "Frechet": distance(points, space.points(made)),
            **lip_error(mouth, motions, neutral, filmed),
        }
    return {"texts": len(lines), "components": space.turn.shape[1], "rows": rows}


def lip_error(
    mouth: Mouth, motions: Sequence[Motion], neutral: Sequence[Motion], truth: Sequence[Floats]
) -> dict[str, Any]:
    """Millimetres of opening: against the neutral talker and against what was filmed."""
    talker, film = [], []
    for motion, still, real in zip(motions, neutral, truth, strict=True):
        gap, own = mouth.gap(motion), mouth.gap(still)
        shared = min(len(gap), len(real))
        talker.append(float(np.abs(gap - own).mean()))
        film.append(rms(gap[:shared], real[:shared]))
    return {
        "lip change mm": asdict(lips.bootstrap(talker)),
        "lip error mm": asdict(lips.bootstrap(film)),
    }
