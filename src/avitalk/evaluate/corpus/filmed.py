"""Prepared face tracks (181 landmarks of MediaPipe over time) -> Landmarks of each clip."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, INDEX
from avitalk.data.split import part_of
from avitalk.errors import InputError
from avitalk.track import Landmarks

FOCAL_SHARES: Final = {"grid_s1": 2.0, "wild_dev": 2.5, "mead_style": 3.0}
"""Focal lengths taken, in longer sides of the picture: clips of three seconds tell too little."""


@dataclass(frozen=True, slots=True, eq=False)
class Filmed:
    """One clip of a corpus."""

    clip_id: str
    speaker: str
    part: str
    """train, validation or test, as everywhere in this program."""
    landmarks: Landmarks
    head_matrix: NDArray[np.float64]
    """(F, 3, 3) MediaPipe's own rotation of the face, scaled."""


def read_filmed(folder: Path) -> list[Filmed]:
    """All clips of a prepared folder with `tracks.npz`; InputError if there is none."""
    path = folder / "tracks.npz"
    if not path.is_file():
        raise InputError(f"{path}: not found")
    with np.load(path) as stored:
        points = np.cumsum(stored["landmark_delta_px16"].astype(np.int32), axis=0) / 16.0
        index, missing = stored["landmark_index"].astype(np.int64), stored["missing"]
        matrices = stored["head_matrix"][:, :3, :3].astype(np.float64)
        scores = np.zeros((len(points), len(ARKIT_52)))
        for column, name in enumerate(stored["blendshape_names"]):
            if str(name) in INDEX:
                scores[:, INDEX[str(name)]] = stored["blendshapes_u8"][:, column] / 255
    clips = []
    for line in (folder / "clips.jsonl").read_text().splitlines():
        row = json.loads(line)
        at = slice(row["first_frame"], row["first_frame"] + row["frames"])
        size = (row["width"], row["height"])
        landmarks = Landmarks(
            points[at], index, ~missing[at], size, float(row["fps"]), scores[at], row["id"]
        )
        speaker = str(row.get("speaker", row["id"]))
        part = part_of(folder.name, speaker, row["id"])
        clips.append(Filmed(row["id"], speaker, part, landmarks, matrices[at]))
    return clips


def focal_of(folder: Path, landmarks: Landmarks) -> float:
    """Focal length in pixels assumed for a corpus."""
    return FOCAL_SHARES.get(folder.name, 2.0) * max(landmarks.size)


def of_parts(clips: Iterable[Filmed], parts: Iterable[str]) -> list[Filmed]:
    """The clips of some parts."""
    wanted = set(parts)
    return [clip for clip in clips if clip.part in wanted]
