"""Face tracks (MediaPipe points over time) -> lip contours in metres, without the head's motion.

Points are symmetrised, so that what is learned from one face is not lopsided, and stated as
displacements from the speaker's own closed lips, so that lips of another shape can follow them.
"""

import json
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from avitalk.errors import InputError

Points = NDArray[np.float64]

# MediaPipe face mesh indices, each row from the subject's right corner of the mouth to the left.
INNER_UPPER: Final = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
INNER_LOWER: Final = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
OUTER_UPPER: Final = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
OUTER_LOWER: Final = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
CHIN: Final = 152
CONTOUR: Final = (*INNER_UPPER, *INNER_LOWER, *OUTER_UPPER, *OUTER_LOWER, CHIN)
"""Order of the 45 points used here: four rows of 11, then the chin."""
MIRROR: Final = (*(row * 11 + 10 - i for row in range(4) for i in range(11)), 44)
PUPILS: Final = (468, 473)
# Points that move with the skull: corners of the eyes, bridge of the nose, forehead, temples.
SKULL: Final = (33, 133, 362, 263, 168, 197, 195, 5, 10, 109, 338, 67, 297, 103, 332, 54, 284,
                127, 356, 234, 454)  # fmt: skip
IPD_M: Final = 0.063
MIDDLE: Final = (4, 5, 6)
"""Places in a row of 11 that make the middle of the lips."""


@dataclass(frozen=True, slots=True)
class Track:
    """Lips of one clip."""

    clip_id: str
    fps: float
    contour: Points
    """(F, 45, 3) metres, +X to the subject's left, +Y up, +Z to the front; frame i is at time
    (i + 0.5) / fps, the middle of its exposure."""
    missing: NDArray[np.bool_]
    """(F,) no face was found."""

    @property
    def gap_m(self) -> Points:
        """(F,) opening between the inner lips at the middle."""
        return lip_gap(self.contour)

    @property
    def width_m(self) -> Points:
        """(F,) distance between the outer corners of the mouth."""
        return lip_width(self.contour)


def lip_gap(contour: Points) -> Points:
    """(..., 45, 3) -> (...): vertical distance of the inner lips, mean over their middle."""
    upper, lower = contour[..., MIDDLE, 1], contour[..., [11 + i for i in MIDDLE], 1]
    return np.asarray((upper - lower).mean(axis=-1))


def lip_width(contour: Points) -> Points:
    """(..., 45, 3) -> (...): distance of the outer corners."""
    return np.asarray(np.linalg.norm(contour[..., 32, :] - contour[..., 22, :], axis=-1))


def _read_points(folder: Path) -> tuple[dict[int, int], Points, NDArray[np.bool_]]:
    path = folder / "tracks.npz"
    if not path.is_file():
        raise InputError(f"{path}: not found")
    with np.load(path) as stored:
        column = {int(index): i for i, index in enumerate(stored["landmark_index"])}
        points = np.cumsum(stored["landmark_delta_px16"].astype(np.int32), axis=0) / 16.0
        return column, points * np.array([1.0, -1.0, -1.0]), stored["missing"]


def _aligned_to(mean: Points, points: Points, skull: Sequence[int]) -> Points:
    """Rotate, scale and move each frame so that its skull points fit those of `mean`."""
    target = mean[skull] - mean[skull].mean(axis=0)
    centre = points[:, skull].mean(axis=1, keepdims=True)
    source = points[:, skull] - centre
    u, s, vt = np.linalg.svd(np.einsum("fpi,pj->fij", source, target))
    sign = np.sign(np.linalg.det(u @ vt))
    u[:, :, 2] *= sign[:, None]
    s[:, 2] *= sign
    scale = s.sum(axis=1) / np.square(source).sum(axis=(1, 2))
    moved = (points - centre) @ (u @ vt) * scale[:, None, None]
    return np.asarray(moved)


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """All tracked points of one clip, as they are: not symmetrised."""

    clip_id: str
    fps: float
    points: Points
    """(F, P, 3) metres, as in `Track`; the origin lies between the pupils."""
    index: tuple[int, ...]
    """(P,) MediaPipe's numbers of the points."""
    missing: NDArray[np.bool_]
    """(F,) no face was found."""


def read_faces(folder: Path, ids: Container[str] | None = None) -> list[FaceTrack]:
    """Clips of a prepared folder with `tracks.npz`, or those named; each clip is its own speaker's
    scale.
    """
    return list(_faces(folder, ids))


def _faces(folder: Path, ids: Container[str] | None) -> Iterator[FaceTrack]:
    column, points, missing = _read_points(folder)
    skull = [column[i] for i in SKULL]
    pupils = [column[i] for i in PUPILS]
    for line in (folder / "clips.jsonl").read_text().splitlines():
        row = json.loads(line)
        if ids is not None and row["id"] not in ids:
            continue
        rows = slice(row["first_frame"], row["first_frame"] + row["frames"])
        mean = points[rows].mean(axis=0)
        moved = _aligned_to(mean, points[rows], skull)
        eyes = np.linalg.norm(moved[:, pupils[0], :2] - moved[:, pupils[1], :2], axis=-1)
        upright = _upright(moved, skull, column) * (IPD_M / np.median(eyes))
        yield FaceTrack(row["id"], row["fps"], upright, tuple(column), missing[rows])


def read_tracks(folder: Path) -> list[Track]:
    """The lips of all clips of a prepared folder with `tracks.npz`."""
    tracks = []
    for face in _faces(folder, None):
        place = {number: i for i, number in enumerate(face.index)}
        contour = face.points[:, [place[i] for i in CONTOUR]]
        contour = (contour + contour[:, MIRROR] * np.array([-1.0, 1.0, 1.0])) / 2
        tracks.append(Track(face.clip_id, face.fps, contour, face.missing))
    return tracks


def _upright(moved: Points, skull: Sequence[int], column: dict[int, int]) -> Points:
    """Turn about z so that the eyes are level, and put the origin between the pupils."""
    pupils = moved[:, [column[i] for i in PUPILS]].mean(axis=0)
    across = pupils[1] - pupils[0]
    angle = -np.arctan2(across[1], across[0])
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray((moved - pupils.mean(axis=0)) @ turn.T)


def neutral_contour(tracks: Sequence[Track]) -> Points:
    """(45, 3) the speaker's closed lips at rest: mean over the frames whose gap is least."""
    contour = np.concatenate([t.contour[~t.missing] for t in tracks])
    gap = lip_gap(contour)
    closed = gap <= np.percentile(gap, 15)
    width = lip_width(contour)
    usual = np.abs(width - np.median(width[closed])) <= np.std(width[closed])
    return np.asarray(contour[closed & usual].mean(axis=0))


def smoothed(contour: Points, sigma_frames: float = 0.6) -> Points:
    """Without phase shift; takes the tracker's jitter, leaves closures of one or two frames."""
    return np.asarray(gaussian_filter1d(contour, sigma_frames, axis=0, mode="nearest"))
