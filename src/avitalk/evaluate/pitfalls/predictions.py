"""Truth -> samples of a prediction: filmed faces mixed with smooth noise that moves as faces do."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.metrics.alignment import smoothed

Array = NDArray[np.float64]
MODES: Final = 12
SIGMA: Final = 2.0
"""Frames of the Gaussian that smooths the noise."""


@dataclass(frozen=True, slots=True)
class Modes:
    """Principal movements of faces."""

    mean: Array
    """(P, 3) mm."""
    shapes: Array
    """(M, P, 3), each of length 1."""
    spread: Array
    """(M,) mm, standard deviation of each."""

    @classmethod
    def of(cls, faces: list[Array], count: int = MODES) -> Self:
        """From tracks (F, P, 3)."""
        every = np.concatenate(faces)
        mean = every.mean(axis=0)
        flat = (every - mean).reshape(len(every), -1)
        values, vectors = np.linalg.eigh(flat.T @ flat / len(flat))
        order = np.argsort(values)[::-1][:count]
        shapes = vectors[:, order].T
        # The sign of an eigenvector is the library's choice: the largest entry is made positive.
        largest = np.abs(shapes).argmax(axis=1)
        shapes = shapes * np.sign(shapes[np.arange(count), largest])[:, None]
        return cls(mean, shapes.reshape(count, *mean.shape), np.sqrt(values[order]))

    def scores(self, face: Array) -> Array:
        """(F, P, 3) -> (F, M), in standard deviations."""
        flat = (face - self.mean).reshape(len(face), -1)
        found: Array = flat @ self.shapes.reshape(len(self.shapes), -1).T / self.spread
        return found


def predict(face: Array, modes: Modes, share: float, samples: int, seed: int) -> Array:
    """(S, F, P, 3): truth, and on each movement smooth noise of `share` of its spread; both are
    scaled back, so that the prediction moves as much as truth.
    """
    kept = 1 / np.sqrt(1 + share**2)
    middle = face.mean(axis=0)
    rng = np.random.default_rng(seed)
    count = len(modes.spread)
    found = np.empty((samples, *face.shape))
    for i in range(samples):
        white = rng.normal(size=(len(face), count))
        slow = np.stack([smoothed(column, SIGMA) for column in white.T], axis=1)
        slow *= share * modes.spread / slow.std(axis=0)
        found[i] = middle + kept * (face - middle + np.tensordot(slow, modes.shapes, 1))
    return found
