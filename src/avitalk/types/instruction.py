"""Instruction (what the face is about to do, in words over time) and Style (as a vector)."""

from dataclasses import dataclass, field

from avitalk.arkit import INDEX, REGIONS
from avitalk.errors import InputError
from avitalk.types._check import Array, check_span, frozen_array, set_field

AUTHORS = ("model", "person")


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of time and what the face does in it. Raises InputError on bad values."""

    start_s: float
    """Start in seconds."""
    end_s: float
    """End in seconds, after the start."""
    text: str
    """What the face does, in words."""
    author: str = "person"
    """Who wrote it: 'model' or 'person'."""
    strength: float = 1.0
    """How strongly, 0 to 2; 1 as written."""
    regions: tuple[str, ...] = tuple(REGIONS)
    """Face regions it may move, of `avitalk.arkit.REGIONS`."""
    features: tuple[tuple[str, float], ...] = ()
    """Single ARKit shapes held at a weight, for example (('browInnerUp', 0.5),)."""

    def __post_init__(self) -> None:
        check_span(self.start_s, self.end_s, f"segment '{self.text}'")
        if self.author not in AUTHORS:
            raise InputError(f"unknown author '{self.author}'; available: {', '.join(AUTHORS)}")
        if not 0 <= self.strength <= 2:
            raise InputError(f"segment strength {self.strength}; allowed: 0 to 2")
        for region in self.regions:
            if region not in REGIONS:
                raise InputError(f"unknown region '{region}'; available: {', '.join(REGIONS)}")
        for name, _ in self.features:
            if name not in INDEX:
                raise InputError(f"unknown shape '{name}'; available: {', '.join(INDEX)}")


@dataclass(frozen=True, slots=True)
class Instruction:
    """Timed segments in order of their start, with the audio they were written for."""

    segments: tuple[Segment, ...] = ()
    """Segments, sorted by start; they may overlap."""
    seed: int = 0
    """Seed of everything drawn at random while performing it."""
    audio_sha256: str = field(default="", kw_only=True)
    """`Speech.sha256` of the recording it was written for, or '' for any."""

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.segments, key=lambda segment: segment.start_s))
        set_field(self, "segments", ordered)


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """A point in style space: how the face carries itself."""

    vector: Array
    """(E,) float32."""
    name: str = "neutral"
    """What to call it in files and menus."""

    def __post_init__(self) -> None:
        set_field(self, "vector", frozen_array(self.vector, (None,), f"style '{self.name}'"))
