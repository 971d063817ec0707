"""A Motion in which somebody carries their face in a way comes in, that way goes out as a Style."""

from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.types import Motion, Style


class Encodes(Protocol):
    """Sees the style in how a face moves; `avitalk.style.encoder.StyleEncoder` is one."""

    def encode(self, motion: Motion, *, seed: int = 0, name: str = "example") -> Style:
        """The style of a motion of any rate. Raises InputError if it is too short."""
        ...


def style_from(
    motion: Motion, encoder: Encodes, *, name: str = "example", filmed: bool = False, seed: int = 0
) -> Style:
    """The style of an example; what is said in it, and for how long, does not count.

    filmed: whether head and eyes are stated against a camera, as tracking and Live Link captures
    have them. `seed` chooses the frames that are looked at. Raises InputError as `encoder` does,
    under the name.
    """
    try:
        return encoder.encode(facing(motion) if filmed else motion, seed=seed, name=name)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error


def facing(motion: Motion) -> Motion:
    """The same with head and gaze straight ahead in the middle, nearer and farther about nothing.

    Where the camera stood is no style: a phone below the face would make everybody proud.
    """
    shift = motion.translation
    return replace(
        motion,
        head=_centred(motion.head),
        eyes=_centred(motion.eyes),
        translation=None if shift is None else _centred(shift),
    )


def _centred(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(values - np.median(values, axis=0), np.float32)
