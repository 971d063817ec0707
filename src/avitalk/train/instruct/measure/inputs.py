"""What the measures are made from: windows as they were spoken, what was acted, folds of models.

A folder of folds holds one folder for each left-out speaker, and `all`, with a Q-Former and a
projection in each.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.data.instructions import ravdess
from avitalk.data.instructions.corpus import Instructed
from avitalk.data.instructions.labels import Labelled
from avitalk.errors import InputError
from avitalk.instruct.ear import COLUMNS
from avitalk.instruct.parts import EAR, PROJECTION
from avitalk.instruct.projection import Projection
from avitalk.instruct.qformer import QFormer, QFormerConfig
from avitalk.train.instruct.hearing import Heard

EMOTIONS: Final = QFormerConfig().emotions
EVERYBODY: Final = "all"

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of recordings as they were spoken, n of them, in the order of the recordings."""

    values: Floats
    """(n, S) statistics of the affect ear."""
    clip: Ints
    """(n,) number of the recording."""
    length_s: Floats
    """(n,) seconds."""
    loudness: Floats
    """(n,) mean dB against full scale."""
    emotions: tuple[str, ...]
    """(clips,) what was acted."""
    speakers: tuple[str, ...]
    """(clips,) who speaks."""

    @cached_property
    def speaker(self) -> NDArray[np.str_]:
        """(n,) who speaks in each window."""
        return np.array(self.speakers)[self.clip]

    @cached_property
    def first(self) -> Ints:
        """(clips,) the first window of each recording."""
        return np.unique(self.clip, return_index=True)[1]

    def truth(self, names: Sequence[str] = EMOTIONS) -> Ints:
        """(n,) index among `names` of what was acted; -1 where it is none of them."""
        known = {name: i for i, name in enumerate(names)}
        return np.array([known.get(self.emotions[clip], -1) for clip in self.clip])

    def features(self) -> dict[str, NDArray[np.float64]]:
        """(n, 1..18) what simple listeners go by."""
        pitch = self.values[:, COLUMNS["pitch"]]
        loud = self.values[:, COLUMNS["loudness"]]
        level = self.loudness[:, None]
        rows = {
            "length only": self.length_s[:, None],
            "mean loudness and mean pitch": np.hstack([level, pitch[:, :1]]),
            "loudness and pitch, means and spreads": np.hstack([level, loud[:, 1:2], pitch[:, :2]]),
            "loudness and pitch, all 18 statistics": np.hstack([level, loud, pitch]),
        }
        return {name: np.asarray(values, np.float64) for name, values in rows.items()}


def windows_of(heard: Heard, emotions: Sequence[str], speakers: Sequence[str]) -> Windows:
    """The windows of the recordings themselves. Raises InputError if their number differs."""
    if not len(heard.summary) == len(emotions) == len(speakers):
        raise InputError(f"{len(emotions)} recordings, but {len(heard.summary)} were heard")
    rows = np.flatnonzero(heard.variant == 0)
    return Windows(
        heard.values[rows], heard.clip[rows], heard.length_s[rows], heard.loudness[rows],
        tuple(emotions), tuple(speakers),
    )  # fmt: skip


def emodb_windows(heard: Heard, rows: Sequence[Instructed]) -> Windows:
    """EmoDB, labelled by its instructions."""
    return windows_of(heard, [row.facts.emotion for row in rows], [row.speaker for row in rows])


def ravdess_clips(prepared: Path) -> list[Labelled]:
    """RAVDESS in the order of the prepared folder's `clips.jsonl`, in which it was heard."""
    lines = (prepared / "clips.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [ravdess.label(prepared / str(row["audio"])) for row in rows]


def speakers_in(folds: Path) -> list[str]:
    """Speakers who were left out of a model there. Raises InputError if there are none."""
    if not folds.is_dir():
        raise InputError(f"{folds}: not a folder of folds")
    found = [p.name for p in sorted(folds.iterdir()) if p.name.isdigit() and (p / EAR).is_file()]
    if not found:
        raise InputError(f"{folds}: no folder of a left-out speaker with {EAR}")
    return found


def former_of(folds: Path, name: str) -> QFormer:
    """The Q-Former that never heard speaker `name`."""
    return QFormer.load(folds / name / EAR)


def projection_of(folds: Path, name: str) -> Projection:
    """The projection that goes with it."""
    return Projection.load(folds / name / PROJECTION)
