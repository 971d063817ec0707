"""A file that shows a face in motion comes in, by its name; the Motion goes out.

Motion files and Live Link captures are read as they are, videos through `avitalk.track`.
"""

import importlib.util
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from avitalk.arkit import INDEX
from avitalk.errors import InputError
from avitalk.export import EXPORTERS, read_motion, sha256_of
from avitalk.types import Motion, Source

if TYPE_CHECKING:
    from avitalk.track import Landmarks
    from avitalk.track.landmarker import Looks

VIDEOS: Final = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg")
CAPTURES: Final = (".csv",)
WORN: Final = [
    INDEX[f"mouth{way}{side}"] for way in ("Smile", "Frown") for side in ("Left", "Right")
]
"""Shapes that no face has at rest, and whose scores are near zero there."""
MOTIONS: Final = (*(exporter.suffix for exporter in EXPORTERS.values()), ".vrm")


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """A face in motion, and where it is from."""

    motion: Motion
    """As stated in the file, or as tracked."""
    filmed: bool
    """Whether head and eyes are stated against a camera that stood anywhere."""
    source: Source
    """The file."""


def read_footage(path: Path | str, landmarker: "Looks | None" = None) -> Footage:
    """Read a `.motion.npz`, a Live Link `.csv`, a `.glb`, a `.usdz`, or track a video.

    landmarker: what looks at videos; None opens the one that `find_model` finds.

    Raises InputError for other files and damaged ones, and for videos if tracking lacks its extra
    or its model.
    """
    path = Path(path)
    name = path.name.lower()
    if name.endswith(VIDEOS):
        motion = _tracked(path, landmarker)
    elif name.endswith(MOTIONS):
        motion = read_motion(path)
    else:
        allowed = ", ".join((*MOTIONS, *VIDEOS))
        raise InputError(f"{path}: neither motion nor video; available: {allowed}")
    filmed = name.endswith((*VIDEOS, *CAPTURES))
    return Footage(motion, filmed, Source(path.name, sha256_of(path)))


def _tracked(path: Path, landmarker: "Looks | None") -> Motion:
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if landmarker is None and importlib.util.find_spec("mediapipe") is None:
        raise InputError(f"{path}: videos need MediaPipe: pip install 'avitalk[track]'")
    from avitalk.track import Landmarker, track, video_landmarks  # noqa: PLC0415  (an extra)

    try:
        with Landmarker() if landmarker is None else nullcontext(landmarker) as looks:
            landmarks = video_landmarks(path, looks)
        return worn(track(landmarks).motion, landmarks)
    except InputError as error:
        said = str(error)
        raise InputError(said if path.name in said else f"{path}: {said}") from error


def worn(motion: Motion, landmarks: "Landmarks") -> Motion:
    """The motion with a smile or frown that lasts all through a clip.

    Tracking takes what a face does most of the time for its rest; the landmarker's scores, which
    know no person, say where that cannot be.
    """
    if landmarks.scores is None:
        return motion
    scored = np.median(landmarks.scores[landmarks.found][:, WORN], axis=0)
    weights = np.array(motion.weights)
    weights[:, WORN] += np.maximum(scored - np.median(weights[:, WORN], axis=0), 0)
    return motion.with_weights(weights)
