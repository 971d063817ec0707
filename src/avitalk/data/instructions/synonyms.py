"""Instruction in, the same instruction with some words exchanged for synonyms out.

The text augmentation of AVI-Talking (section 3.3), with a closed list instead of a thesaurus:
only words of the table that say the same thing in the same place, so that grammar and facts stay.
Held-out words never come in.
"""

import re
from functools import cache
from typing import Final

import numpy as np

from avitalk.data.instructions.wording import FORCE, allowed, with_articles
from avitalk.facs.table import table

SHARE: Final = 0.35
"""Share of exchangeable words that are exchanged."""
SAME_STRENGTH: Final = 0.06
"""Words of one feeling this close in strength stand for each other."""


def augment(text: str, rng: np.random.Generator, *, share: float = SHARE) -> str:
    """Exchange about `share` of the words that have synonyms, none for one that is there."""
    said = {match[0].lower() for match in _pattern().finditer(text)}

    def exchanged(match: re.Match[str]) -> str:
        if rng.random() >= share:
            return match[0]
        others = [word for word in _groups().get(match[0].lower(), ()) if word not in said]
        if not others:
            return match[0]
        word = others[rng.integers(len(others))]
        said.add(word)
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
        adjectives = tuple(w for w in degree.adjective if w not in degree.after)  # 'hard' is both
        for place in (degree.before, adjectives):
            usable = allowed(place, held_out=False)
            for word in place:
                others = tuple(o for o in usable if o != word and not FORCE.search(o))
                if others and word not in groups:
                    groups[word] = others
    for emotion in table().emotions.values():
        for graded in (emotion.adjectives, emotion.nouns, emotion.adverbs):
            both = emotion.adjectives.keys() & emotion.nouns.keys()  # 'calm', 'melancholy'
            usable = allowed(tuple(word for word in graded if word not in both), held_out=False)
            for word, level in graded.items():
                near = tuple(
                    other
                    for other in usable
                    if other != word and abs(graded[other] - level) <= SAME_STRENGTH
                )
                if near and word not in both:
                    groups[word] = near
    return groups


@cache
def _pattern() -> re.Pattern[str]:
    whole = {
        phrase
        for emotion in table().emotions.values()
        for graded in (emotion.after_verb, emotion.scenes, emotion.also)
        for phrase in graded
    }  # nothing is exchanged within these: 'bored to tears'
    longest = sorted(_groups().keys() | whole, key=len, reverse=True)
    either = "|".join(re.escape(word) for word in longest)
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])", re.IGNORECASE)
