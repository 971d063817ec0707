"""An unknown word in, known words in its place out: misspelt, joined, or inflected.

Distance is that of Damerau and Levenshtein (Damerau 1964), with slips that people make oftener
(letters swapped, doubled, vowels mistaken) counted for less. No dictionary but the given words.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SHORTEST: Final = 3
"""Letters below which nothing is corrected."""
LONG: Final = 7
"""Letters from which on two mistakes are allowed."""
SWAPPED, DOUBLED, VOWEL, MARGIN = 0.6, 0.6, 0.8, 0.4
"""Costs of slips against 1 of others; what a wrong first letter costs on top."""
RARE: Final = 0.12
"""Cost of each doubling of a word's rank among all, by frequency."""
LIKED: Final = 0.8
"""What words liked are given for it."""
JOINED_RANK: Final = 6000
"""Only words as frequent as this are found within joined ones."""
_VOWELS: Final = frozenset("aeiouy")
_ENDINGS: Final = (
    ("iness", "y"), ("ness", ""), ("ingly", ""), ("ingly", "e"), ("edly", ""), ("edly", "e"),
    ("fully", ""), ("ily", "y"), ("ly", ""), ("ly", "le"), ("ies", "y"), ("ied", "y"),
    ("iest", "y"), ("ier", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"), ("ing", ""),
    ("ing", "e"), ("est", ""), ("est", "e"), ("er", ""), ("er", "e"), ("ish", ""), ("like", ""),
    ("less", ""), ("ful", ""), ("able", ""), ("able", "e"), ("in", "ing"), ("our", "or"),
)  # fmt: skip
_PREFIXES: Final = (("un", "not"), ("non", "not"), ("over", "very"), ("half", "half"),
                    ("semi", "half"), ("super", "very"), ("ultra", "very"))  # fmt: skip


class Speller:
    """Corrections against a list of words; what it finds depends on nothing else."""

    def __init__(self, words: Sequence[str], liked: Collection[str]) -> None:
        """`words`: most frequent first; `liked` are preferred among equals."""
        self.words = tuple(words)
        self.rank = {word: rank for rank, word in enumerate(self.words)}
        self.liked = frozenset(liked)
        self._letters = np.zeros((len(self.words), 26), np.int8)
        for row, word in enumerate(self.words):
            for letter in word:
                if "a" <= letter <= "z":
                    self._letters[row, ord(letter) - 97] += 1
        self._lengths = np.array([len(word) for word in self.words], np.int16)

    def known(self, word: str) -> tuple[str, ...]:
        """Known words for it, () if nothing is near enough."""
        if word in self.rank:
            return (word,)
        stretched = self._stretched(word)
        if stretched:
            return (stretched,)
        for found in (self.base(word), self._near(word, 1.0), self.parted(word)):
            if found:
                return found
        return self._near(word, 2.0) if len(word) >= LONG else ()

    def _stretched(self, word: str) -> str:
        """'sooo', 'happyyy': letters said longer."""
        once, twice = [], []
        for at, letter in enumerate(word):
            if at < 1 or letter != word[at - 1]:
                once.append(letter)
            if at < 2 or letter != word[at - 1] or letter != word[at - 2]:
                twice.append(letter)
        if "".join(twice) == word:
            return ""
        return next((w for w in ("".join(twice), "".join(once)) if w in self.rank), "")

    def base(self, word: str) -> tuple[str, ...]:
        """The known word that this one is a form of, with what its prefix says."""
        stem = self._stem(word)
        if stem:
            return (stem,)
        for prefix, meaning in _PREFIXES:
            rest = word[len(prefix) :]
            if word.startswith(prefix) and len(rest) >= 4 and meaning in self.rank:
                stem = rest if rest in self.rank else self._stem(rest)
                if stem:
                    return (meaning, stem)
        return ()

    def _stem(self, word: str) -> str:
        for ending, instead in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
                stem = word[: -len(ending)] + instead
                for found in (stem, stem[:-1] if stem[-1] == stem[-2] else stem):
                    if found in self.rank and len(found) > SHORTEST:
                        return found
        return ""

    def parted(self, word: str) -> tuple[str, ...]:
        """Two or three frequent words written as one."""
        best: tuple[float, tuple[str, ...]] = (np.inf, ())
        for at in range(2, len(word) - 1):
            first, rest = word[:at], word[at:]
            if not self._frequent(first):
                continue
            ways: list[tuple[str, ...]] = [(rest,)] if self._frequent(rest) else []
            for cut in range(2, len(rest) - 1) if len(rest) > 7 else ():
                if self._frequent(rest[:cut]) and self._frequent(rest[cut:]):
                    ways.append((rest[:cut], rest[cut:]))
            for way in ways:
                found = (first, *way)
                cost = 8 * len(found) + float(sum(np.log2(self.rank[w] + 2) for w in found))
                best = min(best, (cost, found))
        return best[1]

    def _frequent(self, word: str) -> bool:
        rank = self.rank.get(word, JOINED_RANK)
        return rank < (200 if len(word) < 3 else JOINED_RANK) or word in self.liked

    def _near(self, word: str, most: float) -> tuple[str, ...]:
        """The likeliest known word within `most` mistakes."""
        if len(word) < SHORTEST:
            return ()
        best: tuple[float, str] = (np.inf, "")
        for row in self._candidates(word, int(most)):
            other = self.words[row]
            if len(other) < SHORTEST:
                continue
            apart = distance(word, other, most)
            if apart > most:
                continue
            cost = apart + (MARGIN if other[0] != word[0] else 0.0)
            cost += RARE * float(np.log2(row / 16 + 1)) - (LIKED if other in self.liked else 0.0)
            best = min(best, (cost, other))
        return (best[1],) if best[1] else ()

    def _candidates(self, word: str, most: int) -> NDArray[Any]:
        """Rows whose letters and length are near enough: cheap, and loses none."""
        counts = np.zeros(26, np.int8)
        for letter in word:
            counts[ord(letter) - 97] += 1
        long = np.abs(self._lengths - len(word)) <= most
        apart = np.abs(self._letters - counts).sum(axis=1, dtype=np.int16)
        return np.flatnonzero(long & (apart <= 2 * most))


@lru_cache(maxsize=4096)
def distance(word: str, other: str, most: float = 2.0) -> float:
    """Weighted edits from one word to the other; beyond `most` only known to be beyond."""
    width = len(other) + 1
    before = [0.0] * width
    row = [float(at) for at in range(width)]
    for i, letter in enumerate(word, 1):
        last, before, row = before, row, [float(i)] + [0.0] * (width - 1)
        for j, wanted in enumerate(other, 1):
            doubled = i > 1 and word[i - 2] == letter
            lacks = j > 1 and other[j - 2] == wanted
            least = min(
                before[j] + (DOUBLED if doubled else 1.0),
                row[j - 1] + (DOUBLED if lacks else 1.0),
                before[j - 1] + _exchange(letter, wanted),
            )
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == wanted:
                least = min(least, last[j - 2] + SWAPPED)
            row[j] = least
        if min(row) > most and min(before) > most:
            return most + 1
    return row[-1]


def _exchange(letter: str, wanted: str) -> float:
    if letter == wanted:
        return 0.0
    return VOWEL if letter in _VOWELS and wanted in _VOWELS else 1.0
