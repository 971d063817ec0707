"""Scripts beyond the frames: moods, characters and situations as people put them, and WordNet's
meanings of the table's own words.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from avitalk.data.performances.scripts import Script
from avitalk.facs.moods import mood_words
from avitalk.facs.table import EMOTIONS, table
from avitalk.train.style.lines import Synset, synsets
from avitalk.train.style.lines_people import PEOPLE
from avitalk.train.style.teach_meant_words import MEANT, NOT_MEANT, Meant

MOODS: Final = ("{m}", "{m}", "look {m}", "she is {m}", "he seems {m}", "be {m}", "a {m} face",
                "with a {m} look", "{m} and {n}", "like a {m} {w}", "a {m} {w}", "{m} {w}",
                "act {m}", "sound {m}", "a {m} expression", "feeling {m}")  # fmt: skip
PERSONS: Final = ("{p}", "a {p}", "like a {p}", "you are a {p}", "speak like a {p}", "as a {p}",
                  "play a {p}", "a {m} {p}", "talk like a {m} {p}")  # fmt: skip
DONE: Final = ("as if she had just {d}", "as if he had just {d}", "as if you have {d}",
               "like someone who has just {d}", "she has just {d}", "he {d}", "{m}, having {d}",
               "as though they had {d}", "a {p} who has just {d}")  # fmt: skip
MEANINGS: Final = ("{g}", "as if {g}", "someone {g}", "{g}", "look as if you were {g}")
GRADES: Final = (("slightly", 0.45), ("a little", 0.5), ("a bit", 0.5), ("very", 1.25),
                 ("extremely", 1.5), ("really", 1.2), ("incredibly", 1.5))  # fmt: skip
GLOSSED: Final = 0.2
"""Share of scripts from WordNet's meanings."""
_SPREAD: Final = 0.05


def meant(wordnet: Path | None, count: int, seed: int) -> list[Script]:
    """`count` scripts; without WordNet's folder none are of its meanings."""
    rng = np.random.default_rng((seed, 11))
    glosses = [] if wordnet is None else meanings(wordnet)
    entries = [_unsaid(entry) for entry in MEANT]
    found: list[Script] = []
    while len(found) < count:
        if glosses and rng.random() < GLOSSED:
            script = _glossed(glosses[rng.integers(len(glosses))], rng)
        else:
            script = _directed(entries[rng.integers(len(entries))], rng)
        if not any(kept in script.text for kept in NOT_MEANT):
            found.append(script)
    return found


def _unsaid(entry: Meant) -> Meant:
    """The entry without what `facs.moods` says more exactly."""

    def rest(phrases: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(phrase for phrase in phrases if phrase not in mood_words())

    return replace(
        entry, moods=rest(entry.moods) or entry.moods, people=rest(entry.people),
        done=rest(entry.done),
    )  # fmt: skip


def _directed(entry: Meant, rng: np.random.Generator) -> Script:
    """One of the hand-written entries in a frame, with a degree now and then."""
    kinds: list[tuple[tuple[str, ...], float]] = [(MOODS, 0.5)]
    kinds += [(PERSONS, 0.25)] if entry.people else []
    kinds += [(DONE, 0.25)] if entry.done else []
    share = np.array([weight for _, weight in kinds])
    frames = kinds[rng.choice(len(kinds), p=share / share.sum())][0]
    frame = _of(frames, rng)
    strength, mood, other = entry.strength, _of(entry.moods, rng), _of(entry.moods, rng)
    if "{m}" in frame and rng.random() < 0.35:
        grade, factor = GRADES[rng.integers(len(GRADES))]
        mood, strength = f"{grade} {mood}", min(1.0, strength * factor)
    text = frame.format(
        m=mood, n=other, w=_of(PEOPLE, rng), p=_of(entry.people or PEOPLE, rng),
        d=_of(entry.done or ("nothing",), rng),
    )  # fmt: skip
    strength = float(np.clip(strength + _SPREAD * rng.standard_normal(), 0.05, 1))
    return Script(re.sub(r"\ba (?=[aeiou])", "an ", text), entry.emotions, strength, kind="meant")


def meanings(folder: Path) -> list[tuple[str, str, float]]:
    """(text, emotion, strength) from WordNet's first meaning of each word of the table."""
    first: dict[str, Synset] = {}
    for synset in synsets(folder):
        for word in synset.words if synset.part in ("adj", "noun", "adv") else ():
            if word not in first or synset.file in ("12", "37"):
                first[word] = synset
    found = []
    for name in EMOTIONS:
        known = table().emotions[name]
        for place in (known.adjectives, known.nouns, known.adverbs):
            for word, strength in place.items():
                if word in first:
                    gloss = first[word].meaning
                    texts = (gloss, *(w for w in first[word].words if w != word))
                    found += [(text, name, strength) for text in texts if len(text.split()) < 14]
    return found


def _glossed(entry: tuple[str, str, float], rng: np.random.Generator) -> Script:
    text, name, strength = entry
    frame = _of(MEANINGS, rng) if " " in text else "{g}"
    return Script(frame.format(g=text), ((name, 1.0),), strength, kind="meaning")


def _of(entries: Sequence[str], rng: np.random.Generator) -> str:
    return entries[int(rng.integers(len(entries)))]
