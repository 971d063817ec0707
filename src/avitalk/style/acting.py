"""Who acts, and what was acted: the parts of writer and performer, and Acting, which tells it."""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from avitalk.facs.cue import Cue
from avitalk.types import Motion, Style

GUIDANCE: Final = 2.0
"""How strongly words lead the style, unless told otherwise."""


class WritesStyles(Protocol):
    """Words in, styles out; `avitalk.style.writer.StyleWriter` is one."""

    def styles(
        self, texts: Sequence[str], *, seeds: Sequence[int], guidance: Sequence[float]
    ) -> list[Style]:
        """A style for each text, decided by the text, its seed and guidance alone."""
        ...


class Performs(Protocol):
    """Acts cues out; `avitalk.talker.performer.Performer` is one."""

    def perform(
        self,
        mouth: Motion,
        prosody: NDArray[np.floating],
        cues: Sequence[Cue],
        idle: Motion,
        *,
        seed: int = 0,
        duration_s: float | None = None,
        memory: MutableMapping[bytes, NDArray[np.float64]] | None = None,
    ) -> Motion:
        """The whole face: lips as spoken, over idle motion, under cues."""
        ...


@dataclass(frozen=True, slots=True)
class Acting:
    """What was performed of the words, and how; the default is a face that does not act."""

    cues: tuple[Cue, ...] = ()
    """Segments with their styles and demands, in order of time."""
    guidance: float = GUIDANCE
    """How strongly words led the styles."""
    style: Style | None = None
    """The style given in place of those of the words."""
