"""A cue: one segment of an instruction with the style that performs it, and what it demands."""

from dataclasses import dataclass, field

from avitalk.facs.demands import Demands
from avitalk.types import Segment, Style


@dataclass(frozen=True, slots=True)
class Cue:
    """What the performer needs to know of one stretch of time."""

    segment: Segment
    """When, how strongly, in which regions, and single shapes held."""
    style: Style
    """How the face carries itself in it."""
    demands: Demands = field(default_factory=Demands)
    """Movements that the words name or forbid."""
