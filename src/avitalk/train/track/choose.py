"""Which prior strengths solve best, on motions that may be used for such a choice.

python -m avitalk.train.track.choose --data DIR --model face_landmarker.task

DIR holds the prepared corpora kathleen, librispeech (read by our talker) and facegood. No recorded
face's expressions are looked at: those are for evaluation only.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from avitalk.face import load_head
from avitalk.files import write_bytes
from avitalk.pipeline import Animator
from avitalk.render import Camera
from avitalk.track.landmarker import Landmarker
from avitalk.track.model import FaceModel
from avitalk.track.solve import Priors, solve
from avitalk.track.tracker import evidence
from avitalk.train.track.motions import FPS, animated, mixture, reading
from avitalk.train.track.truth import Case, distances, film
from avitalk.types import Motion

Array = NDArray[np.float64]

FRAMES: Final = 100
CAMERAS: Final = (
    Camera(),
    Camera(focal_mm=50, distance_m=0.8),
    Camera(yaw_rad=0.25, distance_m=0.9, focal_mm=60),
)
READINGS: Final = (
    ("mei", "kathleen", 40, 0.2), ("walter", "librispeech", 20, 3.0),
    ("chidi", "kathleen", 165, 0.2), ("rosa", "librispeech", 91, 2.0),
)  # fmt: skip
"""Face, corpus, clip and second that each reading starts at."""
ANIMATED: Final = (("ben", 1, 30.0), ("amara", 4, 60.0))
"""Face, FACEGOOD clip and second."""
MIXED: Final = ("default", "lucia", "kenji", "ada")
NUMBERS: Final = ("small", "sparse", "alike", "lids_alike", "steady", "scores", "gaps", "depth",
                  "pose")  # fmt: skip
"""Strengths that are chosen; `points` sets the scale of all of them."""
FACTORS: Final = (0.5, 2.0)
HARD: Final = {
    "tongueOut": 60.0, "cheekPuff": 8.0, "noseSneer": 3.0, "cheekSquint": 4.0, "eyeWide": 4.0,
    "eyeSquint": 3.0, "jawForward": 12.0, "mouthRight": 6.0, "mouthLeft": 6.0, "jawRight": 4.0,
    "jawLeft": 4.0,
}  # fmt: skip
START: Final = Priors(gaps=1.0, small=6.0, sparse=1.5, hard=HARD)
"""Set by hand; the descent leaves from here."""
ROUNDS: Final = 2
WORTH: Final = 0.002
"""A change has to lower the mean error by this much."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Errors of one setting, means over the cases; 1 is what a face that never moves gets."""

    weights_off: float
    surface_off: float

    @property
    def error(self) -> float:
        """What is made small."""
        return (self.weights_off + self.surface_off) / 2


def choosing_set(data: Path, landmarker: Landmarker, cache: Path | None = None) -> list[Case]:
    """Ten short films of named faces."""
    animator, length_s = Animator(), FRAMES / FPS
    planned: list[tuple[str, str, Motion]] = []
    for seed, (face, corpus, clip, start_s) in enumerate(READINGS):
        row = json.loads((data / corpus / "clips.jsonl").read_text().splitlines()[clip])
        voice = data / corpus / row["audio"]
        motion = reading(animator, voice, start_s, start_s + length_s, seed)
        planned.append((face, f"reading-{seed}", motion))
    for seed, (face, clip, start_s) in enumerate(ANIMATED, 10):
        motion = animated(data / "facegood", clip, start_s, start_s + length_s, seed)
        planned.append((face, f"facegood-{seed}", motion))
    for seed, face in enumerate(MIXED, 20):
        planned.append((face, f"mixture-{seed}", mixture(FRAMES, seed)))
    return [
        film(name, load_head(face), motion, CAMERAS[i % len(CAMERAS)], landmarker, cache)
        for i, (face, name, motion) in enumerate(planned)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the solver is given of one case, and what it should find."""

    moved: Array
    turn: Array
    model: FaceModel
    scores: Array | None
    truth: Array
    fps: float

    @classmethod
    def of(cls, case: Case) -> Self:
        """The camera is told, the resting face is not."""
        moved, turn, model, scores = evidence(case.landmarks, focal_px=case.focal_px)
        truth = np.clip(case.motion.weights, 0, 1).astype(np.float64)
        rest = len(truth) // 4  # the resting face is learned from all, the middle is solved
        middle = slice(rest, len(truth) - rest)
        return cls(
            moved[middle], turn[middle], model, None if scores is None else scores[middle],
            truth[middle], case.landmarks.fps,
        )  # fmt: skip


def tried(cases: Sequence[Evidence], priors: Priors) -> Trial:
    """Solve all cases with one setting."""
    found = []
    for case in cases:
        weights = solve(case.moved, case.turn, case.model, case.scores, fps=case.fps, priors=priors)
        found.append(distances(case.truth, weights))
    weights_off, surface_off = np.mean(found, axis=0)
    return Trial(float(weights_off), float(surface_off))


def scaled(priors: Priors, name: str, factor: float) -> Priors:
    """One strength times `factor`; 'hard' raises the factors of the hard shapes to a power."""
    if name == "hard":
        power = 0.6 if factor < 1 else 1.5
        hard = {shape: round(value**power, 1) for shape, value in priors.hard.items()}
        return replace(priors, hard=hard)
    return replace(priors, **{name: getattr(priors, name) * factor})


def choose(
    cases: Sequence[Evidence], start: Priors, say: Callable[[str], None] = lambda line: None
) -> tuple[Priors, list[dict[str, Any]]]:
    """Descent along one strength at a time; the best setting, and all that was tried."""
    best, log = start, []
    least = tried(cases, start)
    log.append({"tried": "start", "error": least.error, **asdict(least)})
    for _ in range(ROUNDS):
        before = least.error
        for name, factor in product((*NUMBERS, "hard"), FACTORS):
            setting = scaled(best, name, factor)
            now = tried(cases, setting)
            log.append({"tried": f"{name} x {factor:g}", "error": now.error, **asdict(now)})
            say(f"{name} x {factor:g}: {now.error:.4f} against {least.error:.4f}")
            if now.error < least.error - WORTH:
                best, least = setting, now
        if before - least.error < WORTH:
            break
    return best, log


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of prepared corpora")
    parser.add_argument("--model", type=Path, help="face_landmarker.task")
    parser.add_argument("--cache", type=Path, help="folder to keep the films' face points in")
    parser.add_argument("--out", type=Path, default=Path("tracking-priors.json"))
    options = parser.parse_args()
    with Landmarker(options.model) as landmarker:
        cases = choosing_set(options.data, landmarker, options.cache)
    best, log = choose([Evidence.of(case) for case in cases], START, _say)
    result = {"chosen": asdict(best), "cases": [case.name for case in cases], "tried": log}
    write_bytes(options.out, (json.dumps(result, indent=1) + "\n").encode())


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    main()
