"""A text in, the single movements it asks for or forbids out: unit, side and level.

Words alone blur sides, negation and 'only'; what is found here is held exactly, after everything
that was learned. Nothing here is learned.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from avitalk.facs.clauses import CLAUSE, PERCENT, Named, clause, numbered, plain, spans
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
    left = without_feelings(plain(text))
    shown: dict[tuple[int, Side], Demand] = {}
    forbidden: set[int] = set()
    resting: list[str] = []
    only = held = False
    for place, each in [(span, clause(left[slice(*span)])) for span in spans(CLAUSE, left)]:
        asked = [named for named in each.named if not named.denied]
        forbidden |= {n for named in each.named if named.denied for n in _numbers(named.key)}
        resting += each.resting
        percent = _percent(each.text)
        for named in asked:
            for demand in _demanded(named, percent):
                shown.setdefault((demand.unit, demand.side), demand)
        only |= bool(asked) and _is_only(left, place)
        held |= bool(asked and _HELD.search(each.text))
    percent = _percent(left)
    for key, side, grade, _ in numbered(left):
        number = int(key)
        level = _GRADES[grade] if grade else percent
        demand = Demand(number, _SIDES.get(side, "both"), level)
        shown.setdefault((demand.unit, demand.side), demand)
    held |= bool(shown and _THROUGHOUT.search(left))
    found = tuple(sorted(_whole(shown.values()), key=lambda demand: demand.unit))
    units = {demand.unit for demand in found}
    still = tuple(region for region in REGIONS if region in resting)
    only |= bool(found and _REST_STILL.search(left))
    return Demands(found, tuple(sorted(forbidden - units)), only, still, held)


def _whole(asked: Iterable[Demand]) -> list[Demand]:
    """Demands without those for a side that one for both sides covers; left and right alike become
    both.
    """
    rows = list(asked)
    kept = {row.unit: row for row in rows if row.side == "both"}
    for row in rows:
        other = [r for r in rows if r.unit == row.unit and r.side not in ("both", row.side)]
        if row.unit not in kept and other and other[0].level == row.level:
            kept[row.unit] = Demand(row.unit, "both", row.level)
    return [*kept.values(), *(row for row in rows if row.unit not in kept)]


def _demanded(named: Named, percent: float | None) -> list[Demand]:
    """What one named movement asks for."""
    degree = percent if named.degree is None else named.degree
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
    said = [(abs((m.start() + m.end()) / 2 - middle), m) for m in _SIDE.finditer(named.said)]
    if not said:
        return "both"
    match = min(said, key=lambda entry: entry[0])[1]
    side: Side = "right" if match["right"] else "left"
    if _MIRRORED.search(named.said):
        side = "left" if side == "right" else "right"
    return side


def _sided(number: int, side: Side) -> Side:
    """The side as it applies to a unit: those of head and gaze have none."""
    return side if number in UNIT or number == 45 else "both"


def _numbers(key: str) -> tuple[int, ...]:
    return table().units[key].numbers


def _percent(text: str) -> float | None:
    found = PERCENT.search(text)
    return min(int(found[1]), 100) / 100 if found else None


def _is_only(text: str, place: tuple[int, int]) -> bool:
    """Whether the clause says that nothing else moves."""
    said = text[slice(*place)]
    if _ONLY.search(said):
        return True
    return bool(_REST_STILL.search(text[place[1] :]) or _REST_STILL.search(text[: place[0]]))


_SIDES: Final[dict[str, Side]] = {"l": "left", "r": "right"}
_GRADES: Final = {"a": 0.1, "b": 0.3, "c": 0.5, "d": 0.75, "e": 1.0}
_SIDE: Final = re.compile(
    r"\b(?:(?P<left>left(?!\s+alone)|one(?!-sided)|a single|one-sided|lopsided|crooked)|(?P<right>right))\b"
)
_MIRRORED: Final = re.compile(r"\b(?:screen|camera|viewer's|my|image|picture) (?:left|right)\b")
_ONLY: Final = re.compile(
    r"(?<!not )(?<!had )(?<!has )(?<!have )(?<!if )(?<!i )\b(?:only|solely|just|merely|"
    r"nothing (?:but|except|other than|beyond)|no more than|exclusively)\b"
    r"(?!\s+(?:as|like|had|been|to speak|because|if|when|now|so|before|after|about|enough|~))"
    r"|\b(?:and|but) (?:nothing|no other|not? (?:anything|any) (?:else|more|other))\b"
)
_REST_STILL: Final = re.compile(
    r"\bnothing (?:else|more)\b|\b(?:the )?rest of (?:the|his|her|your|their) face (?:stays?|is|remains?|"
    r"should|must|kept|keeps?|neutral|still|relaxed)|\beverything else\b|\bnot(?:hing)? move anything else\b"
)
_HELD: Final = re.compile(
    r"\b(?:keep|keeps|keeping|kept|hold(?:s|ing)? (?:the|that|this|your|his|her|their|a|it)|stays?|staying|remains?|"
    r"remaining|permanent\w*|fixed|frozen|constant\w*|always)\b"
)
_THROUGHOUT: Final = re.compile(
    r"\bthroughout\b(?! (?:the )?(?:phrase|line)| ,)|\b(?:the whole|the entire|all the|at all) times?\b|\ball along\b"
    r"|\bwithout (?:a )?break\b|\bnever stop\w*\b"
)
