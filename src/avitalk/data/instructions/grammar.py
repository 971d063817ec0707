"""Facts in, one instruction in words out, of the many ways to say it.

An instruction follows a plan (a feeling and face, then the voice, ...), each sentence a frame, each
slot filled with words near the facts. Held-out texts use frames that no other text uses.
"""

import re
from collections.abc import Callable
from typing import Final

import numpy as np

from avitalk.data.instructions.face import Form, Movement, Speaker, listed, movements, speaker
from avitalk.data.instructions.facts import Facts
from avitalk.data.instructions.frames import KINDS, PLANS
from avitalk.data.instructions.voicing import (
    AS_VOICE,
    CHANGE,
    CHANGES,
    CHANGING,
    course,
    voice_adjectives,
    voice_adverbs,
    voice_before_noun,
)
from avitalk.data.instructions.wording import (
    Slot,
    degree_near,
    degree_word,
    feeling,
    joined,
    pick,
    reaches,
    with_articles,
)
from avitalk.facs.table import action_unit

WORDS: Final = (16, 46)
"""Fewest and most words of an instruction."""
TRIES: Final = 12
COURSE_SHARE: Final = 0.45
"""Share of face sentences that say how the face moves with the voice."""
STILL: Final = ("neutral", "calm")
"""Emotions whose face stays as it is while the voice moves."""
LOW: Final = ("calm", "boredom")
"""Emotions to which effort does not belong."""
_PLAN_WEIGHTS: Final = np.array([weight for weight, _ in PLANS]) / sum(w for w, _ in PLANS)
_FORMS: Final[dict[str, Form]] = {
    "bare": "bare", "state": "state", "does": "does", "do": "do", "doing": "doing",
    "agent": "agent", "thing": "thing", "passive": "passive",
}  # fmt: skip
_FEELINGS: Final[dict[str, Slot]] = {
    "adj": "after_verb", "adj1": "before_noun", "noun": "noun", "adv": "adverb",
    "scene": "scene",
}  # fmt: skip
_COURSES: Final = {"changing": CHANGING, "changes": CHANGES, "change": CHANGE}
_CHEERFUL: Final = ("happiness", "calm", "surprise")


def phrase(facts: Facts, rng: np.random.Generator, *, held_out: bool = False) -> str:
    """One instruction of one to three sentences that says the facts.

    With `held_out`, its frames (and half its choices of words) are never used otherwise.
    """
    best, miss = "", 10**6
    for _ in range(TRIES):
        text = _Writer(facts, rng, held_out).write()
        count = len(text.split())
        distance = max(WORDS[0] - count, count - WORDS[1], 0)
        if distance == 0:
            return text
        if distance < miss:
            best, miss = text, distance
    return best


