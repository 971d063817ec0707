"""Style: how a face carries itself, as a vector that can be mixed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from avitalk.errors import InputError
from avitalk.types._check import Array, frozen_array, set_field

ROUNDED = 1e-6
"""Shares that were written down may miss 1 by this."""


class Source(NamedTuple):
    """A file that a style was taken from."""

    name: str
    """File name without its folder."""
    sha256: str
    """Hash of the file."""
    share: float = 1.0
    """How much of the style is its, 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """A point in style space: how the face carries itself; zeros are neutral."""

    vector: Array
    """(E,) float32."""
    name: str = "neutral"
    """What to call it in files and menus."""
    sources: tuple[Source, ...] = ()
    """Files that it was taken from, if it is an example's."""

    def __post_init__(self) -> None:
        set_field(self, "vector", frozen_array(self.vector, (None,), f"style '{self.name}'"))

    @classmethod
    def mixed(cls, parts: Iterable[tuple["Style", float]]) -> "Style":
        """Between styles: shares of each, 0 to 1; where they do not reach 1, the rest is neutral.

        Raises InputError without parts, for other shares, and for styles of differing widths.
        """
        found = list(parts)
        for style, share in found:
            if not 0 <= share <= 1:
                raise InputError(f"share {share:g} of style '{style.name}'; allowed: 0 to 1")
        total = sum(share for _, share in found)
        if not found or not 0 < total <= 1 + ROUNDED:
            raise InputError(f"styles with shares of {total:g} in all; need above 0 to 1")
        widths = sorted({len(style.vector) for style, _ in found})
        if len(widths) > 1:
            raise InputError(f"styles of widths {widths} cannot be mixed; need one")
        if len(found) == 1 and total == 1:
            return found[0][0]
        vector = sum((share * style.vector.astype(np.float64) for style, share in found), 0.0)
        name = ", ".join(f"{100 * share:.3g} % {style.name}" for style, share in found)
        sources = tuple(
            source._replace(share=round(source.share * share, 6))
            for style, share in found
            for source in style.sources
        )
        return cls(np.asarray(vector, np.float32), name, sources)
