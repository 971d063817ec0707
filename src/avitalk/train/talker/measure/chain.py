"""Recordings -> features, heard once -> lips of the default head, in millimetres."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray

from avitalk.data.clips import Clip
from avitalk.evaluate.metrics.lips import Span
from avitalk.face import Head, lip_gap, lip_width
from avitalk.speech import SpeechEncoder
from avitalk.talker import Talker
from avitalk.types import Motion, Speech, SpeechFeatures

Array = NDArray[np.float64]
Wave = NDArray[np.float32]


@dataclass(frozen=True)
class Heard:
    """One recording and what the encoder makes of it."""

    clip: Clip
    features: SpeechFeatures
    duration_s: float

    def spans(self, phones: frozenset[str]) -> list[Span]:
        """When one of the phones is said."""
        return [(p.start_s, p.end_s) for p in self.clip.phones or () if p.phone in phones]


def read_wave(clip: Clip) -> Wave:
    """(N,) samples at 16 kHz."""
    wave, _ = soundfile.read(clip.audio, dtype="float32")
    return np.asarray(wave, np.float32)


def hear(
    encoder: SpeechEncoder,
    clips: Iterable[Clip],
    change: Callable[[Wave], Wave] = lambda wave: wave,
) -> list[Heard]:
    """Encode each clip, its wave changed first."""
    found = []
    for clip in clips:
        wave = change(read_wave(clip))
        found.append(Heard(clip, encoder.encode(Speech(wave)), len(wave) / 16000))
    return found


class Mouth:
    """A talker on a head: features in, opening and width of the lips out."""

    def __init__(self, talker: Talker, head: Head) -> None:
        self.talker, self.head = talker, head
        # Weights move the lips linearly, so shapes are measured once.
        self._gap = lip_gap(head.shapes, head).astype(np.float64)
        self._rest = float(lip_gap(head.vertices, head))
        self._width = lip_width(head.shapes, head).astype(np.float64)

    def motion(self, features: SpeechFeatures) -> Motion:
        """The mouth's motion at 50 Hz."""
        return self.talker.animate(features)

    def motions(self, recordings: Sequence[Heard]) -> list[Motion]:
        """The motion of each recording."""
        return [self.motion(item.features) for item in recordings]

    def gap(self, motion: Motion) -> Array:
        """(F,) mm between the inner lips."""
        return np.asarray(motion.weights @ self._gap + self._rest) * 1e3

    def width(self, motion: Motion) -> Array:
        """(F,) mm that the corners move apart, from rest."""
        return np.asarray(motion.weights @ self._width) * 1e3
