"""A recording's label, as the corpora of acted emotion state it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Labelled:
    """One recording and what was acted."""

    id: str
    audio: str
    """Path of the audio file."""
    speaker: str
    sex: str
    """'male' or 'female'."""
    emotion: str
    """A member of `avitalk.facs.table.EMOTIONS`."""
    intensity: str = ""
    """'normal' or 'strong' where the corpus states it."""
