"""Heard: a recording as the Animator hears it, kept so that performing it again costs little."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avitalk.data.align import Aligner
from avitalk.data.transcript import Word, align_text, word_times
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
class Said:
    """What is said in a recording."""

    phones: tuple[PhoneSegment, ...]
    """What was heard, or with a transcript what was said, in order of time."""
    words: tuple[Word, ...] = ()
    """When each word of a transcript that fits is said; () where that is not known."""
    aligned: bool = False
    """Whether the phones are those of a transcript."""
    notes: tuple[str, ...] = ()
    """What did not go as asked, for people."""


@dataclass(eq=False)
class Heard:
    """One recording; each part is found when it is first needed."""

    speech: Speech
    features: SpeechFeatures
    """Of the speech encoder, 50 Hz."""
    _said: dict[str | None, Said] = field(default_factory=dict)
    _mouths: dict[tuple[str | None, str | None], Motion] = field(default_factory=dict)

    @cached_property
    def prosody(self) -> NDArray[np.float32]:
        """(F, 6) of `avitalk.speech.prosody`, 50 Hz."""
        return prosody_of(self.speech)

    @cached_property
    def voice(self) -> tuple[Floats, Floats]:
        """(F,) voice activity and (F,) loudness, 50 Hz."""
        return voice_and_loudness(self.speech, self.features)

    def said(self, text: str | None = None) -> Said:
        """What is said; `text`, where it is known, is laid along the voice. One that does not fit
        is told in `notes` and left aside.
        """
        found = self._said.get(text)
        if found is None:
            found = self._said[text] = self._phones() if text is None else self._aligned(text)
        return found

    def mouth(self, talker: Talks, text: str | None, speaker: str | None) -> Motion:
        """The talking mouth in the way of a speaker, its closures sharpened where `text` fits."""
        found = self._mouths.get((text, speaker))
        if found is None:
            said = self.said(text)
            found = talker.animate(self.features, speaker)
            if said.aligned:
                found = sharpened(found, said.phones)
            self._mouths[text, speaker] = found
        return found

    def _phones(self) -> Said:
        return Said(tuple(phone_segments(self.features)))

    def _aligned(self, text: str) -> Said:
        try:
            aligner = Aligner()
            phones = align_text(self.speech, text, self.features, aligner)
        except InputError as error:
            notes = (f"{error}; the transcript is left aside",)
            return Said(self.said().phones, notes=notes)
        return Said(phones, word_times(text, phones, aligner), aligned=True)
