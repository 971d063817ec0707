"""A text in, the movements of the face that it names out, clause by clause: shared by `reading`,
which judges what a text says on the whole, and `demands`, which takes it at its word.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from avitalk.facs.table import Everyday, Rule, table

SCOPE_WORDS: Final = 6
"""Words after a negation that it can reach within its clause."""

CLAUSE: Final = re.compile(r"[,.;:!?()—–]+|\b(?:but|while|whereas|although|though|as|when|until)\b")
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
    r"hardly any|cannot|avoid\w*|refrain\w*|resist\w*|leave out|stop|lose (?:the|that|your|any)|"
    r"wipe (?:the|that)|dont|doesnt|isnt|anything but|\w+n't)\b"
    r"(?!\s+(?:only|just|merely|less|help|longer than|stop|but))"
)
_BREAK: Final = re.compile(r"[,.;:!?()—–]|\bbut\b")
_AND: Final = re.compile(r"\band\b")
_CODES: Final = re.compile(
    r"\b(?:aus?|action units?)\s*((?:[lr]\s?)?\d+[a-e]?(?:(?:\s*,?\s*and\s+|\s*,\s*|\s*\+\s*|\s+)"
    r"(?:au\s*)?(?:[lr]\s?)?\d+[a-e]?\b(?!\s*(?:%|per)))*)"
)
_CODE: Final = re.compile(r"([lr])?\s?(\d+)([a-e])?")
PERCENT: Final = re.compile(r"\b(\d{1,3})\s*(?:%|percent|per cent)")


@dataclass(frozen=True, slots=True)
class Named:
    """One movement that a clause names."""

    key: str
    """Of the table's units."""
    denied: bool
    said: str
    """The words it was found in, with the noun they refer to."""
    spot: tuple[int, int]
    """Where in `said` its words begin and end."""
    degree: float | None
    """Level that the words nearest to it state, if any."""
    everyday: Everyday | None = None
    """The everyday word that it belongs to, if any."""


@dataclass(frozen=True, slots=True)
class Clause:
    """What one clause names."""

    text: str
    named: tuple[Named, ...]
    resting: tuple[str, ...]
    """Regions said to be at rest, each as often as it is said."""
    degrees: tuple[tuple[float, bool], ...]
    """Level of each group of degree words, and whether it belongs to a movement."""


def plain(text: str) -> str:
    """A text as everything here expects it: small letters, single spaces, straight apostrophes."""
    return re.sub(r"\s+", " ", text.lower().replace("’", "'")).strip()


def clauses(text: str) -> list[Clause]:
    """The clauses of a plain text with what each names."""
    return [clause(text[start:end]) for start, end in spans(CLAUSE, text)]


def clause(text: str) -> Clause:
    """What one clause names."""
    degrees = [(degree_words()[m[0]], m.span()) for m in _degree_pattern().finditer(text)]
    bare = masked(text, [span for _, span in degrees])
    named: list[Named] = []
    resting: list[str] = []
    stated: list[tuple[float, bool]] = []
    for key, rules in _blends():
        for rule in rules:
            spots = _spots(rule, bare)
            if spots is not None:
                first, last = min(a for a, _ in spots), max(b for _, b in spots)
                level = _nearest([(v, a) for v, (a, _) in degrees], first)
                named.append(Named(key, denied(bare, first), bare, (first, last), level))
                bare = masked(bare, [(min(spots[0][1], spots[1][0]), spots[1][1])])
                stated += [(level, True) for level, _ in degrees]
                degrees = []
                break
    ignored = bool(_VOICE.search(bare) or _CHANGE.search(bare))
    noun = ""
    for start, end in spans(_PIECE, bare):
        piece = bare[start:end]
        inherited = not _nouns().search(piece)
        noun = noun if inherited else piece
        said = f"{_only_nouns(noun)} {piece}" if inherited else piece
        here = [(level, span[0]) for level, span in degrees if start <= span[0] < end]
        found, rests = _in_piece(said, bare, start - (len(said) - len(piece)), here)
        named += found
        resting += rests
        if found and here:
            stated.append((sum(level for level, _ in here) / len(here), True))
        elif not found and not ignored:
            stated += [(level, False) for level, _ in here]
    return Clause(text, tuple(named), tuple(resting), tuple(stated))


