"""Lips on held-out recordings: `python -m avitalk.train.talker.evaluate` -> JSON.

What is measured is the whole chain, audio to Motion to the lips of the default head, against lips
tracked in video.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from avitalk.data.clips import Clip, PhoneTime, read_clips
from avitalk.data.prepared import read_prepared
from avitalk.data.tracks import lip_gap as contour_gap
from avitalk.data.tracks import neutral_contour, read_tracks
from avitalk.evaluate import lips
from avitalk.face import Head, lip_gap, lip_width, load_head
from avitalk.files import write_bytes
from avitalk.speech import SpeechEncoder
from avitalk.speech.phones import BILABIAL, LABIODENTAL, OPEN_VOWELS, VOWELS
from avitalk.talker import Talker
from avitalk.train.speech import augment
from avitalk.train.speech.evaluate import echoing, noisy
from avitalk.train.speech.split import select
from avitalk.train.talker.basis import basis_of
from avitalk.train.talker.targets import Target, target_of
from avitalk.types import Motion, Speech

Array = NDArray[np.float64]
Wave = NDArray[np.float32]
RATES = (24, 25, 30, 50, 60)
PAUSE_S, MARGIN_S = 0.6, 0.2


@dataclass(frozen=True)
class Chain:
    """Audio in, lip opening and width of the head out, in mm from rest."""

    encoder: SpeechEncoder
    talker: Talker
    head: Head

    def motion(self, wave: Wave) -> Motion:
        """The mouth's motion at 50 Hz."""
        return self.talker.animate(self.encoder.encode(Speech(wave)))

    def gap(self, motion: Motion) -> Array:
        """(F,) mm; weights move the lips linearly, so shapes are measured once."""
        each = lip_gap(self.head.shapes, self.head).astype(np.float64)
        rest = float(lip_gap(self.head.vertices, self.head))
        return np.asarray(motion.weights @ each + rest) * 1e3

    def width(self, motion: Motion) -> Array:
        """(F,) mm against rest."""
        each = lip_width(self.head.shapes, self.head).astype(np.float64)
        return np.asarray(motion.weights @ each) * 1e3


@dataclass(frozen=True)
class Filmed:
    """One filmed recording."""

    clip: Clip
    wave: Wave
    target: Target

    def spans(self, phones: frozenset[str]) -> list[tuple[float, float]]:
        """When one of the phones is said."""
        return [(p.start_s, p.end_s) for p in self.clip.phones or () if p.phone in phones]

    def pauses(self) -> list[tuple[float, float]]:
        """Long pauses, without what is next to speech."""
        spoken = [(p.start_s, p.end_s) for p in self.clip.phones or () if p.phone != "SIL"]
        duration_s = len(self.wave) / 16000
        return lips.pauses(spoken, duration_s, least_s=PAUSE_S, margin_s=MARGIN_S)


