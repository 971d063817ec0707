"""Metrics of lips: (F,) openings in millimetres and phone times come in, numbers go out.

Every function says what its number means; `docs/results/lips.md` uses their names.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Span = tuple[float, float]
Rule = Literal["shown", "sampled"]
RULES: Final[tuple[Rule, ...]] = ("shown", "sampled")


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over clips with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float
    clips: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bootstrap(values: ArrayLike, *, draws: int = 2000, seed: int = 0) -> Interval:
    """Mean over clips, with the 2.5th and 97.5th percentile of means of clips drawn with return.

    Raises ValueError if there is no value.
    """
    array = np.asarray(values, np.float64)
    if not len(array):
        raise ValueError("no values to take a mean of")
    picks = np.random.default_rng(seed).integers(0, len(array), (draws, len(array)))
    low, high = np.percentile(array[picks].mean(axis=1), [2.5, 97.5])
    return Interval(float(array.mean()), float(low), float(high), len(array))


def bootstrap_share(hits: ArrayLike, totals: ArrayLike, *, draws: int = 2000) -> Interval:
    """Share of hits over all clips, with percentiles of the share among clips drawn with return:
    phones of one clip stay together.

    Raises ValueError if nothing was counted, or more hits than there were.
    """
    hit, total = np.asarray(hits, np.float64), np.asarray(totals, np.float64)
    if not total.sum():
        raise ValueError("nothing was counted: no share to take")
    if (hit > total).any() or (hit < 0).any():
        raise ValueError("hits must lie between 0 and the totals they are of")
    hit, total = hit[total > 0], total[total > 0]
    picks = np.random.default_rng(0).integers(0, len(total), (draws, len(total)))
    low, high = np.percentile(hit[picks].sum(axis=1) / total[picks].sum(axis=1), [2.5, 97.5])
    return Interval(float(hit.sum() / total.sum()), float(low), float(high), len(total))


def correlation(first: ArrayLike, second: ArrayLike) -> float:
    """Pearson's r of two tracks; 0 where one of them never moves."""
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    return float(np.sum(a * b)) / scale if scale > 1e-12 else 0.0


def best_offset(moved: ArrayLike, truth: ArrayLike, most: int) -> tuple[int, float]:
    """The shift in frames, up to `most` either way, at which `moved[i]` fits `truth[i + shift]`
    best, and the correlation there.
    """
    a, b = np.asarray(moved, np.float64), np.asarray(truth, np.float64)
    scores = {}
    for shift in range(-most, most + 1):
        first, second = a[max(0, -shift) :], b[max(0, shift) :]
        shared = min(len(first), len(second))
        scores[shift] = correlation(first[:shared], second[:shared])
    best = max(scores, key=lambda shift: (scores[shift], -abs(shift)))
    return best, scores[best]


def spread_ratio(moved: ArrayLike, truth: ArrayLike) -> float:
    """Standard deviation of the prediction over that of truth: below 1 mumbles.

    Raises ValueError if truth never moves.
    """
    made, real = (float(np.asarray(x, np.float64).std()) for x in (moved, truth))
    return _over(made, real)


def jitter_ratio(moved: ArrayLike, truth: ArrayLike) -> float:
    """Mean absolute third difference of the prediction over that of truth.

    Raises ValueError if truth never moves.
    """
    made, real = (
        float(np.abs(np.diff(np.asarray(x, np.float64), 3)).mean()) for x in (moved, truth)
    )
    return _over(made, real)


def _over(made: float, real: float) -> float:
    if not real > 1e-12:
        raise ValueError("truth never moves: no ratio to it")
    return made / real


def least_in_spans(
    gap_mm: ArrayLike, fps: float, spans: Sequence[Span], rule: Rule = "shown"
) -> Array:
    """(S,) the least gap among the frames of each span (start, end in seconds); infinity where the
    track has ended.

    A frame belongs to a span if it is *shown* during it, from i / fps to (i + 1) / fps; or if it
    is *sampled* within it, at i / fps, ends included, and where no frame is, the one nearest to
    the span's middle. Raises ValueError for another rule or a span that ends before it starts.
    """
    if rule not in RULES:
        raise ValueError(f"unknown rule '{rule}'; available: {', '.join(RULES)}")
    gap = np.asarray(gap_mm, np.float64)
    least = np.full(len(spans), np.inf)
    for i, (start_s, end_s) in enumerate(spans):
        if end_s < start_s:
            raise ValueError(f"span from {start_s} to {end_s} s ends before it starts")
        if rule == "shown":
            first = math.floor(start_s * fps + 1e-6)
            last = max(first + 1, math.ceil(end_s * fps - 1e-6))
        else:
            first, last = math.ceil(start_s * fps - 1e-6), math.floor(end_s * fps + 1e-6) + 1
            if first >= last:
                first = math.floor((start_s + end_s) / 2 * fps + 0.5)
                last = first + 1
        within = gap[max(first, 0) : last]
        least[i] = within.min() if len(within) else np.inf
    return least


def closed_in_spans(
    gap_mm: ArrayLike, fps: float, spans: Sequence[Span], limit_mm: float, rule: Rule = "shown"
) -> tuple[int, int]:
    """In how many of the spans the gap falls to `limit_mm`, and of how many; see
    `least_in_spans`.
    """
    return int((least_in_spans(gap_mm, fps, spans, rule) <= limit_mm).sum()), len(spans)


def closed_share(
    gap_mm: ArrayLike, fps: float, spans: Sequence[Span], limit_mm: float
) -> tuple[int, int]:
    """Frames within the spans whose gap is at most `limit_mm`, and how many frames there are."""
    gap = np.asarray(gap_mm, np.float64)
    times = np.arange(len(gap)) / fps
    inside = np.zeros(len(gap), bool)
    for start_s, end_s in spans:
        inside |= (times >= start_s) & (times <= end_s)
    return int((gap[inside] <= limit_mm).sum()), int(inside.sum())


def pauses(
    speech: Sequence[Span], duration_s: float, *, least_s: float, margin_s: float
) -> list[Span]:
    """Stretches of at least `least_s` between the spans of speech, less `margin_s` next to it."""
    found = []
    before = 0.0
    for start_s, end_s in [*sorted(speech), (duration_s, duration_s)]:
        if start_s - before >= least_s:
            first = before + (margin_s if before > 0 else 0.0)
            last = start_s - (margin_s if start_s < duration_s else 0.0)
            found.append((first, last))
        before = max(before, end_s)
    return found
