"""An expression, spoken lips and a voice in, a performance out: the whole face and the head.

Not a mask: an expression swells and ebbs with the voice and by itself, comes quicker than it goes,
its regions move together though not in lockstep, brows and head mark stressed syllables, and the
mouth goes on talking under it. Deterministic: all chance comes in through the tracks; local: a
frame depends on what is within 1.2 s of it. Blinks and idle motion are layered elsewhere.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from avitalk.data.performances import acting_head, acting_mouth, acting_upper
from avitalk.data.performances.acting_swell import (
    LID_DROP,
    Swell,
    lids_dropped,
    limited,
    region_of,
    swells,
)
from avitalk.data.performances.acting_voice import followed
from avitalk.errors import InputError
from avitalk.facs.expression import UNITS, Expression, unit_weights
from avitalk.facs.variation import TRACK, TRACKS

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Acted:
    """A performance, frame by frame; what idle motion adds is not in it."""

    weights: NDArray[np.float32]
    """(F, 52) the whole face without blinks, the mouth mixed with speech; eyeLook* are zero."""
    head: NDArray[np.float32]
    """(F, 3) yaw, pitch, roll in radians."""
    lean: NDArray[np.float32]
    """(F,) metres toward the viewer."""
    gaze: NDArray[np.float32]
    """(F, 2) yaw and pitch of both eyes against the head, radians."""


def perform(
    lips: NDArray[np.floating],
    prosody: NDArray[np.floating],
    expression: Expression,
    tracks: NDArray[np.floating],
    *,
    fps: float = 50,
) -> Acted:
    """Perform an expression over a mouth that speaks.

    lips: (F, 52) weights of the mouth as spoken neutrally. prosody: (F, 6) of
    `avitalk.speech.prosody.Prosody`. tracks: (F, 14) of `avitalk.facs.variation.variation`.
    Raises InputError for other shapes, no frames, or numbers that are not finite.
    """
    mouth, heard, chance = _checked(lips, prosody, tracks, fps)
    voice = followed(heard, fps)
    apex = expression.weights()
    found = swells(expression, voice, chance, fps)
    calm = acting_mouth.yielding(mouth, expression, voice, fps)
    face = _of_units(expression, found, calm)
    weights = acting_mouth.talking(mouth, face, expression, voice, chance[:, TRACK["tremor"]], fps)
    acting_upper.enliven(weights, face, apex, expression, found, voice, chance)
    turn, lean, gaze = acting_head.carried(expression, found, voice, chance, fps)
    return Acted(
        np.clip(weights, 0, 1).astype(np.float32),
        turn.astype(np.float32),
        lean.astype(np.float32),
        gaze.astype(np.float32),
    )


def _checked(
    lips: NDArray[np.floating],
    prosody: NDArray[np.floating],
    tracks: NDArray[np.floating],
    fps: float,
) -> tuple[Floats, Floats, Floats]:
    frames = len(lips)
    for name, values, width in (
        ("lips", lips, 52), ("prosody", prosody, 6), ("tracks", tracks, len(TRACKS)),
    ):  # fmt: skip
        if values.shape != (frames, width) or not frames:
            raise InputError(
                f"{name} are {values.shape}; needed: ({frames or 'frames'}, {width}), "
                "one row a frame, at least one"
            )
        if not np.isfinite(values).all():
            raise InputError(f"{name} hold numbers that are not finite")
    if not fps > 0:
        raise InputError(f"{fps} frames a second; needed: above 0")
    mouth, heard, chance = (np.asarray(x, np.float64) for x in (lips, prosody, tracks))
    return np.clip(mouth, 0, 1), heard, chance


def _of_units(expression: Expression, found: dict[str, Swell], calm: dict[int, Floats]) -> Floats:
    """(F, 52) weights of the expression's units as they swell; calm: unit -> (F,) share of it."""
    frames = len(next(iter(found.values())).stir)
    kept = np.ones((frames, 52))
    for row in np.flatnonzero(expression.levels.any(axis=1)):
        number, region, shapes, moved = _parts()[row]
        swell = found[region].level
        if number == LID_DROP:
            swell = lids_dropped(swell)
        level = expression.levels[row] * swell
        if number in calm:
            level = level * calm[number][:, None]
        kept[:, shapes] *= 1 - limited(level) @ moved
    return 1 - kept


@cache
def _parts() -> list[tuple[int, str, NDArray[np.int64], Floats]]:
    """Of each of UNITS: its number, region, the shapes that it moves, and how far (2, shapes)."""
    found = []
    for row, number in enumerate(UNITS):
        moved = unit_weights()[row]
        shapes = np.flatnonzero(moved.any(axis=0))
        region = region_of(number)
        found.append((number, region, shapes, np.minimum(moved[:, shapes], 1)))
    return found
