"""Chance in, a script out: a text as people would type it, and what it asks a face for.

A script is the middle of three: its text trains the words, `drawing.draw_expression` turns its
meaning into numbers, many different ones for one script.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from avitalk.data.instructions.facts import draw_facts
from avitalk.data.instructions.grammar import phrase
from avitalk.data.instructions.synonyms import augment
from avitalk.data.performances.scripts_feelings import (
    blended_script,
    free_script,
    mixed_script,
    mood_script,
)
from avitalk.data.performances.scripts_meaning import Script, agrees
from avitalk.data.performances.scripts_negatives import hard_negative
from avitalk.data.performances.scripts_units import units_script
from avitalk.facs.demands import demands

__all__ = ["KINDS", "Script", "draw_script", "hard_negative"]

TRIES: Final = 8
"""Draws until text and meaning agree; a text that the parser takes otherwise is of no use."""
AUGMENTED: Final = 0.3
"""Share of the grammar's texts with synonyms exchanged."""


def draw_script(rng: np.random.Generator, *, held_out: bool = False) -> Script:
    """One script of the mixture KINDS; `held_out` uses frames and words never used otherwise."""
    names = tuple(KINDS)
    shares = np.array([KINDS[name][0] for name in names])
    name = names[rng.choice(len(names), p=shares / shares.sum())]
    draw = KINDS[name][1]
    script = draw(rng, held_out)
    for _ in range(TRIES):
        if agrees(script):
            break
        script = draw(rng, held_out)
    return replace(script, kind=name)


def grammar_script(rng: np.random.Generator, held_out: bool) -> Script:
    """An instruction as stage 1 writes them."""
    facts = draw_facts(rng)
    text = phrase(facts, rng, held_out=held_out)
    if not held_out and rng.random() < AUGMENTED:
        text = augment(text, rng)
    found = demands(text)
    return Script(
        text, ((facts.emotion, 1.0),), facts.strength, found.shown, found.denied, found.only,
        found.still, voice=facts,
    )  # fmt: skip


KINDS: Final[dict[str, tuple[float, Callable[[np.random.Generator, bool], Script]]]] = {
    "grammar": (0.24, grammar_script),
    "units": (0.3, units_script),
    "mixed": (0.12, mixed_script),
    "free": (0.12, free_script),
    "mood": (0.15, mood_script),
    "blend": (0.07, blended_script),
}
"""Share and maker of each kind of script."""
