"""The talker's whole course of lessons: filmed lips, lips by phone, and nothing said."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from avitalk.audio import SAMPLES_PER_FEATURE
from avitalk.data.clips import Clip, read_clips
from avitalk.speech import SpeechEncoder
from avitalk.talker.network import LipNetwork
from avitalk.talker.shapes import SHAPES
from avitalk.train.speech.split import select
from avitalk.train.talker.basis import LipBasis
from avitalk.train.talker.by_phone import applied, learn
from avitalk.train.talker.lessons import (
    Lesson,
    grid_targets,
    speechless_lessons,
    spoken_lessons,
)


@dataclass(frozen=True, slots=True)
class Course:
    """How much of what is heard."""

    grid_copies: int = 4
    """Voices and rooms in which each filmed sentence is heard."""
    by_phone: tuple[tuple[str, int, int], ...] = (
        ("speechocean762", 800, 1),
        ("kathleen", 600, 1),
        ("librispeech", 70, 3),
        ("emodb", 300, 1),
    )
    """Corpus, clips drawn, voices and rooms of each; none for an ablation."""
    speechless: int = 300
    """Clips of silence, noise, hum, breath and music."""
    seed: int = 0


def lessons(
    clips_folder: Path,
    grid_folder: Path,
    encoder: SpeechEncoder,
    basis: LipBasis,
    course: Course,
) -> Iterator[Lesson]:
    """All lessons, from training parts only. Fits the lips and learns the phone table first."""
    grid = select(read_clips(clips_folder / "grid_s1.jsonl"), "train")
    targets = grid_targets(grid_folder, grid, basis)
    filmed = {name: (weights, target.moved) for name, (target, weights) in targets.items()}
    yield from spoken_lessons(
        grid, filmed, encoder, copies=course.grid_copies, source="grid_s1", seed=course.seed
    )
    if course.by_phone:
        table = learn(grid, targets, basis)
        yield from by_phone_lessons(clips_folder, encoder, table, course)
    yield from speechless_lessons(
        encoder, len(SHAPES), count=course.speechless, seed=course.seed + 1
    )


def by_phone_lessons(
    clips_folder: Path, encoder: SpeechEncoder, table: LipNetwork, course: Course
) -> Iterator[Lesson]:
    """Lessons of corpora whose lips nobody filmed."""
    rng = np.random.default_rng(course.seed + 2)
    for corpus, count, copies in course.by_phone:
        found = select(read_clips(clips_folder / f"{corpus}.jsonl"), "train")
        picks = rng.permutation(len(found))[:count]
        chosen: list[Clip] = [found[i] for i in sorted(picks)]
        wanted = {}
        for clip in chosen:
            frames = -(-soundfile.info(clip.audio).frames // SAMPLES_PER_FEATURE)
            wanted[clip.id] = (applied(table, clip.phones or (), frames), None)
        yield from spoken_lessons(
            chosen, wanted, encoder, copies=copies, source="phones", seed=course.seed + 3
        )
