"""Clips with phone times -> training batches of waves (B, N) and phone targets (B, T, P)."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset

from avitalk.audio import SAMPLE_RATE_HZ, SAMPLES_PER_FEATURE
from avitalk.data import augment
from avitalk.data.clips import Clip
from avitalk.speech.phones import PHONE_INDEX, PHONES, SIL

LABEL_RATE_HZ = 100


@dataclass(frozen=True, slots=True)
class Recording:
    """A clip in memory."""

    clip: Clip
    samples: NDArray[np.int16]
    """(N,) at 16 kHz."""
    labels: NDArray[np.uint8]
    """Phone index every 10 ms."""


def frame_labels(clip: Clip, count: int) -> NDArray[np.uint8]:
    """(count,) phone index every 10 ms; what no phone covers is silence."""
    labels = np.full(count, SIL, np.uint8)
    for phone in clip.phones or ():
        start, end = (round(s * LABEL_RATE_HZ) for s in (phone.start_s, phone.end_s))
        labels[start:end] = PHONE_INDEX[phone.phone]
    return labels


def _record(clip: Clip) -> Recording:
    wave, rate_hz = soundfile.read(clip.audio, dtype="int16", always_2d=True)
    if rate_hz != SAMPLE_RATE_HZ:
        raise ValueError(f"{clip.audio}: {rate_hz} Hz; prepared audio is {SAMPLE_RATE_HZ} Hz")
    samples = wave[:, 0]
    count = -(-len(samples) // (SAMPLE_RATE_HZ // LABEL_RATE_HZ))
    return Recording(clip, samples, frame_labels(clip, count))


def load_recordings(clips: Sequence[Clip]) -> list[Recording]:
    """Decode all clips; about 100 MB an hour."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(_record, clips))


def soft_targets(labels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(2T,) labels at 100 Hz -> (T, P) shares of each frame of 20 ms."""
    eye = np.eye(len(PHONES), dtype=np.float32)
    return np.asarray((eye[labels[0::2]] + eye[labels[1::2]]) / 2, np.float32)


class Examples(IterableDataset[tuple[Tensor, Tensor]]):
    """Endless augmented batches; each worker draws its own stream from the seed."""

    def __init__(
        self,
        recordings: Sequence[Recording],
        shares: dict[str, float],
        *,
        batch: int = 12,
        seconds: float = 4.0,
        seed: int = 0,
        chances: augment.Chances | None = None,
    ) -> None:
        """`shares`: corpus -> how often it is drawn; within a corpus by length."""
        self.recordings = recordings
        self.batch = batch
        self.samples = int(seconds * SAMPLE_RATE_HZ) // SAMPLES_PER_FEATURE * SAMPLES_PER_FEATURE
        self.seed = seed
        self.chances = chances or augment.Chances()
        lengths = np.array([len(r.samples) for r in recordings], np.float64)
        corpora = np.array([r.clip.corpus for r in recordings])
        weight = np.zeros(len(recordings))
        for corpus, share in shares.items():
            chosen = corpora == corpus
            if chosen.any():
                weight[chosen] = share * lengths[chosen] / lengths[chosen].sum()
        self.weight = weight / weight.sum()

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        while True:
            picks = rng.choice(len(self.recordings), self.batch, p=self.weight)
            pairs = [self._example(rng, self.recordings[i]) for i in picks]
            waves = torch.from_numpy(np.stack([wave for wave, _ in pairs]))
            yield waves, torch.from_numpy(np.stack([target for _, target in pairs]))

    def _example(
        self, rng: np.random.Generator, recording: Recording
    ) -> tuple[augment.Wave, NDArray[np.float32]]:
        count, chances = self.samples, self.chances
        hop = SAMPLE_RATE_HZ // LABEL_RATE_HZ
        labels = np.full(count // hop, SIL, np.uint8)
        if rng.random() < chances.speechless:
            wave = augment.speechless(rng, count)
        else:
            wave, labels = self._stretch(rng, recording)
            self._gap(rng, wave, labels)
            wave = augment.with_noise(rng, augment.room(rng, wave, chances), chances)
            if rng.random() < chances.voices:
                wave = wave + self._murmur(rng, wave)
        wave = augment.unit(wave) * 10 ** rng.uniform(-2.5, -0.3)
        return wave.astype(np.float32), soft_targets(labels)

    def _stretch(
        self, rng: np.random.Generator, recording: Recording
    ) -> tuple[augment.Wave, NDArray[np.uint8]]:
        """A random stretch at a random speed; past the recording's end there is silence."""
        count, hop = self.samples, SAMPLE_RATE_HZ // LABEL_RATE_HZ
        factor = rng.uniform(*self.chances.speeds) if rng.random() < self.chances.resample else 1.0
        room = max(0, len(recording.samples) - int(count * factor))
        start = int(rng.integers(-count // 8, room + 1)) if room else -int(rng.integers(count // 2))
        first = max(start, 0)
        used = recording.samples[first : first + int(count * factor) + 2].astype(np.float32)
        wave = np.zeros(count, np.float32)
        offset = min(int(-min(start, 0) / factor), count - 1)
        offset -= offset % hop
        wave[offset:] = augment.resampled(used, factor, count - offset) / 32768
        centre = (np.arange((count - offset) // hop) + 0.5) * factor + first / hop
        index = np.floor(centre).astype(np.int64)
        inside = index < len(recording.labels)
        labels = np.full(count // hop, SIL, np.uint8)
        labels[offset // hop :][inside] = recording.labels[index[inside]]
        return wave, labels

    def _murmur(self, rng: np.random.Generator, wave: augment.Wave) -> augment.Wave:
        """Two to five other recordings at once, 5 to 25 dB below the wave, in a room."""
        picks = rng.choice(len(self.recordings), rng.integers(2, 6), p=self.weight)
        others = sum(augment.unit(self._stretch(rng, self.recordings[i])[0]) for i in picks)
        loud = float(np.sqrt(np.mean(wave**2))) * 10 ** (-rng.uniform(5, 25) / 20)
        return augment.room(rng, augment.unit(np.asarray(others)), self.chances) * np.float32(loud)

    def _gap(self, rng: np.random.Generator, wave: augment.Wave, labels: NDArray[np.uint8]) -> None:
        """Silence a part of the example, in place, by chance."""
        if rng.random() > self.chances.gap:
            return
        hop = SAMPLE_RATE_HZ // LABEL_RATE_HZ
        width = int(rng.integers(20, len(labels) // 2))
        start = int(rng.integers(0, len(labels) - width))
        wave[start * hop : (start + width) * hop] *= rng.choice([0.0, 0.003])
        labels[start : start + width] = SIL
