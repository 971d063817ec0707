"""Acted sequences: what `Sequence25` holds, with plain lips and the voice; one .npz <-> a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.files import atomic_path
from avitalk.train.zoo.sequences import Sequence25

_NAMES = ("name", "source", "speaker", "emotion", "upper", "actor")
_TRACKS = ("values", "weights", "lips", "voice")


@dataclass(frozen=True, slots=True, eq=False)
class Acted(Sequence25):
    """Speech whose emotion is known, under a face performed for it."""

    lips: NDArray[np.float16]
    """(F, 52) the mouth as it spoke, without the performance."""
    voice: NDArray[np.float16]
    """(F, E) how it sounded: `avitalk.zoo.emotalk.voice`."""
    actor: str
    """Whose voice it is."""


def write_acted(path: Path, found: Sequence[Acted]) -> None:
    """Write all to one .npz, atomically. Raises InputError if there are none."""
    if not found:
        raise InputError("no acted sequences to write")
    arrays: dict[str, Any] = {"frames": np.array([one.frames for one in found])}
    for name in _NAMES:
        arrays[name] = np.array([getattr(one, name) for one in found])
    for name in _TRACKS:
        arrays[name] = np.concatenate([getattr(one, name) for one in found])
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)


def read_acted(path: Path) -> list[Acted]:
    """What `write_acted` wrote. Raises InputError for a missing file or another kind."""
    if not path.is_file():
        raise InputError(f"{path}: not found; `python -m avitalk.train.zoo.acted` writes such")
    try:
        with np.load(path, allow_pickle=False) as stored:
            kept = {name: stored[name] for name in (*_NAMES, *_TRACKS, "frames")}
    except (KeyError, ValueError, OSError) as error:
        raise InputError(f"{path}: not a file of acted sequences ({error})") from error
    found = []
    ends = np.cumsum(kept["frames"]).tolist()
    for row, (last, frames) in enumerate(zip(ends, kept["frames"].tolist(), strict=True)):
        rows = slice(last - frames, last)
        name, source, speaker, emotion, upper, actor = (kept[key][row].item() for key in _NAMES)
        found.append(
            Acted(
                name, source, speaker, emotion, kept["values"][2 * rows.start : 2 * rows.stop],
                kept["weights"][rows], upper, kept["lips"][rows], kept["voice"][rows], actor,
            )
        )  # fmt: skip
    return found
