"""Heard: a recording as the Animator hears it, kept so that performing it again costs little."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avitalk.data.transcript import align_text
from avitalk.errors import InputError
from avitalk.speech.phones import PhoneSegment, phone_segments
from avitalk.speech.prosody import prosody_of, voice_and_loudness
from avitalk.talker import sharpened
from avitalk.types import Motion, Speech, SpeechFeatures

Floats = NDArray[np.float64]


class Talks(Protocol):
    """Features in, the talking mouth out; `avitalk.talker.Talker` is one."""

    def animate(self, features: SpeechFeatures, style: str | None = None) -> Motion:
        """Jaw, lips and tongue, in the way of a speaker."""
        ...


@dataclass(frozen=True, slots=True)
class Mouth:
    """A talking mouth, and what it says."""

    motion: Motion
    """Jaw, lips and tongue, 50 Hz."""
    phones: tuple[PhoneSegment, ...]
    """What was heard, or with a transcript what was said, in order of time."""
    notes: tuple[str, ...] = ()
    """What did not go as asked, for people."""


@dataclass(eq=False)
class Heard:
    """One recording; each part is found when it is first needed."""

    speech: Speech
    features: SpeechFeatures
    """Of the speech encoder, 50 Hz."""
    _mouths: dict[tuple[str | None, str | None], Mouth] = field(default_factory=dict)

    @cached_property
    def prosody(self) -> NDArray[np.float32]:
        """(F, 6) of `avitalk.speech.prosody`, 50 Hz."""
        return prosody_of(self.speech)

    @cached_property
    def voice(self) -> tuple[Floats, Floats]:
        """(F,) voice activity and (F,) loudness, 50 Hz."""
        return voice_and_loudness(self.speech, self.features)

    def mouth(self, talker: Talks, text: str | None, speaker: str | None) -> Mouth:
        """The mouth in the way of a speaker, its closures sharpened where `text` fits the voice."""
        found = self._mouths.get((text, speaker))
        if found is None:
            found = self._mouths[text, speaker] = self._spoken(talker, text, speaker)
        return found

    def _spoken(self, talker: Talks, text: str | None, speaker: str | None) -> Mouth:
        motion = talker.animate(self.features, speaker)
        phones = tuple(phone_segments(self.features))
        if text is None:
            return Mouth(motion, phones)
        try:
            said = align_text(self.speech, text, self.features)
        except InputError as error:
            return Mouth(motion, phones, (f"{error}; the transcript is left aside",))
        return Mouth(sharpened(motion, said), said)
