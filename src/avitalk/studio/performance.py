"""One recording, heard once: words and settings in, motions out, at the cost of what changed."""

from collections import OrderedDict
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self

import numpy as np

from avitalk.animation import Animation
from avitalk.errors import InputError
from avitalk.heard import Heard, Said
from avitalk.pipeline import Animator
from avitalk.style.acting import GUIDANCE
from avitalk.talker import Controls, Idle
from avitalk.talker.overrides import window
from avitalk.talker.performer import Floats
from avitalk.types import Instruction, Motion, Segment, Speech
from avitalk.types.instruction import Shares, check_shares
from avitalk.types.motion import MOTION_REGIONS

MOST_REMEMBERED: Final = 64 * 2**20
"""Bytes of performed stretches that a recording keeps."""
MOST: Final = 2.0
"""Of strengths."""


class Remembered(MutableMapping[bytes, Floats]):
    """Stretches performed before; the longest unused give way."""

    def __init__(self, most_bytes: int = MOST_REMEMBERED) -> None:
        self._kept: OrderedDict[bytes, Floats] = OrderedDict()
        self._most, self._size = most_bytes, 0

    def __getitem__(self, key: bytes) -> Floats:
        found = self._kept[key]
        self._kept.move_to_end(key)
        return found

    def __setitem__(self, key: bytes, value: Floats) -> None:
        if key in self._kept:
            del self[key]
        self._kept[key] = value
        self._size += value.nbytes
        while self._size > self._most and len(self._kept) > 1:
            del self[next(iter(self._kept))]

    def __delitem__(self, key: bytes) -> None:
        self._size -= self._kept.pop(key).nbytes

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


@dataclass(frozen=True, slots=True)
class Settings:
    """How everything is performed; the defaults are the program's. Raises InputError."""

    guidance: float = GUIDANCE
    """How strongly words lead, 0 to 10."""
    speaker: str | None = None
    """Whose way of moving the lips; None is the neutral one."""
    articulation: float = 1.0
    smoothing: float = 0.0
    offset_ms: float = 0.0
    blinks_per_min: float = 17.0
    gaze: float = 1.0
    head: float = 1.0
    brows: float = 1.0
    strength: float = 1.0
    """Times the strength of every segment, 0 to 2."""
    regions: Shares = ()
    """Times the strength of single regions in every segment, 0 to 2 each."""

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= MOST:
            raise InputError(f"strength {self.strength:g}; allowed: 0 to {MOST:g}")
        check_shares(self.regions, "region", tuple(MOTION_REGIONS), most=MOST)

    @property
    def idle(self) -> Idle:
        """What moves besides the mouth."""
        return Idle(self.blinks_per_min, self.gaze, self.head, self.brows)

    @property
    def controls(self) -> Controls:
        """Manner of speaking."""
        return Controls(self.articulation, self.smoothing, self.offset_ms)

    def over(self, instruction: Instruction) -> Instruction:
        """The instruction with the overall strengths in its segments."""
        if self.strength == 1 and not self.regions:
            return instruction
        segments = tuple(self._stronger(segment) for segment in instruction.segments)
        return replace(instruction, segments=segments)

    def _stronger(self, segment: Segment) -> Segment:
        own, all_over = dict(segment.regions), dict(self.regions)
        named = [name for name in MOTION_REGIONS if name in own or name in all_over]
        regions = tuple(
            (name, min(own.get(name, 1.0) * all_over.get(name, 1.0), MOST)) for name in named
        )
        return replace(
            segment, strength=min(segment.strength * self.strength, MOST), regions=regions
        )


@dataclass(frozen=True, slots=True)
class Performed:
    """A performance, and what of it differs from the one before."""

    animation: Animation
    """What was performed; it writes itself to files."""
    first: int
    """First frame that differs."""
    count: int
    """Frames from there to the last that differs; 0 if none does."""

    @property
    def motion(self) -> Motion:
        """The face, 50 frames a second."""
        return self.animation.motion


@dataclass(eq=False)
class Performance:
    """A recording that can be performed again and again. Not for two threads at once."""

    animator: Animator
    heard: Heard
    text: str | None = None
    """What is said in it, if known."""
    _memory: Remembered = field(default_factory=Remembered)

    @classmethod
    def hear(cls, animator: Animator, speech: Speech, *, text: str | None = None) -> Self:
        """Listen to a recording. A text that does not fit is told in `said.notes`, left aside."""
        found = cls(animator, animator.hear(speech), text)
        found.said  # noqa: B018  (now, while it is heard, and not with the first edit)
        return found

    @property
    def speech(self) -> Speech:
        """The recording."""
        return self.heard.speech

    @property
    def said(self) -> Said:
        """Its phones and words, and what did not go as asked."""
        return self.heard.said(self.text)

    def write(self, *, seed: int = 0, keep: Instruction | None = None) -> Instruction:
        """Have the instructor write; segments by people in `keep` stay."""
        return self.animator.instructor.write(
            self.speech, self.heard.features, seed=seed, keep=keep
        )

    def perform(
        self, instruction: Instruction, settings: Settings, *, before: Performed | None = None
    ) -> Performed:
        """Perform words; equal to `Animator.animate` with the same, up to rounding.

        Only stretches whose words or settings changed are computed anew. Raises InputError as
        `Animator.animate` does.
        """
        animation = self._animated(instruction, settings)
        first, count = 0, animation.motion.frames
        if before is not None and before.motion.frames == count:
            first, count = _changed(before.motion, animation.motion)
        return Performed(animation, first, count)

    def take(
        self, instruction: Instruction, settings: Settings, segment: int, takes: Sequence[int]
    ) -> tuple[int, list[Motion]]:
        """The first frame of a segment's stretch, glides included, and it in other takes.

        Raises InputError if there is no such segment, or take.
        """
        segments = instruction.segments
        if not 0 <= segment < len(segments):
            raise InputError(f"no segment {segment}; there are {len(segments)}, counted from 0")
        found = []
        first = 0
        for take in takes:
            chosen = replace(segments[segment], take=take)
            changed = (*segments[:segment], chosen, *segments[segment + 1 :])
            motion = self._animated(replace(instruction, segments=changed), settings).motion
            first, last = window(chosen, motion.frames, motion.fps, self.speech.duration_s)
            found.append(motion.slice(first / motion.fps, last / motion.fps))
        return first, found

    def _animated(self, instruction: Instruction, settings: Settings) -> Animation:
        return self.animator.animate(
            self.heard,
            instruction=settings.over(instruction),
            guidance=settings.guidance,
            idle=settings.idle,
            controls=settings.controls,
            text=self.text,
            speaker=settings.speaker,
            memory=self._memory,
        )


def _changed(before: Motion, after: Motion) -> tuple[int, int]:
    """First frame that differs, and how many from there to the last that does."""
    differs = np.flatnonzero((before.channels() != after.channels()).any(axis=1))
    if not len(differs):
        return 0, 0
    return int(differs[0]), int(differs[-1] - differs[0] + 1)
