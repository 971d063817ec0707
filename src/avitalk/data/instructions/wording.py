"""Choice of words: degrees near a level, feelings near a strength, held-out words, articles."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final, Literal
from zlib import crc32

import numpy as np

from avitalk.facs.reading import combined
from avitalk.facs.table import Degree, Graded, emotion, table

HELD_OUT_SHARE: Final = 6
"""One word or phrase in so many is kept for held-out texts, by a hash of its letters."""
FEWEST_PARTED: Final = 4
"""Shorter lists are not parted."""
STEP: Final = 0.05
"""Spread of the strengths of chosen words about the strength wanted."""
STRONG_WORD: Final = 0.8
"""Words this strong take no modifier but the utmost."""
NEAR_ENOUGH: Final = 0.12
"""Largest distance of a feeling's word from the strength wanted."""
FARTHEST: Final = 0.45
"""Largest distance between a word's own strength and its modifier's."""

LOOSE_IDIOM: Final = 0.55
"""Idioms stronger than this take no modifier: 'past caring'."""

FORCE: Final = re.compile(r"\b(?:hard|force|forceful|forcefully|powerful|powerfully|full-force)\b")
"""Words of force, which do not suit what lets go."""

Place = Literal["before", "after", "adjective", "modifier", "amount", "manner"]
Slot = Literal["after_verb", "before_noun", "noun", "adverb", "scene"]


@cache
def is_held_out(word: str) -> bool:
    """Whether a word or phrase of a long enough list is kept for held-out texts."""
    return crc32(word.encode()) % HELD_OUT_SHARE == 0


@cache
def allowed(words: tuple[str, ...], held_out: bool) -> tuple[str, ...]:
    """The words of a list that may be used: all when held out, else those that are not."""
    if held_out or len(words) < FEWEST_PARTED:
        return words
    kept = tuple(word for word in words if not is_held_out(word))
    return kept or words[:1]


def pick(rng: np.random.Generator, words: Sequence[str], held_out: bool) -> str:
    """One of the allowed words; held-out ones first when asked for."""
    words = tuple(words)
    usable = allowed(words, held_out)
    if held_out and len(words) >= FEWEST_PARTED:
        own = tuple(word for word in words if is_held_out(word))
        usable = own if own and rng.random() < 0.5 else usable
    return usable[rng.integers(len(usable))]


def degree_near(rng: np.random.Generator, level: float) -> Degree:
    """A grade of strength near `level`, nearer ones more often."""
    grades = table().degrees
    distance = np.array([grade.level - level for grade in grades])
    weight = np.exp(-((distance / STEP) ** 2) / 2) + 1e-9 * np.exp(-np.abs(distance) * 20)
    return grades[rng.choice(len(grades), p=weight / weight.sum())]


def degree_word(rng: np.random.Generator, level: float, place: Place, held_out: bool) -> str:
    """A word for `level` that fits a place in the sentence."""
    return pick(rng, getattr(degree_near(rng, level), place), held_out)


def feeling(
    rng: np.random.Generator, name: str, strength: float, slot: Slot, held_out: bool
) -> str:
    """A word for the emotion, with or without a modifier, that together suggest `strength`."""
    phrases, values, plain = _feelings(name, slot, held_out)
    weight = np.exp(-(((values - strength) / STEP) ** 2) / 2) * plain
    if weight.sum() < 1e-6:
        weight = np.exp(-np.abs(values - strength) / STEP) * plain
    return phrases[int(rng.choice(len(phrases), p=weight / weight.sum()))]


def reaches(name: str, strength: float, slot: Slot, held_out: bool) -> bool:
    """Whether there is such a word near enough to `strength`."""
    if name == "neutral":
        return True
    return bool(np.abs(_feelings(name, slot, held_out)[1] - strength).min() <= NEAR_ENOUGH)


@cache
def _feelings(
    name: str, slot: Slot, held_out: bool
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Phrases, the strength of each, and how readily each is taken."""
    graded = _graded(name, slot)
    words = allowed(tuple(graded), held_out)
    rows = [(word, graded[word], 1.0) for word in words]
    if slot in ("after_verb", "before_noun", "noun") and name != "neutral":
        place: Place = "amount" if slot == "noun" else "modifier"
        for degree in table().degrees:
            fitting = [m for m in allowed(getattr(degree, place), held_out) if _fits(m, slot)]
            for word in words:
                if _goes(word, graded[word], degree.level):
                    value = combined(graded[word], degree.level)
                    rows += [(f"{m} {word}", value, 0.6 / len(fitting)) for m in fitting]
    phrases, values, readiness = zip(*rows, strict=True)
    return phrases, np.array(values), np.array(readiness)


def _graded(name: str, slot: Slot) -> Graded:
    known = emotion(name)
    if slot == "after_verb":
        return Graded({**known.adjectives, **known.after_verb})
    return {
        "before_noun": known.adjectives, "noun": known.nouns, "adverb": known.adverbs,
        "scene": known.scenes,
    }[slot]  # fmt: skip


def _fits(modifier: str, slot: Slot) -> bool:
    return slot != "before_noun" or not modifier.startswith(("a ", "the ", "only "))


def _goes(word: str, hint: float, level: float) -> bool:
    """Whether a modifier of `level` sounds right with a word: 'barely furious' does not."""
    spaces = word.count(" ")
    if spaces > 1 or (spaces and hint > LOOSE_IDIOM):
        return False
    if hint >= STRONG_WORD:
        return level == 1.0
    return abs(hint - level) < FARTHEST


_VOWEL: Final = re.compile(r"^(?:[aeio]|u(?!ni|se|su|ti)|hour|honest|heir)", re.IGNORECASE)


def with_articles(text: str) -> str:
    """'a' or 'an' by the word that follows."""

    def chosen(match: re.Match[str]) -> str:
        article = match[1][0] + ("n" if _VOWEL.match(match[2]) else "")
        return f"{article} {match[2]}"

    return re.sub(r"\b([Aa]n?) (\w[\w'-]*)", chosen, text)


def joined(parts: Sequence[str], last: str = "and") -> str:
    """'a, b and c'."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"
