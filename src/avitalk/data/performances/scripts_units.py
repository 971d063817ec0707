"""Chance in, scripts out that name movements and nothing else, in FACS words and everyday ones."""

import re
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from avitalk.data.instructions.face import EXCLUSIVE
from avitalk.data.instructions.frames import Frames
from avitalk.data.instructions.wording import (
    FORCE,
    degree_near,
    joined,
    pick,
    with_articles,
)
from avitalk.data.performances.scripts_meaning import Script
from avitalk.data.performances.scripts_words import DENIALS, SIDED, WHOLE, Said
from avitalk.facs.demands import Demand
from avitalk.facs.expression import UNIT
from avitalk.facs.table import Side, action_unit, table

Form = Literal["do", "state", "thing", "code", "name"]
COUNTS: Final = (0.34, 0.32, 0.22, 0.12)
"""Shares of texts that name one movement, two, three, four."""
SIDED_SHARE, DEGREE_SHARE, ONLY_SHARE, DENIED_SHARE, STILL_SHARE = 0.3, 0.45, 0.22, 0.15, 0.1
OWNERS: Final = ("your", "your", "the", "her", "his", "their")

DO: Final = Frames(
    ("{x}", "{x}", "{x}", "please {x}", "{x} please", "I want you to {x}", "{x} while talking",
     "have the character {x}", "make the face {x}", "now {x}", "you should {x}", "could you {x}",
     "the character should {x}", "try to {x}"),
    ("I need you to {x}", "let the character {x}", "for this part, {x}", "it would help to {x}"),
)  # fmt: skip
STATE: Final = Frames(
    (
        "{x}",
        "{x}",
        "a face with {x}",
        "the character has {x}",
        "speak with {x}",
        "{x} please",
        "talk with {x}",
        "with {x}",
    ),
    ("the look: {x}", "give the performance with {x}"),
)
THING: Final = Frames(
    ("{x}", "{x}", "show {x}", "give me {x}", "I want {x}", "there is {x}", "put on {x}",
     "with {x}", "add {x}", "let us see {x}", "{x} on the face"),
    ("bring out {x}", "what we need is {x}", "{x}, as asked"),
)  # fmt: skip
CODE: Final = Frames(
    (
        "{x}",
        "{x}",
        "activate {x}",
        "set {x}",
        "show {x}",
        "use {x}",
        "please do {x}",
        "a face with {x}",
    ),
    ("engage {x}", "I need {x}"),
)
ONLY: Final = Frames(
    (
        "only {x}",
        "just {x}",
        "{x} and nothing else",
        "{x}, nothing else",
        "only {x}, nothing else",
        "{x}; the rest of the face stays still",
        "just {x}, nothing more",
    ),
    ("{x} but nothing else", "{x}; everything else stays neutral"),
)
ONLY_THING: Final = Frames(
    ("only {x}", "just {x}", "nothing but {x}", "{x} and nothing else", "{x}, nothing more"),
    ("nothing except {x}", "{x} and no other movement"),
)
NOT: Final = Frames(
    (
        ", but do not {a}",
        ", but don't {a}",
        " without {b}",
        ", no {c}",
        ", without any {c}",
        ". Do not {a}",
        ", but no {c}",
        " and never {a}",
        ". No {c}",
    ),
    (", avoid {b}", ", and please do not {a}"),
)
NOT_ALONE: Final = Frames(
    ("do not {a}", "don't {a}", "no {c}", "speak without {b}", "no {c} please", "never {a}"),
    ("avoid {b}", "please do not {a}"),
)
REST: Final = Frames((", {x}", ". Keep {x}", " with {x}", " but {x}"), ("; all the while {x}",))


@dataclass(frozen=True, slots=True)
class Asked:
    """One movement to be said."""

    said: Said
    side: Side
    level: float | None

    def demands(self) -> list[Demand]:
        """What it asks for."""
        return [
            Demand(number, self.side if number in UNIT else "both", fixed or self.level)
            for number, fixed in self.said.units
        ]

    def numbers(self) -> set[int]:
        """FACS numbers."""
        return {number for number, _ in self.said.units}


