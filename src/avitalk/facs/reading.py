"""A text in, what its words say out: emotion, strength and action units, by the table's words only.

Who wrote the text makes no difference. Nothing here is learned, so that it can judge what models
write and take plain words from people.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from avitalk.facs.table import EMOTIONS, Rule, table

NAMED, DENIED, FIRST = 6.0, -4.0, 0.5
"""Log evidence of an emotion's name, of its denial, and of being named first."""
UNIT_WEIGHT: Final = 0.8
LEAST, MOST = 0.03, 0.97
"""Bounds of the share with which an emotion shows a unit."""
NEUTRAL_PRIOR: Final = 0.3
EMOTION_WEIGHT, PERCENT_WEIGHT, UNIT_DEGREE_WEIGHT, LOOSE_WEIGHT = 2.0, 2.0, 1.0, 1.0
NEUTRAL_WEIGHT: Final = 0.2
USUAL_STRENGTH: Final = 0.5
SCOPE_WORDS: Final = 6
"""Words after a negation that it can reach within its clause."""

_CLAUSE: Final = re.compile(
    r"[,.;:!?()—–]+|\b(?:but|while|whereas|although|though|as|when|until)\b"
)
_PIECE: Final = re.compile(r"\b(?:and|then|with)\b")
_VOICE: Final = re.compile(
    r"\b(?:voice|voiced|pitch|tone|air|talk\w*|says?|saying|speak\w*|spoken|speech|loud\w*|"
    r"quiet\w*|volume|tempo|pace|words?|"
    r"syllables?|phrase|breath\w*)\b"
)
_CHANGE: Final = re.compile(
    r"\b(?:eas(?:e|es|ing)|fad\w+|grow\w*|build\w*|soften\w*|settl\w+|let(?:s|ting)? go|mount\w*|"
    r"swell\w*|gather\w*|deepen\w*|rising|ebb\w*|wan(?:e|es|ing)|peak\w*|flar(?:e|es|ing) and)\b"
)
_NEGATION: Final = re.compile(
    r"\b(?:not|no|never|without|nor|neither|nothing|free of|rather than|instead of|lacks?|lacking|"
    r"hardly any|\w+n't)\b(?!\s+(?:only|just|merely|less|help|longer than))"
)
_CODES: Final = re.compile(r"\b(?:au|action units?)\s*(\d+(?:(?:\s*,\s*|\s+and\s+|\s*\+\s*)\d+)*)")
_PERCENT: Final = re.compile(r"\b(\d{1,3})\s*(?:%|percent|per cent)")


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
    """FACS numbers named and not denied, ascending."""


@dataclass(frozen=True, slots=True)
class _Mention:
    emotion: str
    strength: float
    start: int
    end: int
    denied: bool


def read(text: str) -> Reading:
    """Emotion, strength and action units of an instruction in anybody's words."""
    plain = re.sub(r"\s+", " ", text.lower().replace("’", "'"))
    mentions = _mentions(plain)
    masked = _masked(plain, [(m.start, m.end) for m in mentions])
    evidence = [(m.strength, _weight(m)) for m in mentions if not m.denied]
    taken = [span for m in mentions for span in _degrees_before(plain, m.start)[1]]
    masked = _masked(masked, taken)
    for found in _PERCENT.finditer(masked):
        evidence.append((min(int(found[1]), 100) / 100, PERCENT_WEIGHT))
    units: set[str] = set()
    rested = 0
    for start, end in _spans(_CLAUSE, masked):
        named, resting, degrees = _clause(masked[start:end])
        units |= named
        rested += resting
        evidence += degrees
    units |= _by_number(masked)
    scores = _scores(mentions, units, rested)
    total = sum(weight for _, weight in evidence)
    strength = sum(v * w for v, w in evidence) / total if total else USUAL_STRENGTH
    numbers = sorted({n for key in units for n in table().units[key].numbers})
    best = max(EMOTIONS, key=lambda name: scores[name])
    return Reading(best, scores, float(min(max(strength, 0.0), 1.0)), tuple(numbers))


