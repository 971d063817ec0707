"""Other real motion: FACEGOOD's animated mouth, and faces filmed in the wild."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from avitalk.data.clips import Clip
from avitalk.data.facegood import read_facegood
from avitalk.data.prepared import read_prepared
from avitalk.data.split import Part, select
from avitalk.data.tracks import Track, read_tracks
from avitalk.data.tracks import lip_gap as contour_gap
from avitalk.evaluate.metrics import lips
from avitalk.speech import SpeechEncoder
from avitalk.train.talker.measure.chain import Heard, Mouth, hear
from avitalk.train.talker.measure.filmed import others
from avitalk.types import Motion

Array = NDArray[np.float64]
WINDOW_S: Final = 10.0
WILD_LAG: Final = 12
"""Frames of 20 ms either way: the sync of clips in the wild is unknown."""


@dataclass(frozen=True)
class Animated:
    """A recording and the mouth that was animated to it."""

    heard: Heard
    motion: Motion
    """50 frames a second, in time with the sound."""


def hear_facegood(encoder: SpeechEncoder, folder: Path, part: Part | None) -> list[Animated]:
    """The clips of one part, or all of them for None."""
    motions = {clip.clip_id: clip.motion for clip in read_facegood(folder)}
    clips = [
        Clip("facegood", name, "shirley", str(folder / "audio" / f"{name}.ogg"), language="zh")
        for name in motions
    ]
    heard = hear(encoder, clips if part is None else select(clips, part))
    return [Animated(item, motions[item.clip.id].resample(50.0)) for item in heard]


def facegood_rows(mouth: Mouth, animated: Sequence[Animated]) -> dict[str, Any]:
    """Correlation in windows of about ten seconds, beside shuffled audio; intervals over windows.

    Windows in which either mouth part never moves are left out.
    """
    rows: dict[str, Any] = {"clips": [item.heard.clip.id for item in animated]}
    for name, track in (("aperture", mouth.gap), ("width", mouth.width)):
        made: list[Array] = []
        real: list[Array] = []
        for item in animated:
            pair = track(mouth.motion(item.heard.features)), track(item.motion)
            for first, second in zip(*(windows(x, min(map(len, pair))) for x in pair), strict=True):
                if second.std() > 1e-6:
                    made.append(first)
                    real.append(second)
        rows |= _against(name, made, real, lips.correlation)
        rows[f"{name} spread ratio"] = asdict(
            lips.bootstrap([lips.spread_ratio(a, b) for a, b in zip(made, real, strict=True)])
        )
    return rows


def windows(track: Array, length: int) -> list[Array]:
    """The first `length` frames at 50 Hz, parted evenly into windows of about WINDOW_S."""
    return np.array_split(track[:length], max(1, round(length / (WINDOW_S * 50))))


def _against(
    name: str, made: Sequence[Array], real: Sequence[Array], score: Callable[[Array, Array], float]
) -> dict[str, Any]:
    """A correlation of pairs, and with the audio of others in place of their own."""
    shuffled = [made[i] for i in others(len(made))]

    def mean(tracks: Sequence[Array], measured: Callable[[Array, Array], float]) -> dict[str, Any]:
        pairs = zip(tracks, real, strict=True)
        return asdict(lips.bootstrap([measured(a[: len(b)], b[: len(a)]) for a, b in pairs]))

    return {
        f"{name} r": mean(made, score),
        f"{name} r, mean face": mean([np.zeros_like(t) for t in real], lips.correlation),
        f"{name} r, shuffled audio": mean(shuffled, lips.correlation),
        f"{name} r, shuffled audio, lag searched": mean(
            shuffled, lambda a, b: lips.best_offset(a, b, WILD_LAG)[1]
        ),
    }


@dataclass(frozen=True)
class Wild:
    """A clip in the wild and its lips at 50 Hz, in a scale of their own."""

    heard: Heard
    gap: Array
    width: Array


def hear_wild(encoder: SpeechEncoder, folder: Path) -> list[Wild]:
    """All clips of the prepared folder; for evaluation only."""
    tracks = {track.clip_id: track for track in read_tracks(folder)}
    found = hear(encoder, read_prepared(folder.parent, folder.name))
    return [_on_film(heard, tracks[heard.clip.id]) for heard in found]


def _on_film(heard: Heard, track: Track) -> Wild:
    centre = (np.arange(len(track.contour)) + 0.5) / track.fps
    frames = min(len(heard.features.values), int(centre[-1] * 50))
    times = np.maximum(np.arange(frames) / 50, centre[0])
    gap, width = (
        CubicSpline(centre, x)(times) for x in (contour_gap(track.contour), track.width_m)
    )
    return Wild(heard, gap, width)


def wild_rows(mouth: Mouth, wild: Sequence[Wild]) -> dict[str, Any]:
    """One offset a clip, found on the aperture and used for the width; shuffled audio likewise."""
    motions = mouth.motions([item.heard for item in wild])
    gaps, widths = [mouth.gap(m) for m in motions], [mouth.width(m) for m in motions]

    def scores(order: Sequence[int]) -> list[tuple[int, float, float]]:
        found = []
        for item, i in zip(wild, order, strict=True):
            shift, r = lips.best_offset(gaps[i][: len(item.gap)], item.gap, WILD_LAG)
            made = widths[i][: len(item.width)][max(0, -shift) :]
            real = item.width[max(0, shift) :]
            shared = min(len(made), len(real))
            found.append((shift, r, lips.correlation(made[:shared], real[:shared])))
        return found

    own, shuffled = scores(range(len(wild))), scores(others(len(wild)))
    plain = [
        lips.correlation(g[: len(w.gap)], w.gap[: len(g)]) for g, w in zip(gaps, wild, strict=True)
    ]
    return {
        "aperture r": asdict(lips.bootstrap([r for _, r, _ in own])),
        "aperture r, mean face": asdict(lips.bootstrap([0.0 for _ in own])),
        "aperture r, without an offset": asdict(lips.bootstrap(plain)),
        "aperture r, shuffled audio, lag searched": asdict(
            lips.bootstrap([r for _, r, _ in shuffled])
        ),
        "width r": asdict(lips.bootstrap([r for _, _, r in own])),
        "width r, mean face": asdict(lips.bootstrap([0.0 for _ in own])),
        "width r, shuffled audio, lag searched": asdict(
            lips.bootstrap([r for _, _, r in shuffled])
        ),
        "each": {
            item.heard.clip.id: {"aperture r": r, "width r": wide, "offset ms": 20 * shift}
            for item, (shift, r, wide) in zip(wild, own, strict=True)
        },
    }
