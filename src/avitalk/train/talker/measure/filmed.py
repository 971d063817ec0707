"""GRID's tracked lips, and how closely the talker's follow them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from avitalk.data.tracks import Track, neutral_contour, read_tracks
from avitalk.data.tracks import lip_gap as contour_gap
from avitalk.evaluate.lip_basis import basis_of
from avitalk.evaluate.metrics import lips
from avitalk.face import Head
from avitalk.speech.phones import OPEN_VOWELS
from avitalk.train.talker.measure.chain import Heard, Mouth
from avitalk.train.talker.targets import Target, target_of
from avitalk.types import Motion

Array = NDArray[np.float64]
CLOSED_SHARE = 0.08
"""Of truth's 95th percentile: a smaller gap is closed."""


@dataclass(frozen=True)
class Filmed:
    """One filmed recording."""

    heard: Heard
    target: Target
    raw: Callable[[Array], Array]
    """Seconds -> mm between the lips as tracked, not smoothed, by cubic splines between frames."""


@dataclass(frozen=True)
class Film:
    """The tracked speaker."""

    tracks: dict[str, Track]
    neutral: Array
    """(45, 3) m, closed lips."""
    width_mm: float
    """Width of the default head's mouth."""

    @classmethod
    def read(cls, folder: Path, head: Head) -> "Film":
        """A prepared folder with `tracks.npz`."""
        tracks = {track.clip_id: track for track in read_tracks(folder)}
        neutral = neutral_contour(list(tracks.values()))
        return cls(tracks, neutral, basis_of(head).width_mm)

    def gap_mm(self, track: Track) -> Array:
        """(F,) mm on the default head, from closed lips, as tracked."""
        scale = self.width_mm / float(np.linalg.norm(self.neutral[32] - self.neutral[22]))
        return contour_gap((track.contour - self.neutral) * scale)

    def limit_mm(self) -> float:
        """What counts as closed on the default head: 8 % of the 95th percentile of all frames."""
        every = np.concatenate([self.gap_mm(t)[~t.missing] for t in self.tracks.values()])
        return CLOSED_SHARE * float(np.percentile(every, 95))

    def filmed(self, heard: Heard) -> Filmed:
        """A recording with its lips."""
        track = self.tracks[heard.clip.id]
        frames = len(heard.features.values)
        phones = heard.clip.phones or ()
        target = target_of(track, phones, self.neutral, self.width_mm, frames)
        centre = (np.arange(len(track.contour)) + 0.5) / track.fps
        spline = CubicSpline(centre, self.gap_mm(track))
        return Filmed(
            heard, target, lambda times: np.asarray(spline(np.clip(times, centre[0], centre[-1])))
        )


def others(count: int) -> list[int]:
    """A permutation in which nothing stays in place, for shuffled audio."""
    order = np.random.default_rng(0).permutation(count)
    return [int(i) for i in order[(np.argsort(order) + 1) % count]]


def rms(first: Array, second: Array) -> float:
    """Root mean square difference."""
    return float(np.sqrt(np.mean((first - second) ** 2)))


def fitted(first: Array, second: Array, most: int = 25) -> float:
    """Correlation at the best shift of up to `most` frames."""
    return lips.best_offset(first, second, most)[1]


def each(
    score: Callable[[Any, Any], float], made: Sequence[Array], real: Sequence[Array]
) -> dict[str, Any]:
    """Mean and interval of a score of pairs, cut to equal length."""
    pairs = zip(made, real, strict=True)
    return asdict(lips.bootstrap([score(a[: len(b)], b[: len(a)]) for a, b in pairs]))


def tracking_rows(
    mouth: Mouth, filmed: Sequence[Filmed], motions: Sequence[Motion]
) -> dict[str, Any]:
    """Correlation with the tracked lips, beside mean face and shuffled audio."""
    gaps, widths = [mouth.gap(m) for m in motions], [mouth.width(m) for m in motions]
    truth = [item.target.tracked_gap for item in filmed]
    wide = [item.target.tracked_width for item in filmed]
    still = [np.full(len(t), np.mean(np.concatenate(truth))) for t in truth]
    rows: dict[str, Any] = {"clips": len(filmed)}
    for name, made, real in (("aperture", gaps, truth), ("width", widths, wide)):
        shuffled = [made[i] for i in others(len(made))]
        rows[f"{name} r"] = each(lips.correlation, made, real)
        rows[f"{name} r, one offset a clip"] = each(
            lambda a, b: lips.best_offset(a, b, 5)[1], made, real
        )
        rows[f"{name} r, mean face"] = each(lips.correlation, still, real)
        rows[f"{name} r, shuffled audio"] = each(lips.correlation, shuffled, real)
        rows[f"{name} r, shuffled audio, lag searched"] = each(fitted, shuffled, real)
    shuffled = [gaps[i] for i in others(len(gaps))]
    for suffix, made in (("", gaps), (", mean face", still), (", shuffled audio", shuffled)):
        rows[f"aperture rms mm{suffix}"] = each(rms, made, truth)
    shifts = [lips.best_offset(a, b[: len(a)], 10)[0] for a, b in zip(gaps, truth, strict=True)]
    return rows | {
        "spread ratio": each(lips.spread_ratio, gaps, truth),
        "width spread ratio": each(lips.spread_ratio, widths, wide),
        "jitter ratio": each(lips.jitter_ratio, gaps, truth),
        "best shift ms": 20 * float(np.median(shifts)),
        "opening of open vowels mm": opening(filmed, gaps),
        "opening of open vowels mm, truth": opening(filmed, truth),
        "opening of open vowels mm, shuffled audio": opening(filmed, shuffled),
    }


def opening(filmed: Sequence[Filmed], gaps: Sequence[Array]) -> dict[str, Any]:
    """Widest opening within each open vowel: mean over a clip's, then over clips."""
    means = []
    for item, gap in zip(filmed, gaps, strict=True):
        widest = [
            gap[round(start * 50) : max(round(end * 50), round(start * 50) + 1)].max(initial=0)
            for start, end in item.heard.spans(OPEN_VOWELS)
        ]
        means += [float(np.mean(widest))] if widest else []
    return asdict(lips.bootstrap(means))