class _Writer:
    """Fills the frames of one instruction, keeping its person, feeling and course in mind."""

    def __init__(self, facts: Facts, rng: np.random.Generator, held_out: bool) -> None:
        self.facts, self.rng, self.held_out = facts, rng, held_out
        self.who: Speaker = speaker(rng, facts, held_out)
        self.moves: list[Movement] = []
        self.measure, self.moving = course(rng, facts)
        self.still = facts.emotion in STILL
        self.course_said = False

    def write(self) -> str:
        plan = self.plan()
        faces = sum(kind in ("FF", "F", "VF", "U") for kind in plan)
        count = int(self.rng.integers(2, 4)) if faces == 1 else int(self.rng.integers(3, 6))
        if plan == ("FF",):
            count = int(self.rng.integers(3, 5))
        drawn = movements(self.rng, self.facts, count)
        share = -(-len(drawn) // max(faces, 1))
        sentences = []
        if "C" in plan:
            self.course_said = True
        for kind in plan:
            if kind in ("FF", "F", "VF", "U"):
                self.moves, drawn = drawn[:share], drawn[share:]
                if not self.moves or (kind == "U" and not self.units()):
                    continue
            sentences.append(self.sentence(kind))
        return " ".join(sentences)

    def plan(self) -> tuple[str, ...]:
        """Kinds of sentences; without voice to tell, none about it; strength said somewhere."""
        while True:
            plan = PLANS[self.rng.choice(len(PLANS), p=_PLAN_WEIGHTS)][1]
            if self.suits(set(plan)):
                break
        if self.facts.emotion == "neutral" and "G" not in plan:
            return (*plan[:2], "G")  # neither word nor unit would say how strongly
        return plan

    def suits(self, kinds: set[str]) -> bool:
        if not self.facts.told() and kinds & {"V", "VM", "VF"}:
            return False
        if self.facts.emotion in STILL and "U" in kinds:
            return False
        if self.facts.emotion in LOW:  # their words of strength are those of the feeling
            return "G" not in kinds and bool(kinds & {"FF", "M", "VM"})
        return True

    def sentence(self, kind: str) -> str:
        frames = KINDS[kind].held_out if self.held_out else KINDS[kind].usual
        order = [frames[i] for i in self.rng.permutation(len(frames))]
        nearest = [frame for frame in order if "{adj}" in frame] or order
        frame = next((frame for frame in order if self.fits(frame)), nearest[0])
        chosen = re.sub(r"(\w+)\|(\w+)", r"\1" if self.who.plural else r"\2", frame)
        text = re.sub(r"\{(\w+)\}", lambda slot: self.slot(slot[1]), chosen)
        text = with_articles(text)
        return text[0].upper() + text[1:]

    def fits(self, frame: str) -> bool:
        """Whether there are words near enough for all its feelings."""
        facts = self.facts
        return all(
            reaches(facts.emotion, facts.strength, slot, self.held_out)
            for name, slot in _FEELINGS.items()
            if f"{{{name}}}" in frame
        )

    def slot(self, name: str) -> str:
        """The words for one slot of a frame."""
        if name in _FEELINGS:
            strength = self.facts.strength
            return feeling(self.rng, self.facts.emotion, strength, _FEELINGS[name], self.held_out)
        if name in _FORMS:
            return listed(self.rng, self.moves, self.who, _FORMS[name], held_out=self.held_out)
        if name in _COURSES:
            words = _COURSES[name]["steady" if self.still else self.moving]
            return pick(self.rng, words, self.held_out)
        return _SLOTS[name](self)

    def course(self) -> str:
        """', easing as the voice drops', or nothing."""
        if self.course_said or self.rng.random() > COURSE_SHARE:
            return ""
        self.course_said = True
        return f", {self.slot('changing')} {self.as_voice()}"

    def as_voice(self) -> str:
        return pick(self.rng, AS_VOICE[self.measure, self.moving], self.held_out)

    def voice(self, said: Callable[..., str]) -> str:
        return said(self.rng, self.facts, int(self.rng.integers(1, 3)), self.held_out)

    def manner(self) -> str:
        return degree_word(self.rng, self.facts.strength, "manner", self.held_out)

    def percent(self) -> str:
        percents = degree_near(self.rng, self.facts.strength).percent
        return str(percents[self.rng.integers(len(percents))])

    def units(self) -> list[int]:
        """Numbers of what moves, ascending."""
        return sorted({n for movement in self.moves for n in movement.numbers})

    def other(self) -> str:
        """What the face does not show."""
        things = ("frown", "scowl") if self.facts.emotion in _CHEERFUL else ("smile", "grin")
        return things[self.rng.integers(len(things))]


_SLOTS: Final[dict[str, Callable[[_Writer], str]]] = {
    "s": lambda writer: writer.who.subject,
    "p": lambda writer: writer.who.owner,
    "o": lambda writer: writer.who.object,
    "c": _Writer.course,
    "as": _Writer.as_voice,
    "vadj": lambda writer: writer.voice(voice_adjectives),
    "vone": lambda writer: writer.voice(voice_before_noun),
    "vadv": lambda writer: writer.voice(voice_adverbs),
    "manner": _Writer.manner,
    "percent": _Writer.percent,
    "names": lambda writer: joined([f"the {action_unit(n).name}" for n in writer.units()]),
    "numbers": lambda writer: joined([str(n) for n in writer.units()]),
    "other": _Writer.other,
}
