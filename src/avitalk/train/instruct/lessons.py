"""Labelled recordings and what was heard in them -> what the Q-Former and the projection learn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from torch import Tensor

from avitalk.data.instructions.corpus import Instructed
from avitalk.data.instructions.labels import Labelled
from avitalk.errors import InputError
from avitalk.instruct.qformer import QFormerConfig
from avitalk.train.instruct.align import AlignRecipe, Lessons
from avitalk.train.instruct.hearing import Heard
from avitalk.train.instruct.readers import shares, write_with_readers

TEXTS: Final = 20
HELD_OUT: Final = 4


@dataclass(frozen=True, eq=False)
class Course:
    """A corpus ready to be learned from; row by row one recording."""

    clips: Sequence[Labelled]
    instructed: Sequence[Instructed]
    """Facts and texts."""
    heard: Heard
    lessons: Lessons

    @property
    def speakers(self) -> np.ndarray:
        """(clips,) who speaks."""
        return np.array([clip.speaker for clip in self.clips])

    @property
    def texts(self) -> list[tuple[str, ...]]:
        """Texts to train on, by recording."""
        return [row.texts for row in self.instructed]


def course(
    clips: Sequence[Labelled],
    heard: Heard,
    embed: Callable[[Sequence[str]], Tensor],
    *,
    seed: int = 0,
    augmented: float = 0.5,
    emotions: tuple[str, ...] = QFormerConfig().emotions,
) -> Course:
    """Write instructions for the recordings, readers among them, and embed them. Raises InputError
    if `heard` is of other recordings, or an emotion is not among `emotions`.
    """
    if len(clips) != len(heard.summary):
        raise InputError(f"{len(clips)} recordings, but {len(heard.summary)} were heard")
    rows = write_with_readers(
        clips, heard.summary, seed=seed, texts=TEXTS, held_out=HELD_OUT, augmented=augmented
    )
    sentences = embed([text for row in rows for text in row.texts])
    sentences = sentences.view(len(rows), TEXTS, -1)
    lessons = lessons_of(rows, sentences, emotions, AlignRecipe().readers)
    return Course(clips, rows, heard, lessons)


def lessons_of(
    rows: Sequence[Instructed], sentences: Tensor, emotions: tuple[str, ...], share: float
) -> Lessons:
    """What each recording is aligned with; `sentences` (clips, P, 384) embed its texts, `share` is
    how much of their emotion is drawn from readers. Raises InputError for emotions that the head
    does not know.
    """
    strange = sorted({row.facts.emotion for row in rows} - set(emotions))
    if strange:
        raise InputError(
            f"recordings of '{strange[0]}', but former.emotions are {', '.join(emotions)}"
        )
    emotion = np.array([emotions.index(row.facts.emotion) for row in rows])
    return Lessons(
        emotion,
        np.array([row.facts.strength for row in rows], np.float32),
        [row.facts.key() for row in rows],
        sentences,
        shares([row.speaker for row in rows], emotion, share),
    )
