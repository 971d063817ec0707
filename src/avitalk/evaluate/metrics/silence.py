"""The silence contract: lips must rest where nobody speaks, meet on p b m, and end closed.

Openings of the inner lips in mm (F,) and spans in seconds come in. Nobody in the field measures
this; the definitions are ours. Phone times come from alignment, silences from `lips.pauses`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from avitalk.evaluate.metrics._check import Array, positive, values
from avitalk.evaluate.metrics.lips import Span, closed_in_spans, closed_share, spread_ratio

CLOSED_MM: Final = 1.0
"""At most this far apart, lips count as closed."""
END_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Silence:
    """The contract of one clip; None where the clip has no such span."""

    silent_gap_mm: float | None
    silent_closed: float | None
    bilabial_closed: float | None
    end_gap_mm: float


def silent_gap(gap_mm: ArrayLike, fps: float, silences: Sequence[Span]) -> float:
    """mm, lower is better: mean opening over frames i with i / fps within the silences, ends
    included; lips that overlap are open by 0. Raises ValueError if no frame is.
    """
    gap = values(gap_mm, "gap", "(F,)")
    times = np.arange(len(gap)) / positive(fps, "fps")
    inside = np.zeros(len(gap), bool)
    for start_s, end_s in silences:
        inside |= (times >= start_s) & (times <= end_s)
    if not inside.any():
        raise ValueError(f"no frame of {len(gap)} lies within {len(silences)} silences")
    return float(np.maximum(gap[inside], 0).mean())


def silent_closed(
    gap_mm: ArrayLike, fps: float, silences: Sequence[Span], limit_mm: float = CLOSED_MM
) -> float:
    """0 to 1, higher is better: share of frames within the silences whose opening is at most
    `limit_mm`. Raises ValueError if no frame is within them.
    """
    gap = values(gap_mm, "gap", "(F,)")
    return _share(*closed_share(gap, positive(fps, "fps"), silences, limit_mm), "frames in silence")


def bilabial_closed(
    gap_mm: ArrayLike, fps: float, phones: Sequence[Span], limit_mm: float = CLOSED_MM
) -> float:
    """0 to 1, higher is better: share of p, b and m during which a frame is shown whose opening is
    at most `limit_mm`. Raises ValueError without such phones.
    """
    gap = values(gap_mm, "gap", "(F,)")
    return _share(*closed_in_spans(gap, positive(fps, "fps"), phones, limit_mm), "phones")


def end_gap(gap_mm: ArrayLike, fps: float, last_s: float = END_S) -> float:
    """mm, lower is better: mean opening over the last `last_s` of a clip, at least one frame; lips
    that overlap are open by 0. Fair only to clips that end in silence.
    """
    gap = values(gap_mm, "gap", "(F,)")
    frames = max(1, round(positive(last_s, "last_s") * positive(fps, "fps")))
    return float(np.maximum(gap[-frames:], 0).mean())


def reaction(gap_mm: ArrayLike, gap_in_silence_mm: ArrayLike) -> float:
    """mm, lower is better: mean absolute difference of the opening that noise or music brings
    about from the one that digital silence of equal length does.
    """
    heard, still = _openings(gap_mm, gap_in_silence_mm)
    return float(np.abs(heard - still).mean())


def reaction_share(gap_mm: ArrayLike, gap_in_speech_mm: ArrayLike) -> float:
    """0 and up, lower is better: spread of the opening under noise or music over its spread under
    speech. Raises ValueError if the lips never move under speech.
    """
    heard = values(gap_mm, "gap", "(F,)")
    return spread_ratio(heard, values(gap_in_speech_mm, "gap in speech", "(F,)"))


def contract(
    gap_mm: ArrayLike,
    fps: float,
    silences: Sequence[Span],
    phones: Sequence[Span],
    limit_mm: float = CLOSED_MM,
) -> Silence:
    """All of one clip."""
    return Silence(
        silent_gap(gap_mm, fps, silences) if silences else None,
        silent_closed(gap_mm, fps, silences, limit_mm) if silences else None,
        bilabial_closed(gap_mm, fps, phones, limit_mm) if phones else None,
        end_gap(gap_mm, fps),
    )


def _openings(first: ArrayLike, second: ArrayLike) -> tuple[Array, Array]:
    a, b = values(first, "gap", "(F,)"), values(second, "gap in silence", "(F,)")
    if len(a) != len(b):
        raise ValueError(f"openings of {len(a)} and {len(b)} frames; allowed: as many")
    return a, b


def _share(hits: int, total: int, what: str) -> float:
    if not total:
        raise ValueError(f"no {what} to take a share of; allowed: at least one")
    return hits / total
