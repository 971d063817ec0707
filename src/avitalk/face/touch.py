"""Whether lips touch: how far each weight parts them on the default head, in millimetres."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.face.lips import lip_gap
from avitalk.face.store import load_head

Floats = NDArray[np.float64]

TOUCHING_MM: Final = (0.35, 0.9)
"""Lips nearer than the first on the default head touch; beyond the second they are apart."""


@lru_cache(maxsize=1)
def gap_by_weight() -> Floats:
    """(52,) millimetres that each shape parts the lips of the default head."""
    head = load_head()
    return np.asarray(lip_gap(head.shapes, head) * 1e3, np.float64)


def lips_touch(weights: Floats) -> Floats:
    """(F, 52) -> (F,) 1 where the lips touch on the default head, falling to 0 as they part."""
    near, apart = TOUCHING_MM
    share = np.clip((apart - weights @ gap_by_weight()) / (apart - near), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))
