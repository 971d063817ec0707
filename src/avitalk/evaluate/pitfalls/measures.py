"""Truth, its sound and samples of a prediction -> every metric of motion, by catalogue name."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.evaluate.metrics import alignment, beats, dynamics, lips, silence, sync, vertices
from avitalk.evaluate.metrics.distances import MotionStatistics, frechet_distance, kernel_distance
from avitalk.evaluate.pitfalls.embeddings import Pairing
from avitalk.evaluate.pitfalls.faces import LIPS, UPPER, UPPER_AND_NOSE, Take, gap_of
from avitalk.evaluate.pitfalls.predictions import Modes

Array = NDArray[np.float64]
MOST_OFFSET: Final = 10  # frames
CLOSED_SHARE: Final = 0.08
"""Of the 95th percentile of openings: the trackers' lips do not meet at exactly 0."""


@dataclass(frozen=True)
class Scene:
    """What all clips share."""

    modes: Modes
    pairing: Pairing
    template: Array
    """(P, 3) mm, lips closed."""
    closed_mm: float

    @classmethod
    def of(cls, takes: Sequence[Take]) -> "Scene":
        """From training clips."""
        faces = [take.face for take in takes]
        every = np.concatenate(faces)
        gap = gap_of(every)
        template = every[gap <= np.percentile(gap, 15)].mean(axis=0)
        limit = CLOSED_SHARE * float(np.percentile(gap, 95))
        return cls(Modes.of(faces), Pairing.of(list(takes)), template, limit)


@dataclass(frozen=True)
class Judge:
    """Metrics of one clip; what depends on truth alone is worked out once."""

    take: Take
    scene: Scene

    @cached_property
    def onsets(self) -> Array:
        """Seconds."""
        return beats.audio_onsets(self.take.samples, SAMPLE_RATE_HZ)

    @cached_property
    def sound(self) -> Array:
        """(F, E) embeddings."""
        return self.scene.pairing.sound(self.take)

    def __call__(self, samples: Array) -> dict[str, float]:
        """(S, F, P, 3) -> metrics; those of one prediction are of the first sample."""
        made = samples[0]
        return (
            self._vertices(made) | self._samples(samples) | self._dynamics(made)
            | self._lips(made) | self._sync(made) | self._silence(made)
        )  # fmt: skip

    def _vertices(self, made: Array) -> dict[str, float]:
        truth = self.take.face
        return {
            "lve_squared": vertices.lve_squared(made, truth, LIPS),
            "lve_l2": vertices.lve_l2(made, truth, LIPS),
            "lve_rms": vertices.lve_rms(made, truth, LIPS),
            "lve_mean": vertices.lve_mean(made, truth, LIPS),
            "mve": vertices.mve(made, truth),
            "eve_squared": vertices.eve_squared(made, truth, UPPER),
        }

    def _samples(self, samples: Array) -> dict[str, float]:
        truth, modes = self.take.face, self.scene.modes
        styles = [_style(modes.scores(sample)) for sample in samples]
        return {
            "mee": vertices.mee(samples, truth, LIPS),
            "ce": vertices.ce(samples, truth, LIPS),
            "vertex_diversity": vertices.vertex_diversity(samples),
            "style_diversity": vertices.style_diversity(styles),
        }

    def _dynamics(self, made: Array) -> dict[str, float]:
        truth, rest, fps = self.take.face, self.scene.template, self.take.fps
        mouth = made[:, LIPS].reshape(len(made), -1)
        moves = beats.motion_beats(mouth, fps)
        return {
            "fdd_signed": dynamics.fdd_signed(made, truth, rest, UPPER),
            "fdd_absolute": dynamics.fdd_absolute(made, truth, rest, UPPER),
            "fdd_artalk": dynamics.fdd_artalk(made, truth, UPPER),
            "fdd_deeptalk": dynamics.fdd_deeptalk(made, truth, rest, UPPER_AND_NOSE),
            "lvd": dynamics.lvd(made.reshape(len(made), -1), truth.reshape(len(truth), -1)),
            "beat_consistency": dynamics.beat_consistency(self.onsets, moves),
        }

    def _lips(self, made: Array) -> dict[str, float]:
        gap, real = gap_of(made), gap_of(self.take.face)
        return {
            "correlation": lips.correlation(gap, real),
            "best_offset": float(lips.best_offset(gap, real, MOST_OFFSET)[0]),
            "spread_ratio": lips.spread_ratio(gap, real),
            "jitter_ratio": lips.jitter_ratio(gap, real),
        }

    def _sync(self, made: Array) -> dict[str, float]:
        fps, gap, embedded = self.take.fps, gap_of(made), self.scene.pairing.lips(made)
        moves = np.ptp(gap) > alignment.STILL  # else mtm refuses
        found = (self.sound, embedded, MOST_OFFSET)
        named = {
            "sync_distance": sync.sync_distance(*found),
            "sync_confidence": sync.sync_confidence(*found),
            "sync_offset": float(sync.sync_offset(*found)),
            "slcc": sync.slcc(self.take.samples, SAMPLE_RATE_HZ, made[:, LIPS], fps),
        }
        if moves:
            named["mtm"] = alignment.mtm(gap, gap_of(self.take.face), fps)
        return named

    def _silence(self, made: Array) -> dict[str, float]:
        gap, limit = gap_of(made), self.scene.closed_mm
        found = silence.contract(
            gap, self.take.fps, self.take.silences, self.take.bilabials, limit
        )  # fmt: skip
        named = {
            "silent_gap": found.silent_gap_mm,
            "silent_closed": found.silent_closed,
            "bilabial_closed": found.bilabial_closed,
            "end_gap": found.end_gap_mm,
        }
        return {name: value for name, value in named.items() if value is not None}


def of_sets(made: Sequence[Array], truth: Sequence[Array], scene: Scene) -> dict[str, float]:
    """Distances between two sets of clips, on statistics of principal movements."""
    extract = MotionStatistics(fps=25)
    first, second = (
        extract([scene.modes.scores(face) for face in faces]) for faces in (made, truth)
    )
    return {
        "frechet_distance": frechet_distance(first, second),
        "kernel_distance": kernel_distance(first, second),
    }


def _style(scores: Array) -> Array:
    """How a clip is held and how much it moves: stands for style features."""
    return np.concatenate([scores.mean(axis=0), scores.std(axis=0)])
