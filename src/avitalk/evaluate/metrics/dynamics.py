"""Metrics of how a face moves: tracks come in, prediction and truth; numbers go out.

Ratios of spread and of jitter are in `lips`. All raise ValueError on other shapes, on nothing,
and on values that are not finite.
"""

import numpy as np
from numpy.typing import ArrayLike

from avitalk.evaluate.metrics._check import Array, pair, positive, region, values

TRACK = "(F, V, 3)"
HUNDRED = 100.0  # ARTalk's factor: mm to hundredths of a mm


def _variation(
    predicted: ArrayLike, truth: ArrayLike, template: ArrayLike, rows: ArrayLike, lost: int
) -> tuple[Array, Array]:
    """(U,) standard deviation over time of the squared distance from the template, mm^2."""
    made, real = pair(predicted, truth, TRACK, frames=1 + lost)
    rest = values(template, "template", "(V, 3)")
    if rest.shape != made.shape[1:]:
        raise ValueError(f"template has shape {rest.shape}; allowed: {made.shape[1:]}")
    chosen = region(rows, made.shape[1], "upper face")
    first, second = (
        np.square(track[:, chosen] - rest[chosen]).sum(axis=2).std(axis=0, ddof=lost)
        for track in (made, real)
    )
    return first, second


def fdd_signed(
    predicted: ArrayLike, truth: ArrayLike, template: ArrayLike, upper: ArrayLike
) -> float:
    """FDD, mm^2, best at 0: mean over the upper face's vertices of std over time of
    |v - template|^2, truth less prediction (CodeTalker, eq. 9 and its script). Above 0 the
    prediction moves less than truth. Of one sequence; the papers average over sequences.
    """
    made, real = _variation(predicted, truth, template, upper, 0)
    return float((real - made).mean())


def fdd_absolute(
    predicted: ArrayLike, truth: ArrayLike, template: ArrayLike, upper: ArrayLike
) -> float:
    """FDD without signs, mm^2, lower is better: as `fdd_signed` with the absolute difference of
    each vertex, so that too much here and too little there do not cancel.
    """
    made, real = _variation(predicted, truth, template, upper, 0)
    return float(np.abs(real - made).mean())


def fdd_deeptalk(
    predicted: ArrayLike, truth: ArrayLike, template: ArrayLike, upper_and_nose: ArrayLike
) -> float:
    """FDD of DEEPTalk, mm^2, best at 0: as `fdd_signed` with the unbiased standard deviation, on a
    region that takes in the nose. Needs two frames.
    """
    made, real = _variation(predicted, truth, template, upper_and_nose, 1)
    return float((real - made).mean())


def fdd_artalk(predicted: ArrayLike, truth: ArrayLike, upper: ArrayLike) -> float:
    """FDD of ARTalk, hundredths of a mm, lower is better: 100 times the mean over vertices of
    |std over time of (x + y + z), prediction less truth|. The sum of coordinates sees no movement
    that leaves it as it is, such as x + 1, y - 1.
    """
    made, real = pair(predicted, truth, TRACK)
    chosen = region(upper, made.shape[1], "upper face")
    first, second = (track[:, chosen].sum(axis=2).std(axis=0) for track in (made, real))
    return float(HUNDRED * np.abs(first - second).mean())


def lvd(predicted: ArrayLike, truth: ArrayLike) -> float:
    """LVD, unit of the channels a frame, lower is better: mean absolute difference of the steps
    from frame to frame, over steps and channels (EMAGE). Of (F, C) tracks: weights, or vertices
    side by side. EMAGE divides by T, the frames; here by the F - 1 steps there are. Depends on the
    frame rate.
    """
    made, real = pair(predicted, truth, "(F, C)", frames=2)
    return float(np.abs(np.diff(made, axis=0) - np.diff(real, axis=0)).mean())


def beat_consistency(
    audio_beats_s: ArrayLike, motion_beats_s: ArrayLike, *, sigma_s: float = 0.1
) -> float:
    """Beat consistency, 0 to 1, higher is better: mean over audio beats of
    exp(-d^2 / (2 sigma^2)), d the seconds to the nearest motion beat (SAiD, sigma 0.1 s).

    0 without motion beats. Raises ValueError without audio beats.
    """
    sounds = values(audio_beats_s, "audio beats", "(A,)")
    moves = np.asarray(motion_beats_s, np.float64)
    if not moves.size:
        return 0.0
    moves = values(moves, "motion beats", "(M,)")
    width = positive(sigma_s, "sigma_s")
    nearest = np.abs(sounds[:, None] - moves).min(axis=1)
    return float(np.exp(-np.square(nearest) / (2 * width**2)).mean())
