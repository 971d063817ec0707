"""Brows, lids and cheeks besides the units: accents of the brows, stirring, trembling."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import INDEX
from avitalk.data.performances.acting_swell import Swell, columns, limited
from avitalk.data.performances.acting_voice import Voice
from avitalk.facs.expression import MANNER, Expression
from avitalk.facs.variation import TRACK

Floats = NDArray[np.float64]

INNER, OUTER, DOWN = (
    columns("browInnerUp"),
    columns("browOuterUpLeft", "browOuterUpRight"),
    columns("browDownLeft", "browDownRight"),
)
WIDE, SQUINT = columns("eyeWideLeft", "eyeWideRight"), columns("eyeSquintLeft", "eyeSquintRight")
CHEEK = columns("cheekSquintLeft", "cheekSquintRight")
SNEER = columns("noseSneerLeft", "noseSneerRight")
UPPER: Final = [*INNER, *OUTER, *DOWN, *WIDE, *SQUINT, *CHEEK, *SNEER,
                *columns("eyeBlinkLeft", "eyeBlinkRight", "cheekPuff")]  # fmt: skip

ACCENT: Final = 0.14
"""How far a full accent moves the brows at manner 0.5."""
STIRS: Final = (2.5, 3.4, 2.0)
"""Of brows, lids, cheeks: what is needed for their mean deviation to be as asked, as only some of
the shapes move, and only one way."""
TREMBLE: Final = 0.07
"""How far the lids and the brows tremble at manner 'tremor' 1."""


def enliven(
    weights: Floats,
    face: Floats,
    apex: Floats,
    expression: Expression,
    found: dict[str, Swell],
    voice: Voice,
    tracks: Floats,
) -> None:
    """Write the upper face into `weights` (F, 52), in place.

    face: (F, 52) weights of the expression's units; apex: (52,) where they reach.
    """
    weights[:, UPPER] = face[:, UPPER]
    manner = dict(zip(MANNER, expression.manner, strict=True))
    tone = _tone(apex)
    uneven = 0.2 * np.tanh(tracks[:, [TRACK["side"]]]) * np.array([1.0, -1.0])
    marks = 2 * manner["accents"] * ACCENT * voice.accent
    marks = marks * (0.2 + 0.8 / (1 + np.exp(-3 * tracks[:, TRACK["choice"]])))
    _move_brows(weights, marks * _way(tone), apex, uneven)
    brows = found["brows"]
    up, down = (float(np.clip(1 + way * tone, 0, 1)) for way in (2, -2))
    size = STIRS[0] * brows.stirred / max(0.54 * up + 0.46 * down, 0.55)
    _move_brows(weights, size * brows.stir, apex, uneven, tone)
    _stir_lids(weights, found["lids"], apex, uneven)
    cheeks = found["cheeks"]
    rising = STIRS[2] * cheeks.stirred * np.maximum(cheeks.stir + 0.8, 0)[:, None] * (1 + uneven)
    weights[:, CHEEK] += rising
    weights[:, SNEER] += (
        STIRS[2] * cheeks.stirred * np.maximum(brows.stir + 0.6, 0)[:, None] * (1 - uneven)
    )
    _tremble(weights, manner["tremor"], tracks[:, TRACK["tremor"]], apex)
    weights[:, UPPER] = limited(weights[:, UPPER])


def _tone(apex: Floats) -> float:
    """-1 lowered brows to 1 raised brows; 0 at rest."""
    raised = max(float(apex[INNER].max()), float(apex[OUTER].max()))
    return raised - float(apex[DOWN].max())


def _way(tone: float) -> float:
    """Which way accents go: up from rest and from raised brows, down where they are lowered."""
    return float(np.tanh((tone + 0.09) / 0.07))


def _move_brows(
    weights: Floats, by: Floats, apex: Floats, uneven: Floats, tone: float | None = None
) -> None:
    """Raise the brows by `by` (F,), or lower them where it is negative, in place.

    They move as they are held: outer ends go along as far as they are raised, and with a tone
    brows that are held low do not rise, nor raised ones drop.
    """
    inner, outer = float(apex[INNER].max()), apex[OUTER]
    up, down = np.maximum(by, 0)[:, None], np.maximum(-by, 0)[:, None]
    if tone is not None:
        up, down = up * np.clip(1 + 2 * tone, 0, 1), down * np.clip(1 - 2 * tone, 0, 1)
    along = 0.65 * (outer + 0.06) / (max(inner, float(outer.max())) + 0.06)
    weights[:, INNER] += up * min(1.0, (inner + 0.06) / (float(outer.max()) + 0.06))
    weights[:, OUTER] += up * along * (1 + uneven)
    weights[:, DOWN] += down * (1 + uneven)
    # What is raised gives way to lowering before the lowering muscles show.
    weights[:, [*INNER, *OUTER]] *= 1 - np.clip(0.5 * down, 0, 0.5)
    weights[:, DOWN] *= 1 - np.clip(0.5 * up, 0, 0.5)


def _stir_lids(weights: Floats, lids: Swell, apex: Floats, uneven: Floats) -> None:
    """Lids open a little and narrow a little, whichever they are not doing already."""
    stir = lids.stir[:, None]
    drooped = float(apex[columns("eyeBlinkLeft")].max())
    tone = float(apex[WIDE].max() - apex[SQUINT].max()) - drooped
    opens, narrows = (float(np.clip(1 + way * tone, 0, 1)) for way in (2, -2))
    size = STIRS[1] / max((opens + narrows) / 2, 0.5) * lids.stirred
    weights[:, WIDE] += size * opens * np.maximum(stir, 0) * (1 + uneven)
    weights[:, SQUINT] += size * narrows * (1 - drooped) * np.maximum(0.3 - stir, 0) * (1 - uneven)


def _tremble(weights: Floats, size: float, tremor: Floats, apex: Floats) -> None:
    if size <= 0:
        return
    shaken = TREMBLE * size * tremor[:, None]
    weights[:, SQUINT] += np.abs(shaken)
    if apex[INNER].max() > 0.05:
        weights[:, [INDEX["browInnerUp"]]] += 0.6 * shaken
