"""A text in, the single movements it asks for or forbids out: unit, side and level.

Words alone blur sides, negation and 'only'; what is found here is held exactly, after everything
that was learned. Nothing here is learned.
"""

from dataclasses import dataclass
from typing import Final

from avitalk.facs.table import Side

PLAIN_LEVEL: Final = 0.6
"""Level of a movement that is asked for without a degree."""


@dataclass(frozen=True, slots=True)
class Demand:
    """One movement that a text names."""

    unit: int
    """FACS number."""
    side: Side = "both"
    """Of the character."""
    level: float | None = None
    """0 to 1; None where the text states no degree."""


@dataclass(frozen=True, slots=True)
class Demands:
    """What a text asks for in so many words; empty if it only tells of feelings."""

    shown: tuple[Demand, ...] = ()
    """Movements asked for."""
    denied: tuple[int, ...] = ()
    """Units that must not show: 'do not smile', 'without a frown'."""
    only: bool = False
    """Whether nothing but `shown` may move: 'raise only the left eyebrow'."""
    still: tuple[str, ...] = ()
    """Regions of the table said to be at rest: 'the mouth stays relaxed'."""
    held: bool = False
    """Whether `shown` is to be kept up all the time, without swelling: 'keep your eyes closed'."""


def demands(text: str) -> Demands:
    """The movements that a text names."""
    raise NotImplementedError
