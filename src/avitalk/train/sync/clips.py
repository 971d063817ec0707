"""Corpora -> recordings with the lips that go with them, in mm on the default head at any time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from avitalk.data.clips import Clip
from avitalk.data.facegood import read_facegood
from avitalk.data.prepared import read_prepared
from avitalk.data.split import Part, part_of
from avitalk.data.tracks import Track, neutral_contour, read_tracks, smoothed
from avitalk.evaluate.sync_expert.lips import contour_of, default_basis
from avitalk.evaluate.sync_expert.network import FPS
from avitalk.types.frames import between_frames

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Spoken:
    """One recording and its lips."""

    corpus: str
    clip_id: str
    wave: NDArray[np.float32]
    """(N,) at 16 kHz."""
    contour: Array
    """(F, 45, 3) mm from closed lips on the default head; frame i is at time (i + 0.5) / fps."""
    fps: float

    def lips(self, factor: float = 1.0, late_s: float = 0.0) -> Array:
        """(G, 45, 3) at 25 fps when played `factor` times as fast and read `late_s` later."""
        frames = int(len(self.contour) / self.fps / factor * FPS)
        times = (np.arange(frames) + 0.5) / FPS * factor + late_s
        return between_frames(self.contour, times * self.fps - 0.5)


def filmed(data: Path, corpus: str, part: Part | None) -> Iterator[Spoken]:
    """Clips of a prepared corpus with face tracks; in the wild, each clip is its own speaker.

    Raises InputError if the folder holds no tracks.
    """
    tracks = {track.clip_id: track for track in read_tracks(data / corpus)}
    shared = None if corpus == "wild_dev" else neutral_contour(list(tracks.values()))
    for clip in _chosen(read_prepared(data, corpus), part):
        yield _filmed(clip, tracks[clip.id], shared)


def _filmed(clip: Clip, track: Track, shared: Array | None) -> Spoken:
    neutral = neutral_contour([track]) if shared is None else shared
    scale = default_basis().width_mm / float(np.linalg.norm(neutral[32] - neutral[22]))
    contour = (smoothed(track.contour) - neutral) * scale
    return Spoken(clip.corpus, clip.id, _wave(clip.audio), contour, track.fps)


def animated(data: Path, part: Part | None) -> Iterator[Spoken]:
    """FACEGOOD's clips, at their own 30 frames a second."""
    folder = data / "facegood"
    motions = {clip.clip_id: clip.motion for clip in read_facegood(folder)}
    clips = [
        Clip("facegood", name, "shirley", str(folder / "audio" / f"{name}.ogg"), language="zh")
        for name in motions
    ]
    for clip in _chosen(clips, part):
        motion = motions[clip.id]
        yield Spoken("facegood", clip.id, _wave(clip.audio), contour_of(motion, 30.0), 30.0)


def _chosen(clips: Sequence[Clip], part: Part | None) -> list[Clip]:
    return [c for c in clips if part in (None, part_of(c.corpus, c.speaker, c.id))]


def _wave(path: str) -> NDArray[np.float32]:
    wave, _ = soundfile.read(path, dtype="float32")
    return np.asarray(wave, np.float32)
