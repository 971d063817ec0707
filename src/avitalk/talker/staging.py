"""Cues over time in, the style of every frame out, region by region, gliding at the boundaries."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avitalk.facs.channels import REGION_CHANNELS
from avitalk.facs.cue import Cue
from avitalk.talker.overrides import envelope, window

Floats = NDArray[np.float64]

MOST_STRENGTH = 2.0
"""Styles farther from neutral than this times what was asked are no faces any more."""


@dataclass(frozen=True, slots=True)
class Staging:
    """Styles over time: one for each set of regions that are told the same strengths."""

    styles: Floats
    """(G, F, E)."""
    regions: tuple[tuple[str, ...], ...]
    """The regions that each style is for."""


@dataclass(frozen=True, slots=True)
class Held:
    """A cue, and how far it holds in the frames where it does at all."""

    cue: Cue
    first: int
    """The first of them."""
    share: Floats
    """(N,) 0 to 1, frame by frame from there."""

    @property
    def span(self) -> slice:
        """Those frames."""
        return slice(self.first, self.first + len(self.share))


def held(cues: Sequence[Cue], frames: int, fps: float, duration_s: float | None) -> list[Held]:
    """The cues of a recording of `frames` at `fps`, each with its own stretch of it."""
    found = []
    for cue in cues:
        first, last = window(cue.segment, frames, fps, duration_s)
        times_s = np.arange(first, last) / fps
        found.append(Held(cue, first, envelope(cue.segment, times_s, duration_s)))
    return found


def staged(cues: Sequence[Held], first: int, last: int, width: int) -> Staging:
    """The styles of the frames `first` to `last`. Where no cue is, the style is neutral: zeros."""
    here = [c for c in cues if c.first < last and c.first + len(c.share) > first]
    groups: dict[tuple[float, ...], list[str]] = {}
    for region in REGION_CHANNELS:
        strengths = tuple(min(c.cue.segment.strength_of(region), MOST_STRENGTH) for c in here)
        groups.setdefault(strengths, []).append(region)
    styles = np.zeros((len(groups), last - first, width))
    for group, strengths in enumerate(groups):
        for each, strength in zip(here, strengths, strict=True):
            begin, end = max(each.first, first), min(each.span.stop, last)
            share = each.share[begin - each.first : end - each.first, None]
            styles[group, begin - first : end - first] += strength * share * each.cue.style.vector
    return Staging(styles, tuple(tuple(regions) for regions in groups.values()))
