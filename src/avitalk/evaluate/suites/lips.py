"""Suite `lips`: how closely the lips follow those that were filmed, animated or captured.

Everything is measured at 50 Hz on the lip contour of the default head, in millimetres, whatever
rate a system works at: closures must survive on the way to a screen.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import MOTION_FPS
from avitalk.data.tracks import lip_gap
from avitalk.errors import InputError
from avitalk.evaluate.corpus.lips import at_50, contour_of
from avitalk.evaluate.corpus.take import CLOSED_MM, Corpus, Take
from avitalk.evaluate.metrics import alignment, beats, dynamics, lips, sync, vertices
from avitalk.evaluate.runs import Run
from avitalk.evaluate.suites.result import (
    MEAN,
    SHUFFLED,
    TRUTH,
    Block,
    Result,
    facts,
    others,
    speakers,
)
from avitalk.evaluate.sync_expert import SyncExpert
from avitalk.evaluate.sync_expert.expert import KIND, sync_of
from avitalk.evaluate.systems import System
from avitalk.evaluate.tables import Column
from avitalk.speech.phones import BILABIAL, VOWELS
from avitalk.types import Speech
from avitalk.version import __version__
from avitalk.weights import find

Array = NDArray[np.float64]

NAME: Final = "lips"
LIPS: Final = np.arange(44)
"""Points of the contour that are lips; the last one is the chin."""
MOST_LAG: Final = 12
"""Frames of 20 ms either way, where sound and picture may be apart."""
PAUSE_S, MARGIN_S = 0.6, 0.2
VIDEO_STEP: Final = 2
"""Every second frame at 50 Hz is one of a video at 25 fps."""

FOLLOWING: Final = (
    Column("aperture r", "lip opening, correlation", "r", "higher"),
    Column("width r", "mouth width, correlation", "r", "higher"),
    Column("aperture rms", "lip opening, rms error", "mm", "lower", 2),
    Column("lve_squared", "LVE-sq", "mm²", "lower", 2),
    Column("lve_l2", "LVE-L2", "mm", "lower", 2),
    Column("lve_rms", "LVE-rms", "mm", "lower", 2),
    Column("lve_mean", "LVE-mean", "mm", "lower", 2),
    Column("mve", "MVE, lips and chin", "mm", "lower", 2),
    Column("lvd", "LVD", "mm a frame of 20 ms", "lower"),
    Column("mtm", "MTM", "ms", "lower", 1),
    Column("spread ratio", "amplitude ratio", "", "one", 2),
    Column("jitter ratio", "jitter ratio", "", "one", 2),
)
TIMING: Final = (
    Column("expert distance", "sync expert: distance", "", "lower"),
    Column("expert confidence", "sync expert: confidence", "", "higher"),
    Column("expert offset", "sync expert: absolute offset", "frames of 40 ms", "lower", 2),
    Column("slcc", "SLCC", "r", "higher"),
    Column("beats", "beat consistency", "", "higher"),
)
CLOSURE: Final = (
    Column("p b m, 25 fps", "p b m closed at 25 fps", "share", "higher", pooled="p b m"),
    Column("p b m, 50 fps", "p b m closed at 50 fps", "share", "higher", pooled="p b m"),
    Column("vowels, 50 fps", "vowels closed (control)", "share", "lower", pooled="vowels"),
    Column("pauses", "frames of pauses closed", "share", "higher", pooled="pause frames"),
)


@dataclass(frozen=True, eq=False)
class Judged:
    """What a take is judged by."""

    take: Take
    speech: Speech
    heard: Any
    """Embeddings of the sound by the sync expert."""
    truth: Array | None
    """(F, 45, 3) mm, or None."""


def measure(corpus: Corpus, systems: Sequence[System], run: Run) -> Result:
    """The suite on a corpus. Raises InputError where no take has a true face or phone times."""
    if not any(take.face is not None or take.said for take in corpus.takes):
        raise InputError(
            f"{corpus.folder}: neither true faces (NAME.motion.npz, NAME.csv, tracks) nor words to"
            " judge lips by"
        )
    expert, judges = SyncExpert.load(), f"{__version__}-{find(KIND).sha256[:8]}"
    names = [TRUTH, *(s.name for s in systems), MEAN, SHUFFLED]
    rows: dict[str, dict[str, dict[str, float]]] = {name: {} for name in names}
    by_id = {take.id: take for take in corpus.takes}
    swapped = others(list(by_id))
    usual = _usual(corpus)
    for take in corpus.takes:
        speech = take.speech
        truth = None if take.truth is None else take.truth.contour_mm
        judged = Judged(take, speech, expert.audio_embeddings(speech), truth)

        def score(row: str, contour: Array, judged: Judged = judged) -> None:
            rows[row][judged.take.id] = run.values(
                f"{NAME}-{row}",
                judged.take.id,
                _mark(judged, contour, judges),
                lambda: values(judged, contour, expert),
            )

        frames = 0
        for system in systems:
            contour = contour_of(at_50(run.motion(system, take, speech)))
            frames = frames or len(contour)
            score(system.name, contour)
        if truth is not None:
            score(TRUTH, truth)
            score(MEAN, np.repeat(usual[None], len(truth), axis=0))
        if take.id in swapped and systems:
            other = contour_of(at_50(run.motion(systems[0], by_id[swapped[take.id]])))
            score(SHUFFLED, other[np.arange(frames) % len(other)])
    return _result(corpus, systems, rows)


def _mark(judged: Judged, contour: Array, judges: str) -> str:
    """Changes whenever a number of the take may: lips, truth, sound, phones, what judges them."""
    digest = hashlib.sha256(f"{judges} {judged.speech.sha256} {judged.take.said}".encode())
    for part in (contour, judged.truth):
        digest.update(b"-" if part is None else np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()[:16]


def _usual(corpus: Corpus) -> Array:
    """(45, 3) the mean face: where lips are on average in all true faces."""
    found = [take.truth.contour_mm.mean(axis=0) for take in corpus.takes if take.truth is not None]
    return np.mean(found, axis=0) if found else np.zeros((45, 3))


def _result(
    corpus: Corpus, systems: Sequence[System], rows: Mapping[str, Mapping[str, dict[str, float]]]
) -> Result:
    filled = {name: found for name, found in rows.items() if found}
    groups = speakers(corpus)
    shuffled = f"{SHUFFLED}: {systems[0].name} on the sound of another clip. " if systems else ""
    blocks = (
        Block("Following true lips", FOLLOWING, filled, groups, note=(
            "Contour of 44 lip points and the chin on the default head; of filmed truth across and "
            "up only, and wherever the mouth as a whole stood in the clip: one camera does not "
            f"know more. {shuffled}"
            "Amplitude and jitter are ratios to truth: below 1 is mumbling, or too smooth.")),
        Block("Timing against the sound", TIMING, filled, groups, note=(
            "The sync expert was trained here and is no LSE-D; ground truth is the row to compare "
            "with.")),
        Block("Closures", CLOSURE, filled, groups, note=(
            f"Closed: inner lips at most {CLOSED_MM:.2f} mm apart on a frame sampled within the "
            "phone. Truth is film at 25 fps, which misses closures between its frames.")),
    )  # fmt: skip
    return Result(NAME, facts(corpus), blocks, corpus.notes)


def values(judged: Judged, contour: Array, expert: SyncExpert) -> dict[str, float]:
    """All numbers of one take for lips (F, 45, 3) at 50 Hz."""
    found = _timing(judged, contour, expert) | _closures(judged.take, contour)
    if judged.truth is not None:
        found |= _following(judged.take, contour, judged.truth)
    return found


def _following(take: Take, contour: Array, truth: Array) -> dict[str, float]:
    shared = min(len(contour), len(truth))
    made, real = contour[:shared], truth[:shared]
    if not take.in_sync:
        shift, _ = lips.best_offset(lip_gap(made), lip_gap(real), MOST_LAG)
        made, real = made[max(0, -shift) :], real[max(0, shift) :]
        shared = min(len(made), len(real))
        made, real = made[:shared], real[:shared]
    gap, true_gap = lip_gap(made), lip_gap(real)
    if take.truth is not None and take.truth.kind == "filmed":
        made, real = _as_filmed(made), _as_filmed(real)
    found = {
        "aperture r": lips.correlation(gap, true_gap),
        "width r": lips.correlation(_width(made), _width(real)),
        "aperture rms": float(np.sqrt(np.mean((gap - true_gap) ** 2))),
        "lve_squared": vertices.lve_squared(made, real, LIPS),
        "lve_l2": vertices.lve_l2(made, real, LIPS),
        "lve_rms": vertices.lve_rms(made, real, LIPS),
        "lve_mean": vertices.lve_mean(made, real, LIPS),
        "mve": vertices.mve(made, real),
        "lvd": dynamics.lvd(made.reshape(shared, -1), real.reshape(shared, -1)),
    }
    if true_gap.std() > 1e-6:
        found["spread ratio"] = lips.spread_ratio(gap, true_gap)
        found["jitter ratio"] = lips.jitter_ratio(gap, true_gap)
    if gap.std() > 1e-6:
        found["mtm"] = alignment.mtm(gap, true_gap, MOTION_FPS)
    return found


def _as_filmed(contour: Array) -> Array:
    """What one camera knows of lips: across and up, wherever the mouth as a whole was."""
    flat = contour * np.array([1.0, 1.0, 0.0])
    return np.asarray(flat - flat[:, :44].mean(axis=(0, 1)))


def _width(contour: Array) -> Array:
    return np.asarray(contour[:, 32, 0] - contour[:, 22, 0])


def _timing(judged: Judged, contour: Array, expert: SyncExpert) -> dict[str, float]:
    seen = expert.lip_embeddings(contour[1::VIDEO_STEP])
    found: dict[str, float] = {}
    if min(len(seen), len(judged.heard)) > 2 * sync.MOST:
        judgement = sync_of(judged.heard, seen)
        found = {
            "expert distance": judgement.distance,
            "expert confidence": judgement.confidence,
            "expert offset": abs(judgement.offset_frames),
        }
    speech = judged.speech
    found["slcc"] = sync.slcc(speech.samples, speech.rate_hz, contour[:, :44], MOTION_FPS)
    onsets = beats.audio_onsets(speech.samples, speech.rate_hz)
    if len(onsets):
        moves = beats.motion_beats(contour.reshape(len(contour), -1), MOTION_FPS)
        found["beats"] = dynamics.beat_consistency(onsets, moves)
    return found


def _closures(take: Take, contour: Array) -> dict[str, float]:
    """Shares with how many there were, so that clips pool by their phones."""
    if not take.said:
        return {}
    gap, found = lip_gap(contour), dict[str, float]()
    for name, phones in (("p b m", BILABIAL), ("vowels", VOWELS)):
        spans = [span for span in take.spans(phones) if span[1] * MOTION_FPS < len(gap)]
        if not spans:
            continue
        found[name] = len(spans)
        for label, step in (("50 fps", 1), ("25 fps", VIDEO_STEP)):
            closed, count = lips.closed_in_spans(
                gap[::step], MOTION_FPS / step, spans, CLOSED_MM, "sampled"
            )
            found[f"{name}, {label}"] = closed / count
    said = [(p.start_s, p.end_s) for p in take.said]
    quiet = lips.pauses(said, len(gap) / MOTION_FPS, least_s=PAUSE_S, margin_s=MARGIN_S)
    if quiet:
        closed, count = lips.closed_share(gap, MOTION_FPS, quiet, CLOSED_MM)
        if count:
            found |= {"pauses": closed / count, "pause frames": count}
    return found
