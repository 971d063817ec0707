"""Guesses and truth in, unweighted recall with intervals over recordings out."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from avitalk.evaluate.metrics.lips import Interval, bootstrap

Floats = NDArray[np.float64]
DRAWS: Final = 2000


def unweighted(truth: ArrayLike, guess: ArrayLike, clip: ArrayLike) -> Interval:
    """Mean over classes of the share heard right, with its interval over recordings drawn with
    return: windows of one recording stay together.
    """
    hits, totals = _counts(truth, guess, clip)
    drawn = _recall(hits, totals, _weights(len(hits)))
    low, high = np.percentile(drawn, [2.5, 97.5])
    mean = float(_recall(hits, totals, np.ones((1, len(hits))))[0])
    return Interval(mean, float(low), float(high), len(hits))


def gain(truth: ArrayLike, guess: ArrayLike, other: ArrayLike, clip: ArrayLike) -> Interval:
    """Unweighted recall of `guess` less that of `other`, on the same draws of recordings."""
    hits, totals = _counts(truth, guess, clip)
    against, _ = _counts(truth, other, clip)
    weights = _weights(len(hits))
    drawn = _recall(hits, totals, weights) - _recall(against, totals, weights)
    low, high = np.percentile(drawn, [2.5, 97.5])
    one = np.ones((1, len(hits)))
    mean = float((_recall(hits, totals, one) - _recall(against, totals, one))[0])
    return Interval(mean, float(low), float(high), len(hits))


def by_class(truth: ArrayLike, guess: ArrayLike, names: Sequence[str]) -> dict[str, float]:
    """Recall of each class that there is."""
    true, said = np.asarray(truth), np.asarray(guess)
    return {
        name: float((said[true == i] == i).mean())
        for i, name in enumerate(names)
        if (true == i).any()
    }


def by_group(truth: ArrayLike, guess: ArrayLike, group: ArrayLike) -> dict[str, float]:
    """Unweighted recall within each group, of the classes that it has."""
    true, said, groups = np.asarray(truth), np.asarray(guess), np.asarray(group)
    found = {}
    for name in np.unique(groups):
        here = groups == name
        shares = [np.mean(said[here & (true == c)] == c) for c in np.unique(true[here])]
        found[str(name)] = float(np.mean(shares))
    return found


def ordered(pairs: Sequence[tuple[float, float]]) -> tuple[Interval, float]:
    """Share of (weaker, stronger) pairs in the right order, ties counting half; share of ties."""
    weak, strong = np.asarray(pairs, np.float64).T
    ties = np.isclose(weak, strong, rtol=0, atol=1e-9)
    right = np.where(ties, 0.5, strong > weak)
    return bootstrap(right), float(ties.mean())


def plain(interval: Interval) -> dict[str, Any]:
    """What JSON keeps of it."""
    return asdict(interval)


def _counts(truth: ArrayLike, guess: ArrayLike, clip: ArrayLike) -> tuple[Floats, Floats]:
    """(clips, classes) windows heard right, and windows."""
    true, said = np.asarray(truth, np.int64), np.asarray(guess, np.int64)
    if not len(true):
        raise ValueError("no windows to take a recall of")
    _, row = np.unique(np.asarray(clip), return_inverse=True)
    totals = np.zeros((row.max() + 1, true.max() + 1))
    hits = np.zeros_like(totals)
    np.add.at(totals, (row, true), 1)
    np.add.at(hits, (row, true), said == true)
    return hits, totals


def _weights(clips: int) -> Floats:
    """(draws, clips) how often each recording was drawn."""
    draw = np.random.default_rng(0).multinomial(clips, np.full(clips, 1 / clips), DRAWS)
    return np.asarray(draw, np.float64)


def _recall(hits: Floats, totals: Floats, weights: Floats) -> Floats:
    """(draws,) mean over the classes drawn."""
    total = weights @ totals
    share = np.divide(weights @ hits, total, out=np.full_like(total, np.nan), where=total > 0)
    mean: Floats = np.nanmean(share, axis=1)
    return mean
