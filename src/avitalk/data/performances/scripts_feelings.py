"""Chance in, scripts out that name feelings: with single movements, in passing, or two at once."""

import re
from functools import cache
from typing import Final

import numpy as np

from avitalk.data.instructions.frames import Frames
from avitalk.data.instructions.wording import degree_near, feeling, pick, reaches
from avitalk.data.performances.scripts_meaning import Script
from avitalk.data.performances.scripts_units import (
    OWNERS,
    Asked,
    denial_words,
    draw_asked,
    filled,
    said,
    typed,
)
from avitalk.data.performances.scripts_words import DENIALS
from avitalk.facs.demands import demands
from avitalk.facs.moods import PLACES, Mood, moods
from avitalk.facs.reading import combined
from avitalk.facs.table import EMOTIONS, emotion

PLACE_SHARES: Final = (0.38, 0.06, 0.22, 0.17, 0.11, 0.06)
"""How often moods are told by each of `facs.moods.PLACES`."""
MODIFIED: Final = 0.3
"""Share of moods said with a degree, and of people said with a feeling."""
COLOUR: Final = 0.65
"""Share of the feeling in 'a sarcastic game show host'."""
SHARES: Final = (0.2, 0.25, 0.3, 1 / 3, 0.4, 0.5, 0.6, 2 / 3, 0.7, 0.75, 0.8)

WITH: Final = Frames(
    ("{f}, but with {x}", "{f}, with {x}", "{f} with {x}", "look {f}, with {x}",
     "she is {f}, with {x}", "he looks {f} but with {x}", "{x}, {f}", "{f} look, with {x}",
     "act {f} with {x}", "be {f}, but keep {x}"),
    ("a {f} expression plus {x}", "seem {f} and show {x}"),
)  # fmt: skip
AND_DO: Final = Frames(
    ("{f}, and {x}", "look {f} and {x}", "be {f}, but {x}", "act {f}; {x}", "{f}. {x}",
     "{x}, looking {f}", "you are {f}, so {x}"),
    ("seem {f} while you {x}", "{x}. The feeling is {f}"),
)  # fmt: skip
BUT_NOT: Final = Frames(
    (
        "{f}, but do not {a}",
        "{f} without {b}",
        "{f}, but no {c}",
        "{f}, but don't {a}",
        "look {f} without {b}",
        "she is {f} but does not {a}",
        "{f}, no {c}",
    ),
    ("seem {f}, yet never {a}", "{f} minus any hint of it: no {c}"),
)
PLAIN: Final = Frames(
    ("{f}", "{f}", "{f}", "look {f}", "be {f}", "act {f}", "she is {f}", "he looks {f}",
     "the character is {f}", "sound {f}", "make her look {f}", "you are {f}", "a {f} face",
     "feeling {f}", "say it as if you were {f}", "pretend to be {f}", "get {f}",
     "{f} expression", "as though {f}", "I want to see you {f}", "he feels {f}"),
    ("come across as {f}", "they seem {f}", "give us {f}", "play someone {f}"),
)  # fmt: skip
NOUN: Final = Frames(
    (
        "show {f}",
        "{f}",
        "full of {f}",
        "with {f}",
        "speak with {f}",
        "{f} in the face",
        "let us see {f}",
        "express {f}",
    ),
    ("radiate {f}", "{f} written all over the face"),
)
SCENE: Final = Frames(
    (
        "like someone {f}",
        "as if {f}",
        "as if she were {f}",
        "as if he were {f}",
        "imagine {f}",
        "talk like someone {f}",
        "you are {f}",
        "someone {f}",
    ),
    ("picture a person {f}", "the way people look when {f}"),
)
ADVERB: Final = Frames(
    ("{f}", "say it {f}", "speak {f}", "talk {f}", "read this {f}", "look around {f}"),
    ("answer {f}", "do it {f}"),
)
PEOPLE: Final = (
    "teenager", "child", "old man", "old lady", "mother", "father", "teacher", "student", "boss",
    "waiter", "nurse", "doctor", "neighbour", "king", "queen", "girl", "boy", "customer", "friend",
    "actor", "singer", "shopkeeper", "soldier", "host", "clerk", "passenger", "grandfather",
)  # fmt: skip
LIKE: Final = Frames(
    ("like a {f}", "{f}", "play a {f}", "as a {f}", "you are a {f}", "talk like a {f}", "a {f}",
     "imagine a {f}", "she is a {f}", "act like a {f}", "sound like a {f}", "be a {f}"),
    ("think of a {f}", "do your best {f}", "the way a {f} would"),
)  # fmt: skip
HAD: Final = Frames(
    ("as if she had just {f}", "as if he had just {f}", "as though you had just {f}",
     "like someone who has just {f}", "you have just {f}", "she has just {f}",
     "imagine you have {f}", "he has {f}"),
    ("the moment after having {f}", "they have just {f}"),
)  # fmt: skip
DOING: Final = Frames(
    (
        "she is {f}",
        "he is {f}",
        "{f}",
        "like someone {f}",
        "as if {f}",
        "you are {f}",
        "talk as if you were {f}",
        "someone {f}",
    ),
    ("picture somebody {f}", "they are {f}"),
)
CRY: Final = Frames(
    ("{f}!", "{f}", "{f}...", "as if saying {f}", "the face that goes with {f}!"),
    ("a face that says {f}",),
)
LOOK: Final = Frames(
    ("a {f}", "{f}", "with a {f}", "put on a {f}", "give me a {f}", "show a {f}"),
    ("what we want is a {f}", "wear a {f}"),
)
PERSON: Final = Frames(
    (
        "{f} {w}",
        "a {f} {w}",
        "like a {f} {w}",
        "play a {f} {w}",
        "talk like a {f} {w}",
        "you are a {f} {w}",
        "as a {f} {w}",
    ),
    ("think {f} {w}", "in the manner of a {f} {w}"),
)
DENIED: Final = Frames(
    (
        "not {f}",
        "not {f} at all",
        "do not look {f}",
        "she isn't {f}",
        "he is not {f}",
        "don't be {f}",
    ),
    ("anything but {f}", "never {f}"),
)
NOT_BUT: Final = Frames(
    ("not {g}, just {f}", "not {g} but {f}", "{f}, not {g}", "she is not {g}, she is {f}",
     "don't look {g}, look {f}"),
    ("rather {f} than {g}", "instead of {g}, be {f}"),
)  # fmt: skip
BLEND: Final = Frames(
    (
        "{s} % {f}, {t} % {g}",
        "{s}% {f} and {t}% {g}",
        "{s} percent {f}, {t} percent {g}",
        "look {s} % {f} and {t} % {g}",
        "she is {s}% {f}, {t}% {g}",
    ),
    ("a mixture: {s} % {f}, {t} % {g}", "make it {s} percent {f} and {t} percent {g}"),
)
HALVES: Final = Frames(
    ("half {f}, half {g}", "half {f} and half {g}", "she is half {f}, half {g}"),
    ("he seems half {f}, half {g}",),
)
TOUCH: Final = Frames(
    ("mostly {f} with a touch of {g}", "mainly {f}, with a hint of {g}",
     "mostly {f}, with a little {g}"),
    ("largely {f} with a trace of {g}",),
)  # fmt: skip


