"""A script in, another out that says something else in almost the same words.

To a model that reads carelessly both are one; the contrastive loss has to tell them apart: left
from right, 'only', 'not', slightly from very, one movement or feeling from another.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np

from avitalk.data.instructions.wording import allowed, with_articles
from avitalk.data.performances.scripts_feelings import whole
from avitalk.data.performances.scripts_meaning import Script
from avitalk.facs.degrees import alternatives, degree_before, degree_words
from avitalk.facs.demands import demands
from avitalk.facs.moods import PLACES, Mood, moods
from avitalk.facs.reading import Mention, mentions_in
from avitalk.facs.table import EMOTIONS, emotion, table

APART: Final = 0.35
"""Least distance of the level of a word of degree from that of the one it takes the place of."""
_OTHERWISE: Final = (
    ("raise", "lower"), ("raises", "lowers"), ("raising", "lowering"), ("raised", "lowered"),
    ("lift", "lower"), ("lifted", "lowered"), ("up", "down"), ("smile", "frown"),
    ("smiling", "frowning"), ("smiles", "frowns"), ("widen", "narrow"), ("widened", "narrowed"),
    ("open", "close"), ("opened", "closed"), ("eyebrow", "cheek"), ("eyebrows", "cheeks"),
    ("brows", "cheeks"), ("squint", "stare"), ("press", "part"), ("upper lip", "lower lip"),
    ("inner brows", "outer brows"), ("head", "gaze"), ("together", "apart"), ("grin", "scowl"),
    ("nose", "chin"), ("wrinkle", "lift"), ("forward", "back"), ("upward", "downward"),
)  # fmt: skip
"""Words that make one movement another, either way."""
_ONLY: Final = re.compile(
    r"(?:\b(?:only|just|nothing but|nothing except) )|(?:,? (?:and |but )?nothing (?:else|more))|"
    r"(?:; (?:the rest of the face|everything else) stays (?:still|neutral))|"
    r"(?: and no other movement)",
    re.IGNORECASE,
)
_PERCENT: Final = re.compile(r"\b\d{1,3}(?= ?(?:%|percent))")
_NOT: Final = re.compile(
    r"\b(?:do not|don't|never|avoid|not|no) |\bwithout(?: any)? ", re.IGNORECASE
)


def hard_negative(script: Script, rng: np.random.Generator) -> Script:
    """The script with one thing changed: its side, its limits, its denial, its degree, one movement
    or feeling. A text that allows none of these gets a denial.
    """
    ways = [_WAYS[i] for i in rng.permutation(len(_WAYS))]
    for way in ways:
        found: Script | None = way(script, rng)
        if found is not None and found.text != script.text and found.key() != script.key():
            return found
    number = 4 if any(demand.unit == 12 for demand in script.shown) else 12
    ending = ", but do not " + {4: "frown", 12: "smile"}[number]
    if number in script.denied:
        return _told(script, script.text.rstrip(".!") + ", and raise the left eyebrow")
    return _told(script, script.text.rstrip(".!") + ending)


def _told(script: Script, text: str) -> Script:
    """The script with another text and what that demands."""
    text = with_articles(re.sub(r"\s+", " ", text).strip())
    found = demands(text)
    return replace(
        script, text=text, shown=found.shown, denied=found.denied, only=found.only,
        still=found.still,
    )  # fmt: skip


def _other_side(script: Script, _: np.random.Generator) -> Script | None:
    if not any(demand.side != "both" or demand.unit > 45 for demand in script.shown):
        return None
    swap = {"left": "right", "right": "left"}
    text = re.sub(r"\b(?:left|right)\b", lambda match: swap[match[0]], script.text)
    return _told(script, text)


def _limits(script: Script, _: np.random.Generator) -> Script | None:
    """'only' dropped, or added."""
    if script.only:
        return _told(script, _capital(_ONLY.sub("", script.text)))
    if not script.shown or script.emotions or script.denied or script.still:
        return None
    found = _told(script, f"Only {_small(script.text)}")
    return found if found.only else None


def _denial(script: Script, rng: np.random.Generator) -> Script | None:
    """A denial dropped, or one put before a movement or a feeling."""
    if script.denied:
        found = _told(script, _capital(_NOT.sub("", script.text, count=1)))
        return found if found.denied != script.denied else None
    simple = script.text.lower()
    said = mentions_in(simple)
    if len(said) == 1 and said[0].denied and not script.mood:
        found = _told(script, _capital(_NOT.sub("", script.text, count=1)))
        return replace(found, emotions=((said[0].emotion, 1.0),), strength=said[0].strength)
    feelings = [mention for mention in said if not mention.denied]
    if len(feelings) == 1 and not script.shown and _deniable(feelings[0], script):
        start = min(
            [feelings[0].start, *(a for a, _ in degree_before(simple, feelings[0].start)[1])]
        )
        text = f"{script.text[:start]}not {_small(script.text[start:])}"
        denied = replace(script, emotions=(("neutral", 1.0),), strength=0.4, mood="", voice=None)
        return _told(denied, _capital(text))
    if script.emotions or len(script.shown) != 1:
        return None
    found = _told(script, f"{('Do not', 'Never')[rng.integers(2)]} {_small(script.text)}")
    return found if found.denied and not found.shown else None


def _deniable(mention: Mention, script: Script) -> bool:
    """Whether 'not' can stand before a feeling and means something else: 'not unmoved' does not."""
    cry = mention.mood is not None and script.text.lower().strip(".!") in mention.mood.said["cries"]
    return mention.emotion not in ("neutral", "calm") and script.voice is None and not cry


def _shares(script: Script, _: np.random.Generator) -> Script | None:
    """The shares of a mixture exchanged."""
    percents = list(_PERCENT.finditer(script.text))
    if len(script.emotions) != 2 or len(percents) != 2 or script.mood:
        return None
    (first, one), (second, other) = script.emotions
    swap = iter((percents[1][0], percents[0][0]))
    text = _PERCENT.sub(lambda _: next(swap), script.text)
    return replace(script, text=text, emotions=((first, other), (second, one)))


def _mood(script: Script, rng: np.random.Generator) -> Script | None:
    """What a mood is told by exchanged for the words of another, in the same place."""
    if not script.mood or len(found := mentions_in(script.text.lower())) != 1:
        return None
    mention = found[0]
    place = next((p for p in PLACES if _has(mention.mood, p, script, mention)), None)
    if place is None or mention.mood is None or mention.mood.name != script.mood:
        return None
    entries = [
        (mood, phrase)
        for mood in moods().values()
        for phrase in allowed(tuple(mood.said[place]), held_out=False)
        if mood.main != mention.mood.main
    ]
    mood, phrase = entries[rng.integers(len(entries))]
    word = phrase.replace("~", "her")
    at_start = mention.start == 0 and script.text[0].isupper()
    text = script.text[: mention.start] + (_capital(word) if at_start else word)
    found_one = replace(
        script, emotions=whole(mood.emotions), strength=mood.said[place][phrase], mood=mood.name
    )
    return _told(found_one, text + script.text[mention.end :])


def _has(mood: Mood | None, place: str, script: Script, mention: Mention) -> bool:
    """Whether the words of a mention are of that place of its mood."""
    said = script.text[mention.start : mention.end].lower()
    ways = mood.said[place] if mood is not None else {}
    return any(re.fullmatch(re.escape(way).replace("\\~", r"\w+"), said) for way in ways)


def _degree(script: Script, rng: np.random.Generator) -> Script | None:
    """A word of degree far from the one that stands there."""
    said = list(_graded_words().finditer(script.text))
    if not said:
        return None
    match = said[rng.integers(len(said))]
    place, level = _places()[match[0].lower()]
    others = [
        word
        for degree in table().degrees
        if abs(degree.level - level) > APART
        for word in allowed(getattr(degree, place), held_out=False)
    ]
    if not others:
        return None
    word = others[rng.integers(len(others))]
    word = _capital(word) if match[0][0].isupper() else word
    text = script.text[: match.start()] + word + script.text[match.end() :]
    found = _told(script, text)
    if not script.emotions or found.shown != script.shown:
        return found
    before, after = (_strength(each) for each in (script.text, found.text))
    strength = float(np.clip(script.strength + after - before, 0, 1))
    return replace(found, strength=strength) if abs(after - before) > APART / 3 else None


def _strength(text: str) -> float:
    """What the words for feelings say of strength."""
    felt = [mention.strength for mention in mentions_in(text.lower()) if not mention.denied]
    return sum(felt) / len(felt) if felt else 0.5


def _movement(script: Script, rng: np.random.Generator) -> Script | None:
    """One movement made another."""
    for i in rng.permutation(len(_OTHERWISE)):
        one, other = _OTHERWISE[i]
        for a, b in ((one, other), (other, one)):
            if re.search(rf"\b{a}\b", script.text):
                found = _told(script, re.sub(rf"\b{a}\b", b, script.text, count=1))
                kept = len(found.shown) >= len(script.shown) and found.denied == script.denied
                if kept and {d.unit for d in found.shown} != {d.unit for d in script.shown}:
                    return found
    return None


def _feeling(script: Script, rng: np.random.Generator) -> Script | None:
    """A feeling's word exchanged for one of another emotion, about as strong."""
    if len(script.emotions) != 1 or script.mood:
        return None
    said = [m for m in mentions_in(script.text.lower()) if not m.denied]
    if len(said) != 1 or said[0].emotion != script.emotions[0][0]:
        return None
    mention = said[0]
    word = script.text[mention.start : mention.end]
    here = emotion(mention.emotion)
    for kind in ("adjectives", "nouns", "adverbs"):
        if word.lower() in getattr(here, kind):
            name = [e for e in EMOTIONS if e not in ("neutral", mention.emotion)][rng.integers(8)]
            words = getattr(emotion(name), kind)
            hint = getattr(here, kind)[word.lower()]
            usable = allowed(tuple(words), held_out=False)
            other = min(usable, key=lambda w: abs(words[w] - hint) + 0.1 * rng.random())
            other = _capital(other) if word[0].isupper() else other
            text = script.text[: mention.start] + other + script.text[mention.end :]
            return _told(replace(script, emotions=((name, 1.0),), voice=None), text)
    return None


@cache
def _graded_words() -> re.Pattern[str]:
    pattern = alternatives(_places())
    return re.compile(pattern.pattern, re.IGNORECASE)


@cache
def _places() -> dict[str, tuple[str, float]]:
    """Word of degree -> where it stands in a sentence, and its level."""
    return {
        word: (place, degree.level)
        for place in ("after", "amount", "adjective", "modifier", "before")
        for degree in table().degrees
        for word in getattr(degree, place)
        if word in degree_words()
    }


def _capital(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


_WAYS: Final[tuple[Callable[[Script, np.random.Generator], Script | None], ...]] = (
    _other_side, _limits, _denial, _degree, _movement, _feeling, _shares, _mood,
)  # fmt: skip
