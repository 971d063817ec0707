"""Metrics of timing: embeddings or tracks of sound and lips come in, distances and offsets go out.

`distances_at` and what is read from it follow SyncNet (Chung and Zisserman 2016) on embeddings of
anybody's making. Only with SyncNet's own network, 25 fps and pictures are they LSE-D and LSE-C; a
network trained here gives an in-domain measure under another name.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from avitalk.evaluate.metrics._check import Array, positive, values
from avitalk.evaluate.metrics.lips import correlation

MOST: Final = 15
"""Frames of offset on either side that SyncNet tries."""


def distances_at(audio: ArrayLike, motion: ArrayLike, most: int = MOST) -> Array:
    """(2 most + 1,) mean Euclidean distance of audio[t] and motion[t + o], o from -most to most.

    Deviation from SyncNet's script: where t + o has no frame, the pair is left out; there, zeros
    stand for it. Raises ValueError unless both are (T, E) with T above 2 `most`.
    """
    if most < 1:
        raise ValueError(f"offsets up to {most}; allowed: 1 or more")
    sound, moved = values(audio, "audio", "(T, E)"), values(motion, "motion", "(T, E)")
    if sound.shape != moved.shape:
        raise ValueError(f"audio has shape {sound.shape}, motion {moved.shape}; allowed: one shape")
    if len(sound) <= 2 * most:
        raise ValueError(f"{len(sound)} frames for offsets up to {most}; allowed: above {2 * most}")
    found = []
    for offset in range(-most, most + 1):
        first = sound[max(0, -offset) : len(sound) - max(0, offset)]
        second = moved[max(0, offset) : len(moved) + min(0, offset)]
        found.append(np.linalg.norm(first - second, axis=1).mean())
    return np.array(found)


def sync_distance(audio: ArrayLike, motion: ArrayLike, most: int = MOST) -> float:
    """Least mean distance over offsets, unit of the embedding, lower is better: at the best offset,
    so a constant delay costs nothing.
    """
    return float(distances_at(audio, motion, most).min())


def sync_confidence(audio: ArrayLike, motion: ArrayLike, most: int = MOST) -> float:
    """Median less minimum of the mean distances over offsets, unit of the embedding, higher is
    better.
    """
    found = distances_at(audio, motion, most)
    return float(np.median(found) - found.min())


def sync_offset(audio: ArrayLike, motion: ArrayLike, most: int = MOST) -> int:
    """Frames, best at 0: the offset of least mean distance; above 0 the motion is late."""
    return int(np.argmin(distances_at(audio, motion, most))) - most


def loudness(samples: ArrayLike, rate_hz: float, fps: float, steps: int) -> Array:
    """(steps,) root mean square of the sound from i / fps to (i + 1) / fps; 0 after its end."""
    sound = values(samples, "samples", "(N,)")
    edges = np.arange(steps + 1) * (positive(rate_hz, "rate_hz") / positive(fps, "fps"))
    at = np.minimum(np.round(edges).astype(np.int64), len(sound))
    sums = np.concatenate([[0.0], np.cumsum(np.square(sound))])
    power: Array = (sums[at[1:]] - sums[at[:-1]]) / np.maximum(at[1:] - at[:-1], 1)
    return np.asarray(np.sqrt(np.maximum(power, 0)))


def slcc(samples: ArrayLike, rate_hz: float, lips: ArrayLike, fps: float) -> float:
    """SLCC, -1 to 1, higher is better: Pearson's r between the z-scored RMS of the sound and the
    z-scored RMS speed of the lips (F, L, 3), step by step from frame to frame. 0 if either never
    changes. Needs three frames.
    """
    track = values(lips, "lips", "(F, L, 3)", frames=3)
    speed = np.sqrt(np.square(np.diff(track, axis=0)).sum(axis=2).mean(axis=1))
    return correlation(loudness(samples, rate_hz, fps, len(speed)), speed)
