"""Texts to perform: held-out ones that name movements, plain words of emotions."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avitalk.data.performances.scripts import KINDS, Script, draw_script
from avitalk.facs.demands import Demands, demands
from avitalk.facs.table import EMOTIONS, emotion

FELT: Final = tuple(name for name in EMOTIONS if name != "neutral")
"""The nine emotions that a face can show."""
PLAINEST: Final = {
    "happiness": "happy", "sadness": "sad", "anger": "angry", "fear": "frightened",
    "disgust": "disgusted", "surprise": "surprised", "boredom": "bored", "calm": "calm",
    "contempt": "contemptuous",
}  # fmt: skip
"""Everybody's word for each."""


@dataclass(frozen=True, slots=True)
class Line:
    """One text to be performed."""

    text: str
    script: Script | None = None
    """What it means, where that is known."""

    @property
    def demands(self) -> Demands:
        """What it names, as the product reads it."""
        return demands(self.text)


def spoken_of(name: str) -> list[Line]:
    """'He is angry': an emotion's plain words of the stronger half, weakest first."""
    words = {**emotion(name).adjectives, **emotion(name).after_verb}
    order = sorted(words, key=lambda word: (words[word], word))
    return [
        Line(f"He is {w}.", Script(f"He is {w}.", ((name, 1.0),), words[w]))
        for w in order[len(order) // 2 :]
    ]


def plain(name: str) -> Line:
    """'He is extremely angry': the emotion at full strength, no movement named."""
    if name == "neutral":
        return Line("He is neutral.", Script("He is neutral.", (("neutral", 1.0),), 0.5))
    text = f"He is extremely {PLAINEST[name]}."
    return Line(text, Script(text, ((name, 1.0),), 1.0))


UNITS_NAMED: Final = ("units", "mixed")
"""Kinds of scripts whose movements are drawn before there is a text."""


def held_out(count: int, *, seed: int, most: int = 2, unread: bool = False) -> list[Line]:
    """Held-out texts that name movements; no set of them more than `most` times. `unread` takes
    them as they are written, whether or not the parser of demands understands them.
    """
    rng = np.random.default_rng(seed)
    taken: dict[frozenset[tuple[int, str]], int] = {}
    lines: list[Line] = []
    for _ in range(200 * count):
        if unread:
            script = KINDS[UNITS_NAMED[int(rng.integers(2))]][1](rng, True)
        else:
            script = draw_script(rng, held_out=True)
        units = unit_set(script)
        if units and taken.get(units, 0) < most:
            taken[units] = taken.get(units, 0) + 1
            lines.append(Line(script.text, script))
        if len(lines) == count:
            return lines
    raise RuntimeError(f"only {len(lines)} of {count} held-out texts with distinct units")


def unit_set(script: Script) -> frozenset[tuple[int, str]]:
    """Movements asked for, by side."""
    return frozenset((demand.unit, demand.side) for demand in script.shown)
