"""Words of degree in a text: what level they state, and where they stand."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from avitalk.facs.table import table

PERCENT: Final = re.compile(r"\b(\d{1,3})\s*(?:%|percent|per cent)")
_SPACED: Final = re.compile(r"[^\s,.;:!?()]+")
LONGEST_DEGREE: Final = 7
"""Words in the longest word of degree."""


def degree_before(text: str, start: int) -> tuple[float | None, list[tuple[int, int]]]:
    """The degree stated right before a word, and where."""
    words = list(_SPACED.finditer(text, max(0, start - 60), start))
    if words and words[-1][0] in ("of", "a", "an", "the"):
        words = [*words[:-1]] if _stated(text, words[:-1]) else words
    found = _stated(text, words)
    if found is None:
        return None, []
    return degree_words()[text[slice(*found)]], [found]


def _stated(text: str, words: Sequence[re.Match[str]]) -> tuple[int, int] | None:
    """Where the longest words of degree at the end of some words stand."""
    for first in words[-LONGEST_DEGREE:]:
        if text[first.start() : words[-1].end()] in degree_words():
            return first.start(), words[-1].end()
    return None


@cache
def degree_words() -> dict[str, float]:
    """Word of degree -> level."""
    words: dict[str, list[float]] = {}
    for degree in table().degrees:
        places = (degree.before, degree.after, degree.adjective, degree.modifier, degree.amount)
        for word in {w for place in (*places, degree.manner, degree.also) for w in place}:
            words.setdefault(word, []).append(degree.level)
    return {word: sum(levels) / len(levels) for word, levels in words.items()}


@cache
def degree_pattern() -> re.Pattern[str]:
    """Any word of degree."""
    return alternatives(degree_words())


def alternatives(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern of whole words, longest first; parted by first letter, which is much faster."""
    letters: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        letters.setdefault(word[0], []).append(re.escape(word[1:]))
    either = "|".join(
        f"{re.escape(letter)}(?:{'|'.join(rest)})" for letter, rest in letters.items()
    )
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])")
