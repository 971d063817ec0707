"""Stand-ins for those who act, small and exact: a writer, a performer and a style encoder."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import INDEX, REGIONS
from avitalk.errors import InputError
from avitalk.facs.cue import Cue
from avitalk.facs.variation import variation
from avitalk.talker.overrides import envelope
from avitalk.talker.performer import Memory
from avitalk.types import Motion, Style

SHOWN = [
    *REGIONS["brows"],
    *REGIONS["cheeks"],
    *[INDEX[n] for n in ("mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight")],
    *[INDEX[n] for n in ("eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight")],
]
WIDTH = 64


class ToyWriter:
    """Draws a style from text and seed; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, float]] = []

    def styles(
        self, texts: Sequence[str], *, seeds: Sequence[int], guidance: Sequence[float]
    ) -> list[Style]:
        asked = list(zip(texts, seeds, guidance, strict=True))
        self.asked += asked
        return [self._style(*one) for one in asked]

    def _style(self, text: str, seed: int, guidance: float) -> Style:
        rng = np.random.default_rng([seed, *text.encode()])
        vector = np.zeros(WIDTH)
        chosen = rng.choice(len(SHOWN), 5, replace=False)
        vector[chosen] = rng.uniform(0.3, 0.4 * max(guidance, 1), 5)
        return Style(np.clip(vector, 0, 1), text)


class ToyPerformer:
    """Lays each style's first values over the face, swelling with the seed; lips stay as spoken."""

    def __init__(self) -> None:
        self.cues: list[tuple[Cue, ...]] = []

    def perform(
        self,
        mouth: Motion,
        prosody: NDArray[np.floating],
        cues: Sequence[Cue],
        idle: Motion,
        *,
        seed: int = 0,
        duration_s: float | None = None,
        memory: Memory | None = None,
    ) -> Motion:
        assert prosody.shape == (mouth.frames, 6)
        self.cues.append(tuple(cues))
        plain = mouth.over(idle, take=("mouth",))
        swell = 1 + 0.3 * np.tanh(variation(mouth.frames, mouth.fps, seed)[:, 0])
        weights = np.array(plain.weights)
        for cue in cues:
            share = envelope(cue.segment, np.arange(mouth.frames) / mouth.fps, duration_s) * swell
            level = cue.segment.strength * cue.style.vector[: len(SHOWN)]
            weights[:, SHOWN] += share[:, None] * level
        return replace(plain, weights=np.clip(weights, 0, 1).astype(np.float32))


class ToyEncoder:
    """The mean of the weights that ToyPerformer lays over."""

    def encode(self, motion: Motion, *, seed: int = 0, name: str = "example") -> Style:
        if motion.duration_s < 0.5:
            raise InputError(f"an example of {motion.duration_s:.2f} s; need 0.5 s or more")
        vector = np.zeros(WIDTH)
        vector[: len(SHOWN)] = motion.weights[:, SHOWN].mean(axis=0)
        return Style(vector, name)
