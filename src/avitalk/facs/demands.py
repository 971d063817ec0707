"""A text in, the single movements it asks for or forbids out: unit, side and level.

Words alone blur sides, negation and 'only'; what is found here is held exactly, after everything
that was learned. Nothing here is learned.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from avitalk.facs.clauses import (
    CLAUSE,
    Clause,
    Named,
    clause,
    masked,
    numbered,
    plain,
    spans,
)
from avitalk.facs.degrees import PERCENT
from avitalk.facs.expression import UNIT
from avitalk.facs.reading import without_feelings
from avitalk.facs.table import REGIONS, Side, table

PLAIN_LEVEL: Final = 0.6
"""Level of a movement that is asked for without a degree."""


@dataclass(frozen=True, slots=True)
class Demand:
    """One movement that a text names."""

    unit: int
    """FACS number."""
    side: Side = "both"
    """Of the character."""
    level: float | None = None
    """0 to 1; None where the text states no degree."""


@dataclass(frozen=True, slots=True)
class Demands:
    """What a text asks for in so many words; empty if it only tells of feelings."""

    shown: tuple[Demand, ...] = ()
    """Movements asked for."""
    denied: tuple[int, ...] = ()
    """Units that must not show: 'do not smile', 'without a frown'."""
    only: bool = False
    """Whether nothing but `shown` may move: 'raise only the left eyebrow'."""
    still: tuple[str, ...] = ()
    """Regions of the table said to be at rest: 'the mouth stays relaxed'."""
    held: bool = False
    """Whether `shown` is to be kept up all the time, without swelling: 'keep your eyes closed'."""


def demands(text: str) -> Demands:
    """The movements that a text names."""
    simple = plain(text)
    left = without_feelings(simple)
    asked: list[Demand] = []
    forbidden: set[int] = set()
    resting: set[str] = set()
    only = held = False
    coded = _numbered(left)
    for start, end in spans(CLAUSE, left):
        each = clause(left[start:end])
        here = [d for named in each.named if not named.denied for d in _demanded(named, each)]
        here += [demand for place, demand in coded if start <= place < end]
        asked += here
        forbidden |= {n for named in each.named if named.denied for n in _numbers(named.key)}
        resting |= {*each.resting, *_unmoved(each.text)}
        limits = bool(_ONLY.search(masked(each.text, each.said_degrees)))
        only |= bool(here) and limits
        held |= bool(here and _HELD.search(each.text))
        if limits and not here and not each.named:
            resting |= _others(each.text)
    only |= bool(asked and _REST_STILL.search(simple))
    held |= bool(asked and _THROUGHOUT.search(left))
    shown = _whole(asked)
    units = {demand.unit for demand in shown}
    busy = {table().units[str(unit)].region for unit in units}
    still = tuple(region for region in REGIONS if region in resting - busy)
    return Demands(shown, tuple(sorted(forbidden - units)), only, still, held)


def _whole(asked: Iterable[Demand]) -> tuple[Demand, ...]:
    """Each movement once, by unit: the first that is said, both sides before one of them, left and
    right alike as both.
    """
    rows: dict[tuple[int, Side], Demand] = {}
    for demand in asked:
        rows.setdefault((demand.unit, demand.side), demand)
    for unit, side in list(rows):
        left, right = rows.get((unit, "left")), rows.get((unit, "right"))
        if left and right and left.level == right.level:
            rows.setdefault((unit, "both"), Demand(unit, "both", left.level))
        if side != "both" and (unit, "both") in rows:
            del rows[unit, side]
    return tuple(rows[place] for place in sorted(rows))


def _demanded(named: Named, clause: Clause) -> list[Demand]:
    """What one named movement asks for."""
    degree = _percent(clause.text) if named.degree is None else named.degree
    side = _side(named)
    if named.everyday is None:
        return [Demand(number, _sided(number, side), degree) for number in _numbers(named.key)]
    level = dict(named.everyday.units)[int(named.key)]
    if level is not None and degree is not None:
        level = min(1.0, level * degree / PLAIN_LEVEL) if level < 1 else degree
    elif level is None:
        level = degree
    if named.everyday.one_side and side == "both":
        side = "left"
    return [Demand(int(named.key), _sided(int(named.key), side), level)]


def _side(named: Named) -> Side:
    """The side said nearest to a movement, if any."""
    middle = sum(named.spot) / 2
    words = list(_SIDE.finditer(named.said))
    if not words or _BOTH.search(named.said):
        return "both"
    match = min(words, key=lambda word: abs((word.start() + word.end()) / 2 - middle))
    right = bool(match["right"])
    if any(word["other"] for word in words):
        right = not any(word["right"] for word in words)
    if _MIRRORED.search(named.said):
        right = not right
    return "right" if right else "left"


def _sided(number: int, side: Side) -> Side:
    """The side as it applies to a unit: those of head and gaze have none."""
    return side if number in UNIT or number == 45 else "both"


def _numbers(key: str) -> tuple[int, ...]:
    return table().units[key].numbers


def _percent(text: str) -> float | None:
    found = PERCENT.search(text)
    return min(int(found[1]), 100) / 100 if found else None


def _numbered(text: str) -> list[tuple[int, Demand]]:
    """Units that are named by their numbers, and where: 'AU4 at 30 %', 'L12B'."""
    found = []
    for key, letter, grade, (start, end) in numbered(text):
        near = _AMOUNT.match(text, end)
        if near is not None:
            level: float | None = float(near[2]) if near[2] else min(int(near[1]), 100) / 100
        else:
            level = _GRADES.get(grade, _percent(_SENTENCE.split(text[end:])[0]))
        side = _sided(int(key), _SIDES.get(letter, "both"))
        found.append((start, Demand(int(key), side, level)))
    return found


def _unmoved(text: str) -> set[str]:
    """Regions that are not to move: 'do not move your head'."""
    if not (found := _UNMOVED.search(text)):
        return set()
    return _regions(found[1] or found[2] or text[: found.start()])


def _others(text: str) -> set[str]:
    """All regions but those that a clause is limited to: 'just the brows move'."""
    named = _regions(text)
    return set(REGIONS) - named if named and _STIRS.search(text) else set()


def _regions(text: str) -> set[str]:
    return {region for word, region in _BODIES.items() if re.search(rf"\b{word}s?\b", text)}


_SIDES: Final[dict[str, Side]] = {"l": "left", "r": "right"}
_GRADES: Final = {"a": 0.1, "b": 0.3, "c": 0.5, "d": 0.75, "e": 1.0}
_SIDE: Final = re.compile(
    r"\b(?:(?P<left>left(?! alone)|one(?!-sided)|a single|one-sided|lopsided|crooked)|"
    r"(?P<right>right)|(?P<other>the other))\b"
)
_BOTH: Final = re.compile(r"\b(?:both|left and right|each side)\b")
_MIRRORED: Final = re.compile(r"\b(?:screen|camera|viewer's|image|picture) (?:left|right)\b")
_ONLY: Final = re.compile(
    r"(?<!not )(?<!had )(?<!has )(?<!have )(?<!if )\b(?:only|solely|just|merely|exclusively)\b"
    r"(?!\s+(?:as|like|had|been|to speak|because|if|when|now|so|before|after|about|enough|~))"
    r"|\bnothing (?:but|except|other than|beyond)\b|\bno more than\b"
    r"|\b(?:and|but) (?:nothing|no other|not? (?:anything|any) (?:else|more|other))\b"
    r"|\b(?:alone|only)$"
)
_REST_STILL: Final = re.compile(
    r"\bnothing (?:else|more)\b|\beverything else\b|\b(?:do not|don't) move anything else\b|"
    r"\brest of (?:the|his|her|your|their) face (?:stays?|is|remains?|should|must|kept|keeps?|"
    r"neutral|still|relaxed|does not|doesn't)\b|"
    r"\botherwise (?:neutral|still|relaxed|blank|expressionless|motionless|unmoved|nothing)\b"
)
_HELD: Final = re.compile(
    r"\b(?:(?:keep|keeps|keeping|kept)(?! (?:everything|the rest))|"
    r"hold(?:s|ing)? (?:the|that|this|your|his|her|their|a|it)|"
    r"stays?|staying|remains?|remaining|permanent\w*|fixed|frozen|constant\w*|always)\b"
)
_SENTENCE: Final = re.compile(r"[.;!?](?!\d)|\baus?\s?\d")
_THROUGHOUT: Final = re.compile(
    r"\bthroughout\b(?! (?:the )?(?:phrase|line)|,)|\b(?:the whole|the entire|all the|at all) "
    r"times?\b|\ball along\b|\bwithout (?:a )?break\b|\bnever stop\w*\b"
)
_UNMOVED: Final = re.compile(
    r"\bno (\w+) movements?\b|"
    r"(?:\b(?:no|not|never|without|nor|avoid)|n't)(?: \w+)? (?:mov\w+|budg\w+)((?: \w+)*)"
)
_AMOUNT: Final = re.compile(
    r"[\s:=(]*(?:at|to|with|about|around|roughly)?[\s:=(]*"
    r"(?:(\d{1,3})\s*(?:%|percent|per cent)|([01]?\.\d+))"
)
_STIRS: Final = re.compile(r"\b(?:mov\w+|act\w*|show\w*|in|with|through|use|using|animat\w+)\b")
_BODIES: Final = {
    "brow": "brows", "eyebrow": "brows", "forehead": "brows", "eye": "eyes", "eyelid": "eyes",
    "lid": "eyes", "gaze": "eyes", "cheek": "cheeks", "nose": "nose", "mouth": "mouth",
    "lip": "mouth", "jaw": "mouth", "head": "head",
}  # fmt: skip
