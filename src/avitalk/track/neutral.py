"""Who is filmed: a clip's points without the head's motion come in, the resting face goes out.

Lips from the frames in which they are closed, lids from those in which the eyes are as open as
usual, the rest from the median: what a face does most of the time is what it does at rest.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import INDEX
from avitalk.track.mesh import (
    EYE_CORNERS,
    INNER_LOWER,
    INNER_UPPER,
    IRIS,
    LID_LOWER,
    LID_UPPER,
    OUTER_UPPER,
    OVAL,
    REGIONS,
    pairs,
    places,
)
from avitalk.track.model import FaceModel

Array = NDArray[np.float64]

JAW: Final = INDEX["jawOpen"]

CLOSED_PERCENTILE: Final = 2.0
CLOSED_SLACK: Final = 0.02
"""Lips this near to that, in widths of the mouth, count as closed too."""
PARTED: Final = 0.035
"""Lips that are never nearer than this share of the mouth's width were never seen closed."""
WIDTHS: Final = (0.9, 1.1)
"""Mouths at rest are this wide, as a share of the model's; people vary by 7 % (one deviation)."""
SMILE: Final = ("mouthSmileLeft", "mouthSmileRight")
PUCKER: Final = ("mouthPucker",)
BLINKING: Final = 0.7
"""Lids nearer than this share of their usual distance are not at rest."""


@dataclass(frozen=True, slots=True, eq=False)
class Neutral:
    """A speaker's face at rest, and how its size compares with the model's."""

    points: Array
    """(P, 3) metres in the head's frame, in the model's size."""
    stretch: Array
    """(P,) what to multiply displacements by, so that they mean the same on the model."""
    lips_closed: bool
    """False if the lips were never seen closed; they were brought together."""


def rigidity(model: FaceModel) -> Array:
    """(P,) weight of each point for the pose: those that no shape moves, as the landmarker sees."""
    moved_mm = 1e3 * np.linalg.norm(model.shapes[..., :2], axis=-1)
    usual_mm = np.sqrt(np.square(0.3 * moved_mm).sum(axis=0))
    weight = 1 / np.square(1 + usual_mm)
    weight[places(model.index, (*OVAL, *IRIS[0], *IRIS[1]))] *= 0.02
    weight[places(model.index, EYE_CORNERS)] *= 3
    return np.asarray(weight / weight.sum())


def heights(points: Array, rows: NDArray[np.int64]) -> Array:
    """(..., P, 3) -> (..., N): how far the first of each pair of rows is above the second."""
    return np.asarray(points[..., rows[:, 0], 1] - points[..., rows[:, 1], 1])


def lid_gap(points: Array, model: FaceModel, eye: int) -> Array:
    """(..., P, 3) -> (...,) mean opening between the middles of the lids of one eye."""
    rows = pairs(model.index, LID_UPPER[eye][2:7], LID_LOWER[eye][2:7])
    return np.asarray(heights(points, rows).mean(axis=-1))


def lip_gap(points: Array, model: FaceModel) -> Array:
    """(..., P, 3) -> (...,) mean opening between the middles of the inner lips."""
    rows = pairs(model.index, INNER_UPPER[4:7], INNER_LOWER[4:7])
    return np.asarray(heights(points, rows).mean(axis=-1))


def mouth_width(points: Array, model: FaceModel) -> Array:
    """(..., P, 3) -> (...,) distance between the corners of the mouth."""
    right, left = places(model.index, (OUTER_UPPER[0], OUTER_UPPER[-1]))
    return np.asarray(np.linalg.norm(points[..., left, :] - points[..., right, :], axis=-1))


def find_neutral(points: Array, model: FaceModel) -> Neutral:
    """The resting face of the one speaker seen in `points` (F, P, 3), metres without pose."""
    neutral = np.median(points, axis=0)
    mouth = _mouth_rows(model)
    gap, width = lip_gap(points, model), mouth_width(points, model)
    closed = gap <= np.percentile(gap, CLOSED_PERCENTILE) + CLOSED_SLACK * np.median(width)
    neutral[mouth] = np.median(points[closed][:, mouth], axis=0)
    for eye in range(2):
        lids = places(model.index, (*LID_UPPER[eye], *LID_LOWER[eye]))
        opening = lid_gap(points, model, eye)
        awake = opening >= BLINKING * np.percentile(opening, 75)
        neutral[lids] = np.median(points[awake][:, lids], axis=0)
    least = float(np.percentile(gap, CLOSED_PERCENTILE))
    lips_closed = least <= PARTED * float(np.median(width))
    _close(neutral, model, least if lips_closed else float(lip_gap(model.rest, model)))
    _keep_width(neutral, model)
    return Neutral(neutral, _stretch(neutral, model), lips_closed)


def _mouth_rows(model: FaceModel) -> NDArray[np.int64]:
    """Points that the jaw moves more than 2 mm at full opening."""
    jaw = np.linalg.norm(model.shapes[JAW], axis=-1)
    return np.flatnonzero(jaw > 2e-3)


def _close(neutral: Array, model: FaceModel, wanted: float) -> None:
    """Bring lips that are parted more than `wanted` (metres) there in place, as the jaw does."""
    gap = float(lip_gap(neutral, model))
    opened = float(lip_gap(model.rest + model.shapes[JAW], model) - lip_gap(model.rest, model))
    neutral -= max(gap - wanted, 0.0) / opened * model.shapes[JAW]


def _keep_width(neutral: Array, model: FaceModel) -> None:
    """Take a smile or a pucker out of a mouth wider or narrower than people's are, in place.

    Somebody who smiles or rounds the lips all through a clip is not at rest in it.
    """
    rest, width = float(mouth_width(model.rest, model)), float(mouth_width(neutral, model))
    beyond = width - float(np.clip(width, WIDTHS[0] * rest, WIDTHS[1] * rest))
    if beyond == 0:
        return
    names = SMILE if beyond > 0 else PUCKER
    shape = model.shapes[[INDEX[name] for name in names]].sum(axis=0)
    change = float(mouth_width(model.rest + shape, model)) - rest
    neutral -= beyond / change * shape


def _stretch(neutral: Array, model: FaceModel) -> Array:
    stretch = np.ones(len(neutral))
    ratio = mouth_width(model.rest, model) / mouth_width(neutral, model)
    stretch[_mouth_rows(model)] = np.clip(ratio, 0.7, 1.4)
    for eye in range(2):
        lids = places(model.index, (*LID_UPPER[eye], *LID_LOWER[eye]))
        ratio = lid_gap(model.rest, model, eye) / max(1e-4, float(lid_gap(neutral, model, eye)))
        stretch[lids] = np.clip(ratio, 0.6, 1.8)
    return stretch


def region_rows(model: FaceModel) -> dict[str, NDArray[np.int64]]:
    """Rows of the points of each region that residuals are reported for."""
    return {name: places(model.index, wanted) for name, wanted in REGIONS.items()}
