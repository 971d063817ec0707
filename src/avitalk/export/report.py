"""A Motion in, the 52 weights as files carry them out, and what the file could not carry."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import EYE_LOOK, eye_look_weights
from avitalk.types import Motion


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What changed on the way from a Motion into a file."""

    clamped: int = 0
    """Weights, over all frames, that lay outside [0, 1] and were moved to its edge."""
    largest_excess: float = 0.0
    """How far outside [0, 1] the worst of them lay."""
    left_out: tuple[str, ...] = ()
    """Parts of the motion that the format has no place for, for example ('translation',)."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished file and what it cost."""

    data: bytes
    """The whole file."""
    report: ExportReport
    """What changed on the way."""

    @property
    def clamped(self) -> int:
        """Weights moved to the edge of [0, 1]."""
        return self.report.clamped


def file_weights(motion: Motion) -> tuple[NDArray[np.float32], ExportReport]:
    """The (F, 52) weights that go into files: eyeLook* from the eye angles, all in [0, 1]."""
    derived = motion.weights.copy()
    derived[:, list(EYE_LOOK)] = eye_look_weights(motion.eyes)
    weights = np.clip(derived, 0, 1)
    excess = np.abs(derived - weights)
    report = ExportReport(int(np.count_nonzero(excess)), float(excess.max()))
    return weights, report
