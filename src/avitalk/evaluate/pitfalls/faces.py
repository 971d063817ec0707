"""GRID's prepared folder -> filmed faces in mm with their sound, by part of the split."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import load
from avitalk.data.split import Part, part_of
from avitalk.data.tracks import CONTOUR, FaceTrack, lip_gap, read_faces
from avitalk.errors import InputError
from avitalk.evaluate.metrics.lips import Span

Array = NDArray[np.float64]
CORPUS: Final = "grid_s1"
BROWS: Final = (46, 52, 53, 55, 63, 65, 66, 70, 105, 107,
                276, 282, 283, 285, 293, 295, 296, 300, 334, 336)  # fmt: skip
LIDS: Final = (157, 158, 159, 160, 161, 384, 385, 386, 387, 388)
NOSE: Final = (1, 2, 4, 97, 98, 326, 327)
POINTS: Final = (*CONTOUR, *BROWS, *LIDS, *NOSE)
MOUTH: Final = np.arange(len(CONTOUR))
"""Rows of POINTS that are the lips' contour and the chin."""
LIPS: Final = MOUTH[:-1]
UPPER: Final = np.arange(len(CONTOUR), len(CONTOUR) + len(BROWS) + len(LIDS))
UPPER_AND_NOSE: Final = np.arange(len(CONTOUR), len(POINTS))
BEFORE_S, AFTER_S = 0.06, 0.08
"""A word's first p or b is looked for from so much before its start to so much after."""


@dataclass(frozen=True, slots=True)
class Take:
    """One clip: what was filmed and heard."""

    clip_id: str
    fps: float
    face: Array
    """(F, P, 3) mm, in the order of POINTS."""
    samples: NDArray[np.float32]
    """(N,) at 16 kHz."""
    silences: tuple[Span, ...]
    """Where no word is said."""
    bilabials: tuple[Span, ...]
    """Around the starts of words that begin with p or b."""


def gap_of(face: Array) -> Array:
    """(..., F, P, 3) -> (..., F) opening of the inner lips, mm."""
    return lip_gap(face[..., MOUTH, :])


def read_takes(data: Path, most: Mapping[Part, int]) -> dict[Part, list[Take]]:
    """`most` clips of each part at even steps, or all there are, without those in which the tracker
    lost the face. Raises InputError if the folder is missing.
    """
    folder = data / CORPUS
    listing = folder / "clips.jsonl"
    if not listing.is_file():
        raise InputError(f"{listing}: not found; --data is the folder that holds {CORPUS}")
    rows = {row["id"]: row for row in map(json.loads, listing.read_text().splitlines())}
    parts = {key: part_of(CORPUS, row["speaker"], key) for key, row in rows.items()}
    chosen: set[str] = set()
    for part, count in most.items():
        ids = sorted(key for key, own in parts.items() if own == part)
        chosen |= set(ids[:: max(1, len(ids) // count)][:count])
    found: dict[Part, list[Take]] = {part: [] for part in most}
    for face in read_faces(folder, chosen):
        if not face.missing.any():
            found[parts[face.clip_id]].append(_take(face, rows[face.clip_id], folder))
    return found


def _take(face: FaceTrack, row: dict[str, Any], folder: Path) -> Take:
    place = {number: i for i, number in enumerate(face.index)}
    points = face.points[:, [place[number] for number in POINTS]] * 1e3
    silences, bilabials = [], []
    for word in row["words"]:
        start, end = word["start_s"], word["end_s"]
        if word["word"] in ("sil", "sp"):
            silences.append((start, min(end, (len(points) - 1) / face.fps)))
        elif word["word"][0] in "pb":
            bilabials.append((max(0.0, start - BEFORE_S), start + AFTER_S))
    samples = load(folder / row["audio"]).samples
    return Take(face.clip_id, face.fps, points, samples, tuple(silences), tuple(bilabials))
