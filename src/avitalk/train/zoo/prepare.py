"""Corpora -> sequences the zoo learns from: `python -m avitalk.train.zoo.prepare`.

The same recordings, parts, lips, voices and rooms as the talker's course. GRID's brows, lids and
cheeks are MediaPipe's own scores on the film, above the speaker's usual ones: good enough to move
an upper face, and seconds instead of an hour of solving. No other source has an upper face.
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from avitalk import weights
from avitalk.arkit import ARKIT_52, EYE_LOOK, REGIONS
from avitalk.audio import FEATURE_RATE_HZ
from avitalk.data.clips import Clip, read_clips
from avitalk.data.split import Part, select
from avitalk.evaluate.corpus.filmed import read_filmed
from avitalk.evaluate.lip_basis import LipBasis, basis_of
from avitalk.face import load_head
from avitalk.speech import SpeechEncoder
from avitalk.talker.shapes import SHAPES, expansion
from avitalk.train.talker.animated import CORPUS, animated_lessons
from avitalk.train.talker.by_phone import learn
from avitalk.train.talker.course import Course, by_phone_lessons
from avitalk.train.talker.lessons import (
    Lesson,
    altered,
    at_speed,
    grid_targets,
    speechless_lessons,
)
from avitalk.train.zoo.sequences import FPS, NEUTRAL, Sequence25, write_sequences
from avitalk.types import Speech

Array = NDArray[np.float64]

GRID: Final = "grid_s1"
UPPER: Final = sorted(
    {i for region in ("eyes", "brows", "cheeks") for i in REGIONS[region]} - set(EYE_LOOK)
)
USUAL_PERCENTILE: Final = 30.0
"""Scores up to this percentile of the speaker's own are rest: MediaPipe's have an offset a face."""
SMOOTH_FRAMES: Final = 0.8
COURSE: Final = Course(
    grid_copies=3,
    by_phone=(
        ("speechocean762", 800, 1), ("kathleen", 600, 1), ("librispeech", 300, 2), ("emodb", 490, 1)
    ),
)  # fmt: skip
"""The talker's course with one copy of the film less, and without synthetic voices."""
SPEAKERS: Final = {GRID: "grid_s1", CORPUS: "facegood"}


def upper_faces(folder: Path) -> dict[str, Array]:
    """Clip -> (F, 52) weights of the upper face at the film's 25 fps, other columns zero."""
    found = {clip.clip_id: clip.landmarks.scores for clip in read_filmed(folder)}
    every = np.concatenate([scores for scores in found.values() if scores is not None])
    usual = np.percentile(every, USUAL_PERCENTILE, axis=0)
    faces = {}
    for name, scores in found.items():
        if scores is None:
            continue
        above = gaussian_filter1d(np.clip(scores - usual, 0, 1), SMOOTH_FRAMES, axis=0)
        face = np.zeros((len(scores), len(ARKIT_52)))
        face[:, UPPER] = above[:, UPPER]
        faces[name] = face
    return faces


def filmed(
    folder: Path,
    clips: list[Clip],
    encoder: SpeechEncoder,
    targets: dict[str, tuple[object, Array]],
    *,
    copies: int,
    seed: int,
) -> Iterator[Sequence25]:
    """GRID's sentences, each in `copies` voices and rooms, the first as it is."""
    rng, faces, spread = np.random.default_rng(seed), upper_faces(folder), expansion()
    for clip in clips:
        wave, _ = soundfile.read(clip.audio, dtype="float32")
        mouth = targets[clip.id][1] @ spread
        # Frame i of the film is exposed about (i + 0.5) / 25 s.
        at = np.arange(len(mouth)) * FPS / FEATURE_RATE_HZ - 0.5
        face = mouth + _between(faces[clip.id], at)
        for copy in range(copies):
            changed, factor = altered(rng, wave, plain=copy == 0)
            values = encoder.encode(Speech(changed)).values
            moved = at_speed(face, factor, len(values))
            yield sequence(f"{clip.id}/{copy}", GRID, GRID, values, moved, upper=True)


def _between(track: Array, at: Array) -> Array:
    first = np.clip(np.floor(at).astype(int), 0, len(track) - 1)
    after = np.clip(first + 1, 0, len(track) - 1)
    share = np.clip(at - first, 0, 1)[:, None]
    return np.asarray(track[first] * (1 - share) + track[after] * share)


def sequence(
    name: str,
    source: str,
    speaker: str,
    values: NDArray[np.floating],
    moved: NDArray[np.floating],
    *,
    upper: bool = False,
    emotion: str = NEUTRAL,
) -> Sequence25:
    """Features (T, D) and weights (T, 52), both at 50 Hz -> a sequence at 25 fps."""
    frames = len(values) // 2
    return Sequence25(
        name, source, speaker, emotion, values[: 2 * frames].astype(np.float16),
        moved[: 2 * frames : 2].astype(np.float16), upper,
    )  # fmt: skip


def from_lessons(lessons: Iterable[Lesson]) -> Iterator[Sequence25]:
    """The talker's own lessons, whose mouth alone is known."""
    spread = expansion()
    for number, lesson in enumerate(lessons):
        speaker = SPEAKERS.get(lesson.source, "nobody")
        moved = lesson.weights.astype(np.float32) @ spread
        name = f"{lesson.source}/{number}"
        yield sequence(name, lesson.source, speaker, lesson.values, moved)


def sequences(
    clips: Path, data: Path, encoder: SpeechEncoder, basis: LipBasis, part: Part, course: Course
) -> Iterator[Sequence25]:
    """All of one part; only the training part is heard in other voices and rooms, by phone and
    without speech.
    """
    training = part == "train"
    grid = select(read_clips(clips / f"{GRID}.jsonl"), part)
    targets = grid_targets(data / GRID, grid, basis)
    yield from filmed(
        data / GRID, grid, encoder, dict(targets),
        copies=course.grid_copies if training else 1, seed=course.seed,
    )  # fmt: skip
    if training:
        yield from from_lessons(
            animated_lessons(
                data / CORPUS, encoder, copies=course.animated_copies, seed=course.seed + 4
            )
        )
        table = learn(grid, targets, basis)
        yield from from_lessons(by_phone_lessons(clips, encoder, table, basis, course))
        yield from from_lessons(
            speechless_lessons(encoder, len(SHAPES), count=course.speechless, seed=course.seed + 1)
        )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True, help="folder of clip lists")
    parser.add_argument("--data", type=Path, required=True, help="holds grid_s1 and facegood")
    parser.add_argument("--part", choices=("train", "validation"), default="train")
    parser.add_argument("--out", type=Path, required=True, help=".npz file to write")
    given = parser.parse_args()
    encoder = SpeechEncoder.load(weights.find("speech-encoder").path)
    basis = basis_of(load_head())
    found = sequences(given.clips, given.data, encoder, basis, given.part, COURSE)
    write_sequences(given.out, list(found))


if __name__ == "__main__":
    main()
