"""Facts in, phrases about the face out: which units show, how strongly, in several forms."""

import re
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from avitalk.data.instructions.facts import Facts
from avitalk.data.instructions.wording import FORCE, allowed, degree_near, joined, pick
from avitalk.facs.table import ActionUnit, Part, Words, action_unit, emotion, table

Form = Literal["bare", "state", "does", "do", "doing", "agent", "thing", "passive"]
MOST: Final = 4
"""Most movements in one list."""
SPREAD: Final = 0.05
"""Spread of units' levels about the facts' strength."""
DEGREE_SHARE: Final = 0.62
"""Share of movements said with a degree, beyond the first."""
EXCLUSIVE: Final = (
    {25, 26, 27}, {22, 23, 24, 25}, {24, 26, 27}, {5, 43, 45, 7},
    {53, 54, 55, 52, 57, 58}, {61, 63, 64, 52},
    {15, 20, 12, 14}, {17, 16, 25}, {10, 16},
)  # fmt: skip
"""Of each set a list names one at most: they hide or contradict each other."""
_BLENDS: Final = (("1+2+4", {1, 2, 4}, 0.6), ("1+2", {1, 2}, 0.8), ("1+4", {1, 4}, 0.4))
_DOWNWARD: Final = ("brows", "eyes", "nose", "cheeks", "mouth", "head")
TOP_DOWN: Final = 0.7
"""Share of lists that go from the brows down."""
_ING: Final = {"let": "letting", "drop": "dropping", "set": "setting", "tip": "tipping",
               "tip ": "tipping", "jut": "jutting", "squint": "squinting", "knit": "knitting",
               "clamp": "clamping", "thin": "thinning", "drag": "dragging"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Movement:
    """One thing the face does, ready to be said."""

    words: Words
    level: float | None
    """0 to 1; None where no degree is said."""
    numbers: tuple[int, ...] = ()
    """FACS numbers; empty for a region at rest."""
    slack: bool = False
    """Whether words of force do not suit."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who performs, in words."""

    subject: str
    """'she', 'the speaker'."""
    owner: str
    """'her', 'the'."""
    object: str
    plural: bool = False


def speaker(rng: np.random.Generator, facts: Facts, held_out: bool) -> Speaker:
    """Words for the one who speaks."""
    if facts.pronoun == "he":
        return Speaker("he", "his", "him")
    if facts.pronoun == "she":
        return Speaker("she", "her", "her")
    if facts.pronoun == "they":
        return Speaker("they", "their", "them", plural=True)
    name = pick(rng, ("the speaker", "the character", "the actor", "this person"), held_out)
    return Speaker(name, "the", name)


def movements(rng: np.random.Generator, facts: Facts, count: int) -> list[Movement]:
    """Up to `count` movements that show the facts, drawn by how usual each is."""
    known = emotion(facts.emotion)
    rest_count = 0
    if known.rest and rng.random() < known.rest:
        rest_count = count if not known.parts else int(rng.integers(1, max(2, count)))
    chosen = _drawn(rng, known.parts, max(count - rest_count, 1 if known.parts else 0))
    said: list[Movement] = []
    regions = set()
    for unit, words in _blended(rng, chosen):
        regions.add(unit.region)
        told = facts.emotion != "calm" and (rng.random() < DEGREE_SHARE or not said)
        level = float(np.clip(facts.strength + SPREAD * rng.standard_normal(), 0, 1))
        said.append(Movement(words, level if told else None, unit.numbers, unit.slack))
    order = [table().rest[i] for i in rng.permutation(len(table().rest))]
    rests = [rest.words for rest in order if rest.region not in regions][:rest_count]
    return [*said, *(Movement(words, None) for words in rests)][:MOST]


def _drawn(rng: np.random.Generator, parts: tuple[Part, ...], count: int) -> list[Part]:
    """Units by their share, core ones first among those drawn, none contradicting another."""
    if not parts or count < 1:
        return []
    keys = np.array([rng.random() ** (1 / max(part.share, 0.02)) for part in parts])
    core = [i for i in np.argsort(-keys) if parts[i].core]
    order = core[: 1 + (len(core) > 1)] + list(np.argsort(-keys))
    chosen: list[Part] = []
    for i in order:
        part = parts[i]
        if len(_numbers(chosen)) >= count + 1 or part in chosen:
            continue
        clashes = any(part.number in group and group & _numbers(chosen) for group in EXCLUSIVE)
        if not clashes:
            chosen.append(part)
    return chosen


def _numbers(parts: list[Part]) -> set[int]:
    return {part.number for part in parts}


def _blended(rng: np.random.Generator, parts: list[Part]) -> list[tuple[ActionUnit, Words]]:
    """The units with their words, some of them said together, mostly from the brows down."""
    left = {part.number: part for part in parts}
    rows: list[tuple[ActionUnit, Words]] = []
    for key, numbers, share in _BLENDS:
        whole = not any(left[n].one_sided for n in numbers if n in left)
        if numbers <= left.keys() and whole and rng.random() < share:
            rows.append((table().units[key], table().units[key].words))
            left = {number: part for number, part in left.items() if number not in numbers}
    for number, part in left.items():
        unit = action_unit(number)
        rows.append((unit, (unit.one_side if part.one_sided else None) or unit.words))
    if rng.random() < TOP_DOWN:
        rows.sort(key=lambda row: _DOWNWARD.index(row[0].region))
    return rows


def listed(
    rng: np.random.Generator, said: list[Movement], who: Speaker, form: Form, *,
    held_out: bool = False,
) -> str:  # fmt: skip
    """The movements as one list in one shape of words."""
    used: set[str] = set()
    if form == "bare" and not all(movement.numbers for movement in said):
        form = "does"  # 'brows level, mouth soft' alone is no sentence
    if form == "doing":
        first, *rest = said
        lead = _said(rng, first, who, "doing", used, held_out)
        if len(rest) == 1:
            return f"{lead} while {_said(rng, rest[0], who, 'doing', used, held_out)}"
        others = joined([_said(rng, movement, who, "state", used, held_out) for movement in rest])
        return f"{lead}, with {others}" if others else lead
    return joined([_said(rng, movement, who, form, used, held_out) for movement in said])


def _said(
    rng: np.random.Generator, movement: Movement, who: Speaker, form: Form, used: set[str],
    held_out: bool,
) -> str:  # fmt: skip
    words = movement.words
    if form == "thing":
        phrase = _fresh(rng, words.thing, used, held_out)
        adjective = _degree(rng, movement, "adjective", used, held_out)
        return re.sub(r"~ ?", f"{adjective} " if adjective else "", phrase)
    if form in ("do", "doing", "agent"):
        phrase = _owned_last(_fresh(rng, words.do, used, held_out), who)
        if form != "do":
            verb, rest = phrase.split(" ", 1)
            phrase = f"{gerund(verb) if form == 'doing' else _third(verb, who)} {rest}"
        return _graded(rng, phrase, movement, used, held_out, before_share=0.15)
    body = _owned(pick(rng, words.bodies, held_out), who, bare=form == "bare" and words.plural)
    if form == "does":
        verb, _, rest = _fresh(rng, words.does, used, held_out).partition(" ")
        verb = verb if words.plural else _singular(verb)
        said = _graded(rng, f"{verb} {rest}".strip(), movement, used, held_out, before_share=0.25)
        return f"{body} {said}"
    state = _fresh(rng, words.state, used, held_out)
    said = _graded(rng, state, movement, used, held_out, before_share=0.6)
    link = (" are" if words.plural else " is") if form == "passive" else ""
    return f"{body}{link} {said}"


def _fresh(
    rng: np.random.Generator, phrases: tuple[str, ...], used: set[str], held_out: bool
) -> str:
    """A phrase whose first word was not used in this list."""
    fresh = tuple(p for p in allowed(phrases, held_out) if p.split()[0] not in used)
    phrase = pick(rng, fresh, held_out) if fresh else pick(rng, phrases, held_out)
    if phrase.split()[0] not in ("a", "~"):
        used.add(phrase.split()[0])
    return phrase


def _graded(
    rng: np.random.Generator, phrase: str, movement: Movement, used: set[str], held_out: bool,
    *, before_share: float,
) -> str:  # fmt: skip
    if movement.level is None:
        return phrase
    long = len(phrase.split()) > 3
    if rng.random() < (0.85 if long else before_share):
        return f"{_degree(rng, movement, 'before', used, held_out)} {phrase}"
    return f"{phrase} {_degree(rng, movement, 'after', used, held_out)}"


def _degree(
    rng: np.random.Generator,
    movement: Movement,
    place: Literal["before", "after", "adjective"],
    used: set[str],
    held_out: bool,
) -> str:
    if movement.level is None:
        return ""
    word = ""
    for _ in range(4):
        words: tuple[str, ...] = getattr(degree_near(rng, movement.level), place)
        if movement.slack:
            words = tuple(word for word in words if not FORCE.search(word))
        word = pick(rng, words, held_out)
        if word not in used:
            break
    used.add(word)
    return word


def _owned(body: str, who: Speaker, *, bare: bool) -> str:
    """'the inner brows', 'his inner brows', 'the corners of his mouth'."""
    if " of the " in body:
        lead = "" if body.startswith("one ") else "the "
        return lead + body.replace(" of the ", f" of {who.owner} ")
    if body.startswith("one "):
        return body
    return body if bare else f"{who.owner} {body}"


def _owned_last(phrase: str, who: Speaker) -> str:
    """The last 'the' becomes the owner's: 'draw the corners of his mouth down'."""
    if re.search(r" the (?:ceiling|floor|left|right|middle)$", phrase):
        return re.sub(r"\bthe\b", who.owner, phrase, count=1)
    head, found, tail = phrase.rpartition("the ")
    return f"{head}{who.owner} {tail}" if found else phrase


def gerund(verb: str) -> str:
    """'draw' -> 'drawing'."""
    if verb in _ING:
        return _ING[verb]
    if verb.endswith("e") and not verb.endswith("ee"):
        return f"{verb[:-1]}ing"
    return f"{verb}ing"


def _third(verb: str, who: Speaker) -> str:
    return verb if who.plural else _singular(verb)


def _singular(verb: str) -> str:
    if verb.endswith(("s", "sh", "ch", "x", "z")):
        return f"{verb}es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}s"