def read_filmed(clips: Sequence[Clip], folder: Path, head: Head) -> list[Filmed]:
    """GRID clips with their tracked lips on the head."""
    tracks = {track.clip_id: track for track in read_tracks(folder)}
    neutral, width_mm = neutral_contour(list(tracks.values())), basis_of(head).width_mm
    found = []
    for clip in clips:
        wave, _ = soundfile.read(clip.audio, dtype="float32")
        frames = -(-len(wave) // 320)
        target = target_of(tracks[clip.id], clip.phones or (), neutral, width_mm, frames)
        found.append(Filmed(clip, wave, target))
    return found


def tracking_rows(chain: Chain, filmed: Sequence[Filmed]) -> dict[str, Any]:
    """Correlation with the tracked lips, beside mean face, shuffled audio and phone-less rows."""
    motions = [chain.motion(item.wave) for item in filmed]
    gaps, widths = [chain.gap(m) for m in motions], [chain.width(m) for m in motions]
    truth = [item.target.tracked_gap for item in filmed]
    true_width = [item.target.tracked_width for item in filmed]
    order = np.random.default_rng(0).permutation(len(filmed))
    other = order[(np.argsort(order) + 1) % len(order)]  # no clip meets itself

    def each(score: Callable[[Any, Any], float], made: Any, real: Any) -> dict[str, Any]:
        pairs = zip(made, real, strict=True)
        values = [score(a[: len(b)], b[: len(a)]) for a, b in pairs]
        return asdict(lips.bootstrap(values))

    shuffled = [gaps[i] for i in other]
    lagged: Callable[[Any, Any], float] = lambda a, b: lips.best_offset(a, b, 25)[1]  # noqa: E731
    rms: Callable[[Any, Any], float] = lambda a, b: float(np.sqrt(np.mean((a - b) ** 2)))  # noqa: E731
    still = [np.full(len(t), np.mean(np.concatenate(truth))) for t in truth]
    return {
        "clips": len(filmed),
        "aperture r": each(lips.correlation, gaps, truth),
        "aperture r, one offset a clip": each(
            lambda a, b: lips.best_offset(a, b, 5)[1], gaps, truth
        ),
        "aperture r, mean face": each(lips.correlation, still, truth),
        "aperture r, shuffled audio": each(lips.correlation, shuffled, truth),
        "aperture r, shuffled audio, lag searched": each(lagged, shuffled, truth),
        "width r": each(lips.correlation, widths, true_width),
        "width r, shuffled audio": each(lips.correlation, [widths[i] for i in other], true_width),
        "aperture rms mm": each(rms, gaps, truth),
        "aperture rms mm, mean face": each(rms, still, truth),
        "aperture rms mm, shuffled audio": each(rms, shuffled, truth),
        "spread ratio": each(lips.spread_ratio, gaps, truth),
        "width spread ratio": each(lips.spread_ratio, widths, true_width),
        "jitter ratio": each(lips.jitter_ratio, gaps, truth),
        "best shift ms": 20 * float(np.median([
            lips.best_offset(a, b[: len(a)], 10)[0] for a, b in zip(gaps, truth, strict=True)
        ])),
        "opening of open vowels mm": _opening(filmed, gaps),
        "opening of open vowels mm, truth": _opening(filmed, truth),
    }  # fmt: skip


def _opening(filmed: Sequence[Filmed], gaps: Sequence[Array]) -> float:
    """Mean over open vowels of the widest opening within each."""
    widest = [
        gap[round(start * 50) : max(round(end * 50), round(start * 50) + 1)].max(initial=0)
        for item, gap in zip(filmed, gaps, strict=True)
        for start, end in item.spans(OPEN_VOWELS)
    ]
    return float(np.mean(widest))


def closure_rows(chain: Chain, filmed: Sequence[Filmed]) -> dict[str, Any]:
    """p b m closed somewhere in the phone, at every video rate, with vowels as control."""
    every = np.concatenate([item.target.tracked_gap for item in filmed])
    limit_mm = 0.08 * float(np.percentile(every, 95))
    rows: dict[str, Any] = {"limit mm": limit_mm, "tongue-lip limit mm (f v)": 3 * limit_mm}
    motions = [chain.motion(item.wave) for item in filmed]
    groups = {
        "p b m": (BILABIAL, limit_mm),
        "vowels": (VOWELS, limit_mm),
        "f v within 3 limits": (LABIODENTAL, 3 * limit_mm),
    }
    for name, (phones, limit) in groups.items():
        spans = [item.spans(phones) for item in filmed]
        truth = [item.target.tracked_gap for item in filmed]
        rows[f"{name}, truth"] = _rate(truth, 50.0, spans, limit)
        for fps in RATES:
            gaps = [chain.gap(motion.resample(fps)) for motion in motions]
            rows[f"{name}, {fps} fps"] = _rate(gaps, fps, spans, limit)
    held = [lips.closed_share(chain.gap(m), 50, i.pauses(), limit_mm)
            for m, i in zip(motions, filmed, strict=True)]  # fmt: skip
    real = [lips.closed_share(i.target.tracked_gap, 50, i.pauses(), limit_mm) for i in filmed]
    for name, pairs in (("pauses closed", held), ("pauses closed, truth", real)):
        closed, frames = np.sum(pairs, axis=0)
        rows[name] = {"share": closed / frames, "frames": int(frames)}
    return rows


def _rate(
    gaps: Sequence[Array], fps: float, spans: Sequence[Sequence[tuple[float, float]]], limit: float
) -> dict[str, Any]:
    pairs = [lips.closed_in_spans(g, fps, s, limit) for g, s in zip(gaps, spans, strict=True)]
    hits, total = np.sum(pairs, axis=0)
    return {"share": hits / total, "phones": int(total)}


def robustness_rows(chain: Chain, filmed: Sequence[Filmed]) -> dict[str, Any]:
    """What level, noise and a room change."""
    changes: dict[str, Callable[[Wave], Wave]] = {
        "level x0.5": lambda wave: wave * np.float32(0.5),
        "level x2": lambda wave: wave * np.float32(2),
        "white noise, 10 dB": noisy,
        "room, T60 0.5 s": echoing,
    }
    rows = {}
    clean = [chain.gap(chain.motion(item.wave)) for item in filmed]
    for name, change in changes.items():
        gaps = [chain.gap(chain.motion(change(item.wave))) for item in filmed]
        r = [lips.correlation(g, i.target.tracked_gap) for g, i in zip(gaps, filmed, strict=True)]
        most = max(float(np.abs(a - b).max()) for a, b in zip(gaps, clean, strict=True))
        rows[name] = {"aperture r": asdict(lips.bootstrap(r)), "largest change mm": most}
    return rows


def speechless_rows(chain: Chain, limit_mm: float) -> dict[str, Any]:
    """Share of frames with closed lips, and the widest opening, where nobody speaks."""
    rng = np.random.default_rng(99)
    count = 10 * 16000
    sounds = {
        "digital silence": np.zeros(count, np.float32),
        "white noise": 0.1 * augment.unit(rng.normal(size=count)),
        "faint white noise": 0.001 * augment.unit(rng.normal(size=count)),
        "pink noise": 0.1 * augment.unit(_pink(rng, count)),
        "hum 50 Hz": 0.1 * augment.unit(_hum(count)),
        "instrumental music": 0.1 * augment.music(rng, count),
    }
    rows = {}
    for name, wave in sounds.items():
        gap = chain.gap(chain.motion(np.asarray(wave, np.float32)))
        rows[name] = {"closed": float((gap <= limit_mm).mean()), "widest mm": float(gap.max())}
    return rows


def _pink(rng: np.random.Generator, count: int) -> Array:
    spectrum = np.fft.rfft(rng.normal(size=count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 30))
    return np.asarray(np.fft.irfft(spectrum, count))


def _hum(count: int) -> Array:
    t = np.arange(count) / 16000
    return np.asarray(np.sum([np.sin(2 * np.pi * 50 * k * t) / k for k in range(1, 8)], axis=0))


def german_rows(chain: Chain, clips: Sequence[Clip], limit_mm: float) -> dict[str, Any]:
    """Closure in another language, by hand-made labels of a speaker who was not trained on."""
    spans, controls, gaps = [], [], []
    for clip in clips:
        wave, _ = soundfile.read(clip.audio, dtype="float32")
        gaps.append(chain.gap(chain.motion(wave)))
        spans.append(_spans(clip.phones, BILABIAL))
        controls.append(_spans(clip.phones, VOWELS))
    return {
        "clips": len(clips),
        "p b m": _rate(gaps, 50, spans, limit_mm),
        "vowels": _rate(gaps, 50, controls, limit_mm),
    }


def _spans(phones: Sequence[PhoneTime] | None, wanted: frozenset[str]) -> list[tuple[float, float]]:
    """Stretches of the phones; neighbours of one phone (closure, release, breath) count once."""
    joined: list[tuple[str, float, float]] = []
    for p in phones or ():
        if joined and joined[-1][0] == p.phone:
            joined[-1] = (p.phone, joined[-1][1], p.end_s)
        else:
            joined.append((p.phone, p.start_s, p.end_s))
    return [(start, end) for phone, start, end in joined if phone in wanted]


def wild_rows(chain: Chain, folder: Path) -> dict[str, Any]:
    """In-the-wild clips, evaluation only: one offset per clip, as their sync is unknown."""
    tracks = {track.clip_id: track for track in read_tracks(folder)}
    scores, widths, offsets = [], [], []
    for clip in read_prepared(folder.parent, folder.name):
        wave, _ = soundfile.read(clip.audio, dtype="float32")
        track, motion = tracks[clip.id], chain.motion(wave)
        centre = (np.arange(len(track.contour)) + 0.5) / track.fps
        times = np.arange(min(motion.frames, int(centre[-1] * 50))) / 50
        truth = CubicSpline(centre, contour_gap(track.contour))(np.maximum(times, centre[0]))
        shift, r = lips.best_offset(chain.gap(motion)[: len(times)], truth, 12)
        wide = CubicSpline(centre, track.width_m)(np.maximum(times, centre[0]))
        made = chain.width(motion)[: len(times)]
        first, second = made[max(0, -shift) :], wide[max(0, shift) :]
        shared = min(len(first), len(second))
        scores.append(r)
        widths.append(lips.correlation(first[:shared], second[:shared]))
        offsets.append(20 * shift)
    return {
        "aperture r": asdict(lips.bootstrap(scores)),
        "width r": asdict(lips.bootstrap(widths)),
        "offsets ms": offsets,
    }


def evaluate(chain: Chain, clips: Path, data: Path, part: str) -> dict[str, Any]:
    """All rows; `part` is 'test' or 'validation'."""
    chosen = select(read_clips(clips / "grid_s1.jsonl"), "test" if part == "test" else "validation")
    filmed = read_filmed(chosen, data / "grid_s1", chain.head)
    closures = closure_rows(chain, filmed)
    limit_mm = float(closures["limit mm"])
    german = select(read_clips(clips / "emodb.jsonl"), "validation")
    return {
        "part": part,
        "tracking": tracking_rows(chain, filmed),
        "closure": closures,
        "robustness": robustness_rows(chain, filmed),
        "speechless": speechless_rows(chain, limit_mm),
        "german": german_rows(chain, german, limit_mm),
        "wild": wild_rows(chain, data / "wild_dev"),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--talker", type=Path, required=True)
    parser.add_argument("--clips", type=Path, required=True, help="folder of clip lists")
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--part", choices=("validation", "test"), default="validation")
    parser.add_argument("--out", type=Path, required=True, help="JSON to write")
    given = parser.parse_args()
    chain = Chain(SpeechEncoder.load(given.encoder), Talker.load(given.talker), load_head())
    rows = evaluate(chain, given.clips, given.data, given.part)
    write_bytes(given.out, (json.dumps(rows, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
