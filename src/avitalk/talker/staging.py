"""Cues over time in, the style of every frame out, region by region, gliding at the boundaries."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avitalk.facs.channels import REGION_CHANNELS
from avitalk.facs.cue import Cue

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


def staged(cues: Sequence[Cue], shares: Floats, width: int) -> Staging:
    """The styles of all frames. Where no cue is, the style is neutral: zeros.

    shares: (cues, F) how far each cue holds.
    """
    groups: dict[tuple[float, ...], list[str]] = {}
    for region in REGION_CHANNELS:
        strengths = tuple(min(c.segment.strength_of(region), MOST_STRENGTH) for c in cues)
        groups.setdefault(strengths, []).append(region)
    styles = np.zeros((len(groups), shares.shape[1], width))
    for group, strengths in enumerate(groups):
        for cue, share, strength in zip(cues, shares, strengths, strict=True):
            styles[group] += strength * share[:, None] * cue.style.vector
    return Staging(styles, tuple(tuple(regions) for regions in groups.values()))