def units_script(rng: np.random.Generator, held_out: bool) -> Script:
    """A text that names one to four movements, and what it means."""
    if rng.random() < 0.04:
        return _denial(rng, held_out)
    count = int(rng.choice(len(COUNTS), p=COUNTS)) + 1
    asked = draw_asked(rng, count)
    form = _form(rng, asked)
    owner = pick(rng, OWNERS, held_out=False)
    listing = said(rng, asked, form, owner, held_out)
    only = rng.random() < ONLY_SHARE
    text = listing
    if only:
        frames = ONLY_THING if form in ("thing", "code", "name") else ONLY
        text = filled(rng, frames, held_out, x=text)
    else:
        frames = {"do": DO, "state": STATE, "thing": THING, "code": CODE, "name": CODE}[form]
        text = filled(rng, frames, held_out, x=text)
    denied: tuple[int, ...] = ()
    still: tuple[str, ...] = ()
    if not only and rng.random() < DENIED_SHARE:
        number, words = draw_denial(rng, asked, owner)
        denied, text = (number,), text + filled(rng, NOT, held_out, **words)
    elif not only and rng.random() < STILL_SHARE:
        text, still = _with_rest(rng, text, asked, held_out)
    shown = tuple(sorted((d for each in asked for d in each.demands()), key=lambda d: d.unit))
    return Script(typed(rng, text), shown=shown, denied=denied, only=only, still=still)


def draw_asked(rng: np.random.Generator, count: int) -> list[Asked]:
    """`count` movements that do not contradict each other."""
    asked: list[Asked] = []
    taken: set[int] = set()
    for _ in range(20 * count):
        if len(asked) == count:
            break
        sided = rng.random() < SIDED_SHARE
        bank = SIDED if sided else WHOLE
        said_as = bank[rng.integers(len(bank))]
        numbers = {number for number, _ in said_as.units}
        if numbers & taken or any(numbers & group and taken & group for group in EXCLUSIVE):
            continue
        fixed = all(level is not None for _, level in said_as.units)
        told = not fixed and rng.random() < DEGREE_SHARE
        level = degree_near(rng, rng.uniform(0.05, 1.0)).level if told else None
        side: Side = ("left", "right")[rng.integers(2)] if sided else "both"
        asked.append(Asked(said_as, side, level))
        taken |= numbers
    return asked


def _form(rng: np.random.Generator, asked: list[Asked]) -> Form:
    forms: list[Form] = []
    for form, weight in (("do", 4), ("state", 3), ("thing", 2)):
        if all(getattr(each.said, form) for each in asked):
            forms += [form] * weight  # type: ignore[list-item]
    plain = all(each.side == "both" and each.said.units[0][1] is None for each in asked)
    if plain and len({each.level for each in asked}) == 1:
        forms += ["code", "code", "name"]
    return forms[rng.integers(len(forms))] if forms else "state"


def said(
    rng: np.random.Generator, asked: list[Asked], form: Form, owner: str, held_out: bool
) -> str:
    """The movements as one list."""
    if form in ("code", "name"):
        return _coded(rng, asked, form)
    parts = [_one(rng, each, form, owner, held_out) for each in asked]
    if rng.random() < 0.25 and len(parts) > 1:
        return ", ".join(parts)
    return joined(parts)


def _one(rng: np.random.Generator, each: Asked, form: Form, owner: str, held_out: bool) -> str:
    ways: tuple[str, ...] = getattr(each.said, form)
    ways = ways or each.said.thing or each.said.state or each.said.do
    table_words = _table_words(each, form)
    if table_words and rng.random() < 0.35:
        ways = table_words
    phrase = pick(rng, ways, held_out)
    phrase = phrase.replace("{p}", owner).replace("{side}", each.side)
    if each.level is None:
        return re.sub(r"~ ?", "", phrase)
    grade = degree_near(rng, each.level)
    if "~" in phrase:
        return phrase.replace("~", _degree(rng, grade.adjective, each, held_out))
    if rng.random() < (0.5 if form == "do" else 0.3):
        return f"{_degree(rng, grade.before, each, held_out)} {phrase}"
    return f"{phrase} {_degree(rng, grade.after, each, held_out)}"


