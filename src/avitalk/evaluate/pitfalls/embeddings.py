"""Sound and lips -> embeddings that correlate as well as lines can: CCA on training clips.

A stand-in for a sync expert, so that SyncNet's procedure can be tried without any weights.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray

from avitalk.evaluate.pitfalls.faces import LIPS, Take
from avitalk.speech.mel import LevelInvariantMel

Array = NDArray[np.float64]
BANDS: Final = 24
WIDTH: Final = 12
AROUND: Final = 2  # frames on either side: five-frame windows, as SyncNet's
RIDGE: Final = 1e-2


@dataclass(frozen=True, slots=True)
class Pairing:
    """Linear maps from sound and from lips to one space."""

    sound_mean: Array
    sound_map: Array
    lips_mean: Array
    lips_map: Array

    @classmethod
    def of(cls, takes: list[Take]) -> Self:
        """The WIDTH directions of highest correlation (Hotelling 1936), with a small ridge."""
        sound = np.concatenate([_sound(take) for take in takes])
        lips = np.concatenate([_lips(take.face) for take in takes])
        means = sound.mean(axis=0), lips.mean(axis=0)
        a, b = sound - means[0], lips - means[1]
        white_a, white_b = _whitening(a), _whitening(b)
        u, _, vt = np.linalg.svd((a @ white_a).T @ (b @ white_b) / len(a))
        return cls(means[0], white_a @ u[:, :WIDTH], means[1], white_b @ vt[:WIDTH].T)

    def sound(self, take: Take) -> Array:
        """(F, WIDTH) of length 1."""
        return _unit((_sound(take) - self.sound_mean) @ self.sound_map)

    def lips(self, face: Array) -> Array:
        """(F, P, 3) -> (F, WIDTH) of length 1."""
        return _unit((_lips(face) - self.lips_mean) @ self.lips_map)


def _unit(rows: Array) -> Array:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


def _whitening(centred: Array) -> Array:
    values, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    keep = values > 1e-6 * values.max()
    return np.asarray(vectors[:, keep] / np.sqrt(values[keep] + RIDGE * values.mean()))


def _windows(rows: Array) -> Array:
    held = np.pad(rows, ((AROUND, AROUND), (0, 0)), mode="edge")
    return np.concatenate([held[i : i + len(rows)] for i in range(2 * AROUND + 1)], axis=1)


def _sound(take: Take) -> Array:
    mel = LevelInvariantMel(BANDS, 2.0, 0.5)
    with torch.no_grad():
        found = mel(torch.from_numpy(np.array(take.samples))[None])[0].T.double().numpy()
    middles = (np.arange(len(take.face)) + 0.5) / take.fps * 100  # bands come 100 times a second
    at = np.clip(middles[:, None] + np.arange(-2, 2), 0, len(found) - 1).astype(int)
    return _windows(found[at].mean(axis=1))


def _lips(face: Array) -> Array:
    return _windows(face[:, LIPS[::2], :2].reshape(len(face), -1))
