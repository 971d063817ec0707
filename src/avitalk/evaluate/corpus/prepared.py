"""Prepared corpora (`clips.jsonl`, `audio/`, perhaps `tracks.npz`) -> Takes with their truth."""

import json
from collections import defaultdict
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from avitalk.audio import MOTION_FPS
from avitalk.data.clips import Clip, PhoneTime
from avitalk.data.facegood import read_facegood
from avitalk.data.german import phones_from_labels
from avitalk.data.instructions.ravdess import label
from avitalk.data.tracks import Track, neutral_contour, read_tracks
from avitalk.errors import InputError
from avitalk.evaluate.corpus.lips import contour_of, filmed_contour
from avitalk.evaluate.corpus.take import Take, Truth
from avitalk.types import Motion

FRAME_S: Final = 0.01
STRETCH_S: Final = 10.0
"""Recordings with a true face that are longer are measured in stretches of about this length."""
IN_SYNC: Final = frozenset({"grid_s1", "facegood"})
"""Corpora whose sound and picture were found to be in sync."""


def takes(folder: Path) -> tuple[list[Take], list[str]]:
    """All takes, and notes for the table. Raises InputError for a listing that is none."""
    name = folder.resolve().name
    rows = [json.loads(line) for line in (folder / "clips.jsonl").read_text("utf-8").splitlines()]
    rows = [row for row in rows if "audio" in row]
    if not rows:
        raise InputError(f"{folder}: its clips have no sound; suites that hear need recordings")
    if name == "facegood":
        return _animated(folder, rows), ["mouth animated by artists; windows of about 10 s"]
    if (folder / "tracks.npz").is_file():
        notes = [] if name in IN_SYNC else ["sync of the films is not known: one offset a clip"]
        return _filmed(folder, name, rows), notes
    return [_heard(folder, name, row) for row in rows], []


def _heard(folder: Path, name: str, row: dict[str, Any]) -> Take:
    """A recording without a face."""
    audio = folder / row["audio"]
    emotion, intensity = row.get("emotion"), row.get("intensity")
    if name == "ravdess":
        acted = label(audio)
        emotion, intensity = acted.emotion, acted.intensity
    speaker = str(row.get("speaker", row.get("actor", row["id"])))
    language = "de" if name == "emodb" else str(row.get("language", "en"))
    text = row.get("text")
    words = None if text is None else str(text).lower()
    clip = Clip(name, row["id"], speaker, str(audio), words, _phones(row, audio), language)
    return Take(clip, emotion=emotion, intensity=intensity)


def _phones(row: dict[str, Any], audio: Path) -> tuple[PhoneTime, ...] | None:
    if row.get("phone_labels"):
        return phones_from_labels(row["phone_labels"], soundfile.info(audio).duration)
    words = row.get("words")
    if not words or not isinstance(words[0], dict) or "phones" not in words[0]:
        return None
    return tuple(
        PhoneTime(phone, round(start * FRAME_S, 3), round((start + frames) * FRAME_S, 3))
        for word in words
        for phone, start, frames in word["phones"]
    )


def _filmed(folder: Path, name: str, rows: list[dict[str, Any]]) -> list[Take]:
    film = cache(lambda: _Film(folder, rows))
    found = []
    for row in rows:
        said = [w["word"] for w in row.get("words", ()) if w["word"] not in ("sil", "sp")]
        text = " ".join("zed" if word == "z" else word for word in said) or None
        speaker = str(row.get("speaker", row["id"]))
        clip = Clip(name, row["id"], speaker, str(folder / row["audio"]), text)
        face = partial(_shown, film, clip)
        found.append(Take(clip, face, emotion=row.get("emotion"), in_sync=name in IN_SYNC))
    return found


class _Film:
    """All tracks of a folder, and each speaker's closed lips."""

    def __init__(self, folder: Path, rows: list[dict[str, Any]]) -> None:
        self.tracks = {track.clip_id: track for track in read_tracks(folder)}
        by_speaker: dict[str, list[Track]] = defaultdict(list)
        for row in rows:
            by_speaker[str(row.get("speaker", row["id"]))].append(self.tracks[row["id"]])
        self.neutral = {name: neutral_contour(found) for name, found in by_speaker.items()}


def _shown(film: Callable[[], _Film], clip: Clip) -> Truth:
    track = film().tracks[clip.id]
    heard_s, seen_s = soundfile.info(clip.audio).duration, len(track.contour) / track.fps
    frames = int(min(heard_s, seen_s) * MOTION_FPS)
    return Truth(filmed_contour(track, film().neutral[clip.speaker], frames), "filmed")


def _animated(folder: Path, rows: list[dict[str, Any]]) -> list[Take]:
    motions = cache(
        lambda: {clip.clip_id: clip.motion.resample(MOTION_FPS) for clip in read_facegood(folder)}
    )
    found = []
    for row in rows:
        audio = folder / row["audio"]
        seen_s = row["frames"] / row["fps"]
        length = int(min(seen_s, soundfile.info(audio).duration) * MOTION_FPS)
        for number, part in enumerate(_stretches(length)):
            first, last = int(part[0]), int(part[-1]) + 1
            clip = Clip("facegood", f"{row['id']}-{number:02d}", row["speaker"], str(audio), None,
                        None, "zh")  # fmt: skip
            face = partial(_played, motions, row["id"], slice(first, last))
            found.append(Take(clip, face, first / MOTION_FPS, last / MOTION_FPS))
    return found


def _played(motions: Callable[[], dict[str, Motion]], name: str, frames: slice) -> Truth:
    return Truth(contour_of(motions()[name])[frames], "animated")


def _stretches(frames: int) -> list[NDArray[np.int64]]:
    count = max(1, round(frames / (STRETCH_S * MOTION_FPS)))
    return np.array_split(np.arange(frames), count)
