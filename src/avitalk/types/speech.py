"""Speech (what was recorded) and SpeechFeatures (what the encoder heard in it)."""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from avitalk.errors import InputError
from avitalk.types._check import Array, frozen_array, set_field

HASHED_AT_ONCE: Final = 1 << 20  # samples: an hour is hashed in little memory


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """A voice recording ready for the models; make one with `avitalk.audio.load`.

    Raises InputError if the samples are not finite or not one channel.
    """

    samples: Array
    """(N,) float32, one channel, full scale is [-1, 1]."""
    rate_hz: int = 16_000
    """Samples a second; the models take 16 kHz."""
    source: str = "array"
    """Where it came from: a file name, or 'array'."""

    def __post_init__(self) -> None:
        set_field(self, "samples", frozen_array(self.samples, (None,), f"{self.source}: samples"))
        if self.rate_hz <= 0:
            raise InputError(f"{self.source}: sample rate {self.rate_hz} Hz must be positive")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz

    @property
    def sha256(self) -> str:
        """Hash of the samples rounded to 16 bit: ties an instruction to its audio."""
        digest = hashlib.sha256()
        for first in range(0, len(self.samples), HASHED_AT_ONCE):
            part = self.samples[first : first + HASHED_AT_ONCE]
            digest.update(np.clip(np.rint(part * 32767), -32768, 32767).astype("<i2").tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class SpeechFeatures:
    """Frame-wise content of speech, independent of level and, as far as trained, of speaker."""

    values: Array
    """(T, D) float32, features that the talker reads."""
    phone_log_probs: Array
    """(T, P) float32, natural-log phone posteriors, order of `avitalk.speech.phones.PHONES`."""
    rate_hz: float = 50.0
    """Frames a second; frame t is centred on time (t + 0.5) / rate_hz."""

    def __post_init__(self) -> None:
        set_field(self, "values", frozen_array(self.values, (None, None), "feature values"))
        shape = (len(self.values), None)
        set_field(self, "phone_log_probs", frozen_array(self.phone_log_probs, shape, "posteriors"))

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.values) / self.rate_hz
