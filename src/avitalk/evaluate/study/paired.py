"""Scores of two systems by the same people on the same clips in, paired tests out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.evaluate.study.questions import QUESTIONS
from avitalk.evaluate.study.scores import Cells, Mean, mean

Array = NDArray[np.float64]
EXACT: Final = 60


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two tests of one set of paired differences."""

    n: int
    """Differences, ties included."""
    wins: int
    """Differences above 0."""
    losses: int
    wilcoxon_p: float
    """Two-sided; corrected where `Contrast` says so."""
    sign_p: float
    effect: float
    """Matched-pairs rank-biserial correlation, -1 to 1: Kerby, Compr. Psychol. 3 (2014)."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """How two systems differ in one question."""

    one: str
    other: str
    question: str
    difference: Mean
    """Score of `one` less that of `other`."""
    raters: Evidence
    """On means of each rater: would other people say so? P values are Holm's."""
    clips: Evidence
    """On means of each clip: would it hold for other recordings? P values are Holm's."""

    @property
    def shown(self) -> bool:
        """Whether the difference holds for other people and for other recordings, at 5 %."""
        return self.raters.wilcoxon_p < 0.05 and self.clips.wilcoxon_p < 0.05


def contrasts(found: Cells) -> tuple[Contrast, ...]:
    """Every pair of systems in every question.

    Ratings of one person are no independent witnesses, nor are ratings of one clip, so that tests
    are of means by rater and of means by clip. Holm's correction is over all pairs and questions,
    for each kind of test.
    """
    raw = []
    for q, question in enumerate(QUESTIONS):
        for a, b in combinations(range(len(found.systems)), 2):
            apart = found.values[:, :, a, q] - found.values[:, :, b, q]
            names = (found.systems[a], found.systems[b], question.id)
            tests = (paired(_means(apart)), paired(_means(apart.T)))
            raw.append((names, mean(apart), tests))
    corrected = [_corrected([tests[side] for _, _, tests in raw]) for side in range(2)]
    return tuple(
        Contrast(*names, apart, corrected[0][at], corrected[1][at])
        for at, (names, apart, _) in enumerate(raw)
    )


def paired(differences: Array) -> Evidence:
    """(N,) -> tests without correction; NaN if there are no differences at all.

    Wilcoxon's signed-rank test leaves differences of 0 out; the sign test is the exact binomial
    one. All differences 0: p = 1.
    """
    stats = _stats()
    kept = differences[differences != 0]
    wins, losses = int((kept > 0).sum()), int((kept < 0).sum())
    if not len(differences):
        return Evidence(0, 0, 0, np.nan, np.nan, np.nan)
    if not len(kept):
        return Evidence(len(differences), 0, 0, 1.0, 1.0, 0.0)
    # Means that are equal but for rounding share a rank.
    kept = np.round(kept, 9)
    ranks = stats.rankdata(np.abs(kept))
    p = signed_rank_p(kept, ranks, stats)
    sign = float(stats.binomtest(wins, wins + losses).pvalue)
    effect = float((ranks * np.sign(kept)).sum() / ranks.sum())
    return Evidence(len(differences), wins, losses, p, sign, effect)


def signed_rank_p(kept: Array, ranks: Array, stats: Any) -> float:
    """Two-sided p of Wilcoxon's signed-rank test; exact to EXACT differences, shared ranks or not.

    Means of few answers often share ranks; then scipy would take the normal approximation, which
    asks small studies for more than the exact test does.
    """
    if len(kept) > EXACT:
        return float(stats.wilcoxon(kept).pvalue)
    steps = np.rint(2 * ranks).astype(int)  # shared ranks are halves
    chances = np.ones(1)
    for step in steps:
        grown = np.zeros(len(chances) + step)
        grown[: len(chances)] += chances / 2
        grown[step:] += chances / 2
        chances = grown
    reached = int(steps[kept > 0].sum())
    tail = min(chances[: reached + 1].sum(), chances[reached:].sum())
    return float(min(1.0, 2 * tail))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction for many tests (Scand. J. Stat. 6 (1979), 65); NaN stays NaN."""
    found = np.asarray(p_values, float)
    corrected = np.full(len(found), np.nan)
    order = [at for at in np.argsort(found, kind="stable") if np.isfinite(found[at])]
    largest = 0.0
    for rank, at in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * found[at]))
        corrected[at] = largest
    return corrected.tolist()


def _means(apart: Array) -> Array:
    """Mean of each row over what is known, for rows that know anything; 0 but for rounding is 0."""
    rows = [row[np.isfinite(row)] for row in apart]
    means = np.array([row.mean() for row in rows if len(row)], float)
    return np.where(np.abs(means) < 1e-9, 0.0, means)


def _corrected(tests: list[Evidence]) -> list[Evidence]:
    wilcoxon = holm([test.wilcoxon_p for test in tests])
    sign = holm([test.sign_p for test in tests])
    return [
        Evidence(t.n, t.wins, t.losses, w, s, t.effect)
        for t, w, s in zip(tests, wilcoxon, sign, strict=True)
    ]


def _stats() -> Any:
    try:
        from scipy import stats  # noqa: PLC0415
    except ImportError as error:
        raise InputError("paired tests need scipy: pip install 'avitalk[measure]'") from error
    return stats
