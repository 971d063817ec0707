"""Metrics of moving vertices: (F, V, 3) tracks in mm come in, prediction and truth; numbers go out.

The field uses one name, LVE, for at least four formulas; here each has its own. Several clips are
pooled by laying their frames one after another, as CodeTalker's script does; for a mean over
clips, call once a clip. All are 0 on identical tracks and do not change if both are moved by
the same offset. All raise ValueError on other shapes, on nothing, on values that are not finite.
"""

import numpy as np
from numpy.typing import ArrayLike

from avitalk.evaluate.metrics._check import Array, pair, region, values

TRACK = "(F, V, 3)"
SAMPLES = "(S, F, V, 3)"


def _squared(predicted: ArrayLike, truth: ArrayLike, rows: ArrayLike, name: str) -> Array:
    """(F, L) squared distances in mm^2 of the region's vertices."""
    made, real = pair(predicted, truth, TRACK)
    chosen = region(rows, made.shape[1], name)
    apart: Array = np.square(made[:, chosen] - real[:, chosen]).sum(axis=2)
    return apart


def lve_squared(predicted: ArrayLike, truth: ArrayLike, lips: ArrayLike) -> float:
    """LVE-sq, mm^2, lower is better: mean over frames of the largest squared distance of a lip
    vertex, no root. The formula of CodeTalker, DiffSpeaker, FaceDiffuser and ProbTalk3D.

    torchmetrics' LipVertexError speaks of Euclidean distance and computes this; it also cuts the
    longer track without a word, where this raises.
    """
    return float(_squared(predicted, truth, lips, "lip").max(axis=1).mean())


def lve_l2(predicted: ArrayLike, truth: ArrayLike, lips: ArrayLike) -> float:
    """LVE-L2, mm, lower is better: mean over frames of the largest distance of a lip vertex
    (UniTalker).
    """
    return float(np.sqrt(_squared(predicted, truth, lips, "lip").max(axis=1)).mean())


def lve_rms(predicted: ArrayLike, truth: ArrayLike, lips: ArrayLike) -> float:
    """LVE-rms, mm, lower is better: square root of LVE-sq (ARTalk)."""
    return float(np.sqrt(lve_squared(predicted, truth, lips)))


def lve_mean(predicted: ArrayLike, truth: ArrayLike, lips: ArrayLike) -> float:
    """LVE-mean, mm, lower is better: mean distance over frames and lip vertices (DEEPTalk)."""
    return float(np.sqrt(_squared(predicted, truth, lips, "lip")).mean())


def mve(predicted: ArrayLike, truth: ArrayLike) -> float:
    """MVE, mm, lower is better: mean distance over frames and all vertices."""
    made, real = pair(predicted, truth, TRACK)
    return float(np.linalg.norm(made - real, axis=2).mean())


def eve_squared(predicted: ArrayLike, truth: ArrayLike, upper: ArrayLike) -> float:
    """EVE, mm^2, lower is better: LVE-sq on the vertices of the upper face."""
    return float(_squared(predicted, truth, upper, "upper face").max(axis=1).mean())


def mee(samples: ArrayLike, truth: ArrayLike, lips: ArrayLike) -> float:
    """Mean estimate error, mm^2, lower is better: LVE-sq of the mean of S samples (ProbTalk3D,
    S = 10).
    """
    drawn = values(samples, "samples", SAMPLES)
    return lve_squared(drawn.mean(axis=0), truth, lips)


def ce(samples: ArrayLike, truth: ArrayLike, lips: ArrayLike) -> float:
    """Coverage error, mm^2, lower is better: LVE-sq of the sample that has the least of it
    (ProbTalk3D, S = 10).
    """
    drawn = values(samples, "samples", SAMPLES)
    return min(lve_squared(sample, truth, lips) for sample in drawn)


def vertex_diversity(samples: ArrayLike, *, seed: int = 0) -> float:
    """Diversity of samples of one recording, mm, higher is more varied: S samples are shuffled by
    `seed`, the first half paired with the second, and the distances of all vertices averaged
    (ProbTalk3D, S = 10: 5 against 5). Raises ValueError if S is odd.
    """
    drawn = values(samples, "samples", SAMPLES, frames=2)
    if len(drawn) % 2:
        raise ValueError(f"{len(drawn)} samples; allowed: an even number, to pair half with half")
    order = np.random.default_rng(seed).permutation(len(drawn))
    first, second = np.split(drawn[order], 2)
    return float(np.linalg.norm(first - second, axis=-1).mean())


def style_diversity(styles: ArrayLike) -> float:
    """Diversity of AVI-Talking, in the unit of the style, higher is more varied: mean distance
    between the style features (S, E) that one recording gets under S draws of noise, all pairs.
    """
    drawn = values(styles, "styles", "(S, E)", frames=2)
    first, second = np.triu_indices(len(drawn), 1)
    return float(np.linalg.norm(drawn[first] - drawn[second], axis=1).mean())
