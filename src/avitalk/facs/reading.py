"""A text in, what its words say out: emotion, strength and action units, by the table's words only.

Who wrote the text makes no difference. Nothing here is learned, so that it can judge what models
write and take plain words from people.
"""

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from avitalk.facs.clauses import clauses, denied, masked, moves, numbered, plain
from avitalk.facs.degrees import PERCENT, alternatives, degree_before
from avitalk.facs.moods import Mood, mood_words
from avitalk.facs.table import EMOTIONS, table

NAMED, DENIED, FIRST = 6.0, -4.0, 0.5
"""Log evidence of an emotion's name, of its denial, and of being named first."""
UNIT_WEIGHT: Final = 0.8
LEAST, MOST = 0.03, 0.97
"""Bounds of the share with which an emotion shows a unit."""
NEUTRAL_PRIOR: Final = 0.3
EMOTION_WEIGHT, PERCENT_WEIGHT, UNIT_DEGREE_WEIGHT, LOOSE_WEIGHT = 2.0, 2.0, 1.0, 1.0
NEUTRAL_WEIGHT: Final = 0.2
USUAL_STRENGTH: Final = 0.5


_RESTING: Final = ("relaxed", "neutral", "restful")
"""Feelings that tell of a region, too: 'mouth relaxed'."""


_SMILE: Final = re.compile(r"^[\w-]+ (?:smile|grin|laugh|frown)$")
"""Moods that name what moves: 'fake smile'."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says about a face."""

    emotion: str
    """The likeliest of EMOTIONS."""
    scores: dict[str, float]
    """Emotion -> probability; sums to 1."""
    strength: float
    """0 to 1; 0.5 where the text does not say."""
    action_units: tuple[int, ...]
    """FACS numbers named, or brought along by a mood, and not denied; ascending."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A word for a feeling in a text."""

    emotion: str
    strength: float
    """0 to 1, with the words of degree before it."""
    start: int
    """Where it begins and ends in the plain text."""
    end: int
    denied: bool
    mood: Mood | None = None
    """The mood that the word is of, if any."""


def read(text: str) -> Reading:
    """Emotion, strength and action units of an instruction in anybody's words."""
    simple = plain(text)
    mentions = mentions_in(simple)
    left = masked(simple, [(m.start, m.end) for m in mentions])
    evidence = [(m.strength, _weight(m)) for m in mentions if not m.denied]
    left = masked(left, [span for m in mentions for span in degree_before(simple, m.start)[1]])
    for found in PERCENT.finditer(left):
        evidence.append((min(int(found[1]), 100) / 100, PERCENT_WEIGHT))
    read_clauses = clauses(left)
    units = {n.key for each in read_clauses for n in each.named if not n.denied}
    units |= {key for key, *_ in numbered(left)}
    for each in read_clauses:
        evidence += [
            (level, UNIT_DEGREE_WEIGHT if bound else LOOSE_WEIGHT) for level, bound in each.degrees
        ]
    scores = _scores(mentions, units, sum(len(each.resting) for each in read_clauses))
    total = sum(weight for _, weight in evidence)
    strength = sum(v * w for v, w in evidence) / total if total else USUAL_STRENGTH
    numbers = {n for key in units for n in table().units[key].numbers}
    for mention in mentions:
        if mention.mood is not None and not mention.denied:
            numbers |= {number for number, _ in mention.mood.units}
    best = max(EMOTIONS, key=lambda name: scores[name])
    return Reading(best, scores, float(min(max(strength, 0.0), 1.0)), tuple(sorted(numbers)))


def without_feelings(text: str) -> str:
    """A plain text, same length, without phrases for feelings and figures of speech, which may name
    movements and ask for none; single words that are both ('beaming') stay.
    """
    said = _emotion_pattern().finditer(text)
    return masked(text, [match.span() for match in said if not _moves_too(match[0])])


@cache
def _moves_too(word: str) -> bool:
    """Whether a word for a feeling names a movement or a face at rest as well."""
    return moves(word) or word in _RESTING or _SMILE.search(word) is not None


def names_feeling(text: str) -> bool:
    """Whether a text holds a word for a feeling."""
    return bool(mentions_in(plain(text)))


def _weight(mention: Mention) -> float:
    """How much a feeling's word tells of strength; 'neutral' says little."""
    return NEUTRAL_WEIGHT if mention.emotion == "neutral" else EMOTION_WEIGHT


def combined(hint: float, degree: float | None) -> float:
    """Strength of a feeling's word with one of degree: 'slightly' 0.33 'angry' 0.6 is 0.47."""
    return hint if degree is None else (hint + degree) / 2


def mentions_in(text: str) -> list[Mention]:
    """The words for feelings in a plain text, in order."""
    found = []
    for match in _emotion_pattern().finditer(text):
        if match[0] not in _emotion_words():
            continue  # a figure of speech that begins with a feeling's word: 'stressed syllable'
        name, hint, mood = _emotion_words()[match[0]]
        degree, spans = degree_before(text, match.start())
        start = min([match.start(), *(span[0] for span in spans)])
        strength = combined(hint, degree)
        found.append(Mention(name, strength, match.start(), match.end(), denied(text, start), mood))
    return found


def _scores(mentions: list[Mention], units: set[str], rested: int) -> dict[str, float]:
    logits = dict.fromkeys(EMOTIONS, 0.0)
    logits["neutral"] += NEUTRAL_PRIOR
    affirmed = [m for m in mentions if not m.denied]
    for mention in mentions:
        logits[mention.emotion] += DENIED if mention.denied else NAMED
    if affirmed:
        logits[affirmed[0].emotion] += FIRST
    numbers = {n for key in units for n in table().units[key].numbers}
    shares = _shares()
    for number in numbers:
        usual = sum(shares[name].get(number, LEAST) for name in EMOTIONS) / len(EMOTIONS)
        for name in EMOTIONS:
            logits[name] += UNIT_WEIGHT * math.log(shares[name].get(number, LEAST) / usual)
    for name in EMOTIONS if rested else ():
        rest = min(max(table().emotions[name].rest, LEAST), MOST)
        logits[name] += math.log(rest) * min(rested, 2)
    top = max(logits.values())
    weights = {name: math.exp(logits[name] - top) for name in EMOTIONS}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


@cache
def _shares() -> dict[str, dict[int, float]]:
    return {
        name: {p.number: min(max(p.share, LEAST), MOST) for p in emotion.parts}
        for name, emotion in table().emotions.items()
    }


@cache
def _emotion_words() -> dict[str, tuple[str, float, Mood | None]]:
    """Word or phrase -> emotion, strength and the mood it is of, if any."""
    words: dict[str, tuple[str, float, Mood | None]] = {}
    for name, emotion in table().emotions.items():
        for graded in (
            emotion.also,
            emotion.scenes,
            emotion.adverbs,
            emotion.nouns,
            emotion.after_verb,
            emotion.adjectives,
        ):
            words.update({word: (name, level, None) for word, level in graded.items()})
    for word, (mood, strength) in mood_words().items():
        words[word] = mood.main, strength, mood
    return words


@cache
def _emotion_pattern() -> re.Pattern[str]:
    return alternatives({*_emotion_words(), *table().figurative})
