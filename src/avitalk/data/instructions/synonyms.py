"""Instruction in, the same instruction with some words exchanged for synonyms out.

The text augmentation of AVI-Talking (section 3.3), with a closed list instead of a thesaurus:
only words of the table that say the same thing in the same place, so that grammar and facts stay.
Held-out words never come in.
"""

import re
from functools import cache
from typing import Final

import numpy as np

from avitalk.data.instructions.wording import allowed, with_articles
from avitalk.facs.table import table

SHARE: Final = 0.35
"""Share of exchangeable words that are exchanged."""
SAME_STRENGTH: Final = 0.06
"""Words of one feeling this close in strength stand for each other."""


def augment(text: str, rng: np.random.Generator, *, share: float = SHARE) -> str:
    """Exchange about `share` of the words that have synonyms."""

    def exchanged(match: re.Match[str]) -> str:
        if rng.random() >= share:
            return match[0]
        others = _groups()[match[0].lower()]
        word = others[rng.integers(len(others))]
        return word[0].upper() + word[1:] if match[0][0].isupper() else word

    return with_articles(_pattern().sub(exchanged, text))


@cache
def _groups() -> dict[str, tuple[str, ...]]:
    """Word -> those that may stand for it."""
    groups: dict[str, tuple[str, ...]] = {}
    for words in table().synonyms:
        for word in words:
            groups[word] = tuple(other for other in words if other != word)
    for degree in table().degrees:
        for place in (degree.before, degree.adjective):
            usable = allowed(place, held_out=False)
            for word in place:
                others = tuple(other for other in usable if other != word)
                if others and word not in groups:
                    groups[word] = others
    for emotion in table().emotions.values():
        for graded in (emotion.adjectives, emotion.nouns, emotion.adverbs):
            usable = allowed(tuple(graded), held_out=False)
            for word, level in graded.items():
                near = tuple(
                    other
                    for other in usable
                    if other != word and abs(graded[other] - level) <= SAME_STRENGTH
                )
                if near:
                    groups[word] = near
    return groups


@cache
def _pattern() -> re.Pattern[str]:
    longest = sorted(_groups(), key=len, reverse=True)
    either = "|".join(re.escape(word) for word in longest)
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])", re.IGNORECASE)