def _weight(mention: _Mention) -> float:
    """How much a feeling's word tells of strength; 'neutral' says little."""
    return NEUTRAL_WEIGHT if mention.emotion == "neutral" else EMOTION_WEIGHT


def combined(hint: float, degree: float | None) -> float:
    """Strength of a feeling's word with one of degree: 'slightly' 0.33 'angry' 0.6 is 0.47."""
    return hint if degree is None else (hint + degree) / 2


def _by_number(text: str) -> set[str]:
    """Units named as animators do: 'AU4', 'action units 4 and 7', 'the brow lowerer'."""
    numbers = {n for found in _CODES.finditer(text) for n in re.findall(r"\d+", found[1])}
    names = {found[0] for found in _unit_pattern().finditer(text)}
    return {
        key
        for key, unit in table().units.items()
        if "+" not in key and (key in numbers or unit.name in names)
    }


@cache
def _unit_pattern() -> re.Pattern[str]:
    return _alternatives(unit.name for unit in table().units.values())


def _mentions(text: str) -> list[_Mention]:
    found = []
    for match in _emotion_pattern().finditer(text):
        name, hint = _emotion_words()[match[0]]
        degree, spans = _degrees_before(text, match.start())
        start = min([match.start(), *(span[0] for span in spans)])
        strength = combined(hint, degree)
        denied = _denied(text, start)
        found.append(_Mention(name, strength, match.start(), match.end(), denied))
    return found


def _degrees_before(text: str, start: int) -> tuple[float | None, list[tuple[int, int]]]:
    """The degree stated right before a word, and where."""
    before = text[:start]
    match = _degree_ending().search(before)
    if match is None:
        return None, []
    return _degree_words()[match[1]], [match.span(1)]


def _denied(text: str, start: int) -> bool:
    """Whether a negation reaches the word that begins at `start`."""
    clause = re.split(r"[,.;:!?()—–]|\bbut\b", text[:start])[-1]
    for match in _NEGATION.finditer(clause):
        rest = clause[match.end() :]
        if not re.search(r"\band\b", rest) and len(rest.split()) <= SCOPE_WORDS:
            return True
    return False


def _clause(text: str) -> tuple[set[str], int, list[tuple[float, float]]]:
    """Units named in a clause, regions said to rest, and (degree, weight) of its words."""
    degrees = [(_degree_words()[m[0]], m.span()) for m in _degree_pattern().finditer(text)]
    bare = _masked(text, [span for _, span in degrees])
    named: set[str] = set()
    resting = 0
    evidence: list[tuple[float, float]] = []
    for key, rules in _blends():
        for rule in rules:
            spots = _spots(rule, bare)
            if spots is not None:
                named |= set() if _denied(bare, min(a for a, _ in spots)) else {key}
                bare = _masked(bare, [(min(spots[0][1], spots[1][0]), spots[1][1])])
                evidence += [(level, UNIT_DEGREE_WEIGHT) for level, _ in degrees]
                degrees = []
                break
    ignored = bool(_VOICE.search(bare) or _CHANGE.search(bare))
    noun = ""
    for start, end in _spans(_PIECE, bare):
        piece = bare[start:end]
        inherited = not _nouns().search(piece)
        noun = noun if inherited else piece
        read_from = f"{_only_nouns(noun)} {piece}" if inherited else piece
        offset = start - (len(read_from) - len(piece))
        keys, rests = _units_in(read_from, bare, offset)
        named |= keys
        resting += rests
        here = [level for level, span in degrees if start <= span[0] < end]
        if keys:
            evidence += [(sum(here) / len(here), UNIT_DEGREE_WEIGHT)] if here else []
        elif not ignored:
            evidence += [(level, LOOSE_WEIGHT) for level in here]
    return named, resting, evidence


