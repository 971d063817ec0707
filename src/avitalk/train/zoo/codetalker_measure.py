"""A trained CodeTalker and held-out sequences -> how well lips open, and how codes are used."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from avitalk.evaluate.metrics.lips import Interval, bootstrap, correlation
from avitalk.face.patch import face_patch
from avitalk.train.zoo.sequences import Sequence25
from avitalk.zoo.codetalker.model import CodeTalker


@dataclass(frozen=True, slots=True)
class Measured:
    """How a model does on held-out sequences."""

    aperture_r: Interval
    """Correlation of the lips' opening with the truth's, mean over sequences."""
    shuffled_r: Interval
    """The same with the speech of the next sequence."""
    spread: Interval
    """Deviation of the opening over the truth's."""
    lips_mm: Interval
    """Mean distance of lip vertices from the truth's."""
    mean_face_mm: Interval
    """The same for the mean of the sequences, held still; its r is 0."""
    space_r: Interval
    """Of stage 1: the opening through codes and back, against the truth's."""
    perplexity: float
    """Codes in use, as if evenly, for the true motion."""


def measured(model: CodeTalker, found: Sequence[Sequence25]) -> Measured:
    """Needs two sequences of the model's own features and more."""
    patch, lips = face_patch(), face_patch().lips
    truth = [patch.moved(one.weights.astype(np.float32)) for one in found]
    gaps = [patch.gap_mm(moved) for moved in truth]
    drawn = [model.respond(one.values.astype(np.float32), one.frames) for one in found]
    opened = [patch.gap_mm(moved.astype(np.float64)) for moved in drawn]
    mean = np.concatenate(truth).mean(axis=0)
    coded, chosen = [], []
    for moved in truth:
        flat = torch.from_numpy(moved.reshape(1, len(moved), -1).astype(np.float32))
        with torch.inference_mode():
            again, codes = model.network.autoencoder(flat)
        coded.append(patch.gap_mm(again[0].numpy().reshape(moved.shape)))
        chosen.append(codes.chosen.reshape(-1))
    used = torch.bincount(torch.cat(chosen), minlength=model.config.entries)
    share = used / used.sum()
    pairs = list(zip(opened, gaps, strict=True))
    shifted = zip([*opened[1:], opened[0]], gaps, strict=True)
    errors = [_lips(a - b, lips) for a, b in zip(drawn, truth, strict=True)]
    return Measured(
        bootstrap([correlation(a, b) for a, b in pairs]),
        bootstrap([_shared(a, b) for a, b in shifted]),
        bootstrap([a.std() / max(b.std(), 1e-6) for a, b in pairs]),
        bootstrap(errors),
        bootstrap([_lips(mean - moved, lips) for moved in truth]),
        bootstrap([correlation(a, b) for a, b in zip(coded, gaps, strict=True)]),
        float(torch.special.entr(share).sum().exp()),
    )


def _shared(first: np.ndarray, second: np.ndarray) -> float:
    count = min(len(first), len(second))
    return correlation(first[:count], second[:count])


def _lips(apart: np.ndarray, lips: np.ndarray) -> float:
    """(F, V, 3) -> mm."""
    return float(np.linalg.norm(apart[:, lips], axis=-1).mean())