def _degree(rng: np.random.Generator, words: tuple[str, ...], each: Asked, held_out: bool) -> str:
    slack = each.said.slack
    return pick(rng, tuple(w for w in words if not (slack and FORCE.search(w))), held_out)


def _table_words(each: Asked, form: Form) -> tuple[str, ...]:
    """The table's own phrases for a movement of both sides with a level of its own."""
    if each.side != "both" or any(level is not None for _, level in each.said.units):
        return ()
    words = table().units["+".join(str(n) for n, _ in each.said.units)].words
    if form == "state":
        return tuple(f"{words.bodies[0]} {state}" for state in words.state)
    return words.do if form == "do" else words.thing


def _coded(rng: np.random.Generator, asked: list[Asked], form: Form) -> str:
    numbers = sorted(n for each in asked for n in each.numbers())
    level = asked[0].level
    ending = (
        ""
        if level is None
        else f" at {round(100 * level)}{pick(rng, (' %', '%', ' percent'), False)}"
    )
    if form == "name":
        return joined([f"the {action_unit(n).name}" for n in numbers]) + ending
    style = rng.integers(4)
    if style == 0:
        return joined([f"AU{n}" for n in numbers]) + ending
    if style == 1:
        return " + ".join(f"AU{n}" for n in numbers) + ending
    if style == 2:
        return "AU" + "+".join(str(n) for n in numbers) + ending
    plural = "s" if len(numbers) > 1 else ""
    return f"action unit{plural} {joined([str(n) for n in numbers])}{ending}"


def draw_denial(
    rng: np.random.Generator, asked: list[Asked], owner: str
) -> tuple[int, dict[str, str]]:
    """A unit that is not among those asked for, and words for its absence."""
    taken = {n for each in asked for n in each.numbers()}
    free = [n for n in DENIALS if n not in taken]
    number = free[rng.integers(len(free))]
    return number, denial_words(number, owner)


def denial_words(number: int, owner: str) -> dict[str, str]:
    """Base form, gerund and noun of a movement that is not wanted."""
    base, doing, noun = (way.replace("{p}", owner) for way in DENIALS[number])
    return {"a": base, "b": doing, "c": noun}


def _denial(rng: np.random.Generator, held_out: bool) -> Script:
    owner = pick(rng, OWNERS, held_out=False)
    number, words = draw_denial(rng, [], owner)
    return Script(typed(rng, filled(rng, NOT_ALONE, held_out, **words)), denied=(number,))


def _with_rest(
    rng: np.random.Generator, text: str, asked: list[Asked], held_out: bool
) -> tuple[str, tuple[str, ...]]:
    """The text with a region at rest, which none of the movements is in."""
    busy = {action_unit(n).region for each in asked for n in each.numbers()}
    free = [rest for rest in table().rest if rest.region not in busy]
    if not free:
        return text, ()
    rest = free[rng.integers(len(free))]
    body = f"{rest.words.bodies[0]} {pick(rng, rest.words.state, held_out)}"
    return text + filled(rng, REST, held_out, x=body), (rest.region,)


def filled(rng: np.random.Generator, frames: Frames, held_out: bool, **slots: str) -> str:
    """One of the frames with its slots filled."""
    ways = frames.held_out if held_out else frames.usual
    return ways[rng.integers(len(ways))].format(**slots)


def typed(rng: np.random.Generator, text: str) -> str:
    """As people type: with a capital and a full stop, or without."""
    text = with_articles(re.sub(r"\s+", " ", text).strip())
    style = rng.random()
    if style < 0.35:
        return text
    text = text[0].upper() + text[1:]
    return text if style < 0.5 or text[-1] in ".!?" else f"{text}{'!' if style > 0.95 else '.'}"
