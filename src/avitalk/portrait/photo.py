"""A picture file comes in; an upright photo and the one face in it that is to talk go out."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from avitalk.errors import InputError
from avitalk.track.landmarker import Face, Looks
from avitalk.track.mesh import EYE_CORNERS, OVAL

Array = NDArray[np.float64]
Picture = NDArray[np.uint8]

FRAMINGS: Final = ("crop", "resize", "full")
MOST_PIXELS: Final = 200_000_000
LOOKED_AT_PX: Final = 1280
"""Photos are searched for faces at this size; the face found is looked at again, larger."""
MOST_SIDE_PX: Final = 1920
"""A full picture is worked on, and written, at most this large."""
MOST_CUT: Final = 0.2
"""Share of the face's outline that may lie beyond the photo's border."""
LEAST_FACE_PX: Final = 48.0
CLOSE_PX: Final = 512
"""Side of the cut-out in which the face is looked at again."""
AROUND: Final = 1.6
"""Its side in sizes of the face."""
CROP: Final = 2.4
"""Side of the picture framed as 'crop', in sizes of the face."""


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """The picture that becomes the video, and the face in it."""

    pixels: Picture
    """(H, W, 3) sRGB, both sides even."""
    points: Array
    """(478, 3) the face's points in pixels of it."""
    scores: Array
    """(52,) the landmarker's blendshape scores."""
    source: str
    """Name of the photo's file."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def face_px(self) -> float:
        """Larger side of the box round the face."""
        return float(np.ptp(self.points[:, :2], axis=0).max())


def read_photo(path: Path | str, background: str = "#ffffff") -> Picture:
    """(H, W, 3) sRGB: upright as its EXIF asks, transparency laid over `background`.

    Grey, 16-bit, palette and CMYK pictures become RGB. Raises InputError if the file is missing,
    no picture, or too large.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        with Image.open(path) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS:
                raise InputError(
                    f"{path}: {width} x {height} pixels; allowed: {MOST_PIXELS // 1_000_000} "
                    "million in all"
                )
            # JPEG decodes large pictures smaller at no cost.
            opened.draft("RGB", (2 * MOST_SIDE_PX, 2 * MOST_SIDE_PX))
            image = ImageOps.exif_transpose(opened)
            if image.mode.startswith(("I", "F")):
                values = np.asarray(image, np.float64)
                top = 65535.0 if values.max() > 255 else 255.0
                image = Image.fromarray((255 * np.clip(values / top, 0, 1)).astype(np.uint8))
            if image.mode in ("LA", "PA", "RGBA", "RGBa") or "transparency" in image.info:
                layer = image.convert("RGBA")
                image = Image.new("RGBA", layer.size, background)
                image.alpha_composite(layer)
            image = image.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: not a readable picture (damaged or of another kind)") from error
    image.thumbnail((2 * MOST_SIDE_PX, 2 * MOST_SIDE_PX), Image.Resampling.LANCZOS, reducing_gap=3)
    return np.asarray(image)


