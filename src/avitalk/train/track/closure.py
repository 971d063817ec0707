"""Lips over time and phone times in, how often p, b, m close them out, by audio-video offset.

The lips have to be closed somewhere in p, b and m. Where a corpus' sound and picture are shifted
against each other, they are so less often: the shift with the most closures is the offset.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Spans = Sequence[tuple[float, float]]

CLOSED: Final = 0.08
"""Lips whose gap is at most this share of the speaker's 95th percentile are closed."""
BILABIAL: Final = ("P", "B", "M")
VOWELS: Final = ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "EY", "IH", "IY")
"""The control: open and front vowels."""
OFFSETS_S: Final = tuple(round(0.02 * i, 2) for i in range(-8, 9))


@dataclass(frozen=True, slots=True)
class Closure:
    """How often lips were closed somewhere in a phone."""

    bilabial: float
    """Share of p, b, m."""
    bilabials: int
    vowel: float
    """Share of vowels: what chance and short vowels give."""
    vowels: int


def closed_limit(gaps: Sequence[Array]) -> float:
    """The gap under which the lips of one speaker count as closed, in the unit of `gaps`."""
    return CLOSED * float(np.percentile(np.concatenate(gaps), 95))


def closed_in(gap: Array, times_s: Array, spans: Spans, limit: float) -> int:
    """In how many spans a frame is shown whose gap is at most `limit`.

    gap: (F,) of frames whose exposure's middle is at `times_s` (F,). A span without a frame's
    middle takes the frame that is nearest to its own middle.
    """
    hits = 0
    for start_s, end_s in spans:
        inside = gap[(times_s >= start_s) & (times_s <= end_s)]
        if not len(inside):
            inside = gap[[int(np.abs(times_s - (start_s + end_s) / 2).argmin())]]
        hits += bool(inside.min() <= limit)
    return hits


def closure_at(
    gaps: Sequence[Array], fps: float, phones: Sequence[tuple[Spans, Spans]], offset_s: float = 0.0
) -> Closure:
    """Closures of clips of one speaker if the picture is `offset_s` late against the sound.

    gaps: (F,) of each clip. phones: spans of p, b, m and of vowels in each, in seconds of sound.
    """
    limit = closed_limit(gaps)
    hits, counts = np.zeros(2), np.zeros(2)
    for gap, spans in zip(gaps, phones, strict=True):
        times_s: Array = (np.arange(len(gap), dtype=np.float64) + 0.5) / fps - offset_s
        hits += [closed_in(gap, times_s, part, limit) for part in spans]
        counts += [len(part) for part in spans]
    share = hits / np.maximum(counts, 1)
    return Closure(float(share[0]), int(counts[0]), float(share[1]), int(counts[1]))


def by_offset(
    gaps: Sequence[Array], fps: float, phones: Sequence[tuple[Spans, Spans]]
) -> dict[float, Closure]:
    """`closure_at` for each of OFFSETS_S."""
    return {offset_s: closure_at(gaps, fps, phones, offset_s) for offset_s in OFFSETS_S}


def best_offset_s(table: dict[float, Closure]) -> float:
    """Where closures rise most above the control: the middle of the offsets within one closure in
    fifty of the best.
    """
    height = {offset: found.bilabial - found.vowel for offset, found in table.items()}
    best = max(height.values())
    return round(float(np.mean([at for at, value in height.items() if value >= best - 0.02])), 3)
