"""Held-out recordings in, what a performer is given of each: mouth, prosody, idle motion."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avitalk import weights
from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.data.clips import Clip
from avitalk.speech import SpeechEncoder
from avitalk.speech.prosody import prosody_of, voice_and_loudness
from avitalk.talker import Talker, idle_motion
from avitalk.train.talker.measure.chain import Heard, read_wave
from avitalk.types import Motion, Speech

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """One recording, or a piece of one, heard."""

    heard: Heard
    mouth: Motion
    """As the talker speaks it neutrally, 50 Hz."""
    prosody: NDArray[np.float32]
    """(F, 6)."""
    voiced: Floats
    """(F,) share of voice."""
    loudness: Floats
    """(F,) log10 of power."""

    @property
    def name(self) -> str:
        """The clip's."""
        return self.heard.clip.id

    @property
    def duration_s(self) -> float:
        """Length."""
        return self.heard.duration_s

    def idle(self, seed: int) -> Motion:
        """Blinks, gaze, brows and head."""
        return idle_motion(self.voiced, self.loudness, fps=self.mouth.fps, seed=seed)


class Ears:
    """Encoder and talker, loaded once."""

    def __init__(self) -> None:
        self.encoder = SpeechEncoder.load(weights.find("speech-encoder").path)
        self.talker = Talker.load(weights.find("talker").path)

    def hear(self, clip: Clip, *, start_s: float = 0.0, length_s: float | None = None) -> Voice:
        """The recording, or `length_s` of it; phone times move along."""
        wave = read_wave(clip)
        first = round(start_s * SAMPLE_RATE_HZ)
        last = len(wave) if length_s is None else first + round(length_s * SAMPLE_RATE_HZ)
        speech = Speech(wave[first:last])
        features = self.encoder.encode(speech)
        phones = tuple(
            replace(p, start_s=p.start_s - start_s, end_s=p.end_s - start_s)
            for p in clip.phones or ()
        )
        duration_s = len(speech.samples) / SAMPLE_RATE_HZ
        heard = Heard(replace(clip, phones=phones), features, duration_s)
        voiced, loudness = voice_and_loudness(speech, features)
        return Voice(heard, self.talker.animate(features), prosody_of(speech), voiced, loudness)

    def hear_all(self, clips: Sequence[Clip], length_s: float | None = None) -> list[Voice]:
        """Each clip, or what lies in its middle."""
        found = []
        for clip in clips:
            start_s = 0.0
            if length_s is not None:
                whole_s = len(read_wave(clip)) / SAMPLE_RATE_HZ
                start_s = max(0.0, round((whole_s - length_s) / 2, 2))
            found.append(self.hear(clip, start_s=start_s, length_s=length_s))
        return found


@lru_cache(maxsize=1)
def ears() -> Ears:
    """One for all measures of a run."""
    return Ears()