def find_face(picture: Picture, looks: Looks, *, which: int | None, source: str) -> Face:
    """The face that is to talk, its points in pixels of `picture`, seen closely.

    which: 1 for the one furthest left, and so on; needed where there are several. Raises
    InputError if there is no such face, or if it is too small.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, LOOKED_AT_PX / max(height, width))
    faces = looks.faces(_resized(picture, (round(width * scale), round(height * scale))))
    if not faces:
        faces, scale = _searched_closer(picture, looks)
    if not faces:
        raise InputError(f"{source}: no face found; a face seen from the front is needed")
    faces = sorted(faces, key=lambda face: face.middle[0])
    if which is None and len(faces) > 1:
        raise InputError(
            f"{source}: {len(faces)} faces; choose one with --which, 1 (furthest left) to "
            f"{len(faces)}"
        )
    if not 1 <= (which or 1) <= len(faces):
        raise InputError(f"{source}: no face {which}; --which can be 1 to {len(faces)}")
    rough = faces[(which or 1) - 1]
    found = _seen_closely(picture, rough.points / scale, looks) or Face(
        rough.points / scale, rough.scores
    )
    if found.width < LEAST_FACE_PX:
        raise InputError(
            f"{source}: the face is {found.width:.0f} pixels wide; at least "
            f"{LEAST_FACE_PX:.0f} are needed"
        )
    outline = found.points[list(OVAL), :2]
    cut = float(((outline < 0) | (outline >= [width, height])).any(axis=1).mean())
    if cut > MOST_CUT:
        raise InputError(
            f"{source}: {cut:.0%} of the face's outline is beyond the photo's border; at most "
            f"{MOST_CUT:.0%} can be completed"
        )
    return found


def _searched_closer(picture: Picture, looks: Looks) -> tuple[list[Face], float]:
    """Small faces: look at overlapping quarters of the picture, as large as they come."""
    height, width = picture.shape[:2]
    found: list[Face] = []
    for top in (0, height // 4, height // 2):
        for left in (0, width // 4, width // 2):
            part = picture[top : top + height // 2 + 1, left : left + width // 2 + 1]
            for face in looks.faces(part):
                points = face.points + np.array([left, top, 0.0])
                placed = Face(points, face.scores)
                near = (np.linalg.norm(other.middle - placed.middle) for other in found)
                if all(away > 0.5 * placed.width for away in near):
                    found.append(placed)
    return found, 1.0


def _seen_closely(picture: Picture, points: Array, looks: Looks) -> Face | None:
    """The face looked at in a cut-out of its own, upright between the eyes; None if not seen."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    middle, side = (low + high) / 2, AROUND * float((high - low).max())
    corners = points[list(EYE_CORNERS), :2]
    across = corners[0] - corners[3]
    angle = math.atan2(across[1], across[0])
    zoom, c, s = side / CLOSE_PX, math.cos(angle), math.sin(angle)
    # Pixel of the cut-out -> pixel of the picture.
    turn = zoom * np.array([[c, -s], [s, c]])
    shift = middle - turn @ np.array([CLOSE_PX / 2, CLOSE_PX / 2])
    image = Image.fromarray(picture)
    if zoom > 1.5:  # less to sample between
        image = image.reduce(int(zoom))
        data = (np.column_stack([turn, shift]) / int(zoom)).ravel()
    else:
        data = np.column_stack([turn, shift]).ravel()
    close = image.transform(
        (CLOSE_PX, CLOSE_PX), Image.Transform.AFFINE, tuple(data), Image.Resampling.BICUBIC
    )
    faces = looks.faces(np.asarray(close))
    if not faces:
        return None
    face = min(faces, key=lambda face: float(np.linalg.norm(face.middle - CLOSE_PX / 2)))
    flat = face.points[:, :2] @ turn.T + shift
    return Face(np.column_stack([flat, face.points[:, 2] * zoom]), face.scores)


def frame_photo(
    picture: Picture, face: Face, framing: str, size: tuple[int, int], source: str
) -> Canvas:
    """The picture that the video shows: cut out round the face, the whole fitted into `size`, or
    the whole as it is.

    Raises InputError on an unknown framing.
    """
    height, width = picture.shape[:2]
    if framing == "crop":
        window = _crop_window(face, size, (width, height))
        image = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS, box=window)
        scale, origin = size[0] / (window[2] - window[0]), np.array([window[0], window[1], 0.0])
    elif framing in ("resize", "full"):
        most = size if framing == "resize" else (MOST_SIDE_PX, MOST_SIDE_PX)
        share = min(most[0] / width, most[1] / height)
        share = share if framing == "resize" else min(1.0, share)
        wide, high = (max(16, 2 * round(side * share / 2)) for side in (width, height))
        image = Image.fromarray(picture)
        if (wide, high) != (width, height):
            image = image.resize((wide, high), Image.Resampling.LANCZOS)
        scale, origin = wide / width, np.zeros(3)
    else:
        raise InputError(f"unknown framing '{framing}'; available: {', '.join(FRAMINGS)}")
    points = (face.points - origin) * scale
    return Canvas(np.array(image), points, face.scores, source)


def _crop_window(
    face: Face, size: tuple[int, int], whole: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Left, top, right, bottom round the face in the shape of `size`, within the photo."""
    aspect = size[0] / size[1]
    high = min(CROP * face.width, whole[1], whole[0] / aspect)
    wide = high * aspect
    low, top = face.points[:, :2].min(axis=0), face.points[:, :2].max(axis=0)
    middle = (low + top) / 2
    left = float(np.clip(middle[0] - wide / 2, 0, whole[0] - wide))
    upper = float(np.clip(middle[1] - 0.5 * high, 0, whole[1] - high))
    return left, upper, left + wide, upper + high


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    if size == (picture.shape[1], picture.shape[0]):
        return picture
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))
