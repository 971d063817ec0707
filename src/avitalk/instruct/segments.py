"""Where to cut: voice and cues of delivery by frame in, spans of time for one instruction each out.

Speech is cut at pauses, and between pauses where the delivery changes: the cuts are those that
minimise, over all cuts with pieces of MIN_S to MAX_S, the sum over pieces and cues of

    (W / FRAMES_EACH) * log(1 + variance of the cue within the piece)  +  CUT_COST a piece,

that is minus twice the log-likelihood of a normal distribution a piece with its own mean and
spread, where FRAMES_EACH neighbouring frames say one thing only (they are not independent). It is
found by dynamic programming over blocks of 0.1 s, in linear time, and looks no further than one
stretch of speech between two pauses; nothing is normalised over the file.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError

Floats = NDArray[np.float64]

PAUSE_S: Final = 0.35
"""Silence from this length on separates spans."""
CLICK_S: Final = 0.1
"""Sounds this short within silence are none."""
MIN_S: Final = 1.0
"""Shorter pieces of speech join a neighbour that is nearer than NEAR_S."""
MAX_S: Final = 8.0
"""Speech without a pause is cut at the best place before it gets longer."""
NEAR_S: Final = 1.0
HOLD_S: Final = 0.5
"""An expression begins this long before the voice, and stays as long, or up to half the pause."""
BLOCK_S: Final = 0.1
CUT_COST: Final = 8.0
FRAMES_EACH: Final = 8.0

Span = tuple[float, float]
"""Start and end in seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Cues:
    """What tells one manner of speaking from another, frame by frame. Raises InputError."""

    values: Floats
    """(T, C), each cue in units of its usual spread while one manner lasts."""
    weights: Floats
    """(T, C) in 0 to 1: how far a frame counts, 0 for the pitch of an unvoiced frame."""

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape != self.weights.shape:
            shapes = f"{self.values.shape} and {self.weights.shape}"
            raise InputError(f"cues and their weights of shapes {shapes}; need the same (T, C)")


def split(
    voice: Floats, cues: Cues, *, rate_hz: float, duration_s: float, cut_cost: float = CUT_COST
) -> list[Span]:
    """Spans in order, without overlap, that hold all speech; none for a recording without any.

    voice: (T,) probability that somebody speaks; T frames at `rate_hz`, frame t centred on
    (t + 0.5) / rate_hz. Short pauses lie within spans or are shared by the spans around them.
    """
    if len(voice) != len(cues.values):
        raise InputError(f"voice of {len(voice)} frames, cues of {len(cues.values)}; need the same")
    runs = _speech_runs(np.asarray(voice) > 0.5, rate_hz)
    pieces = [piece for run in runs for piece in _pieces(run, cues, rate_hz, cut_cost)]
    return _with_room(_joined_scraps(pieces, rate_hz), rate_hz, duration_s)


def _speech_runs(speaking: NDArray[np.bool_], rate_hz: float) -> list[tuple[int, int]]:
    """(first, one past the last) frame of each stretch of speech between pauses."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], speaking.astype(np.int8), [0]])))
    bursts = _bridged(edges.reshape(-1, 2).tolist(), CLICK_S * rate_hz)
    return _bridged([(a, b) for a, b in bursts if b - a >= CLICK_S * rate_hz], PAUSE_S * rate_hz)


def _bridged(runs: Iterable[Sequence[int]], gap: float) -> list[tuple[int, int]]:
    """Runs with less than `gap` frames between them made one."""
    joined: list[tuple[int, int]] = []
    for first, last in runs:
        if joined and first - joined[-1][1] < gap:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _pieces(
    run: tuple[int, int], cues: Cues, rate_hz: float, cut_cost: float
) -> list[tuple[int, int]]:
    """The run, cut where the delivery changes."""
    first, last = run
    block = max(1, round(BLOCK_S * rate_hz))
    least, most = round(MIN_S / BLOCK_S), round(MAX_S / BLOCK_S)
    count = math.ceil((last - first) / block)
    if count < 2 * least:
        return [run]
    sums = _block_sums(cues, first, last, block)
    # best[b]: least cost of the first b blocks; came[b]: where their last piece begins.
    best = np.full(count + 1, np.inf)
    best[0] = 0.0
    came = np.zeros(count + 1, np.int64)
    for end in range(least, count + 1):
        starts = np.arange(max(0, end - most), end - least + 1)
        costs = best[starts] + _costs(sums[end] - sums[starts]) + cut_cost
        chosen = int(costs.argmin())
        best[end], came[end] = costs[chosen], starts[chosen]
    edges = [count]
    while edges[-1] > 0:
        edges.append(int(came[edges[-1]]))
    frames = [min(first + edge * block, last) for edge in reversed(edges)]
    return list(pairwise(frames))


def _block_sums(cues: Cues, first: int, last: int, block: int) -> Floats:
    """(blocks + 1, C, 3) running sums of weight, weight * value, weight * value^2."""
    values = np.asarray(cues.values[first:last], np.float64)
    weights = np.asarray(cues.weights[first:last], np.float64)
    parts = np.stack([weights, weights * values, weights * values * values], axis=-1)
    missing = -len(parts) % block
    parts = np.pad(parts, ((0, missing), (0, 0), (0, 0)))
    blocks = parts.reshape(-1, block, *parts.shape[1:]).sum(axis=1)
    return np.concatenate([np.zeros((1, *blocks.shape[1:])), blocks.cumsum(axis=0)])


def _costs(sums: Floats) -> Floats:
    """(S, C, 3) sums over S candidate pieces -> (S,) cost of each."""
    weight = np.maximum(sums[..., 0], 1e-9)
    mean = sums[..., 1] / weight
    variance = np.maximum(sums[..., 2] / weight - mean * mean, 0.0)
    return np.asarray((sums[..., 0] / FRAMES_EACH * np.log1p(variance)).sum(axis=1))


def _joined_scraps(pieces: list[tuple[int, int]], rate_hz: float) -> list[tuple[int, int]]:
    """Pieces shorter than MIN_S joined to the nearer neighbour, if one is near."""
    pieces = list(pieces)
    i = 0
    while i < len(pieces):
        first, last = pieces[i]
        gaps = {
            i - 1: first - pieces[i - 1][1] if i > 0 else math.inf,
            i + 1: pieces[i + 1][0] - last if i + 1 < len(pieces) else math.inf,
        }
        other = min(gaps, key=lambda key: gaps[key])
        if last - first >= MIN_S * rate_hz or gaps[other] > NEAR_S * rate_hz:
            i += 1
            continue
        a, b = sorted((i, other))
        pieces[a : b + 1] = [(pieces[a][0], pieces[b][1])]
        i = max(a - 1, 0)
    return pieces


def _with_room(pieces: list[tuple[int, int]], rate_hz: float, duration_s: float) -> list[Span]:
    """Pieces in seconds, widened into the pauses around them; they meet in short ones."""
    spans: list[Span] = []
    for i, (first, last) in enumerate(pieces):
        begin_s, end_s = max(0.0, first / rate_hz - HOLD_S), last / rate_hz + HOLD_S
        if i and spans[-1][1] > begin_s:
            begin_s = (pieces[i - 1][1] + first) / 2 / rate_hz
            spans[-1] = (spans[-1][0], begin_s)
        spans.append((begin_s, end_s))
    return [(round(a, 3), round(min(b, duration_s), 3)) for a, b in spans]
