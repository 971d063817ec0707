"""The talker's whole course of lessons: lips filmed, animated, by phone, and nothing said."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from avitalk.audio import SAMPLES_PER_FEATURE
from avitalk.data.clips import Clip, read_clips
from avitalk.data.split import select
from avitalk.evaluate.lip_basis import LipBasis
from avitalk.speech import SpeechEncoder
from avitalk.talker.network import LipNetwork
from avitalk.talker.shapes import SHAPES
from avitalk.train.talker.animated import CORPUS, animated_lessons
from avitalk.train.talker.by_phone import applied, learn, with_effort
from avitalk.train.talker.lessons import (
    Lesson,
    grid_targets,
    speechless_lessons,
    spoken_lessons,
)
from avitalk.train.talker.measure.labels import trusted


@dataclass(frozen=True, slots=True)
class Course:
    """How much of what is heard."""

    grid_copies: int = 4
    """Voices and rooms in which each filmed sentence is heard."""
    animated_copies: int = 4
    """The same for what was animated; 0 for an ablation."""
    by_phone: tuple[tuple[str, int, int], ...] = (
        ("speechocean762", 800, 1),
        ("kathleen", 600, 1),
        ("librispeech", 300, 2),
        ("emodb", 490, 1),
        ("flite", 300, 1),
    )
    """Corpus, clips drawn, voices and rooms of each; none for an ablation."""
    speechless: int = 300
    """Clips of silence, noise, hum, breath and music."""
    seed: int = 0


def without(course: Course, kinds: Collection[str]) -> Course:
    """The course without lessons that were 'filmed', 'animated' or told by 'phones'."""
    if "filmed" in kinds:
        course = replace(course, grid_copies=0)
    if "animated" in kinds:
        course = replace(course, animated_copies=0)
    return replace(course, by_phone=()) if "phones" in kinds else course


def lessons(
    clips_folder: Path,
    data: Path,
    encoder: SpeechEncoder,
    basis: LipBasis,
    course: Course,
) -> Iterator[Lesson]:
    """All lessons, from training parts only. Fits the lips and learns the phone table first.

    `data` holds the prepared folders grid_s1 and facegood.
    """
    grid = select(read_clips(clips_folder / "grid_s1.jsonl"), "train")
    targets = grid_targets(data / "grid_s1", grid, basis)
    filmed = {name: (weights, target.moved) for name, (target, weights) in targets.items()}
    if course.grid_copies:
        yield from spoken_lessons(
            grid, filmed, encoder, copies=course.grid_copies, source="grid_s1", seed=course.seed
        )
    if course.animated_copies:
        yield from animated_lessons(
            data / CORPUS, encoder, copies=course.animated_copies, seed=course.seed + 4
        )
    if course.by_phone:
        table = learn(grid, targets, basis)
        yield from by_phone_lessons(clips_folder, encoder, table, basis, course)
    yield from speechless_lessons(
        encoder, len(SHAPES), count=course.speechless, seed=course.seed + 1
    )


def by_phone_lessons(
    clips_folder: Path,
    encoder: SpeechEncoder,
    table: LipNetwork,
    basis: LipBasis,
    course: Course,
) -> Iterator[Lesson]:
    """Lessons of corpora whose lips nobody filmed."""
    rng = np.random.default_rng(course.seed + 2)
    for corpus, count, copies in course.by_phone:
        found = trusted(select(read_clips(clips_folder / f"{corpus}.jsonl"), "train"))
        picks = rng.permutation(len(found))[:count]
        chosen: list[Clip] = [found[i] for i in sorted(picks)]
        wanted = {}
        for clip in chosen:
            wave, _ = soundfile.read(clip.audio, dtype="float32")
            frames = -(-len(wave) // SAMPLES_PER_FEATURE)
            asked = applied(table, clip.phones or (), frames)
            wanted[clip.id] = (with_effort(asked, clip.phones or (), wave, basis), None)
        yield from spoken_lessons(
            chosen, wanted, encoder, copies=copies, source="phones", seed=course.seed + 3
        )
