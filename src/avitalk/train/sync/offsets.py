"""Embeddings of sound and lips -> at which offset a stretch is found, and how often rightly."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.metrics.lips import bootstrap_share
from avitalk.evaluate.metrics.sync import MOST

Array = NDArray[np.floating[Any]]

NEAR: Final = 1
"""Frames that an offset may be off: 40 ms."""
CHANCE: Final = (2 * NEAR + 1) / (2 * MOST + 1)
"""Share of offsets drawn evenly that are right."""


def offset_of(heard: Array, seen: Array, first: int = 0, frames: int | None = None) -> int:
    """Frames that the lips from `first` on are late, -15 to 15, by the least mean distance.

    All the sound may be heard; an offset that leaves less than half of the lips a partner is none.
    """
    lips = seen[first:] if frames is None else seen[first : first + frames]
    distance = np.sqrt(np.maximum(0, 2 - 2 * lips @ heard.T))  # of unit vectors
    row = np.arange(len(lips))
    means = np.full(2 * MOST + 1, np.inf)
    for offset in range(-MOST, MOST + 1):
        at = row + first - offset
        there = (at >= 0) & (at < len(heard))
        if there.sum() * 2 >= len(lips):
            means[offset + MOST] = distance[row[there], at[there]].mean()
    return int(means.argmin()) - MOST


def stretches(length: int, frames: int, step: int) -> Iterator[int]:
    """Where stretches of `frames` begin, every `step` frames; none if the clip is shorter."""
    return iter(range(0, length - frames + 1, step))


def share(hits: Sequence[int], totals: Sequence[int]) -> dict[str, Any] | None:
    """Hits over totals with the interval over clips; None if nothing was counted."""
    if not sum(totals):
        return None
    return asdict(bootstrap_share(hits, totals)) | {"stretches": int(sum(totals))}
