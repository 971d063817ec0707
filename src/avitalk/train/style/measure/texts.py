"""Texts that measures share: plain words of each emotion."""

from typing import Final

from avitalk.data.performances.scripts import Script
from avitalk.facs.table import EMOTIONS, emotion
from avitalk.train.style.measure.troupe import Line

FELT: Final = tuple(name for name in EMOTIONS if name != "neutral")
"""The nine emotions that a face can show."""
PLAINEST: Final = {
    "happiness": "happy", "sadness": "sad", "anger": "angry", "fear": "frightened",
    "disgust": "disgusted", "surprise": "surprised", "boredom": "bored", "calm": "calm",
    "contempt": "contemptuous",
}  # fmt: skip
"""Everybody's word for each."""


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
