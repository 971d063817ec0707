"""Writes docs/results/tracking.json and .md: all that is measured of the tracker.

python -m avitalk.train.track.report --data DIR --model face_landmarker.task --clips FILE

DIR holds the prepared corpora; FILE is grid_s1.jsonl, phone times written by
`python -m avitalk.train.speech.prepare`.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk import audio, weights
from avitalk.data.clips import read_clips
from avitalk.data.facegood import FPS as FACEGOOD_FPS
from avitalk.data.facegood import LATE_S, read_facegood
from avitalk.evaluate.corpus.filmed import of_parts, read_filmed
from avitalk.export import read_motion
from avitalk.face import lip_gap, load_head
from avitalk.files import write_bytes
from avitalk.pipeline import Animator
from avitalk.render import Camera
from avitalk.speech import SpeechEncoder
from avitalk.speech.phones import PHONE_INDEX
from avitalk.track import track
from avitalk.track.landmarker import Landmarker
from avitalk.train.track.closure import (
    BILABIAL,
    VOWELS,
    Closure,
    Spans,
    best_offset_s,
    by_offset,
    closure_at,
)
from avitalk.train.track.grid import Applied, apply, speaker_face, summary
from avitalk.train.track.motions import reading, singles, swayed
from avitalk.train.track.table import page
from avitalk.train.track.truth import Case, film, score
from avitalk.types import Motion

Array = NDArray[np.float64]

RANGE_STEP: Final = 16
SURE: Final = 0.6
"""Posterior from which on the encoder is taken to have heard a phone."""
MEAD_CLIPS: Final = 8
"""The first speaker's."""
VOICE: Final = Path("examples/dashwood.wav")


def truth_cases(data: Path, landmarker: Landmarker, cache: Path | None) -> list[Case]:
    """single: each shape; talk: our own animation of a reading; range: a recorded face."""
    near = Camera(focal_mm=50, distance_m=0.8)
    told = reading(Animator(), VOICE, 0.0, 7.0, 0)
    recorded = read_motion(data / "arkit_captures" / "alex_rom_3.csv")
    at = slice(None, None, RANGE_STEP)
    ranged = swayed(
        Motion(
            recorded.weights[at], recorded.head[at], recorded.eyes[at], recorded.fps / RANGE_STEP
        ),
        3,
    )
    planned = (
        ("talk", "amara", told, near),
        ("single", "default", singles(6), Camera()),
        ("range", "default", ranged, Camera()),
    )
    return [
        film(name, load_head(face), motion, camera, landmarker, cache)
        for name, face, motion, camera in planned
    ]


def truth_table(cases: Sequence[Case]) -> dict[str, Any]:
    """Scores of each case; neither camera nor resting face are told to the tracker."""
    return {case.name: asdict(score(case, track(case.landmarks))) for case in cases}


def phone_spans(clips: Path) -> dict[str, tuple[Spans, Spans]]:
    """Clip -> times of p, b, m and of vowels."""
    return {
        clip.id: (
            [(p.start_s, p.end_s) for p in clip.phones if p.phone in BILABIAL],
            [(p.start_s, p.end_s) for p in clip.phones if p.phone in VOWELS],
        )
        for clip in read_clips(clips)
        if clip.phones is not None
    }


def grid_closure(applied: Sequence[Applied], spans: dict[str, tuple[Spans, Spans]]) -> Any:
    """Closures of the tracked motion and of the landmarks themselves, by offset."""
    known = [clip for clip in applied if clip.clip.clip_id in spans]
    phones = [spans[clip.clip.clip_id] for clip in known]
    fps = known[0].clip.landmarks.fps
    seen = by_offset([clip.seen_mm for clip in known], fps, phones)
    found = [clip.gap_mm for clip in known]
    return {
        "clips": len(known),
        "landmarks": asdict(closure_at([clip.seen_mm for clip in known], fps, phones)),
        "tracked": asdict(closure_at(found, fps, phones)),
        "offset_s": best_offset_s(seen),
        "by_offset": _table(seen),
        "tracked_by_offset": _table(by_offset(found, fps, phones)),
    }