def _in_piece(
    said: str, whole: str, offset: int, degrees: Sequence[tuple[float, int]]
) -> tuple[list[Named], list[str]]:
    """Movements and resting regions of a piece; `offset` is where it begins in the clause."""
    found: list[Named] = []

    def add(key: str, spots: list[tuple[int, int]], everyday: Everyday | None = None) -> None:
        late = max(0, offset + max(a for a, _ in spots))
        spot = min(a for a, _ in spots), max(b for _, b in spots)
        level = _nearest(degrees, late)
        found.append(Named(key, denied(whole, late), said, spot, level, everyday))

    left = said
    for entry in table().everyday if _everyday_pattern().search(said) else ():
        for rule in entry.rules:
            spots = _spots(rule, left)
            if spots is not None:
                for number, _ in entry.units:
                    add(str(number), spots, entry)
                left = masked(left, spots)
                break
    for key, unit in table().units.items():
        for rule in unit.rules:
            spots = _spots(rule, left)
            if spots is not None:
                add(key, spots)
                break
    rests = [
        rest.region
        for rest in table().rest
        if any(_spots(rule, left) is not None for rule in rest.rules)
    ]
    return found, rests


def _nearest(degrees: Sequence[tuple[float, int]], place: int) -> float | None:
    return min(degrees, key=lambda entry: abs(entry[1] - place))[0] if degrees else None


@cache
def moves(word: str) -> bool:
    """Whether a single word names a movement by itself."""
    return " " not in word and bool(clause(word).named)


def denied(text: str, start: int) -> bool:
    """Whether a negation reaches the word that begins at `start`."""
    part = _BREAK.split(text[:start])[-1]
    for match in _NEGATION.finditer(part):
        rest = part[match.end() :]
        if not _AND.search(rest) and len(rest.split()) <= SCOPE_WORDS:
            return True
    return False


def numbered(text: str) -> list[tuple[str, str, str, tuple[int, int]]]:
    """Units named as animators do, 'AU4', 'action units 4 and L12B', 'the brow lowerer': key, side
    letter, grade letter, place.
    """
    found = []
    for codes in _CODES.finditer(text):
        for code in _CODE.finditer(codes[1]):
            if code[2] in table().units:
                found.append((code[2], code[1] or "", code[3] or "", codes.span()))
    for name in _unit_pattern().finditer(text):
        found += [
            (key, "", "", name.span())
            for key, unit in table().units.items()
            if unit.name == name[0] and "+" not in key
        ]
    return found


def degree_before(text: str, start: int) -> tuple[float | None, list[tuple[int, int]]]:
    """The degree stated right before a word, and where."""
    match = _degree_ending().search(text[:start])
    if match is None:
        return None, []
    return degree_words()[match[1]], [match.span(1)]


@cache
def degree_words() -> dict[str, float]:
    """Word of degree -> level."""
    words: dict[str, list[float]] = {}
    for degree in table().degrees:
        places = (degree.before, degree.after, degree.adjective, degree.modifier, degree.amount)
        for word in {w for place in (*places, degree.manner, degree.also) for w in place}:
            words.setdefault(word, []).append(degree.level)
    return {word: sum(levels) / len(levels) for word, levels in words.items()}


@cache
def _degree_pattern() -> re.Pattern[str]:
    return alternatives(degree_words())


@cache
def _degree_ending() -> re.Pattern[str]:
    """A degree at the end of a text, before the word it grades."""
    longest = sorted(degree_words(), key=len, reverse=True)
    either = "|".join(re.escape(word) for word in longest)
    return re.compile(rf"\b({either})(?: of| a| an| the)?\s*$")


@cache
def _unit_pattern() -> re.Pattern[str]:
    return alternatives(unit.name for unit in table().units.values())


@cache
def _everyday_pattern() -> re.Pattern[str]:
    """What every everyday entry must hold: the words of the first group of a rule."""
    words = sorted({w for e in table().everyday for rule in e.rules for w in rule[0]})
    return re.compile(r"\b(?:" + "|".join(_ending(word) for word in words) + r")(?!\w)")


def alternatives(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern of whole words, longest first."""
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
    return re.compile(r"\b(?:" + "|".join(_ending(word) for word in words) + r")\b")


def _ending(word: str) -> str:
    return re.escape(word).replace(r"\*", r"\w*")


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


def spans(separator: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Start and end of what stands between separators."""
    edges = [0]
    for match in separator.finditer(text):
        edges += [match.start(), match.end()]
    edges.append(len(text))
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if text[a:b].strip()]


def masked(text: str, places: Iterable[tuple[int, int]]) -> str:
    """The text with places blanked, same length."""
    for start, end in places:
        text = text[:start] + "~" * (end - start) + text[end:]
    return text