def adjective(rng: np.random.Generator, name: str, strength: float, held_out: bool) -> str:
    """A word for an emotion that can stand after 'looks'."""
    return feeling(rng, name, strength, "after_verb", held_out)


def mixed_script(rng: np.random.Generator, held_out: bool) -> Script:
    """A feeling with single movements, its own or not, or without one that it usually has."""
    name = EMOTIONS[rng.integers(len(EMOTIONS))]
    strength = float(rng.uniform(0.1, 1))
    word = adjective(rng, name, strength, held_out)
    owner = pick(rng, OWNERS, held_out=False)
    usual = [p.number for p in emotion(name).parts if p.number in DENIALS and p.share > 0.3]
    if usual and rng.random() < 0.3:
        number = usual[rng.integers(len(usual))]
        text = filled(rng, BUT_NOT, held_out, f=word, **denial_words(number, owner))
        return Script(typed(rng, text), ((name, 1.0),), strength, denied=(number,))
    asked = draw_asked(rng, int(rng.integers(1, 3)))
    form = "thing" if all(each.said.thing for each in asked) else "do"
    if form == "thing" or (rng.random() < 0.3 and all(each.said.state for each in asked)):
        form = form if form == "thing" and rng.random() < 0.6 else _stated(asked, form)
    listing = said(rng, asked, form, owner, held_out)  # type: ignore[arg-type]
    text = filled(rng, AND_DO if form == "do" else WITH, held_out, f=word, x=listing)
    shown = tuple(sorted((d for each in asked for d in each.demands()), key=lambda d: d.unit))
    return Script(typed(rng, text), ((name, 1.0),), strength, shown)


def _stated(asked: list[Asked], form: str) -> str:
    return "state" if all(each.said.state for each in asked) else form


def free_script(rng: np.random.Generator, held_out: bool) -> Script:
    """A short text of the kind people type."""
    name = EMOTIONS[rng.integers(len(EMOTIONS))]
    strength = float(rng.uniform(0.1, 1))
    draw = rng.random()
    if draw < 0.08:
        return _denied(rng, name, held_out)
    if draw < 0.16:
        return _not_but(rng, name, strength, held_out)
    if draw < 0.32:
        word = feeling(rng, name, strength, "before_noun", held_out)
        text = filled(rng, PERSON, held_out, f=word, w=pick(rng, PEOPLE, held_out))
    elif draw < 0.44:
        text = filled(rng, NOUN, held_out, f=feeling(rng, name, strength, "noun", held_out))
    elif draw < 0.6 and reaches(name, strength, "scene", held_out):
        text = filled(rng, SCENE, held_out, f=feeling(rng, name, strength, "scene", held_out))
    elif draw < 0.68 and reaches(name, strength, "adverb", held_out):
        text = filled(rng, ADVERB, held_out, f=feeling(rng, name, strength, "adverb", held_out))
    else:
        text = filled(rng, PLAIN, held_out, f=adjective(rng, name, strength, held_out))
    return Script(typed(rng, text), ((name, 1.0),), strength)