def facegood_closure(folder: Path) -> Any:
    """Closures of FACEGOOD's curves, by offset against the phones that our encoder hears."""
    encoder = SpeechEncoder.load(weights.find("speech-encoder").path)
    head = load_head()
    opens_mm = 1e3 * np.asarray(lip_gap(head.shapes, head), np.float64)
    gaps, phones = [], []
    for clip in read_facegood(folder):
        heard = encoder.encode(audio.load(folder / "audio" / f"{clip.clip_id}.ogg"))
        chance = np.exp(heard.phone_log_probs.astype(np.float64))
        gaps.append(clip.motion.weights.astype(np.float64) @ opens_mm)
        phones.append((_sure(chance, BILABIAL), _sure(chance, VOWELS)))
    found = by_offset(gaps, FACEGOOD_FPS, phones)
    # The curves are read LATE_S later already, and stand at the start of their frames.
    return {
        "clips": len(gaps),
        "already_moved_s": LATE_S,
        "offset_s": best_offset_s(found),
        "by_offset": _table(found),
    }


def _sure(chance: Array, phones: Sequence[str]) -> Spans:
    """Stretches in which one of the phones is heard for sure, in seconds."""
    sure = chance[:, [PHONE_INDEX[phone] for phone in phones]].sum(axis=1) > SURE
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sure.astype(np.int8), [0]])))
    return [(first / 50, last / 50) for first, last in edges.reshape(-1, 2)]


def _table(found: dict[float, Closure]) -> dict[str, dict[str, float]]:
    return {
        f"{1e3 * offset:+.0f}": {"bilabial": closure.bilabial, "vowel": closure.vowel}
        for offset, closure in found.items()
    }


def drawn(options: argparse.Namespace) -> dict[str, Any]:
    """Motions that are known."""
    with Landmarker(options.model) as landmarker:
        cases = truth_cases(options.data, landmarker, options.cache)
    return truth_table(cases)


def grid(options: argparse.Namespace) -> dict[str, Any]:
    """GRID: residuals on the test part; closures on all that is held out."""
    folder = options.data / "grid_s1"
    filmed = read_filmed(folder)
    held_out = of_parts(filmed, ("test", "validation"))
    applied = apply(folder, held_out, speaker_face(folder, filmed))
    test = [clip for clip in applied if clip.clip.part == "test"]
    return {**summary(test), "closure": grid_closure(applied, phone_spans(options.clips))}


def others(options: argparse.Namespace) -> dict[str, Any]:
    """Faces of corpora that are for evaluation only."""
    found = {}
    for corpus, known in (("wild_dev", False), ("mead_style", True)):
        folder = options.data / corpus
        filmed = read_filmed(folder)[: MEAD_CLIPS if known else None]
        neutral = speaker_face(folder, filmed) if known else None
        found[corpus] = summary(apply(folder, filmed, neutral))
    return found


SECTIONS: Final = {
    "drawn": drawn,
    "grid": grid,
    "facegood": lambda options: facegood_closure(options.data / "facegood"),
    "others": others,
}


def main() -> None:
    """Command line; a section that is not asked for keeps what was measured before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of prepared corpora")
    parser.add_argument("--model", type=Path, help="face_landmarker.task")
    parser.add_argument("--clips", type=Path, required=True, help="grid_s1.jsonl with phone times")
    parser.add_argument("--cache", type=Path, help="folder to keep the films' face points in")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--only", choices=SECTIONS, nargs="*", default=list(SECTIONS))
    options = parser.parse_args()
    path = options.out / "tracking.json"
    new = {name: SECTIONS[name](options) for name in options.only}
    before = json.loads(path.read_text()) if path.is_file() else {}
    result = {name: {**before, **new}.get(name) for name in SECTIONS}
    write_bytes(path, (json.dumps(result, indent=1) + "\n").encode())
    if all(result.values()):
        write_bytes(options.out / "tracking.md", page(result).encode())


if __name__ == "__main__":
    main()
