"""Ratings in, how far each rater agrees with themself out, and who is left out for it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from avitalk.evaluate.study.key import Key
from avitalk.evaluate.study.ratings import Rating

TOLERANCE: Final = 1.0
"""Mean difference allowed. Answers at random differ by 1.6 on average."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """How one rater rated."""

    rater: str
    pages: int
    """Pages rated in full, checks included."""
    shown: int
    again: float | None
    """Mean |difference| between a page and the same page again; None if there were none."""
    twin: float | None
    """Mean |difference| between two panels with one video."""
    median_s: float
    """Median time on a page."""
    excluded: str | None
    """Why this rater is left out."""


def conduct(
    ratings: Sequence[Rating], key: Key, tolerance: float = TOLERANCE
) -> tuple[Conduct, ...]:
    """One for each rater with ratings, in order of names.

    Left out are raters whose answers to all checks together differ by more than `tolerance`, and
    raters with one answer to everything.
    """
    by_rater: dict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_rater[rating.rater].append(rating)
    return tuple(
        _conduct(rater, by_rater[rater], len(key.raters[rater]), tolerance)
        for rater in sorted(by_rater)
    )


def _conduct(rater: str, mine: Sequence[Rating], shown: int, tolerance: float) -> Conduct:
    pages: dict[str, list[Rating]] = defaultdict(list)
    for rating in mine:
        pages[rating.page.id].append(rating)
    again: list[int] = []
    twin: list[int] = []
    for group in pages.values():
        page = group[0].page
        if page.kind == "again" and page.first in pages:
            before = {rating.video: rating.scores for rating in pages[page.first]}
            for rating in group:
                again += _apart(rating.scores, before.get(rating.video))
        if page.kind == "twin":
            for at, one in enumerate(group):
                for other in group[at + 1 :]:
                    twin += _apart(one.scores, other.scores if one.video == other.video else None)
    complete = sum(len(group) == len(group[0].page.panels) for group in pages.values())
    excluded = None
    if again + twin and np.mean(again + twin) > tolerance:
        excluded = (
            f"checks differ by {np.mean(again + twin):.2f} on average, more than {tolerance:g}"
        )
    elif len({score for rating in mine for score in rating.scores}) == 1 and complete > 1:
        excluded = f"answered {mine[0].scores[0]} to everything"
    return Conduct(
        rater,
        complete,
        shown,
        float(np.mean(again)) if again else None,
        float(np.mean(twin)) if twin else None,
        float(np.median([group[0].seconds for group in pages.values()])),
        excluded,
    )


def _apart(one: tuple[int, ...], other: tuple[int, ...] | None) -> list[int]:
    return [] if other is None else [abs(a - b) for a, b in zip(one, other, strict=True)]
