"""Spoken mouths that performances are built over: lips and prosody at 50 Hz, and how they are kept.

What is kept is one .npz: all clips one after another, lips as the talker's 17 shapes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.files import atomic_path

PARTS: Final = ("train", "validation", "test")


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """One stretch of speech; frame i is at time i / 50."""

    clip_id: str
    source: str
    """'grid' or 'facegood'."""
    part: str
    """Of PARTS: the project's split, by sentence."""
    lips: NDArray[np.float32]
    """(T, 52) weights of the mouth as spoken; other columns zero."""
    prosody: NDArray[np.float32]
    """(T, 6) of `avitalk.speech.prosody` on the very audio."""


def write_spoken(path: Path, clips: Sequence[Spoken]) -> None:
    """Write clips, atomically. Raises InputError if there are none."""
    if not clips:
        raise InputError("no spoken clips to write")
    columns = np.flatnonzero(np.any([clip.lips.any(axis=0) for clip in clips], axis=0))
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            clip_id=np.array([clip.clip_id for clip in clips]),
            source=np.array([clip.source for clip in clips]),
            part=np.array([clip.part for clip in clips]),
            frames=np.array([len(clip.lips) for clip in clips]),
            columns=columns,
            lips=np.concatenate([clip.lips[:, columns] for clip in clips]).astype(np.float16),
            prosody=np.concatenate([clip.prosody for clip in clips]).astype(np.float16),
        )


def read_spoken(path: Path, part: str | None = None) -> list[Spoken]:
    """Clips that `write_spoken` wrote, all or those of one part.

    Raises InputError for an unknown part, a missing file, or one that holds something else.
    """
    if part not in (None, *PARTS):
        raise InputError(f"unknown part '{part}'; available: {', '.join(PARTS)}")
    if not path.is_file():
        raise InputError(
            f"{path}: not found; `python -m avitalk.train.style.prepare` writes such a file"
        )
    with np.load(path) as stored:
        missing = {"clip_id", "source", "part", "frames", "columns", "lips", "prosody"} - set(
            stored.files
        )
        if missing:
            raise InputError(f"{path}: no file of spoken clips: '{min(missing)}' is missing")
        kept = {name: stored[name] for name in stored.files}
    lips = np.zeros((len(kept["lips"]), 52), np.float32)
    lips[:, kept["columns"]] = kept["lips"]
    prosody = kept["prosody"].astype(np.float32)
    ends = np.cumsum(kept["frames"])
    return [
        Spoken(str(name), str(source), str(of), lips[end - length : end],
               prosody[end - length : end])
        for name, source, of, length, end in zip(
            kept["clip_id"], kept["source"], kept["part"], kept["frames"], ends, strict=True)
        if part in (None, of)
    ]  # fmt: skip
