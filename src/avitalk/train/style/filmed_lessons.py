"""Filmed clips in, what the motion prior learns from out.

A lesson is a window of one clip with a stretch that is predicted, and random frames of the same
clip with that stretch and its neighbours left out, as in AVI-Talking and StyleTalk.
"""

from functools import partial

import numpy as np
from torch import Tensor

from avitalk.errors import InputError
from avitalk.face import load_head
from avitalk.face.flame import FlameSolver, load_flame
from avitalk.face.flame.channels import gap_by_channel
from avitalk.train.instruct.hearing import even_chances
from avitalk.train.style.filmed import FEELINGS, PARTS
from avitalk.train.style.filmed_heard import Filmed, FilmedPart
from avitalk.train.style.motion import Lesson
from avitalk.train.style.perform import Space


class FilmedLessons:
    """Draws lessons from the clips of a part, every emotion as often."""

    def __init__(
        self, filmed: Filmed, recipe: FilmedPart, reach: int, part: str = PARTS[0]
    ) -> None:
        """`reach`: frames before and after that a predicted one depends on. Raises InputError if
        the part has no clips.
        """
        self.filmed, self.recipe, self.reach = filmed, recipe, reach
        self.numbers = np.array(filmed.of(part), np.int64)
        if not len(self.numbers):
            raise InputError(f"no filmed clips to {part} on")
        emotion = [FEELINGS.index(filmed.rows[number].emotion) for number in self.numbers]
        self.chance = even_chances(np.array(emotion))

    def draw(self, rng: np.random.Generator) -> Lesson:
        """A window of one clip, and frames of the rest of it."""
        number = int(rng.choice(self.numbers, p=self.chance))
        row, face = self.filmed.rows[number], self.filmed.face(number)
        predicted, apart = stretch(row.count, self.recipe)
        start = int(rng.integers(row.count - predicted + 1))
        rest = np.arange(row.count)
        rest = rest[(rest < start - apart) | (rest >= start + predicted + apart)]
        seen = rng.choice(rest, self.recipe.references, replace=len(rest) < self.recipe.references)
        # Of one length whatever the clip: its ends are held.
        size = self.recipe.predicted + 2 * self.reach
        window = np.arange(start - self.reach, start - self.reach + size)
        counted = (window >= start) & (window < start + predicted)
        at = np.clip(window, 0, row.count - 1)
        moved = face[at].astype(np.float32)
        return Lesson(
            np.asarray(self.filmed.content[row.first + at], np.float32),
            moved,
            self.filmed.vector(number),
            face[seen].astype(np.float32),
            np.zeros_like(moved),
            counted.astype(np.float32),
        )


def stretch(frames: int, recipe: FilmedPart) -> tuple[int, int]:
    """Frames predicted and left out on either side; of a short clip fewer, so that at least as
    many are left for reference as are predicted.
    """
    apart = min(recipe.apart, frames // 8)
    return max(1, min(recipe.predicted, (frames - 2 * apart) // 2)), apart


def flame_space(recipe: FilmedPart) -> Space:
    """What the losses know of FLAME: how channels part the lips, if there is the user's file."""
    gap_mm = np.zeros(recipe.channels)
    if recipe.flame is not None:
        model = load_flame(recipe.flame)
        gap_mm = gap_by_channel(FlameSolver(load_head(), model), recipe.expressions)
    seen = partial(_spread, count=recipe.references)
    return Space(gap_mm, step=recipe.rate // 25, seen=seen)


def _spread(channels: Tensor, count: int) -> Tensor:
    """(B, T, C) -> (B, S, C), evenly."""
    return channels[:, :: max(1, channels.shape[1] // count)]
