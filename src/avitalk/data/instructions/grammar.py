"""Facts in, one instruction in words out, of the many ways to say it.

An instruction follows a plan (a feeling and face, then the voice, ...), each sentence a frame, each
slot filled with words near the facts. Held-out texts use frames that no other text uses.
"""

import re
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
_PLAN_WEIGHTS: Final = np.array([weight for weight, _ in PLANS]) / sum(w for w, _ in PLANS)
_FORMS: Final[dict[str, Form]] = {
    "bare": "bare", "state": "state", "does": "does", "do": "do", "doing": "doing",
    "agent": "agent", "thing": "thing", "passive": "passive",
}  # fmt: skip
_FEELINGS: Final[dict[str, Slot]] = {"adj": "after_verb", "adj1": "before_noun", "noun": "noun", "adv": "adverb",
                    "scene": "scene"}  # fmt: skip


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
                if not self.moves:
                    continue
            sentences.append(self.sentence(kind))
        return " ".join(sentences)

    def plan(self) -> tuple[str, ...]:
        """Kinds of sentences; without voice to tell, none about it; strength said somewhere."""
        while True:
            plan = PLANS[self.rng.choice(len(PLANS), p=_PLAN_WEIGHTS)][1]
            quiet = not self.facts.told()
            if quiet and any(kind.startswith("V") for kind in plan):
                continue
            kinds = set(plan)
            if self.facts.emotion in STILL and "U" in kinds:
                continue
            if self.facts.emotion in ("calm", "boredom") and (
                "G" in kinds or not kinds & {"FF", "M", "VM"}
            ):
                continue
            if self.facts.emotion == "neutral" and "G" not in plan:
                plan = (*plan[:2], "G")
            return plan

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
        """Whether there are words for all its slots."""
        facts = self.facts
        if "{vone}" in frame and not self.voice_one():
            return False
        return all(
            reaches(facts.emotion, facts.strength, slot, self.held_out)
            for name, slot in _FEELINGS.items()
            if f"{{{name}}}" in frame
        )

    def slot(self, name: str) -> str:
        """The words for one slot of a frame."""
        facts, rng, held_out = self.facts, self.rng, self.held_out
        if name in _FEELINGS:
            return feeling(rng, facts.emotion, facts.strength, _FEELINGS[name], held_out)
        if name in _FORMS:
            return listed(rng, self.moves, self.who, _FORMS[name], held_out=held_out)
        if name in ("changing", "changes", "change", "as", "c"):
            return self.course(name)
        if name == "vadj":
            return voice_adjectives(rng, facts, int(rng.integers(1, 3)), held_out)
        if name == "vone":
            return self.voice_one()
        if name == "vadv":
            return voice_adverbs(rng, facts, int(rng.integers(1, 3)), held_out)
        if name == "manner":
            return degree_word(rng, facts.strength, "manner", held_out)
        return self.other(name)

    def other(self, name: str) -> str:
        numbers = sorted({n for movement in self.moves for n in movement.numbers})
        match name:
            case "s":
                return self.who.subject
            case "p":
                return self.who.owner
            case "o":
                return self.who.object
            case "percent":
                percents = degree_near(self.rng, self.facts.strength).percent
                return str(percents[self.rng.integers(len(percents))])
            case "names":
                return joined([f"the {action_unit(number).name}" for number in numbers])
            case "numbers":
                return joined([str(number) for number in numbers])
            case "noun0":
                return feeling(self.rng, self.facts.emotion, self.facts.strength, "noun", False)
            case "other":
                smiling = self.facts.emotion in ("happiness", "calm", "surprise")
                things = ("frown", "scowl") if smiling else ("smile", "grin")
                return things[self.rng.integers(len(things))]
            case _:
                raise KeyError(name)

    def course(self, name: str) -> str:
        rng = self.rng
        if name == "c":
            if self.course_said or rng.random() > COURSE_SHARE:
                return ""
            self.course_said = True
            return f", {self.course('changing')} {self.course('as')}"
        if name == "as":
            return pick(rng, AS_VOICE[self.measure, self.moving], self.held_out)
        words = {"changing": CHANGING, "changes": CHANGES, "change": CHANGE}[name]
        return pick(rng, words["steady" if self.still else self.moving], self.held_out)

    def voice_one(self) -> str:
        return voice_before_noun(self.rng, self.facts, int(self.rng.integers(1, 3)), self.held_out)
