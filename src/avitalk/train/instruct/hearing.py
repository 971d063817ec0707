"""Emotional recordings in, statistics of many windows of each out, as they are and as other voices.

Windows are at most 1.6 s of speech with the silence around it removed: in EmoDB three emotions are
cut or padded to 2.00 s, so that the length of a clip would tell what it is.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from avitalk.data.augment import Chances, resampled, room, with_noise
from avitalk.files import atomic_path
from avitalk.instruct.ear import WIDTH, WINDOW_S, Ear, gathered
from avitalk.speech import SpeechEncoder
from avitalk.speech.statistics import spoken, summarise
from avitalk.speech.voice import RATE_HZ
from avitalk.types import Speech

GENTLE: Final = Chances(reverb=0.3, colour=0.7, noise=0.4, narrow=0.1)
OCTAVES: Final = 0.2  # a recording is played this much faster or slower at most
SHORTEST_S: Final = 1.0
WHOLE: Final = 0.7  # share of windows as long as possible
SUMMARY: Final = 10


@dataclass(frozen=True, eq=False)
class Heard:
    """Statistics of windows; row by row the same window."""

    values: NDArray[np.float32]
    """(n, S) statistics of the affect ear."""
    clip: NDArray[np.int64]
    """(n,) number of the recording."""
    variant: NDArray[np.int64]
    """(n,) 0 for the recording as it is, others are voices made from it."""
    length_s: NDArray[np.float32]
    """(n,) seconds of the window."""
    loudness: NDArray[np.float32]
    """(n,) mean dB of the window, against full scale: not level-free, for the baseline only."""
    summary: NDArray[np.float32]
    """(clips, 10) `VoiceSummary` of all speech of each recording."""

    def save(self, path: Path) -> None:
        """Write as npz."""
        with atomic_path(path) as partial, partial.open("wb") as file:
            np.savez(file, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, path: Path) -> "Heard":
        """Read what `save` wrote."""
        with np.load(path) as stored:
            return cls(**{field.name: stored[field.name] for field in fields(cls)})

    def joined(self, other: "Heard") -> "Heard":
        """These recordings and, numbered on after them, those of `other`."""
        number = other.clip + len(self.summary)
        parts = {field.name: getattr(other, field.name) for field in fields(self)}
        parts["clip"] = number
        return Heard(**{k: np.concatenate([getattr(self, k), v]) for k, v in parts.items()})


def even_chances(
    emotion: NDArray[np.int64], weight: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """(n,) chances of rows such that every emotion is drawn as often; within one, by `weight`."""
    each = np.ones(len(emotion)) if weight is None else weight
    share = each / np.bincount(emotion, each).clip(1e-12)[emotion]
    chances: NDArray[np.float64] = share / share.sum()
    return chances


def varied(wave: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """The recording as another voice in another room."""
    factor = 2 ** rng.uniform(-OCTAVES, OCTAVES)
    played = resampled(wave, factor, int(len(wave) / factor))
    return with_noise(rng, room(rng, played, GENTLE), GENTLE)


def hear(
    paths: Sequence[Path | str],
    encoder: SpeechEncoder,
    *,
    variants: int,
    windows: int,
    seed: int,
    longest_s: float | None = None,
) -> Heard:
    """`windows` random windows of each recording, and of `variants` voices made from it.

    Of recordings longer than `longest_s` only as much from their middle is heard.
    """
    rows: list[tuple[NDArray[np.float32], int, int, float, float]] = []
    summaries = np.zeros((len(paths), SUMMARY), np.float32)
    for number, path in enumerate(paths):
        rng = np.random.default_rng((seed, number))
        wave, rate_hz = soundfile.read(str(path), dtype="float32")
        if longest_s is not None:
            size = round(longest_s * rate_hz)
            start = max(0, (len(wave) - size) // 2)
            wave = wave[start : start + size]
        for variant in range(variants + 1):
            speech = Speech(varied(wave, rng) if variant else wave)
            ear = Ear.listen(speech, encoder.encode(speech))
            first, last = spoken(ear.frames)
            if variant == 0:
                summaries[number] = astuple(summarise(*ear.window(first, last)))
            for _ in range(windows):
                size = min(last - first, round(WINDOW_S * RATE_HZ))
                if rng.random() > WHOLE:
                    size = int(rng.integers(min(round(SHORTEST_S * RATE_HZ), size), size + 1))
                start = first + int(rng.integers(0, last - first - size + 1))
                window = ear.window(start, start + size)
                loudness = float(window[0].loudness.mean())
                rows.append((gathered(*window), number, variant, size / RATE_HZ, loudness))
    values, clip, variant_, length, level = zip(*rows, strict=True)
    return Heard(
        np.array(values, np.float32).reshape(-1, WIDTH), np.array(clip), np.array(variant_),
        np.array(length, np.float32), np.array(level, np.float32), summaries,
    )  # fmt: skip
