"""Which clips train, validate and test, fixed by hashes of speakers or sentence names."""

import hashlib
from collections.abc import Iterable
from typing import Final, Literal

from avitalk.data.clips import Clip

Part = Literal["train", "validation", "test"]

BY_SENTENCE: Final = frozenset({"grid_s1", "kathleen", "facegood"})
"""Corpora of one speaker: their sentences are parted; in all others, the speakers."""

HELD: Final[dict[str, Part]] = {"facegood/3_15": "validation", "facegood/3_16": "test"}
"""Chosen by hand where a corpus has too few recordings for a hash."""

SYNTHETIC: Final = frozenset({"flite"})
"""No people: only ever trained on."""


def part_of(corpus: str, speaker: str, clip_id: str) -> Part:
    """12 % test, 5 % validation. The same for the encoder and the talker, so that no held-out
    sentence has been heard by either.
    """
    if corpus in SYNTHETIC:
        return "train"
    key = clip_id if corpus in BY_SENTENCE else speaker
    if f"{corpus}/{key}" in HELD:
        return HELD[f"{corpus}/{key}"]
    percent = int(hashlib.sha256(f"{corpus}/{key}".encode()).hexdigest()[:8], 16) % 100
    if percent < 12:
        return "test"
    return "validation" if percent < 17 else "train"


def select(clips: Iterable[Clip], part: Part) -> list[Clip]:
    """The clips of one part."""
    return [clip for clip in clips if part_of(clip.corpus, clip.speaker, clip.id) == part]
