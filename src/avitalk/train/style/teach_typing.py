"""A text in, the same as others would type it out: synonyms, slips, case, marks, missing words."""

import re
from typing import Final

import numpy as np

from avitalk.data.instructions.synonyms import augment

SYNONYMS, SLIPS, PLAIN, DROPPED = 0.5, 0.15, 0.25, 0.2
"""Shares of texts with synonyms, with a slip, without marks, with small words missing."""
SMALL: Final = frozenset(
    [
        "a",
        "an",
        "the",
        "is",
        "are",
        "be",
        "very",
        "please",
        "it",
        "that",
        "this",
        "to",
        "of",
        "her",
        "his",
        "their",
        "she",
        "he",
        "you",
        "with",
    ]
)
KEPT: Final = frozenset(["left", "right", "not", "no", "never", "without", "only", "but", "and"])
"""Words that no slip may touch: what they say hangs on a letter."""
_SIDES: Final = re.compile(r"\b(left|right)\b", re.IGNORECASE)


def retyped(text: str, rng: np.random.Generator) -> str:
    """Some of the changes, each by its share."""
    if rng.random() < SYNONYMS:
        text = augment(text, rng)
    if rng.random() < DROPPED:
        kept = [w for w in text.split() if w.lower() not in SMALL or rng.random() < 0.5]
        text = " ".join(kept) or text
    if rng.random() < PLAIN:
        text = re.sub(r"[.,;:!?]", "", text).lower()
    if rng.random() < SLIPS:
        text = slipped(text, rng)
    return text


def slipped(text: str, rng: np.random.Generator) -> str:
    """One word of five letters or more with a letter missing, doubled, or swapped."""
    words = text.split(" ")
    long = [i for i, w in enumerate(words) if len(w) > 4 and w.isalpha() and w.lower() not in KEPT]
    if not long:
        return text
    row = long[rng.integers(len(long))]
    word, at = words[row], int(rng.integers(1, len(words[row]) - 1))
    kind = int(rng.integers(3))
    if kind == 0:
        words[row] = word[:at] + word[at + 1 :]
    elif kind == 1:
        words[row] = word[:at] + word[at] + word[at:]
    else:
        words[row] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def other_side(text: str) -> str:
    """Left and right exchanged; the same text where neither is named."""

    def exchanged(match: re.Match[str]) -> str:
        other = {"left": "right", "right": "left"}[match[0].lower()]
        return other.capitalize() if match[0][0].isupper() else other

    return _SIDES.sub(exchanged, text)
