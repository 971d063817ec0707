"""Made-up sequences for tests of EmoTalk: contents of a few frames, voices with an emotion each."""

from collections.abc import Sequence

import numpy as np

from avitalk.arkit import INDEX
from avitalk.train.zoo.acted_file import Acted
from avitalk.train.zoo.acted_stage import performed
from avitalk.train.zoo.sequences import Sequence25

D, E = 12, 10


def content(name: str, frames: int, seed: int) -> Sequence25:
    """A mouth that opens with its first feature."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(2 * frames, D)).astype(np.float16)
    weights = np.zeros((frames, 52), np.float16)
    weights[:, INDEX["jawOpen"]] = 0.3 + 0.3 * np.tanh(values[::2, 0])
    return Sequence25(name, "grid_s1", "grid_s1", "neutral", values, weights, False)


def voice(name: str, emotion: str, frames: int, seed: int) -> Acted:
    """A voice whose rows are about the number of its emotion."""
    plain = content(name, frames, seed)
    at = ("neutral", "anger", "happiness").index(emotion)
    heard = at + 0.1 * np.random.default_rng(seed).normal(size=(frames, E))
    face = performed(plain.weights, plain.values, "nobody", emotion, 0, name)
    return Acted(
        name, "acted", "nobody", emotion, plain.values, face, True, plain.weights,
        heard.astype(np.float16), f"actor {seed % 2}",
    )  # fmt: skip


def sequences() -> Sequence[Sequence25]:
    """Contents and voices."""
    contents = [content(f"c{i}", 14 + i, i) for i in range(3)]
    emotions = ("neutral", "anger", "happiness")
    return [*contents, *(voice(f"v{i}", emotions[i % 3], 9 + i, 10 + i) for i in range(6))]
