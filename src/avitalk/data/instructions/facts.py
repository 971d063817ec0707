"""What is known of a recording before any words: its emotion, strength and measured voice."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avitalk.errors import InputError
from avitalk.facs.table import EMOTIONS, VOICE, emotion

COURSES: Final[tuple[str, ...]] = ("steady", "rising", "falling", "peaking", "bursts")
PRONOUNS: Final[tuple[str | None, ...]] = ("he", "she", "they", None)
TOLD: Final = 0.3
"""A voice level beyond this, either way, is worth words."""
STRENGTH_STEPS: Final = 4
"""Grades of strength that count as different when facts are compared."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an instruction is written from. Raises InputError on values out of range."""

    emotion: str
    """A member of `avitalk.facs.table.EMOTIONS`."""
    strength: float
    """0 (a trace) to 1 (all-out)."""
    pitch: float | None = None
    """Low -1 to high 1, against the corpus; None if not measured. So are the next four."""
    liveliness: float | None = None
    """Monotone -1 to melodious 1."""
    loudness: float | None = None
    """Soft -1 to loud 1."""
    rate: float | None = None
    """Slow -1 to fast 1."""
    breath: float | None = None
    """Breathy -1 to pressed 1."""
    pitch_course: str = "steady"
    """A member of COURSES: how pitch moves over the recording."""
    energy_course: str = "steady"
    """A member of COURSES: how loudness moves over the recording."""
    pronoun: str | None = None
    """A member of PRONOUNS."""

    def __post_init__(self) -> None:
        if self.emotion not in EMOTIONS:
            raise InputError(f"unknown emotion '{self.emotion}'; available: {', '.join(EMOTIONS)}")
        if not 0 <= self.strength <= 1:
            raise InputError(f"strength {self.strength}; allowed: 0 to 1")
        for name in VOICE:
            level = getattr(self, name)
            if level is not None and not -1 <= level <= 1:
                raise InputError(f"{name} {level}; allowed: -1 to 1, or None")
        for name in ("pitch_course", "energy_course"):
            course = getattr(self, name)
            if course not in COURSES:
                raise InputError(f"unknown {name} '{course}'; available: {', '.join(COURSES)}")
        if self.pronoun not in PRONOUNS:
            raise InputError(f"unknown pronoun '{self.pronoun}'; available: he, she, they, None")

    def key(self) -> tuple[str, int]:
        """Facts with equal keys are one and the same to a contrastive loss."""
        return self.emotion, round(self.strength * STRENGTH_STEPS)

    def told(self) -> dict[str, float]:
        """The voice levels worth words, by name, most striking first."""
        levels = {name: getattr(self, name) for name in VOICE}
        striking = {n: v for n, v in levels.items() if v is not None and abs(v) > TOLD}
        return dict(sorted(striking.items(), key=lambda entry: -abs(entry[1])))


def draw_facts(rng: np.random.Generator, *, emotions: tuple[str, ...] = EMOTIONS) -> Facts:
    """Plausible facts at random: voices scatter around the table's usual voice of the emotion."""
    name = emotions[rng.integers(len(emotions))]
    strength = float(rng.uniform(0, 1))
    usual = emotion(name).voice
    voice: dict[str, float | None] = {}
    for part in VOICE:
        level = usual[part] * (0.4 + 0.6 * strength) + 0.4 * rng.standard_normal()
        voice[part] = None if rng.random() < 0.1 else float(np.clip(level, -1, 1))
    pitch_course, energy_course = (COURSES[rng.integers(len(COURSES))] for _ in range(2))
    pronoun = PRONOUNS[rng.integers(len(PRONOUNS))]
    return Facts(
        name, strength, **voice, pitch_course=pitch_course, energy_course=energy_course,
        pronoun=pronoun,
    )  # fmt: skip
