"""What moves a portrait beside the voice: other motions and pictures by region; one Motion out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from avitalk.errors import InputError
from avitalk.portrait.fit import fit_head
from avitalk.portrait.photo import find_face, frame_photo, read_photo
from avitalk.track.landmarker import Looks
from avitalk.types import Motion
from avitalk.types.motion import MOTION_REGIONS

PICTURES: Final = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
LOOKED_AT: Final = (512, 512)


def is_picture(path: Path | str) -> bool:
    """Whether a file is a picture by its name."""
    return Path(path).suffix.lower() in PICTURES


def expression_in(path: Path | str, looks: Looks, *, frames: int, fps: float) -> Motion:
    """A Motion that holds the expression of the face in a picture, the head unmoved.

    Raises InputError as `find_face` and `fit_head` do.
    """
    picture = read_photo(path)
    face = find_face(picture, looks, which=None, source=str(path))
    fit = fit_head(frame_photo(picture, face, "crop", LOOKED_AT, str(path)))
    still = Motion.still(frames, fps)
    return still.with_weights(np.tile(fit.weights.astype(np.float32), (frames, 1)))


def from_rest(motion: Motion) -> Motion:
    """A filmed motion with head and gaze about their usual place, which is where the photo is."""
    head = np.asarray(motion.head - np.median(motion.head, axis=0), np.float32)
    eyes = np.asarray(motion.eyes - np.median(motion.eyes, axis=0), np.float32)
    return Motion(motion.weights, head, eyes, motion.fps)


def mixed(base: Motion, parts: Mapping[str, Motion]) -> Motion:
    """`base` with regions of other motions in place of its own; they hold their last frame.

    Raises InputError for an unknown region.
    """
    for region, motion in parts.items():
        if region not in MOTION_REGIONS:
            raise InputError(f"unknown region '{region}'; available: {', '.join(MOTION_REGIONS)}")
        base = base.over(motion, keep=(region,))
    return base
