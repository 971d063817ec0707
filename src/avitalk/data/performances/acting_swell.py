"""How an expression swells and ebbs: one envelope per region and side, and what stirs besides.

Regions share the voice and a common surge, and have tracks of their own, so that they neither stand
still nor move in lockstep. How far they move is budgeted by region: as much as in captured
performances (figures.py), whether two shapes carry the expression or five.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from avitalk.arkit import INDEX
from avitalk.data.performances import figures
from avitalk.data.performances.acting_voice import Voice, soft
from avitalk.facs.expression import MANNER, Expression
from avitalk.facs.variation import TRACK

Floats = NDArray[np.float64]

OWN: Final = {
    "brows": ("brows", "brows_quick"), "lids": ("lids", "lids_quick"),
    "cheeks": ("cheeks", "surge_quick"), "mouth": ("mouth", "surge_quick"),
}  # fmt: skip
"""Region -> its slow and its quick track."""
COMMON, SLOW, QUICK = 0.62, 0.62, 0.42
"""Parts of the common surge and of a region's own tracks; about unit variance together."""
USUAL: Final = 0.86
"""Share of an expression's level that it keeps about; its swells reach the level and beyond."""
LET_GO: Final = {"brows": 0.2, "lids": 0.12, "cheeks": 0.15, "mouth": 0.14}
"""Share that a pause lets go."""
DRIVEN: Final = 0.5
"""How much of the variation the voice's effort drives, per unit of effort."""
MOST, LEAST = 0.42, 0.08
"""Bounds of the relative variation."""
RELEASE_S: Final = 0.6
"""An ebb takes at least about this long where a swell is immediate."""
LEADS_S: Final = 0.09
"""By this much the leading side is ahead at manner 'lead' 0 or 1."""
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


def swells(
    expression: Expression, apex: Floats, voice: Voice, tracks: Floats, fps: float
) -> dict[str, Swell]:
    """Region of OWN -> its envelopes. apex: (52,) weights of the expression."""
    manner = dict(zip(MANNER, expression.manner, strict=True))
    pace = manner["pace"]
    mix = np.array([1 - pace, pace]) / np.hypot(1 - pace, pace)
    common = mix[0] * tracks[:, TRACK["surge"]] + mix[1] * tracks[:, TRACK["surge_quick"]]
    spread = figures.SURGES[0] + figures.SURGES[1] * manner["surge"]
    uneven = UNEVEN * np.tanh(tracks[:, TRACK["side"]])
    found = {}
    for region, (slow, quick) in OWN.items():
        own = SLOW * tracks[:, TRACK[slow]] + QUICK * tracks[:, TRACK[quick]]
        drive = COMMON * common + own + DRIVEN * voice.effort
        budget = spread * figures.BUDGETS[region]
        carried = float(apex[list(figures.SHAPES[region])].mean())
        relative = float(np.clip(budget / (USUAL * carried + 1e-6), LEAST, MOST))
        envelope = USUAL * (1 - LET_GO[region] * voice.pause) + relative * drive
        envelope = _quick_to_rise(envelope, relative, fps)
        sides = _sides(envelope, manner["lead"], uneven, fps)
        reached = relative * carried
        left = np.sqrt(max(budget**2 - reached**2, 0.0))
        found[region] = Swell(sides, own / np.hypot(SLOW, QUICK), float(left))
    return found


def _quick_to_rise(envelope: Floats, size: float, fps: float) -> Floats:
    """The envelope, ebbing no faster than by 2.5 times its size in RELEASE_S, softly."""
    steps = np.arange(0, RELEASE_S, 0.06)
    held = envelope
    for back_s in steps[1:]:
        frames = round(back_s * fps)
        if frames == 0 or frames >= len(envelope):
            continue
        earlier = np.concatenate([np.full(frames, envelope[0]), envelope[:-frames]])
        held = np.maximum(held, earlier - 2.5 * size * back_s / RELEASE_S)
    return soft(held, 0.03 * fps)


def _sides(envelope: Floats, lead: float, uneven: Floats, fps: float) -> Floats:
    """(F, 2): the leading side is ahead of the other, and at times somewhat stronger."""
    ahead = LEADS_S * (2 * lead - 1) / 2
    slope = np.gradient(envelope) * fps if len(envelope) > 1 else np.zeros_like(envelope)
    moved = soft(slope, 0.04 * fps) * ahead
    both = np.stack([envelope + moved, envelope - moved], axis=1)
    return np.maximum(both * (1 + np.stack([uneven, -uneven], axis=1)), 0.0)


def held_at_peaks(track: Floats, length_s: float, fps: float) -> Floats:
    """(F,) the highest within `length_s` around, for what must not let go in between."""
    return np.asarray(maximum_filter1d(track, max(1, round(length_s * fps)), mode="nearest"))


def limited(level: Floats) -> Floats:
    """Levels 0 and up -> 0 to 1: the same up to 0.8, above it ever nearer to 1."""
    over = np.tanh(np.maximum(level - 0.8, 0) / 0.2) * 0.2
    return np.asarray(np.minimum(np.maximum(level, 0), 0.8) + over)


def columns(*names: str) -> list[int]:
    """Indices of shapes by name."""
    return [INDEX[name] for name in names]
