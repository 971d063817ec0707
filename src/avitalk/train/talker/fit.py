"""Lip contours -> weights of the talker's shapes: bounded, regularised least squares over time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avitalk.talker.shapes import SHAPES
from avitalk.train.talker.articulation import stiffness

Array = NDArray[np.float64]

JAW, CLOSE = SHAPES.index("jawOpen"), SHAPES.index("mouthClose")


@dataclass(frozen=True, slots=True)
class FitSetting:
    """Strengths of the terms, for displacements in millimetres."""

    inner: float = 0.7
    """Weight of the inner lip contour's points."""
    outer: float = 0.4
    """Weight of the outer contour's points."""
    depth: float = 0.15
    """How much less the z coordinate counts than x and y: one camera sees it badly."""
    chin: float = 0.6
    """Weight of the chin's height."""
    parted: float = 3.0
    """Weight of the distances between upper and lower lip, inside: what viewers read."""
    width: float = 3.0
    """Weight of the distance between the corners."""
    smooth: float = 1.5
    """Weight of the squared change from frame to frame."""
    steps: int = 300
    """Iterations of the accelerated projected gradient."""


def observed(contour: Array, setting: FitSetting) -> Array:
    """(N, 45, 3) mm -> (N, O) weighted quantities whose squared differences are the fit's error."""
    weights = np.ones((45, 3))
    weights[:22] *= setting.inner
    weights[22:44] *= setting.outer
    weights[44] = (0.0, setting.chin, 0.0)
    weights[:, 2] *= setting.depth
    points = contour * np.sqrt(weights)
    parted = (contour[:, :11, 1] - contour[:, 11:22, 1]) * np.sqrt(setting.parted)
    width = (contour[:, 32:33, 0] - contour[:, 22:23, 0]) * np.sqrt(setting.width)
    return np.concatenate([points.reshape(len(contour), -1), parted, width], axis=1)


def fit_weights(
    basis: Array,
    moved: Array,
    prior: Array,
    breaks: NDArray[np.bool_],
    setting: FitSetting,
) -> Array:
    """Weights (F, K) in [0, 1] whose contour `weights @ basis` follows `moved` (F, 45, 3), in mm.

    basis: (K, 45, 3) contour displacement at weight 1, in mm. prior: (F, K) weights to lean to.
    breaks: (F,) true on the first frame of each clip, where smoothness does not reach back.
    mouthClose is held at or under jawOpen: it closes lips over an open jaw.
    """
    design = observed(basis, setting)
    normal = design @ design.T
    right = observed(moved, setting) @ design.T + prior * stiffness()
    normal = normal + np.diag(stiffness())
    bound = np.linalg.eigvalsh(normal)[-1] + 4 * setting.smooth
    joined = (~breaks[1:])[:, None] * setting.smooth
    weights = np.clip(prior, 0, 1)
    ahead, pace = weights.copy(), 1.0
    for _ in range(setting.steps):
        gradient = ahead @ normal - right
        change = (ahead[1:] - ahead[:-1]) * joined
        gradient[1:] += change
        gradient[:-1] -= change
        new = np.clip(ahead - gradient / bound, 0, 1)
        new[:, CLOSE] = np.minimum(new[:, CLOSE], new[:, JAW])
        next_pace = (1 + np.sqrt(1 + 4 * pace**2)) / 2
        ahead = new + (pace - 1) / next_pace * (new - weights)
        weights, pace = new, next_pace
    return weights
