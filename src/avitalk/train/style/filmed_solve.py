"""Tracked films -> FLAME's parameters: `python -m avitalk.train.style.filmed_solve`.

FILMS is what `python -m avitalk.train.style.films` wrote for MEAD or RAVDESS, MODEL the user's
FLAME file. OUT becomes a folder that `avitalk.train.style.filmed` reads: sound, expression and jaw
with labels, a clip each. Clips that are there already are left.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile

from avitalk.audio import SAMPLE_RATE_HZ, load
from avitalk.errors import InputError
from avitalk.export.flame import flame_track
from avitalk.face import load_head
from avitalk.face.flame import FlameSolver, load_flame
from avitalk.files import atomic_path
from avitalk.train.style.filmed import FEELINGS, INTENSITIES
from avitalk.types import Motion

LISTING: Final = "films.jsonl"


def solve_films(
    films: Path, out: Path, solver: FlameSolver, *, tell: Callable[[str], None] = lambda _: None
) -> int:
    """Solve all films that were tracked and show one of FEELINGS; returns how many.

    Raises InputError if the listing is missing or names none.
    """
    path = films / LISTING
    if not path.is_file():
        raise InputError(f"{path}: not found; `python -m avitalk.train.style.films` writes it")
    count = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if "motion" not in row or row["emotion"] not in FEELINGS:
            tell(f"{row['id']}: passed over ({row.get('error') or row['emotion']})")
            continue
        count += 1
        if not (out / f"{row['id']}.npz").exists():
            _solve(row, films, out, solver)
            tell(f"{row['id']}: solved")
    if not count:
        raise InputError(f"{path}: no tracked film shows {', '.join(FEELINGS)}")
    return count


def _solve(row: dict[str, Any], films: Path, out: Path, solver: FlameSolver) -> None:
    track = flame_track(Motion.load(films / row["motion"]), solver)
    sound, target = out / f"{row['id']}.wav", out / f"{row['id']}.npz"
    with atomic_path(sound) as partial:
        soundfile.write(partial, load(row["audio"]).samples, SAMPLE_RATE_HZ, format="WAV")
    with atomic_path(target) as partial, partial.open("wb") as file:
        np.savez(
            file, expression=track.expression.astype(np.float32),
            jaw_pose=track.jaw.astype(np.float32), fps=np.array(track.fps),
            emotion=row["emotion"], speaker=row["actor"],
            intensity=max(1, min(round(len(INTENSITIES) * row["intensity"]), len(INTENSITIES))),
        )  # fmt: skip


def main() -> None:
    """Command line; what was done goes to standard error, clip by clip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=Path, required=True, help="folder of tracked films")
    parser.add_argument("--model", type=Path, required=True, help="FLAME's .pkl or .npz")
    parser.add_argument("--expressions", type=int, default=100, help="coefficients to use")
    parser.add_argument("--out", type=Path, required=True, help="folder of filmed clips")
    given = parser.parse_args()
    model = load_flame(given.model).truncated(given.expressions)
    solver = FlameSolver(load_head(), model)
    solve_films(given.films, given.out, solver, tell=_tell)


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    main()
