"""Recordings -> lessons: log-mel and lips of each in several voices and rooms; batches of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from avitalk.data import augment
from avitalk.evaluate.sync_expert.expert import SAMPLES_PER_FRAME
from avitalk.evaluate.sync_expert.lips import HALF, lip_features
from avitalk.evaluate.sync_expert.network import MELS_PER_FRAME, SyncExpertConfig
from avitalk.speech.mel import LevelInvariantMel
from avitalk.train.sync.clips import Spoken

ROOM = augment.Chances(reverb=0.4, colour=0.6, noise=0.6, narrow=0.15)
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One clip in one voice, 25 frames a second."""

    source: str
    mel: NDArray[np.float16]
    """(M, 4T)."""
    lips: NDArray[np.float16]
    """(P, T)."""


@dataclass(frozen=True, slots=True)
class Alterations:
    """How strongly lessons differ from what was recorded each time they are drawn."""

    warp: float = 0.15
    """Formants move by up to this share, as in vocal tracts of other lengths."""
    tilt: float = 0.3
    """Standard deviation of a smooth gain over the bands, in units of the log-mel."""
    hiss: float = 0.2
    """Standard deviation of noise on the log-mel."""
    hidden: int = 8
    """Most neighbouring bands that are hidden."""
    size: float = 0.35
    """Standard deviation of the logarithm of the size of all lip movements."""
    parts: float = 0.25
    """The same for across and up, and for each row of the contour by itself."""
    mixing: float = 0.05
    """How much of other lip features each one takes up."""
    rest: float = 0.3
    """Standard deviation of the lips' usual place, in features of unit size."""
    jitter: float = 0.15
    """Largest standard deviation of a tracker's noise, from frame to frame."""


def lessons(
    spoken: Iterable[Spoken], config: SyncExpertConfig, *, copies: int, seed: int
) -> list[Lesson]:
    """Each recording in `copies` voices and rooms, the first as it is."""
    rng = np.random.default_rng(seed)
    mel = LevelInvariantMel(config.bands, config.level_back_s, config.level_ahead_s)
    found = []
    for item in spoken:
        for copy in range(copies):
            wave, factor, late_s = item.wave, 1.0, 0.0
            if copy:
                factor = float(np.exp(rng.uniform(-0.22, 0.22)))
                late_s = float(rng.uniform(-0.01, 0.01))
                wave = augment.resampled(wave, factor, int(len(wave) / factor))
                wave = augment.with_noise(rng, augment.unit(augment.room(rng, wave, ROOM)), ROOM)
            lips = lip_features(item.lips(factor, late_s))
            frames = min(len(lips), len(wave) // SAMPLES_PER_FRAME)
            heard = mel(torch.tensor(wave[: frames * SAMPLES_PER_FRAME])[None])[0]
            heard = heard[:, : frames * MELS_PER_FRAME].numpy().astype(np.float16)
            found.append(Lesson(item.corpus, heard, lips[:frames].T.astype(np.float16)))
    return found


class Batches:
    """Random stretches of random lessons, altered."""

    def __init__(
        self,
        found: Sequence[Lesson],
        *,
        batch: int,
        frames: int,
        shares: Sequence[tuple[str, float]],
        alterations: Alterations,
        seed: int,
    ) -> None:
        self.lessons = [lesson for lesson in found if lesson.lips.shape[1] >= frames]
        self.batch, self.frames, self.alterations = batch, frames, alterations
        self.rng = np.random.default_rng(seed)
        lengths = np.array([lesson.lips.shape[1] for lesson in self.lessons], np.float64)
        weight = np.zeros(len(self.lessons))
        for source, share in shares:
            chosen = np.array([lesson.source == source for lesson in self.lessons])
            if chosen.any():
                weight[chosen] = share * lengths[chosen] / lengths[chosen].sum()
        if not weight.sum() > 0:
            raise ValueError(f"no lesson of {[s for s, _ in shares]} is {frames} frames long")
        self.weight = weight / weight.sum()

    def draw(self) -> tuple[Tensor, Tensor]:
        """Log-mel (B, M, 4T) and lips (B, P, T)."""
        mels, lips = [], []
        for index in self.rng.choice(len(self.lessons), self.batch, p=self.weight):
            lesson = self.lessons[index]
            start = int(self.rng.integers(0, lesson.lips.shape[1] - self.frames + 1))
            end = start + self.frames
            part = lesson.mel[:, start * MELS_PER_FRAME : end * MELS_PER_FRAME]
            mels.append(heard_otherwise(self.rng, part.astype(np.float32), self.alterations))
            moved = lesson.lips[:, start:end].astype(np.float32)
            lips.append(seen_otherwise(self.rng, moved, self.alterations))
        return torch.from_numpy(np.stack(mels)), torch.from_numpy(np.stack(lips))


def heard_otherwise(rng: np.random.Generator, mel: Array, how: Alterations) -> Array:
    """(M, 4T) of another vocal tract, microphone and room."""
    bands = len(mel)
    at = (np.arange(bands) * np.exp(rng.uniform(-how.warp, how.warp))).clip(0, bands - 1)
    low = at.astype(np.int64).clip(max=bands - 2)
    share = (at - low).astype(np.float32)[:, None]
    made = mel[low] * (1 - share) + mel[low + 1] * share
    knots = rng.normal(0, how.tilt, 6)
    made += np.interp(np.linspace(0, 5, bands), np.arange(6), knots)[:, None]
    made += rng.normal(0, how.hiss * rng.random(), made.shape)
    first, count = rng.integers(0, bands), rng.integers(0, how.hidden + 1)
    made[first : first + count] = made.mean()
    return np.asarray(made, np.float32)


def seen_otherwise(rng: np.random.Generator, lips: Array, how: Alterations) -> Array:
    """(P, T) of lips of another size and shape, moving more or less, tracked with noise."""
    count, frames = lips.shape
    size = np.exp(rng.normal(0, how.size))
    across_up = np.exp(rng.normal(0, how.parts, 2))
    rows = np.exp(rng.normal(0, how.parts, 5))
    row_of = np.append(np.repeat(np.array(HALF) // 11, 2), 4)
    axis_of = np.append(np.tile([0, 1], len(HALF)), 1)
    scale = size * rows[row_of] * across_up[axis_of]
    made = lips * scale[:, None]
    mix = rng.normal(0, how.mixing, (count, count)) / np.sqrt(count)
    made = made + mix @ made
    made += rng.normal(0, how.rest, (count, 1)) * rng.random()
    steady = rng.normal(0, how.jitter * rng.random() ** 2, (count, frames))
    return np.asarray(made + steady, np.float32)
