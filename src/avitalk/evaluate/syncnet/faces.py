"""A Motion or a video file -> face crops (224, 224, 3) at 25 fps, framed as SyncNet expects.

SyncNet's pipeline cuts a square around a detected face box: half of the box's longer side is S; the
square reaches from S above the box's middle to 1.8 S below it, and 1.4 S to either side.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avitalk.errors import InputError
from avitalk.evaluate.syncnet.network import SIDE, SyncNet
from avitalk.evaluate.syncnet.score import FPS, Lse, lse
from avitalk.face import Head, load_head
from avitalk.render import Camera, render_motion
from avitalk.render.camera import SENSOR_MM
from avitalk.track.landmarker import Landmarker
from avitalk.track.video import choose_face, look_through, read_frames
from avitalk.types import Motion, Speech

Pictures = NDArray[np.uint8]

CHIN_SHARE: Final = 0.58
"""Of a face box's height, the part from the eyes down to the chin."""
ABOVE: Final = 1.0
"""What the square holds above the middle of the box, in halves of its height."""
BELOW: Final = 1.8
"""What it holds below."""
STEADY: Final = 13
"""Frames that the published pipeline takes the median of a box over."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A square of a picture, in pixels from its upper left corner; it may reach beyond."""

    left: float
    top: float
    side: float

    def of(self, picture: Pictures) -> Pictures:
        """(H, W, 3) -> (224, 224, 3), bilinear; grey of 110 where the picture ends.

        Deviation: the published pipeline reads its crops from compressed video.
        """
        left, top, side = (round(value) for value in (self.left, self.top, self.side))
        square = np.full((side, side, 3), 110, np.uint8)
        high, wide = picture.shape[:2]
        rows = slice(max(top, 0), max(min(top + side, high), 0))
        columns = slice(max(left, 0), max(min(left + side, wide), 0))
        part = picture[rows, columns]
        square[
            rows.start - top : rows.start - top + part.shape[0],
            columns.start - left : columns.start - left + part.shape[1],
        ] = part
        return np.asarray(Image.fromarray(square).resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def around(left: float, top: float, right: float, bottom: float) -> Crop:
    """The crop that SyncNet's pipeline makes of a face box, in pixels."""
    half = max(right - left, bottom - top) / 2
    middle = (left + right) / 2, (top + bottom) / 2
    side = (ABOVE + BELOW) * half
    return Crop(middle[0] - side / 2, middle[1] - ABOVE * half, side)


def face_camera(head: Head) -> Camera:
    """The camera from the front whose square picture is that crop of `head` at rest."""
    chin = float(head.vertices[np.ravel(head.landmarks["chin"])[0]][1])  # the eyes are at 0
    half = -chin / CHIN_SHARE / 2
    middle = chin + half
    extent = (ABOVE + BELOW) * half
    standard = Camera()
    return Camera(
        distance_m=standard.distance_m,
        focal_mm=standard.distance_m * SENSOR_MM / extent,
        target_m=(0.0, middle + (ABOVE - BELOW) / 2 * half, 0.0),
    )


def crops_of_motion(motion: Motion, head: Head | None = None) -> Iterator[Pictures]:
    """(224, 224, 3) of each frame at 25 fps: the face alone moves, head and gaze stay neutral."""
    still = Motion.still(motion.frames, motion.fps).with_weights(motion.weights)
    head = head or load_head()
    yield from render_motion(head, still, size=(SIDE, SIDE), fps=FPS, camera=face_camera(head))


def crops_of_video(path: Path | str, face: Crop | Landmarker | None = None) -> Iterator[Pictures]:
    """(224, 224, 3) at 25 fps: where `face` is, or finds one, or of the whole picture for None.

    Where no face is found, the last box holds. Raises InputError if the file is no readable video,
    its pictures are not square for None, or the landmarker finds nobody.
    """
    path = Path(path)
    if isinstance(face, Landmarker):
        yield from _tracked(path, face)
        return
    for _, picture in _at_25_fps(read_frames(path)):
        high, wide = picture.shape[:2]
        if face is None and high != wide:
            raise InputError(
                f"{path}: pictures of {wide} x {high}; a whole picture must be square to be a crop "
                "of a face: give the crop or a landmarker"
            )
        yield (face or Crop(0, 0, high)).of(picture)


def _tracked(path: Path, landmarker: Landmarker) -> Iterator[Pictures]:
    chosen = choose_face(look_through(path, landmarker))
    boxes = np.array(
        [
            [np.nan] * 4
            if face is None
            else [*face.points[:, :2].min(0), *face.points[:, :2].max(0)]
            for face in chosen
        ]
    )
    found = np.flatnonzero(np.isfinite(boxes[:, 0]))
    if not len(found):
        raise InputError(f"{path}: no face found in {len(boxes)} frames")
    last = np.searchsorted(found, np.arange(len(boxes)), side="right") - 1
    boxes = boxes[found[last.clip(min=0)]]
    reach = STEADY // 2
    wide = np.pad(boxes, ((reach, reach), (0, 0)), mode="edge")
    steady = np.median(np.lib.stride_tricks.sliding_window_view(wide, STEADY, axis=0), axis=-1)
    for index, picture in _at_25_fps(read_frames(path)):
        yield around(*map(float, steady[min(index, len(steady) - 1)])).of(picture)


def _at_25_fps(
    frames: Iterable[tuple[float, Pictures]],
) -> Iterator[tuple[int, Pictures]]:
    """Index in the file and picture that is shown at each of the times i / 25."""
    shown: tuple[int, Pictures] | None = None
    first_s, made, last_s, step_s = 0.0, 0, 0.0, 1 / FPS
    for index, (time_s, picture) in enumerate(frames):
        if index == 0:
            first_s = time_s
        while shown is not None and made / FPS < time_s - first_s - 1e-4:
            yield shown
            made += 1
        step_s = time_s - last_s if index else step_s
        shown, last_s = (index, picture), time_s
    if shown is not None:
        for _ in range(max(0, math.ceil((last_s - first_s + step_s) * FPS - 1e-2) - made)):
            yield shown


def lse_of_motion(
    motion: Motion, speech: Speech, syncnet: SyncNet, *, head: Head | None = None
) -> Lse:
    """LSE-D, LSE-C and offset of a Motion, rendered on `head` or the default one.

    Drawn faces are outside of what SyncNet was trained on: print truth beside it, always.
    """
    return lse(crops_of_motion(motion, head), speech, syncnet)


def lse_of_video(
    path: Path | str, speech: Speech, syncnet: SyncNet, *, face: Crop | Landmarker | None = None
) -> Lse:
    """LSE-D, LSE-C and offset of a video file; `face` as in `crops_of_video`."""
    return lse(crops_of_video(path, face), speech, syncnet)
