"""What is measured on: a recording, what is known of it, and its true face where there is one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk import audio
from avitalk.data.clips import Clip, PhoneTime
from avitalk.data.tracks import lip_gap
from avitalk.types import Motion, Speech

Array = NDArray[np.float64]

CLOSED_MM: Final = 0.967
"""Inner lips of the default head nearer than this are closed: 8 % of the 95th percentile of
GRID's openings, see docs/results/lips.md."""


@dataclass(frozen=True, eq=False)
class Truth:
    """A face as filmed, captured or animated, at 50 Hz; frame i is at time i / 50 s."""

    contour_mm: Array
    """(F, 45, 3) lips as displacements from the speaker's closed lips, on the default head."""
    kind: str
    """'filmed', 'animated' or 'captured'."""
    motion: Motion | None = None
    """The whole face at 50 Hz, where more than lips is known."""

    @property
    def gap_mm(self) -> Array:
        """(F,) opening of the inner lips."""
        return lip_gap(self.contour_mm)


@dataclass(frozen=True, eq=False)
class Take:
    """One recording, or a stretch of one."""

    clip: Clip
    """Corpus, name, speaker, path, words and phone times, as far as known; times from the start of
    the stretch."""
    face: Callable[[], Truth] | None = None
    """Makes the true face when it is asked for; None where nobody filmed it."""
    start_s: float = 0.0
    end_s: float | None = None
    """Stretch of the file; None is its end."""
    emotion: str | None = None
    """What was acted, where the corpus says."""
    intensity: str | None = None
    in_sync: bool = True
    """False where sound and picture may be apart: one offset a clip is then looked for."""

    @property
    def id(self) -> str:
        """Unique within its corpus, and a file name."""
        return self.clip.id

    @property
    def speech(self) -> Speech:
        """The sound, read anew each time: a corpus need not fit into memory."""
        whole = audio.load(Path(self.clip.audio))
        if self.start_s == 0 and self.end_s is None:
            return whole
        rate = whole.rate_hz
        last = None if self.end_s is None else round(self.end_s * rate)
        return Speech(whole.samples[round(self.start_s * rate) : last], rate, whole.source)

    @cached_property
    def truth(self) -> Truth | None:
        """The true face."""
        return None if self.face is None else self.face()

    def spans(self, phones: frozenset[str]) -> list[tuple[float, float]]:
        """When one of the phones is said, in seconds; none where phones are not known."""
        return [(p.start_s, p.end_s) for p in self.clip.phones or () if p.phone in phones]

    @property
    def said(self) -> tuple[PhoneTime, ...]:
        """Phones that are no silence."""
        return tuple(p for p in self.clip.phones or () if p.phone != "SIL")


@dataclass(frozen=True, eq=False)
class Corpus:
    """Takes of one folder."""

    name: str
    folder: Path
    part: str
    """'test', 'validation', 'train' of the project's split, or 'all'."""
    takes: tuple[Take, ...]
    notes: tuple[str, ...] = ()
    """What the reader of a table has to know of it."""

    @property
    def speakers(self) -> int:
        """How many people speak."""
        return len({take.clip.speaker for take in self.takes})
