"""The affect ear: a stretch of speech in, statistics of its voice by windows of 1.6 s out (W, S).

Phones alone throw affect away; the ear hears log-mel, F0, energy and voice quality as well
(`avitalk.speech.voice`), summed up window by window (`avitalk.speech.statistics`).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import FEATURE_RATE_HZ
from avitalk.errors import InputError
from avitalk.speech.phones import PHONES
from avitalk.speech.statistics import spoken, statistics
from avitalk.speech.voice import RATE_HZ, VoiceFrames, voice_frames
from avitalk.types import Speech, SpeechFeatures

Floats = NDArray[np.float32]

WINDOW_S: Final = 1.6
HOP_S: Final = 0.8
LONGEST: Final = 12
"""Windows of one stretch at most; more are thinned evenly."""
SHORTEST_S: Final = 0.2
_RATIO: Final = round(RATE_HZ / FEATURE_RATE_HZ)


@dataclass(frozen=True, slots=True, eq=False)
class Ear:
    """What is heard of one recording; ask for any stretch of it."""

    frames: VoiceFrames
    """How the voice sounds, 100 Hz."""
    features: Floats
    """(T, D) of the speech encoder, 50 Hz; phone posteriors and bottleneck first."""

    @classmethod
    def listen(cls, speech: Speech, features: SpeechFeatures) -> "Ear":
        """Raises InputError for features of another encoder than ours: they lack phones."""
        if features.values.shape[1] < len(PHONES) + 64:
            raise InputError(f"features are {features.values.shape[1]} wide; 104 are needed")
        return cls(voice_frames(speech), features.values)

    def window(self, first: int, last: int) -> tuple[VoiceFrames, Floats]:
        """Voice frames `first` to `last`, and the features over the same stretch."""
        rows = slice(first // _RATIO, max(last // _RATIO, first // _RATIO + 1))
        return self.frames.slice(first, last), self.features[rows]

    def statistics(self, start_s: float = 0.0, end_s: float | None = None) -> Floats:
        """(W, S) statistics of the windows between two times; (0, S) where there is too little."""
        stretch = speech_between(self.frames, start_s, end_s)
        if stretch is None:
            return np.zeros((0, WIDTH), np.float32)
        return np.stack([gathered(*self.window(*span)) for span in windows(*stretch)])


def speech_between(
    frames: VoiceFrames, start_s: float, end_s: float | None
) -> tuple[int, int] | None:
    """First and last frame of the speech between two times; None where there is too little."""
    first = round(start_s * RATE_HZ)
    last = len(frames) if end_s is None else min(round(end_s * RATE_HZ), len(frames))
    if last - first < SHORTEST_S * RATE_HZ:
        return None
    lead, tail = spoken(frames.slice(first, last))
    return first + lead, first + tail


def gathered(frames: VoiceFrames, features: Floats) -> Floats:
    """(S,) all families of statistics of one window, one after another."""
    return np.concatenate(list(statistics(frames, features).values()))


def windows(first: int, last: int) -> list[tuple[int, int]]:
    """Stretches of at most WINDOW_S, at least half of it apart, that cover `first` to `last`."""
    size, hop = round(WINDOW_S * RATE_HZ), round(HOP_S * RATE_HZ)
    if last - first <= size:
        return [(first, last)]
    count = min(-(-(last - first - size) // hop) + 1, LONGEST)
    starts = np.linspace(first, last - size, count).round().astype(int)
    return [(int(start), int(start) + size) for start in starts]


FAMILIES: Final[dict[str, int]] = {
    "pitch": 9, "loudness": 8, "timing": 8, "quality": 32, "spectrum": 26, "spread": 26,
    "movement": 13, "average": 80, "phones": 195,
}  # fmt: skip
"""Statistics of each family, in their order."""
WIDTH: Final = sum(FAMILIES.values())
_EDGES: Final = np.cumsum([0, *FAMILIES.values()])
COLUMNS: Final = {
    name: slice(int(a), int(b)) for name, (a, b) in zip(FAMILIES, pairwise(_EDGES), strict=True)
}
"""Where each family lies among the statistics."""
