"""Ratings in, mean opinion scores out, with intervals over raters and clips."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.study.key import Key
from avitalk.evaluate.study.questions import QUESTIONS
from avitalk.evaluate.study.ratings import Rating

Array = NDArray[np.float64]
DRAWS: Final = 4000


@dataclass(frozen=True, slots=True)
class Cells:
    """All counted ratings: R raters, C clips, S systems, Q questions."""

    raters: tuple[str, ...]
    clips: tuple[str, ...]
    systems: tuple[str, ...]
    values: Array
    """(R, C, S, Q); the mean where a rater saw a video on several pages, NaN where on none."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its 95 % interval."""

    value: float
    low: float
    high: float


def cells(ratings: Sequence[Rating], key: Key) -> Cells:
    """Sort ratings; pages that are checks do not count."""
    counted = [rating for rating in ratings if rating.page.kind == "rated"]
    raters = tuple(sorted({rating.rater for rating in counted}))
    shape = (len(raters), len(key.clips), len(key.systems), len(QUESTIONS))
    sums, counts = np.zeros(shape), np.zeros(shape)
    for rating in counted:
        video = key.videos[rating.video]
        at = (
            raters.index(rating.rater),
            key.clips.index(video.clip),
            key.systems.index(video.system),
        )
        sums[at] += rating.scores
        counts[at] += 1
    values = np.full(shape, np.nan)
    np.divide(sums, counts, out=values, where=counts > 0)
    return Cells(raters, key.clips, key.systems, values)


def mean(values: Array, *, draws: int = DRAWS, seed: int = 0) -> Mean:
    """(R, C) with NaN where nothing was rated -> mean and percentile interval.

    Raters and clips are both drawn with return, since a study generalises to other people and to
    other recordings: Owen, The pigeonhole bootstrap, Ann. Appl. Stat. 1 (2007), 386.
    """
    known = np.isfinite(values)
    if not known.any():
        return Mean(np.nan, np.nan, np.nan)
    filled = np.where(known, values, 0.0)
    chance = np.random.default_rng(seed)
    people, clips = (_counts(size, draws, chance) for size in values.shape)
    total = np.einsum("dr,rc,dc->d", people, filled, clips, optimize=True)
    weight = np.einsum("dr,rc,dc->d", people, known.astype(float), clips, optimize=True)
    drawn = total[weight > 0] / weight[weight > 0]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Mean(float(values[known].mean()), float(low), float(high))


def _counts(size: int, draws: int, chance: np.random.Generator) -> Array:
    """(draws, size): how often each of `size` is drawn, with return."""
    drawn = chance.integers(0, size, (draws, size))
    rows = drawn + size * np.arange(draws)[:, None]
    return np.bincount(rows.ravel(), minlength=draws * size).reshape(draws, size).astype(float)
