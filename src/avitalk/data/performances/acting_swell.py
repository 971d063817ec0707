"""How an expression swells and ebbs: one envelope per region and side, and what stirs besides.

Regions share the voice and a common surge, and have tracks of their own, so that they neither stand
still nor move in lockstep. How far they move is budgeted by region: as much as in captured
performances (figures.py), whether two shapes carry the expression or five.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import INDEX
from avitalk.data.performances import figures
from avitalk.data.performances.acting_voice import Voice, soft
from avitalk.facs.expression import MANNER, UNIT, UNITS, Expression, unit_weights
from avitalk.facs.table import action_unit
from avitalk.facs.variation import TRACK

Floats = NDArray[np.float64]

REGION: Final = {
    "brows": "brows", "eyes": "lids", "cheeks": "cheeks", "nose": "cheeks", "mouth": "mouth",
}  # fmt: skip
"""Region of the table -> region that swells together."""
OWN: Final = {
    "brows": ("brows", "brows_quick"), "lids": ("lids", "lids_quick"),
    "cheeks": ("cheeks", "surge_quick"), "mouth": ("mouth", "surge_quick"),
}  # fmt: skip
"""Region -> its slow and its quick track."""
SLOW_TRACKS: Final = [TRACK[slow] for slow, _ in OWN.values()]
QUICK_TRACKS: Final = [TRACK[quick] for _, quick in OWN.values()]
BUDGET: Final = np.array([figures.BUDGETS[region] for region in OWN])
COMMON, SLOW, QUICK = 0.72, 0.72, 0.26
"""Parts of the common surge and of a region's own tracks; about unit variance together."""
USUAL: Final = 0.86
"""Share of an expression's level that it keeps about; its swells reach the level and beyond."""
HOLDS, HELD = 0.45, 1.2
"""Height of a track above which it holds, and what it holds at: unit variance as before."""
LID_DROP: Final = 43
STEADY: Final = 0.75
"""Share of the swelling that lowered lids keep."""
LID_MIDDLE, LID_BEND = 0.78, 0.06
"""What lowered lids swell about, and how softly they stop at their level."""
LETS_GO: Final = np.array([0.2, 0.12, 0.15, 0.14])
"""Share that a pause lets go, by region."""
DRIVEN: Final = 0.5
"""How much of the variation the voice's effort drives, per unit of effort."""
MOST: Final = np.array([0.42, 0.42, 0.42, 0.22])
LEAST: Final = 0.08
"""Bounds of the relative variation, by region."""
RELEASE_S: Final = 0.6
"""An ebb takes at least about this long where a swell is immediate."""
LEADS_S: Final = 0.09
"""By this much the leading side is ahead at manner 'lead' 0 or 1."""
RELEASES_S: Final = (0.1, 0.2, 0.3, 0.4, 0.5)
UNEVEN: Final = 0.07
"""How far the sides differ now and then."""


@dataclass(frozen=True, slots=True)
class Swell:
    """Envelopes of one region."""

    level: Floats
    """(F, 2) factor on the levels of its units, left and right; about USUAL."""
    stir: Floats
    """(F,) about unit variance: what its muscles do besides."""
    stirred: float
    """Size of that, as a weight."""


def swells(expression: Expression, voice: Voice, tracks: Floats, fps: float) -> dict[str, Swell]:
    """Region of OWN -> its envelopes."""
    manner = dict(zip(MANNER, expression.manner, strict=True))
    pace = manner["pace"]
    mix = np.array([1 - pace, pace]) / np.hypot(1 - pace, pace)
    common = tracks[:, [TRACK["surge"], TRACK["surge_quick"]]] @ mix
    own = SLOW * _holding(tracks[:, SLOW_TRACKS]) + QUICK * tracks[:, QUICK_TRACKS]
    drive = COMMON * _holding(common)[:, None] + own + DRIVEN * voice.effort[:, None]
    budget = BUDGET * (figures.SURGES[0] + figures.SURGES[1] * manner["surge"])
    carried = expression.levels.ravel() @ _carries()
    relative = np.clip(budget / (USUAL * carried + 1e-6), LEAST, MOST)
    lets_go = LETS_GO * np.clip(0.3 + 2.5 * relative, 0, 1)
    envelope = USUAL * (1 - voice.pause[:, None] * lets_go) + relative * drive
    envelope = _quick_to_rise(envelope, relative, fps)
    levels = _sides(envelope, manner["lead"], UNEVEN * np.tanh(tracks[:, TRACK["side"]]), fps)
    stirs = own / np.hypot(SLOW, QUICK)
    sizes = np.sqrt(np.maximum(budget**2 - (relative * carried) ** 2, 0))
    return {
        region: Swell(levels[:, i], stirs[:, i], float(sizes[i])) for i, region in enumerate(OWN)
    }


@cache
def _carries() -> Floats:
    """(2 U, R) what each side of a unit at level 1 adds to the mean over a region's shapes; only
    the region that the unit swells with.
    """
    found = np.zeros((len(UNITS), 2, len(OWN)))
    for row, number in enumerate(UNITS):
        column = list(OWN).index(region_of(number))
        shapes = list(figures.SHAPES[region_of(number)])
        found[row, :, column] = unit_weights()[row][:, shapes].sum(axis=1) / len(shapes)
    found[UNIT[LID_DROP]] *= STEADY
    return found.reshape(-1, len(OWN))


def region_of(number: int) -> str:
    """Region of OWN with which an action unit swells."""
    return REGION[action_unit(number).region]


def _holding(track: Floats) -> Floats:
    """Slow noise that holds high or low and changes in between: so do captured faces, which keep
    what they show for a second or more and then change within a third of one.
    """
    return np.asarray(HELD * np.tanh(track / HOLDS))


def _quick_to_rise(envelope: Floats, size: Floats, fps: float) -> Floats:
    """The envelopes (F, R), ebbing no faster than by 2.5 times their size in RELEASE_S, softly."""
    held = envelope.copy()
    for back_s in RELEASES_S:
        frames = round(back_s * fps)
        if 0 < frames < len(envelope):
            ebbed = envelope[:-frames] - 2.5 * back_s / RELEASE_S * size
            np.maximum(held[frames:], ebbed, out=held[frames:])
    return soft(held, 0.03 * fps)


def _sides(envelope: Floats, lead: float, uneven: Floats, fps: float) -> Floats:
    """(F, R, 2): the leading side is ahead of the other, and at times somewhat stronger."""
    moved = np.zeros_like(envelope)
    if len(envelope) > 1 and lead != 0.5:
        moved = np.gradient(envelope, axis=0) * (fps * LEADS_S * (lead - 0.5))
    both = np.stack([envelope + moved, envelope - moved], axis=2)
    both *= 1 + np.stack([uneven, -uneven], axis=1)[:, None]
    return np.maximum(both, 0.0)


def lids_dropped(swell: Floats) -> Floats:
    """The swell of lowered lids: not beyond their level, as half a level more closes the eyes."""
    level = LID_MIDDLE + STEADY * (swell - USUAL)
    over = np.logaddexp(0, (level - (1 - LID_BEND)) / LID_BEND) * LID_BEND
    return np.asarray(np.maximum(level - over, 0))


def limited(level: Floats) -> Floats:
    """Levels 0 and up -> 0 to 1: the same up to 0.8, above it ever nearer to 1."""
    over = np.tanh(np.maximum(level - 0.8, 0) / 0.2) * 0.2
    return np.asarray(np.minimum(np.maximum(level, 0), 0.8) + over)


def columns(*names: str) -> list[int]:
    """Indices of shapes by name."""
    return [INDEX[name] for name in names]
