"""A script: a text as people would type it, and what it asks a face for."""

from collections.abc import Hashable
from dataclasses import dataclass

from avitalk.data.instructions.facts import STRENGTH_STEPS, Facts
from avitalk.facs.demands import Demand, Demands, demands


@dataclass(frozen=True, slots=True)
class Script:
    """A text and what it means."""

    text: str
    emotions: tuple[tuple[str, float], ...] = ()
    """Emotion -> share, summing to 1; empty where none is named."""
    strength: float = 0.5
    """0 to 1."""
    shown: tuple[Demand, ...] = ()
    """Movements that the text names."""
    denied: tuple[int, ...] = ()
    """Units that must not show."""
    only: bool = False
    """Whether nothing but `shown` may move."""
    still: tuple[str, ...] = ()
    """Regions said to be at rest."""
    mood: str = ""
    """A mood of `facs.moods`, which brings movements along and leaves others out; '' for none."""
    voice: Facts | None = None
    """The voice that the text tells of, if any."""
    kind: str = ""
    """How it was drawn: a member of KINDS."""

    def key(self) -> Hashable:
        """Scripts with equal keys ask for the same, to a contrastive loss."""
        shares = tuple((name, round(5 * share)) for name, share in sorted(self.emotions))
        strength = round(self.strength * STRENGTH_STEPS) if self.emotions else 0
        shown = tuple(sorted((d.unit, d.side, _grade(d.level)) for d in self.shown))
        return shares, strength, shown, self.denied, self.only, self.still, self.mood

    def told(self) -> Demands:
        """What its meaning demands."""
        return Demands(self.shown, self.denied, self.only, self.still)


def _grade(level: float | None) -> int:
    return -1 if level is None else round(level * STRENGTH_STEPS)


def agrees(script: Script) -> bool:
    """Whether the parser finds in the text what the script means by it."""
    found = demands(script.text)
    return (
        {(d.unit, d.side) for d in found.shown} == {(d.unit, d.side) for d in script.shown}
        and set(found.denied) == set(script.denied)
        and found.only == script.only
    )
