"""Facts in, a description of voice and mood out: the half of a pretraining document that asks.

Not an instruction: it says what is heard, in sentences, keywords or labelled values, often in part.
"""

from typing import Final

import numpy as np

from avitalk.data.instructions.facts import Facts
from avitalk.data.instructions.voicing import ADJECTIVES
from avitalk.data.instructions.wording import degree_near, feeling, joined, with_articles
from avitalk.facs.table import VOICE

REQUESTS: Final[tuple[str, ...]] = (
    "What should the face do?",
    "Write a direction for the face that goes with this voice.",
    "Describe the performance an animator should key.",
    "How does the speaker's face move here?",
    "Tell the actor what to show.",
    "Put the expression into words.",
    "Give an instruction for the facial animation.",
    "Say which muscles of the face work, and how strongly.",
    "What would we see on the speaker's face?",
    "Direct this line.",
)
LEFT_OUT: Final = 0.2
"""Share of voice facts that a description leaves out."""
_WHO: Final = {"he": "man", "she": "woman", "they": "person", None: "speaker"}
_COURSES: Final = {
    ("energy", "rising"): ("getting louder", "loudness rising", "growing in volume"),
    ("energy", "falling"): ("getting quieter", "loudness falling", "dying away"),
    ("energy", "peaking"): ("loudest in the middle", "loudness peaking"),
    ("energy", "bursts"): ("loudness in bursts", "loud in bursts"),
    ("energy", "steady"): ("even loudness", "loudness steady"),
    ("pitch", "rising"): ("pitch rising", "going up in pitch"),
    ("pitch", "falling"): ("pitch falling", "going down in pitch"),
    ("pitch", "peaking"): ("pitch peaking", "highest in the middle"),
    ("pitch", "bursts"): ("pitch jumping", "pitch in leaps"),
    ("pitch", "steady"): ("pitch steady", "even pitch"),
}  # fmt: skip
_NORMAL: Final = {
    "pitch": "medium pitch", "liveliness": "normal melody", "loudness": "medium volume",
    "rate": "medium pace", "breath": "normal voice",
}  # fmt: skip


def describe(facts: Facts, rng: np.random.Generator) -> str:
    """What is heard, in one of several forms; what counts as known varies from draw to draw."""
    return (_sentence, _keywords, _labelled)[rng.integers(3)](facts, rng)


def _sentence(facts: Facts, rng: np.random.Generator) -> str:
    voice = [word for word in _voice(facts, rng) if " " not in word][:3]
    mood = feeling(rng, facts.emotion, facts.strength, "after_verb", False)
    lead = f"a {', '.join(voice)} voice" if voice else "a voice"
    who = _WHO[facts.pronoun]
    course = joined(_courses(facts, rng))
    degree = _strength(facts, rng)
    forms = (
        f"{lead}, a {who} who sounds {mood}; {course}; {degree}.",
        f"a {who} speaks, {mood}, in {lead}, {course}; {degree}.",
        f"the {who} is {mood} ({facts.emotion}), with {lead}, {course}; {degree}.",
        f"{lead} full of {facts.emotion}, {degree}; it is a {who}, {mood}, {course}.",
    )
    text = with_articles(forms[rng.integers(len(forms))])
    return text[0].upper() + text[1:]


def _keywords(facts: Facts, rng: np.random.Generator) -> str:
    words = [facts.emotion, _strength(facts, rng), *_voice(facts, rng), *_courses(facts, rng)]
    if rng.random() < 0.6:
        words.append(feeling(rng, facts.emotion, facts.strength, "after_verb", False))
    if rng.random() < 0.8:
        words.append(_WHO[facts.pronoun])
    return ", ".join(words[i] for i in rng.permutation(len(words)))


def _labelled(facts: Facts, rng: np.random.Generator) -> str:
    strength = _strength(facts, rng).removeprefix("strength ")
    rows = [f"emotion: {facts.emotion}", f"strength: {strength}"]
    for name, word in zip(VOICE, _levels(facts, rng), strict=True):
        if word is not None and rng.random() > LEFT_OUT:
            rows.append(f"{name}: {word}")
    rows += [f"course: {course}" for course in _courses(facts, rng)]
    rows.append(f"speaker: {_WHO[facts.pronoun]}")
    if rng.random() < 0.5:
        rows = [rows[i] for i in rng.permutation(len(rows))]
    return "; ".join(rows)


def _strength(facts: Facts, rng: np.random.Generator) -> str:
    if rng.random() < 0.4:
        return f"strength {round(100 * facts.strength)} percent"
    grade = degree_near(rng, facts.strength)
    return f"{grade.adjective[rng.integers(len(grade.adjective))]} intensity"


def _levels(facts: Facts, rng: np.random.Generator) -> list[str | None]:
    told = facts.told()
    words: list[str | None] = []
    for name in VOICE:
        if name in told:
            either = ADJECTIVES[name][int(told[name] > 0)]
            words.append(either[rng.integers(len(either))])
        else:
            words.append(None if getattr(facts, name) is None else _NORMAL[name])
    return words


def _voice(facts: Facts, rng: np.random.Generator) -> list[str]:
    words = [w for w in _levels(facts, rng) if w is not None and rng.random() > LEFT_OUT]
    return [words[i] for i in rng.permutation(len(words))]


def _courses(facts: Facts, rng: np.random.Generator) -> list[str]:
    found = []
    for name, moves in (("energy", facts.energy_course), ("pitch", facts.pitch_course)):
        phrases = _COURSES[name, moves]
        found.append(phrases[rng.integers(len(phrases))])
    keep = rng.integers(1, 3)
    return [found[i] for i in rng.permutation(2)[:keep]]