def _units_in(piece: str, clause: str, offset: int) -> tuple[set[str], int]:
    keys = set()
    for key, unit in table().units.items():
        for rule in unit.rules:
            spots = _spots(rule, piece)
            if spots is not None:
                first = max(0, offset + max(a for a, _ in spots))
                if not _denied(clause, first):
                    keys.add(key)
                break
    rests = sum(
        any(_spots(rule, piece) is not None for rule in rest.rules) for rest in table().rest
    )
    return keys, rests


def _scores(mentions: list[_Mention], units: set[str], rested: int) -> dict[str, float]:
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
def _emotion_words() -> dict[str, tuple[str, float]]:
    words = {}
    for name, emotion in table().emotions.items():
        for graded in (
            emotion.also,
            emotion.scenes,
            emotion.adverbs,
            emotion.nouns,
            emotion.after_verb,
            emotion.adjectives,
        ):
            words.update({word: (name, level) for word, level in graded.items()})
    return words


@cache
def _emotion_pattern() -> re.Pattern[str]:
    return _alternatives(_emotion_words())


@cache
def _degree_words() -> dict[str, float]:
    words: dict[str, list[float]] = {}
    for degree in table().degrees:
        places = (degree.before, degree.after, degree.adjective, degree.modifier, degree.amount)
        for word in {w for place in (*places, degree.manner, degree.also) for w in place}:
            words.setdefault(word, []).append(degree.level)
    return {word: sum(levels) / len(levels) for word, levels in words.items()}


@cache
def _degree_pattern() -> re.Pattern[str]:
    return _alternatives(_degree_words())


@cache
def _degree_ending() -> re.Pattern[str]:
    """A degree at the end of a text, before the word it grades."""
    longest = sorted(_degree_words(), key=len, reverse=True)
    either = "|".join(re.escape(word) for word in longest)
    return re.compile(rf"\b({either})(?: of| a| an| the)?\s*$")


def _alternatives(words: Iterable[str]) -> re.Pattern[str]:
    longest = sorted(words, key=len, reverse=True)
    return re.compile(r"(?<![\w-])(?:" + "|".join(re.escape(w) for w in longest) + r")(?![\w-])")


@cache
def _blends() -> tuple[tuple[str, tuple[Rule, ...]], ...]:
    """Blends whose phrases hold 'and', most units first."""
    blends = [(k, u.rules) for k, u in table().units.items() if k in ("1+2+4", "1+4")]
    return tuple(sorted(blends, key=lambda entry: -len(entry[0])))


@cache
def _nouns() -> re.Pattern[str]:
    return re.compile(
        r"\b(?:brows?|eyebrows?|forehead|eyes?|lids?|eyelids?|gaze|cheeks?|nose|lips?|mouth|corners?|"
        r"jaw|chin|head|face)\b"
    )


def _only_nouns(piece: str) -> str:
    """The start of a piece up to its last part of the face: 'the lower lids'."""
    ends = [found.end() for found in _nouns().finditer(piece)]
    return " ".join(piece[: ends[-1]].split()[-4:]) if ends else ""


@cache
def _group(words: tuple[str, ...]) -> re.Pattern[str]:
    each = (re.escape(word).replace(r"\*", r"\w*") for word in words)
    return re.compile(r"\b(?:" + "|".join(each) + r")\b")


def _spots(rule: Rule, text: str) -> list[tuple[int, int]] | None:
    """Where each group of a rule stands in the text, or None if one does not."""
    spots = []
    for group in rule:
        if group[0] == "!":
            if _group(group[1:]).search(text):
                return None
            continue
        found = _group(group).search(text)
        if found is None:
            return None
        spots.append(found.span())
    return spots


def _spans(separator: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Start and end of what stands between separators."""
    edges = [0]
    for match in separator.finditer(text):
        edges += [match.start(), match.end()]
    edges.append(len(text))
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if text[a:b].strip()]


def _masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with spans blanked, same length."""
    for start, end in spans:
        text = text[:start] + "~" * (end - start) + text[end:]
    return text
