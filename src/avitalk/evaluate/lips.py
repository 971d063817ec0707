"""Metrics of lips: (F,) openings in millimetres and phone times come in, numbers go out.

Every function says what its number means; `docs/results/lips.md` uses their names.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


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
    """Standard deviation of the prediction over that of truth: below 1 mumbles."""
    return float(np.asarray(moved, np.float64).std() / np.asarray(truth, np.float64).std())


def jitter_ratio(moved: ArrayLike, truth: ArrayLike) -> float:
    """Mean absolute third difference of the prediction over that of truth."""
    third = [float(np.abs(np.diff(np.asarray(x, np.float64), 3)).mean()) for x in (moved, truth)]
    return third[0] / third[1]


def closed_in_spans(
    gap_mm: ArrayLike, fps: float, spans: Sequence[tuple[float, float]], limit_mm: float
) -> tuple[int, int]:
    """In how many of the spans (start, end in seconds) a frame is shown whose gap is at most
    `limit_mm`, and of how many. A frame is shown from i / fps to (i + 1) / fps.
    """
    gap = np.asarray(gap_mm, np.float64)
    hits = 0
    for start_s, end_s in spans:
        first = max(0, int(np.floor(start_s * fps + 1e-6)))
        last = max(first + 1, int(np.ceil(end_s * fps - 1e-6)))
        hits += bool(len(gap[first:last])) and bool(gap[first:last].min() <= limit_mm)
    return hits, len(spans)


def closed_share(
    gap_mm: ArrayLike, fps: float, spans: Sequence[tuple[float, float]], limit_mm: float
) -> tuple[int, int]:
    """Frames within the spans whose gap is at most `limit_mm`, and how many frames there are."""
    gap = np.asarray(gap_mm, np.float64)
    times = np.arange(len(gap)) / fps
    inside = np.zeros(len(gap), bool)
    for start_s, end_s in spans:
        inside |= (times >= start_s) & (times <= end_s)
    return int((gap[inside] <= limit_mm).sum()), int(inside.sum())


def pauses(
    speech: Sequence[tuple[float, float]], duration_s: float, *, least_s: float, margin_s: float
) -> list[tuple[float, float]]:
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
