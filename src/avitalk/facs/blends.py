"""A text in, the parts of a mixture of feelings out, each with its share.

Only words that share something out make a mixture: '30 % worried, 70 % hopeful', 'half amused, half
annoyed', 'mostly calm with a touch of fear'. A percentage of one thing is a degree, no share, and
so is one of a movement: 'brows raised 40 %, smile 60 %'.
"""

import re
from typing import Final

from avitalk.facs.demands import demands
from avitalk.facs.reading import names_feeling

Parts = tuple[tuple[str, float], ...]
"""Text of each part and its share; shares sum to 1."""

WHOLE: Final = (0.85, 1.15)
"""Stated shares that sum to this are shares of one whole; others are degrees."""
MOSTLY: Final = 0.8
"""Share of what a text is 'mostly' about."""

_FRACTIONS: Final = {
    "half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "part": None,
    "thirds": 1 / 3, "quarters": 1 / 4, "fifths": 1 / 5, "parts": None,
}  # fmt: skip
_COUNTS: Final = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_SHARE: Final = re.compile(
    r"(?<![\w.])(?:(?P<percent>\d{1,3}(?:\.\d+)?)\s*(?:%|percent\b|per cent\b)|"
    r"(?:(?P<count>a|one|two|three|four|five|\d+)[- ])?"
    r"(?P<unit>half|thirds?|quarters?|fifths?|parts?)\b)(?:\s+(?:of|as)\b)?",
    re.IGNORECASE,
)
_RATIO: Final = re.compile(r"(?<!\d)(\d{1,2})\s?/\s?(\d{1,2})(?!\d)")
_PAIR: Final = re.compile(
    r"\b(?:equal parts|equally|(?:an? )?(?:even |equal )?(?:mix|mixture|blend|combination) of|"
    r"(?:somewhere |something |halfway )?between|(?P<ratio>\d{1,2}\s?/\s?\d{1,2}))[:\s]\s*"
    r"(?P<first>[^,;.!?]+?)\s*(?:,|\band\b|\+|&)\s*(?P<second>[^.;!?]+)",
    re.IGNORECASE,
)
_MOSTLY: Final = re.compile(
    r"\b(?:mostly|mainly|largely|chiefly|primarily|predominantly)\s+(?P<first>.+?),?\s+"
    r"(?:with|but|and|plus)\s+(?:also\s+|just\s+|maybe\s+)*(?:a|an|some|the)?\s*"
    r"(?:(?:slight|small|faint|tiny|little|mild)\s+)*"
    r"(?:bit|little|touch|hint|trace|dash|pinch|tinge|shade|note|undertone|edge|some)?\s+"
    r"(?:of\s+)?(?P<second>[^.;!?]+)",
    re.IGNORECASE,
)
_EDGE: Final = re.compile(
    r"^(?:[\s,;:.&+()-]+|(?:and|plus|but|with|the)\s+)|"
    r"(?:[\s,;:.&+!()-]+|\s(?:and|plus|but|with|is|are|at))$",
    re.IGNORECASE,
)


def blend(text: str) -> Parts:
    """The parts of a text with their shares; ((text, 1.0),) where it is no mixture."""
    for found in (_shared(text), _mostly(text), _pair(text)):
        if found and not any(_moves_only(part) for part, _ in found):
            return found
    return ((text, 1.0),)


def _moves_only(part: str) -> bool:
    """Whether a part is a movement, of which a percentage is a degree."""
    return bool(demands(part).shown) and not names_feeling(part)


def _shared(text: str) -> Parts:
    """'30 % worried, 70 % hopeful', 'worried (30 %) and hopeful (70 %)', 'half sad, half angry'."""
    found = list(_SHARE.finditer(text))
    if len(found) < 2:
        return ()
    shares = [_value(match) for match in found]
    if all(match["unit"] and match["unit"].lower().startswith("part") for match in found):
        total = sum(shares) or 1.0
        shares = [share / total for share in shares]
    if not WHOLE[0] <= sum(shares) <= WHOLE[1] or min(shares) <= 0:
        return ()
    starts = [0, *(match.end() for match in found)]
    ends = [*(match.start() for match in found), len(text)]
    between = [_clean(text[a:b]) for a, b in zip(starts, ends, strict=True)]
    parts = between[1:] if all(between[1:]) else between[:-1]
    if not all(parts):
        return ()
    return tuple((part, share / sum(shares)) for part, share in zip(parts, shares, strict=True))


def _mostly(text: str) -> Parts:
    """'mostly calm with a touch of fear'."""
    found = _MOSTLY.search(text)
    if found is None:
        return ()
    first, second = _clean(found["first"]), _clean(found["second"])
    return ((first, MOSTLY), (second, 1 - MOSTLY)) if names_feeling(second) and first else ()


def _pair(text: str) -> Parts:
    """'equal parts joy and fear', '70/30 sad and angry'."""
    found = _PAIR.search(text)
    if found is None:
        return ()
    first, second = _clean(found["first"]), _clean(found["second"])
    if not (names_feeling(first) and names_feeling(second)):
        return ()
    share = 0.5
    if found["ratio"] and (ratio := _RATIO.search(found["ratio"])):
        one, other = int(ratio[1]), int(ratio[2])
        share = one / (one + other) if one and other else 0.5
    return ((first, share), (second, 1 - share))


def _value(match: re.Match[str]) -> float:
    """The share that a match states; a number of parts where it counts them."""
    if match["percent"]:
        return float(match["percent"]) / 100
    count = (match["count"] or "a").lower()
    number = float(count) if count.isdigit() else float(_COUNTS[count])
    return number * (_FRACTIONS[match["unit"].lower()] or 1.0)


def _clean(part: str) -> str:
    """A part without the punctuation and joining words about it."""
    while (shorter := _EDGE.sub("", part)) != part:
        part = shorter
    return part
