"""Films of actors -> Motions: `python -m avitalk.train.style.films --corpus FOLDER --out FOLDER`.

FOLDER is MEAD or RAVDESS as published (see `avitalk.data.performances.films`). Each video is
tracked as `avitalk track` does, with the actor's resting face learned from the neutral clips first;
OUT receives one .motion.npz a clip and films.jsonl, which says what each shows. Clips that are
there already are not tracked again.
"""

import argparse
import itertools
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from avitalk.data.performances.films import FRONT, Film, filmed
from avitalk.errors import InputError
from avitalk.files import write_bytes
from avitalk.track import Landmarker, Landmarks, resting_face, track, video_landmarks
from avitalk.track.neutral import Neutral

RESTING_CLIPS: Final = 6
"""Neutral clips of an actor from which the resting face is learned."""
LISTING: Final = "films.jsonl"


def track_films(
    films: Iterable[Film],
    out: Path,
    see: Callable[[Path], Landmarks],
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """Track films, actor by actor, and write motions and a listing into `out`.

    see: video -> landmarks. Clips in which no face can be tracked stand in the listing with an
    'error' instead of a 'motion'. Returns the listing's rows; InputError if there are no films.
    """
    chosen = sorted(films, key=lambda film: (film.actor, film.clip_id))
    if not chosen:
        raise InputError("no films to track")
    rows = []
    for actor, group in itertools.groupby(chosen, key=lambda film: film.actor):
        clips = list(group)
        neutral = _resting(clips, see)
        for film in clips:
            row = _tracked(film, out, see, neutral)
            rows.append(row)
            tell(f"{actor} {film.clip_id}: {row.get('error', 'tracked')}")
    lines = [json.dumps(row, separators=(",", ":")) for row in rows]
    write_bytes(out / LISTING, ("\n".join(lines) + "\n").encode())
    return rows


def _resting(clips: list[Film], see: Callable[[Path], Landmarks]) -> Neutral | None:
    """The actor's resting face, or None where no neutral clip shows a face."""
    seen = []
    for film in [film for film in clips if film.emotion == "neutral"][:RESTING_CLIPS]:
        try:
            seen.append(see(film.video))
        except InputError:
            continue
    return resting_face(seen) if seen else None


def _tracked(
    film: Film, out: Path, see: Callable[[Path], Landmarks], neutral: Neutral | None
) -> dict[str, Any]:
    target = out / f"{film.clip_id}.motion.npz"
    row: dict[str, Any] = {
        "id": film.clip_id, "actor": film.actor, "emotion": film.emotion,
        "intensity": film.intensity, "audio": str(film.audio), "video": str(film.video),
    }  # fmt: skip
    if not target.is_file():
        try:
            motion = track(see(film.video), neutral=neutral).motion
        except InputError as error:
            return {**row, "error": str(error)}
        write_bytes(target, motion.to_bytes())
    return {**row, "motion": target.name}


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")


def main() -> None:
    """Command line; what was done goes to standard error, clip by clip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of MEAD or RAVDESS")
    parser.add_argument("--out", type=Path, required=True, help="folder for motions")
    parser.add_argument("--view", default=FRONT, help="MEAD's camera")
    parser.add_argument("--model", type=Path, help="MediaPipe's face_landmarker.task")
    given = parser.parse_args()
    films = list(filmed(given.corpus, view=given.view))
    with Landmarker(given.model) as landmarker:
        track_films(
            films, given.out,
            lambda video: video_landmarks(video, landmarker),
            tell=_tell,
        )  # fmt: skip


if __name__ == "__main__":
    main()
