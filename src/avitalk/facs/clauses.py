"""A text in, the movements of the face that it names out, clause by clause: shared by `reading`,
which judges what a text says on the whole, and `demands`, which takes it at its word.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from avitalk.facs.degrees import alternatives, degree_pattern, degree_words
from avitalk.facs.table import ActionUnit, Everyday, Rest, Rule, table

SCOPE_WORDS: Final = 6
"""Words after a negation that it can reach within its clause."""

CLAUSE: Final = re.compile(
    r"[,;!?()—–]+|:(?!\s*[\d.])|\.(?!\d)|(?<!nothing )(?<!anything )\bbut\b|"
    r"\b(?:while|whereas|although|though|as|when|until)\b"
)
_INSTRUMENT: Final = (
    r"\s+(?:(?:only |just )?(?:\w+ )?(?:left|right|one) (?:corner|side|half|eye|"
    r"eyelid|brow|eyebrow)(?: of (?:\w+ )?(?:mouth|face|lips|nose))?|"
    r"(?:the|your|his|her|their) (?:eyes|mouth|lips))"
    r"(?=\s*(?:~+\s*)?(?:$|and\b|then\b|without\b|only\b|alone\b|please\b))"
)
_TWO_SIDES: Final = (
    r"(?<!to the left )(?<=left )and right\b|(?<!to the right )(?<=right )and left\b"
)
_PIECE: Final = re.compile(rf"\b(?:(?!{_TWO_SIDES})and|then|without|with(?!{_INSTRUMENT}))\b")
"""'with' parts two movements, but not 'smile with the left corner of the mouth'."""
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
    r"hardly any|cannot|(?<!n't )(?<!not )(?<!never )(?:avoid\w*|refrain\w*|resist\w*|stop|quit)|"
    r"leave out|(?:lose|wipe|drop) (?:the|that|your|any)(?= (?:smil|grin|smirk|frown|scowl|pout|"
    r"sneer))|dont|doesnt|isnt|anything but|the opposite of|far from|\w+n't)\b"
    r"(?!\s+(?:only|just|merely|less|help|longer than|stop|resist|but|except|other than|else|more))"
    r"(?!\s+(?:quite |fully |entirely )?(?:hid(?:e|ing)|conceal\w*|suppress\w*|contain\w*|stifl\w+|"
    r"disguis\w+|(?:hold|holding) back|keep from)\b)"
)
_BREAK: Final = re.compile(r"[,.;:!?()—–]|(?<!nothing )(?<!anything )\bbut\b")
_UTMOST: Final = re.compile(
    r"\bas (far|hard|high|wide|much|strongly|low|tight|tightly|big|widely) as (?:possible|"
    r"(?:you|they|she|he|it) (?:can|will go|possibly can)|can be)\b"
)
_BODY: Final = (
    r"(?:inner|outer|upper|lower|top|bottom|left|right|one|both|the|an?|his|her|your|their|my|its|"
    r"corners?|ends?|tails?|sides?|of|lip|mouth)"
)
_AND: Final = re.compile(r"\band\b")
_CODES: Final = re.compile(
    r"\b(?:aus?|action units?)[\s-]*((?:[lr]\s?)?\d+[a-e]?(?:(?:\s*,?\s*and\s+|\s*[,+]\s*|\s+)"
    r"(?:aus?\s*)?(?:[lr]\s?)?\d+[a-e]?\b(?!\s*(?:%|per|\.\d)))*)|"
    r"(?<![\w.])(\d+[a-e]?(?:\s?\+\s?\d+[a-e]?)+|[lr]\d+[a-e]?)\b(?!\s*%)"
)
_CODE: Final = re.compile(r"([lr])?\s?(\d+)([a-e])?")
_WORD: Final = re.compile(r"\w+")


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
    said_degrees: tuple[tuple[int, int], ...] = ()
    """Where its words of degree stand."""


def plain(text: str) -> str:
    """A text as everything here expects it: small letters, single spaces, straight apostrophes."""
    simple = re.sub(r"\s+", " ", text.lower().replace("’", "'")).strip()
    return _UTMOST.sub(r"\1 to the limit", simple)


def clauses(text: str) -> list[Clause]:
    """The clauses of a plain text with what each names."""
    return [clause(text[start:end]) for start, end in spans(CLAUSE, text)]


def clause(text: str) -> Clause:
    """What one clause names."""
    degrees = [(degree_words()[m[0]], m.span()) for m in degree_pattern().finditer(text)]
    said_degrees = tuple(span for _, span in degrees)
    bare = masked(text, said_degrees)
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
    before = waiting = ""
    for start, end in spans(_PIECE, bare):
        here = [(level, span[0]) for level, span in degrees if start <= span[0] < end]
        piece = bare[start:end]
        found, rests = _in_piece(piece, bare, start, here)
        joined = bare[:start].rstrip().endswith("and")
        said = "" if found or rests else _completed(piece, before, joined)
        if said:
            found, rests = _in_piece(said, bare, start - (len(said) - len(piece)), here)
        if waiting and joined and found and (body := _body_pattern().search(piece)):
            said = f"{waiting} {piece[: body.start()]}{piece[body.end() :]}"
            more, still = _in_piece(said, bare, start - (len(said) - len(piece)), here)
            found, rests = found + more, rests + still
        waiting = "" if found or not _is_body(piece) else piece
        before = said or (piece if _nouns().search(piece) else before)
        named += found
        resting += rests
        if found and here:
            stated.append((sum(level for level, _ in here) / len(here), True))
        elif not found and not ignored:
            stated += [(level, False) for level, _ in here]
    return Clause(text, tuple(named), tuple(resting), tuple(stated), said_degrees)


def _in_piece(
    said: str, whole: str, offset: int, degrees: Sequence[tuple[float, int]]
) -> tuple[list[Named], list[str]]:
    """Movements and resting regions of a piece; `offset` is where it begins in the clause."""
    found: list[Named] = []

    def add(key: str, spots: list[tuple[int, int]], everyday: Everyday | None = None) -> None:
        late = max(0, offset + max(a for a, _ in spots))
        spot = min(a for a, _ in spots), max(b for _, b in spots)
        level = _nearest(degrees, late)
        absent = everyday is not None and everyday.denied
        found.append(Named(key, absent != denied(whole, late), said, spot, level, everyday))

    left = said
    rests: list[str] = []
    done: set[str] = set()
    for name, rule, entry in _rules_for(said):
        if name in done or (spots := _spots(rule, left)) is None:
            continue
        done.add(name)
        if isinstance(entry, Everyday):
            for number, _ in entry.units:
                add(str(number), spots, entry)
            left = masked(left, spots)
        elif isinstance(entry, Rest):
            rests.append(entry.region)
        else:
            add(name, spots)
    return found, rests


def _nearest(degrees: Sequence[tuple[float, int]], place: int) -> float | None:
    return min(degrees, key=lambda entry: abs(entry[1] - place))[0] if degrees else None


@cache
def moves(word: str) -> bool:
    """Whether a single word names a movement by itself."""
    return " " not in word and bool(clause(word).named)


def denied(text: str, start: int) -> bool:
    """Whether a negation reaches the word that begins at `start`."""
    breaks = [found.end() for found in _BREAK.finditer(text, 0, start)]
    for match in _NEGATION.finditer(text, breaks[-1] if breaks else 0):
        if match.end() > start:
            break
        rest = text[match.end() : start]
        if not _AND.search(rest) and len(rest.split()) <= SCOPE_WORDS:
            return True
    return False


def numbered(text: str) -> list[tuple[str, str, str, tuple[int, int]]]:
    """Units named as animators do, 'AU4', 'action units 4 and L12B', 'the brow lowerer': key, side
    letter, grade letter, place.
    """
    found = []
    for codes in _CODES.finditer(text):
        for code in _CODE.finditer(codes[1] or codes[2]):
            if code[2] in table().units:
                found.append((code[2], code[1] or "", code[3] or "", codes.span()))
    for name in _unit_pattern().finditer(text):
        found += [
            (key, "", "", name.span())
            for key, unit in table().units.items()
            if unit.name == name[0] and "+" not in key
        ]
    return found


@cache
def _unit_pattern() -> re.Pattern[str]:
    return alternatives(unit.name for unit in table().units.values())


def _rules_for(text: str) -> list[tuple[str, Rule, Everyday | ActionUnit | Rest]]:
    """The rules whose every group may stand in a text, by its single words: most cannot."""
    groups = 0
    places: set[int] = set()
    for word in _WORD.findall(text):
        held, begun = _groups_with(word)
        groups |= held
        places |= begun
    rows = [_rules()[place] for place in sorted(places)]
    return [(name, rule, entry) for name, rule, entry, needs in rows if needs & ~groups == 0]


@cache
def _rules() -> tuple[tuple[str, Rule, Everyday | ActionUnit | Rest, int], ...]:
    """All rules, everyday words first, with the groups each needs as bits."""
    entries: list[tuple[str, Everyday | ActionUnit | Rest]] = [
        *((f"everyday {each.name}", each) for each in table().everyday),
        *table().units.items(),
        *((f"rest {each.region}", each) for each in table().rest),
    ]
    rows: list[tuple[str, Rule, Everyday | ActionUnit | Rest, int]] = []
    for name, entry in entries:
        for rule in entry.rules:
            needed = [_group_bits()[group] for group in rule if group[0] != "!"]
            rows.append((name, rule, entry, sum({1 << bit for bit in needed})))
    return tuple(rows)


@cache
def _group_bits() -> dict[tuple[str, ...], int]:
    """Group of a rule -> its number."""
    groups = dict.fromkeys(
        group
        for rules in (
            *(each.rules for each in table().everyday),
            *(each.rules for each in table().units.values()),
            *(each.rules for each in table().rest),
        )
        for rule in rules
        for group in rule
    )
    return {group: bit for bit, group in enumerate(groups)}


@lru_cache(maxsize=4096)
def _groups_with(word: str) -> tuple[int, frozenset[int]]:
    """The groups, as bits, that a word belongs to or begins a phrase of; the rules that have one of
    them first.
    """
    whole, begun = _first_words()
    found = whole.get(word, 0)
    for length in range(1, len(word) + 1):
        found |= begun.get(word[:length], 0)
    places = [
        place for place, row in enumerate(_rules()) if found & (1 << _group_bits()[row[1][0]])
    ]
    return found, frozenset(places)


@cache
def _first_words() -> tuple[dict[str, int], dict[str, int]]:
    """First words of all phrases, and those that end in a star: the groups, as bits, of each."""
    whole: dict[str, int] = {}
    begun: dict[str, int] = {}
    for group, bit in _group_bits().items():
        for phrase in group:
            first = _WORD.search(phrase)
            if first is not None:
                open_end = phrase[first.end() : first.end() + 1] == "*"
                words = begun if open_end else whole
                words[first[0]] = words.get(first[0], 0) | 1 << bit
    return whole, begun


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


def _completed(piece: str, before: str, joined: bool) -> str:
    """A piece with what it leaves out, from the piece before it: 'brows raised and drawn together',
    'raise the right cheek and the left brow' (if `joined` by 'and'); '' where nothing is missing.
    """
    bodies = list(_body_pattern().finditer(before))
    if not bodies:
        return ""
    body = bodies[-1]
    if not _nouns().search(piece):
        return f"{body[0].strip()} {piece}"
    if joined and _is_body(piece):
        return f"{before[: body.start()]}{before[body.end() :]} {piece}"
    return ""


def _is_body(piece: str) -> bool:
    """Whether a piece names a part of the face and nothing more."""
    return _body_pattern().fullmatch(piece.replace("~", "").strip()) is not None


@cache
def _body_pattern() -> re.Pattern[str]:
    """A part of the face with the words that belong to it: 'the corners of her mouth'."""
    return re.compile(rf"\b(?:{_BODY}\s+)*{_nouns().pattern[2:]}")


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
