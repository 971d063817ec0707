"""Motions -> what the style suite keeps of them: windows and summaries, face alone.

Heads, gaze and who performs are the same for everybody: the default head, looking straight ahead.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import EYE_LOOK, REGIONS
from avitalk.audio import MOTION_FPS
from avitalk.evaluate.corpus.lips import at_50
from avitalk.evaluate.corpus.take import Corpus, Take
from avitalk.evaluate.metrics.distances import MotionStatistics
from avitalk.evaluate.runs import Run
from avitalk.evaluate.suites.result import MEAN, SHUFFLED, TRUTH, others
from avitalk.evaluate.systems import System
from avitalk.facs.channels import FACE
from avitalk.types import Motion, Speech

Array = NDArray[np.float64]

EXTRACTOR: Final = MotionStatistics(MOTION_FPS)
"""Of the weights of FACE: all but gaze and tongue, which captures and trackers do not share."""
LIPS: Final = tuple(i for i, shape in enumerate(FACE) if shape in REGIONS["mouth"])
UPPER: Final = tuple(i for i, shape in enumerate(FACE) if shape not in REGIONS["mouth"])
"""Channels of FACE: brows, lids, cheeks and nose."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What is kept of one face."""

    windows: Array
    """(N, 3 C) of EXTRACTOR; none of a clip shorter than its window."""
    summary: Array
    """(2, C) mean and standard deviation over the clip."""


@dataclass(frozen=True, eq=False)
class Shown:
    """One face in a row of the tables."""

    row: str
    mark: str
    """Changes whenever the face may."""
    motion: Motion
    """50 Hz, head and gaze neutral."""


def straight(motion: Motion) -> Motion:
    """The motion at 50 Hz with head, gaze and translation at rest."""
    even = at_50(motion)
    weights = np.array(even.weights)
    weights[:, EYE_LOOK] = 0
    return Motion.still(even.frames, even.fps).with_weights(weights)


def seen(motion: Motion) -> Seen:
    """What is kept of a motion at 50 Hz."""
    track = np.asarray(motion.weights[:, FACE], np.float64)
    whole = len(track) >= round(EXTRACTOR.window_s * EXTRACTOR.fps)
    windows = EXTRACTOR([track]) if whole else np.zeros((0, 3 * len(FACE)))
    return Seen(windows, np.stack([track.mean(axis=0), track.std(axis=0)]))


def true_face(take: Take) -> Motion | None:
    """The whole true face, as `straight` has it; None where only lips or nothing is known."""
    if take.truth is None or take.truth.motion is None:
        return None
    return straight(take.truth.motion)


class Stage:
    """All faces of a corpus, take by take."""

    def __init__(self, corpus: Corpus, systems: Sequence[System], run: Run) -> None:
        self.corpus, self.systems, self.run = corpus, systems, run
        self.by_id = {take.id: take for take in corpus.takes}
        self.swapped = others(list(self.by_id))
        self.usual, self.usual_of = self._usual()

    def _usual(self) -> tuple[Array, str]:
        """(52,) the mean face, and of whom it is: true faces where there are any."""
        true = [face for face in map(true_face, self.corpus.takes) if face is not None]
        if true:
            return np.mean([face.weights.mean(axis=0) for face in true], axis=0), TRUTH
        if not self.systems:
            return np.zeros(52), "nobody"
        system = self.systems[0]
        found = [straight(self.run.motion(system, t)).weights.mean(0) for t in self.corpus.takes]
        return np.mean(found, axis=0), system.name

    @property
    def rows(self) -> list[str]:
        """Names of all rows, in order."""
        return [TRUTH, *(system.name for system in self.systems), MEAN, SHUFFLED]

    def faces(self, take: Take, speech: Speech) -> Iterator[Shown]:
        """Every row's face for a take; rows that have none are left out."""
        run, frames = self.run, max(1, int(speech.duration_s * MOTION_FPS))
        true = true_face(take)
        if true is not None:
            yield Shown(TRUTH, _hash(true), true)
            frames = true.frames
        for number, system in enumerate(self.systems):
            motion = straight(run.motion(system, take, speech))
            yield Shown(system.name, run.mark(system, take, speech), motion)
            if number == 0:
                frames = motion.frames
        yield self.mean_face(frames)
        if self.systems and take.id in self.swapped:
            other = self.by_id[self.swapped[take.id]]
            motion = straight(run.motion(self.systems[0], other))
            rolled = motion.weights[np.arange(frames) % motion.frames]
            mark = run.mark(self.systems[0], other, other.speech)
            still = Motion.still(frames, MOTION_FPS)
            yield Shown(SHUFFLED, f"{mark} {frames}", still.with_weights(rolled))

    def mean_face(self, frames: int) -> Shown:
        """The mean face, held."""
        held = np.repeat(self.usual[None].astype(np.float32), frames, axis=0)
        motion = Motion.still(frames, MOTION_FPS).with_weights(held)
        return Shown(MEAN, _hash(motion), motion)

    def draws(self, system: System, take: Take, speech: Speech, count: int) -> list[Motion]:
        """`count` performances of a take by seeds; fewer are made where seeds change nothing."""
        first = [self._drawn(system, take, speech, seed) for seed in range(2)]
        if first[0].same_as(first[1]):
            return first[:1] * count
        return first + [self._drawn(system, take, speech, seed) for seed in range(2, count)]

    def _drawn(self, system: System, take: Take, speech: Speech, seed: int) -> Motion:
        run = replace(self.run, seed=self.run.seed + seed)
        return straight(run.motion(system, take, speech))


def _hash(motion: Motion) -> str:
    return hashlib.sha256(motion.weights.tobytes()).hexdigest()[:12]