def mood_script(rng: np.random.Generator, held_out: bool) -> Script:
    """A text that names a mood, in one of the places where its words can stand."""
    place = PLACES[rng.choice(len(PLACES), p=PLACE_SHARES)]
    entries = _said_at(place)
    phrase = pick(rng, tuple(entries), held_out)
    mood, strength = entries[phrase]
    word = phrase.replace("~", ("her", "his", "your", "their")[rng.integers(4)])
    frames = {"people": LIKE, "doing": DOING, "had": HAD, "cries": CRY, "nouns": NOUN}.get(place)
    if frames is None:
        frames = LOOK if re.search(r"(?:smile|face|grin)$", word) else PLAIN
        if frames is PLAIN and " " not in word and rng.random() < MODIFIED:
            degree = degree_near(rng, rng.uniform(0.1, 1))
            word = f"{pick(rng, degree.modifier, held_out)} {word}"
            strength = combined(strength, degree.level)
    elif place == "people" and rng.random() < MODIFIED:
        return _coloured(rng, mood, word, strength, held_out)
    text = filled(rng, frames, held_out, f=word)
    return _of_mood(rng, text, mood, strength)


def _coloured(
    rng: np.random.Generator, mood: Mood, person: str, strength: float, held_out: bool
) -> Script:
    """A person with a feeling that is not of the kind: 'sarcastic game show host'."""
    felt = [name for name in EMOTIONS if name not in ("neutral", mood.main)]
    name = felt[rng.integers(len(felt))]
    word = feeling(rng, name, strength, "before_noun", held_out)
    text = filled(rng, LIKE, held_out, f=f"{word} {person}")
    shares = {key: (1 - COLOUR) * share for key, share in whole(mood.emotions)}
    shares[name] = shares.get(name, 0) + COLOUR
    return Script(typed(rng, text), tuple(shares.items()), strength, mood=mood.name)


def _of_mood(rng: np.random.Generator, text: str, mood: Mood, strength: float) -> Script:
    """The text with the mood and whatever movement it names besides: 'fake smile'."""
    text = typed(rng, text)
    return Script(text, whole(mood.emotions), strength, demands(text).shown, mood=mood.name)


def whole(emotions: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    """Shares with as much neutral as is missing to 1."""
    rest = 1 - sum(share for _, share in emotions)
    return (*emotions, ("neutral", rest)) if rest > 1e-6 else emotions


@cache
def _said_at(place: str) -> dict[str, tuple[Mood, float]]:
    """All phrases of all moods for a place."""
    return {
        phrase: (mood, strength)
        for mood in moods().values()
        for phrase, strength in mood.said[place].items()
    }


def _denied(rng: np.random.Generator, name: str, held_out: bool) -> Script:
    name = "anger" if name == "neutral" else name
    word = pick(rng, tuple(emotion(name).adjectives), held_out)
    text = filled(rng, DENIED, held_out, f=word)
    return Script(typed(rng, text), (("neutral", 1.0),), 0.4)


def _not_but(rng: np.random.Generator, name: str, strength: float, held_out: bool) -> Script:
    others = [e for e in EMOTIONS if e not in (name, "neutral")]
    other = others[rng.integers(len(others))]
    text = filled(
        rng, NOT_BUT, held_out, f=adjective(rng, name, strength, held_out),
        g=pick(rng, tuple(emotion(other).adjectives), held_out),
    )  # fmt: skip
    return Script(typed(rng, text), ((name, 1.0),), strength)


def blended_script(rng: np.random.Generator, held_out: bool) -> Script:
    """Two feelings by shares."""
    felt = [name for name in EMOTIONS if name != "neutral"]
    first, second = (felt[i] for i in rng.permutation(len(felt))[:2])
    share = SHARES[rng.integers(len(SHARES))]
    words = [adjective(rng, name, rng.uniform(0.3, 0.8), held_out) for name in (first, second)]
    draw = rng.random()
    if draw < 0.2:
        share, text = 0.5, filled(rng, HALVES, held_out, f=words[0], g=words[1])
    elif draw < 0.35:
        noun = pick(rng, tuple(emotion(second).nouns), held_out)
        share, text = 0.8, filled(rng, TOUCH, held_out, f=words[0], g=noun)
    else:
        share = round(share, 2)
        text = filled(rng, BLEND, held_out, s=str(round(100 * share)),
                      t=str(round(100 * (1 - share))), f=words[0], g=words[1])  # fmt: skip
    return Script(typed(rng, text), ((first, share), (second, 1 - share)), 0.55)
