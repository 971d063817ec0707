"""Instruction: what the face is about to do, in words over time."""

import itertools
import math
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

from avitalk.arkit import INDEX
from avitalk.errors import InputError
from avitalk.types._check import check_span, set_field
from avitalk.types.motion import MOTION_REGIONS
from avitalk.types.speech import Speech

AUTHORS: Final = ("model", "person")
MOST_TEXT: Final = 2000
"""Characters of one segment's text."""
TOUCH_S: Final = 0.0015
"""Times are kept to the millisecond; what rounding can do is no overlap and not outside."""
UNSURE: Final = 0.05
"""How far probabilities may be from 1 together: files round them."""
MOST_SEED: Final = 2**63 - 1
MOST_TAKE: Final = 999
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")

Shares = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of time and what the face does in it. Raises InputError on bad values.

    Times are rounded to the millisecond; white space within the text becomes single spaces.
    """

    start_s: float
    """Start in seconds."""
    end_s: float
    """End in seconds, after the start."""
    text: str
    """What the face does, in words."""
    author: str = "person"
    """Who wrote it: 'model' or 'person'."""
    strength: float = 1.0
    """How strongly, 0 to 2; 1 as written."""
    regions: Shares = ()
    """Strength of single regions against `strength`, 0 to 2: (('mouth', 0.5), ('head', 0)). Those
    not named have 1. Regions are `avitalk.types.motion.MOTION_REGIONS`."""
    features: Shares = ()
    """Single ARKit shapes held at a weight of 0 to 1, for example (('browInnerUp', 0.5),)."""
    emotion: Shares = ()
    """What the voice sounded like: (name, probability), together 1; () if nobody estimated it."""
    intensity: tuple[float, float] | None = None
    """How strong the emotion sounded, 0 to 1, and how sure that is, 0 to 1."""
    notes: tuple[str, ...] = field(default=(), compare=False)
    """Comments that people wrote beside it in a file: a line each, what follows the '#'."""
    take: int = 0
    """Which performance of the same words, 0 to 999: another one is drawn anew, the rest stays."""

    def __post_init__(self) -> None:
        set_field(self, "text", _words(self.text))
        set_field(self, "notes", _lines(self.notes))
        check_span(self.start_s, self.end_s, f"segment '{self.text}'")
        set_field(self, "start_s", round(float(self.start_s), 3))
        set_field(self, "end_s", round(float(self.end_s), 3))
        check_span(self.start_s, self.end_s, f"segment '{self.text}' in whole milliseconds")
        if not 0 <= self.take <= MOST_TAKE:
            raise InputError(f"take {self.take}; allowed: 0 to {MOST_TAKE}")
        if self.author not in AUTHORS:
            raise InputError(f"unknown author '{self.author}'; available: {', '.join(AUTHORS)}")
        if not 0 <= self.strength <= 2:
            raise InputError(f"segment strength {self.strength}; allowed: 0 to 2")
        check_shares(self.regions, "region", tuple(MOTION_REGIONS), most=2.0)
        check_shares(self.features, "shape", tuple(INDEX), most=1.0)
        check_shares(self.emotion, "emotion", None, most=1.0)
        total = sum(share for _, share in self.emotion)
        if self.emotion and abs(total - 1) > UNSURE:
            raise InputError(f"emotion probabilities add up to {total:.2f}; need 1")
        if self.intensity is not None and not all(0 <= part <= 1 for part in self.intensity):
            value, sure = self.intensity
            raise InputError(f"intensity {value} with confidence {sure}; allowed: 0 to 1 each")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s

    @property
    def likeliest(self) -> str | None:
        """The most probable emotion, None if nobody estimated it."""
        return max(self.emotion, key=lambda pair: pair[1])[0] if self.emotion else None

    def strength_of(self, region: str) -> float:
        """Strength in a region, 0 to 4: that of the segment times that of the region."""
        return self.strength * dict(self.regions).get(region, 1.0)


@dataclass(frozen=True, slots=True)
class Instruction:
    """Timed segments in order of their start, with the audio they were written for.

    What no segment covers is left neutral. Raises InputError if segments overlap, or end after
    the recording.
    """

    segments: tuple[Segment, ...] = ()
    """Segments, sorted by start, none before the end of the last."""
    seed: int = 0
    """Seed of everything drawn at random while writing and performing it."""
    audio_sha256: str = field(default="", kw_only=True)
    """`Speech.sha256` of the recording it was written for, or '' for any."""
    audio_name: str = field(default="", kw_only=True)
    """File name of that recording, '' if there is none."""
    duration_s: float | None = field(default=None, kw_only=True)
    """Length of that recording in seconds, None if it is for any."""
    edited: bool = field(default=False, kw_only=True)
    """Whether a person worked on the file it is from; such files are never replaced unasked."""
    notes: tuple[str, ...] = field(default=(), compare=False, kw_only=True)
    """Comments that people wrote around the segments: a line each, what follows the '#'."""

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.segments, key=lambda segment: segment.start_s))
        set_field(self, "segments", ordered)
        set_field(self, "audio_name", _UNPRINTABLE.sub("?", self.audio_name))
        set_field(self, "notes", _lines(self.notes))
        if not 0 <= self.seed <= MOST_SEED:
            raise InputError(f"seed {self.seed}; allowed: 0 to {MOST_SEED}")
        if self.duration_s is not None:
            if not (math.isfinite(self.duration_s) and self.duration_s > 0):
                raise InputError(f"duration {self.duration_s} s; need a positive number")
            set_field(self, "duration_s", max(round(float(self.duration_s), 3), 0.001))
        for before, after in itertools.pairwise(ordered):
            if after.start_s < before.end_s:
                raise InputError(f"{_span(after)} begins before {_span(before)} ends")
        if ordered and self.duration_s is not None and ordered[-1].end_s > self.duration_s:
            if ordered[-1].end_s > self.duration_s + TOUCH_S:
                raise InputError(f"{_span(ordered[-1])} ends after {self.duration_s:g} s of sound")
            last = replace(ordered[-1], end_s=self.duration_s)
            set_field(self, "segments", (*ordered[:-1], last))

    @classmethod
    def about(cls, speech: Speech, segments: tuple[Segment, ...] = (), *, seed: int = 0) -> Self:
        """Segments tied to a recording. Raises InputError as the class does."""
        return cls(
            segments,
            seed,
            audio_sha256=speech.sha256,
            audio_name=Path(speech.source).name,
            duration_s=speech.duration_s,
        )

    @classmethod
    def typed(cls, text: str, speech: Speech, *, seed: int = 0) -> Self:
        """Words of a person for the whole recording."""
        end_s = max(round(speech.duration_s, 3), 0.001)
        return cls.about(speech, (Segment(0.0, end_s, text),), seed=seed)

    def fitted(self, speech: Speech) -> "Instruction":
        """The same for another recording: cut off at its end, and tied to it."""
        end_s = max(round(speech.duration_s, 3), 0.001)
        inside = tuple(
            replace(segment, end_s=min(segment.end_s, end_s))
            for segment in self.segments
            if segment.start_s < end_s
        )
        about = Instruction.about(speech, inside, seed=self.seed)
        return replace(about, edited=self.edited, notes=self.notes)


def check_shares(shares: Shares, what: str, known: tuple[str, ...] | None, most: float) -> None:
    """Raise InputError unless names are known and given once, and numbers are 0 to `most`."""
    seen: set[str] = set()
    for name, value in shares:
        if not name or (known is not None and name not in known):
            raise InputError(f"unknown {what} '{name}'; available: {', '.join(known or ('any',))}")
        if name in seen:
            raise InputError(f"{what} '{name}' given twice")
        seen.add(name)
        if not 0 <= value <= most:
            raise InputError(f"{what} '{name}' at {value}; allowed: 0 to {most:g}")


def _words(text: str) -> str:
    """The text in one line, checked."""
    words = " ".join(text.split())
    if not words:
        raise InputError("segment without text; say what the face does, or 'neutral'")
    if len(words) > MOST_TEXT:
        raise InputError(f"segment text of {len(words)} characters; at most {MOST_TEXT}")
    found = _UNPRINTABLE.search(words)
    if found:
        raise InputError(f"segment text holds the control character {found.group()!r}")
    return words


def _lines(notes: tuple[str, ...]) -> tuple[str, ...]:
    cleaned = (_UNPRINTABLE.sub(" ", note).rstrip() for note in notes)
    return tuple(note for note in cleaned if note)


def _span(segment: Segment) -> str:
    return f"segment '{segment.text[:40]}' ({segment.start_s:.3f} to {segment.end_s:.3f} s)"
