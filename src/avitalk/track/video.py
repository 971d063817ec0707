"""Videos in, the landmarks of one face at a constant rate out."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.track.landmarker import Face, Looks
from avitalk.track.landmarks import Landmarks
from avitalk.track.mesh import POINTS

Array = NDArray[np.float64]

MOST_FPS: Final = 120.0
SAME_PLACE: Final = 0.6
"""A face is the same as in the frame before if it moved less than this share of its width."""
LONGEST_GAP_S: Final = 0.5
"""A face that was away for longer starts a new chain."""


@dataclass(frozen=True, slots=True)
class Filmed:
    """Frames of a video that has been looked through: who was where."""

    times_s: list[float]
    """Time of each frame from the first one."""
    faces: list[list[Face]]
    """Faces in each frame."""
    size: tuple[int, int]
    """Width and height as shown, in pixels."""


def read_frames(path: Path) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Time in seconds and picture (H, W, 3) of each frame, upright as the file asks for.

    Raises InputError if the file is missing, damaged, or has no video.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise InputError(f"{path}: has no video track")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            rate = float(stream.average_rate or 25)
            for count, frame in enumerate(container.decode(stream)):
                time_s = frame.time if frame.time is not None else count / rate
                picture = frame.to_ndarray(format="rgb24")
                turns = round(getattr(frame, "rotation", 0) / 90) % 4  # anticlockwise
                yield float(time_s), np.rot90(picture, turns)
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"{path}: not a readable video (damaged or of another kind)") from error


def at_rate(
    frames: Iterable[tuple[float, NDArray[np.uint8]]], fps: float, count: int
) -> Iterator[NDArray[np.uint8]]:
    """`count` pictures at `fps`: the last one whose time has come, as `video_landmarks` counts."""
    shown, first, given = None, 0.0, 0
    for time_s, picture in frames:
        if shown is None:
            first = time_s
        while shown is not None and given < count and given / fps + 0.1 / fps < time_s - first:
            yield shown
            given += 1
        shown = picture
    while shown is not None and given < count:
        yield shown
        given += 1


def look_through(
    path: Path, landmarker: Looks, progress: Callable[[int], None] | None = None
) -> Filmed:
    """Find the faces in every frame; `progress` takes the number of frames done.

    Raises InputError as `read_frames`, if there are no frames, or if their size changes.
    """
    times: list[float] = []
    faces: list[list[Face]] = []
    size = (0, 0)
    for time_s, picture in read_frames(path):
        shown = (picture.shape[1], picture.shape[0])
        if times and shown != size:
            raise InputError(f"{path}: picture size changes from {size} to {shown}")
        size = shown
        times.append(time_s)
        faces.append(landmarker.faces(picture))
        if progress is not None:
            progress(len(times))
    if not times:
        raise InputError(f"{path}: has no frames")
    return Filmed([time_s - times[0] for time_s in times], faces, size)


def choose_face(filmed: Filmed) -> list[Face | None]:
    """One face a frame, or None: the one that is largest for longest, then whoever fills gaps."""
    chains = sorted(_chains(filmed), key=lambda chain: -sum(face.width for face in chain.values()))
    chosen: list[Face | None] = [None] * len(filmed.faces)
    for chain in chains:
        if all(chosen[frame] is None for frame in chain):
            for frame, face in chain.items():
                chosen[frame] = face
    return chosen


def _chains(filmed: Filmed) -> list[dict[int, Face]]:
    """Faces followed from frame to frame by their place."""
    chains: list[dict[int, Face]] = []
    for frame, faces in enumerate(filmed.faces):
        taken: set[int] = set()
        for face in faces:
            best, least = None, SAME_PLACE * face.width
            for number, chain in enumerate(chains):
                last = next(reversed(chain))
                away_s = filmed.times_s[frame] - filmed.times_s[last]
                moved = float(np.linalg.norm(chain[last].middle - face.middle))
                if number not in taken and away_s <= LONGEST_GAP_S and moved < least:
                    best, least = number, moved
            if best is None:
                chains.append({frame: face})
                taken.add(len(chains) - 1)
            else:
                chains[best][frame] = face
                taken.add(best)
    return chains


def video_landmarks(
    path: Path | str,
    landmarker: Looks,
    *,
    fps: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> Landmarks:
    """Landmarks of the main face in a video, at `fps` or at the video's own average rate.

    Frames of a variable rate are brought to a constant one by straight lines in time. Raises
    InputError as `look_through` does, or if no frame shows a face.
    """
    path = Path(path)
    filmed = look_through(path, landmarker, progress)
    chosen = choose_face(filmed)
    if not any(chosen):
        raise InputError(f"{path}: no face found in {len(chosen)} frames")
    times = np.array(filmed.times_s)
    rate = _average_rate(times) if fps is None else fps
    if not (math.isfinite(rate) and 0 < rate <= MOST_FPS):
        raise InputError(f"{path}: {rate:g} frames a second; allowed: above 0 to {MOST_FPS:g}")
    found = np.array([face is not None for face in chosen])
    points = np.zeros((len(chosen), POINTS, 3), np.float32)
    scores = np.zeros((len(chosen), 52), np.float32)
    for frame, face in enumerate(chosen):
        if face is not None:
            points[frame], scores[frame] = face.points, face.scores
    count = max(1, math.floor(times[-1] * rate + 1e-6) + 1)
    at = np.arange(count) / rate
    low = np.clip(np.searchsorted(times, at + 0.1 / rate, side="right") - 1, 0, len(times) - 1)
    high = np.minimum(low + 1, len(times) - 1)
    span = np.maximum(times[high] - times[low], 1e-9)
    share = np.clip((at - times[low]) / span, 0, 1)
    share[np.abs(at - times[low]) < 0.1 / rate] = 0.0  # a constant rate: frames as they are
    share[~found[high]] = 0.0
    weight = share[:, None]
    return Landmarks(
        points=points[low] * (1 - weight[..., None]) + points[high] * weight[..., None],
        index=np.arange(POINTS),
        found=found[low],
        size=filmed.size,
        fps=rate,
        scores=scores[low] * (1 - weight) + scores[high] * weight,
        source=str(path),
        faces=max(len(faces) for faces in filmed.faces),
    )


def _average_rate(times: Array) -> float:
    """Frames a second; whole and NTSC rates are hit exactly."""
    if len(times) < 2:
        return 25.0
    rate = (len(times) - 1) / (times[-1] - times[0])
    for known in (24000 / 1001, 24, 25, 30000 / 1001, 30, 48, 50, 60000 / 1001, 60):
        if abs(rate / known - 1) < 5e-4:
            return float(known)
    return float(min(rate, MOST_FPS))


def joined_spans(missing: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(F,) -> [first, last] of each run of true frames."""
    at = np.flatnonzero(missing)
    breaks = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(at)) if b > a + 1), len(at)]
    return [(int(at[a]), int(at[b - 1])) for a, b in pairwise(breaks) if b > a]
