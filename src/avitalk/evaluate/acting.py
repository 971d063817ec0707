"""avitalk as a system that can be told what to do: words, styles and performances of a recording.

A system that takes words is one with `direct`; suites ask with isinstance.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from avitalk import weights
from avitalk.pipeline import Animator
from avitalk.style.cues import cues_for
from avitalk.style.parts import STYLE_WIDTH
from avitalk.types import Instruction, Motion, Speech
from avitalk.version import __version__

Array = NDArray[np.float64]

NO_WORDS: Final = "neutral"
"""Words that ask for nothing."""


@runtime_checkable
class Directed(Protocol):
    """A system that performs what words say."""

    def direct(self, speech: Speech, take_id: str, seed: int, words: str) -> Motion:
        """The face for a recording under words; NO_WORDS gives the face that only talks."""
        ...


@runtime_checkable
class Writes(Protocol):
    """A system that writes down what the face of a recording should do."""

    def write(self, speech: Speech, seed: int) -> Instruction:
        """Segments with words and with the emotions heard."""
        ...


@runtime_checkable
class Styled(Protocol):
    """A system that draws a style before it moves."""

    def styles(self, speech: Speech, seeds: range) -> Array:
        """(S, E) styles of one recording, of the same words under S draws of noise."""
        ...


@dataclass(frozen=True)
class Acting:
    """The product as it comes: hears, writes, draws a style, performs."""

    name: str
    made_of: tuple[str, ...]
    """Shipped weights that it runs on."""

    @property
    def fingerprint(self) -> str:
        """Of the program's version and its weights."""
        return fingerprint(self.name, self.made_of)

    @cached_property
    def animator(self) -> Animator:
        """Loaded on first use."""
        return Animator()

    def perform(self, speech: Speech, take_id: str, seed: int) -> Motion:
        """The face for a recording, by the words that it writes itself."""
        return self.animator.animate(speech, seed=seed).motion

    def direct(self, speech: Speech, take_id: str, seed: int, words: str) -> Motion:
        """The face for a recording under words for all of it."""
        return self.animator.animate(speech, instruction=words, seed=seed).motion

    def write(self, speech: Speech, seed: int) -> Instruction:
        """What it hears and would do."""
        features = self.animator.encoder.encode(speech)
        return self.animator.instructor.write(speech, features, seed=seed)

    def styles(self, speech: Speech, seeds: range) -> Array:
        """(S, E) mean style over time under the words of the first seed; time without words counts
        as neutral.
        """
        words = self.write(speech, seeds[0])
        found = np.zeros((len(seeds), STYLE_WIDTH))
        for row, seed in enumerate(seeds):
            for cue in cues_for(words, self.animator.writer, seed=seed):
                share = (cue.segment.end_s - cue.segment.start_s) / speech.duration_s
                found[row] += share * cue.style.vector
        return found


def fingerprint(name: str, made_of: tuple[str, ...]) -> str:
    """Of the program's version and shipped weights, by name."""
    parts = [__version__, name, *(weights.find(part).sha256 for part in made_of)]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]
