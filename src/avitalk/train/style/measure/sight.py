"""Which action units can be seen at all: each by itself on a still face, drawn and tracked."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from avitalk.evaluate.units import NUMBERS, change, direction, level
from avitalk.facs.channels import unpacked
from avitalk.train.style.measure.filming import Studio
from avitalk.types import Motion

LEVEL: Final = 0.6
SEEN: Final = 1 / 3
"""Share of the level that has to be found."""
FRAMES: Final = 40
FPS: Final = 50.0


def posed(unit: int, size: float = LEVEL) -> Motion:
    """A face that holds one unit, otherwise still."""
    moved = np.repeat(size * direction(unit)[None], FRAMES, axis=0)
    weights, head, lean, gaze = unpacked(moved)
    eyes = np.zeros((FRAMES, 2, 3))
    eyes[:, :, :2] = gaze[:, None]
    shift = np.zeros((FRAMES, 3))
    shift[:, 2] = lean
    return Motion(
        weights.astype(np.float32), head.astype(np.float32), eyes.astype(np.float32), FPS,
        shift.astype(np.float32),
    )  # fmt: skip


def measure(studio: Studio) -> dict[str, Any]:
    """Level found of each unit held at LEVEL, and what else it was taken for."""
    still = Motion.still(FRAMES, FPS)
    rows: dict[str, Any] = {}
    for unit in NUMBERS:
        found = change(*studio.tracked(posed(unit), still))
        rows[str(unit)] = {
            "found": level(found, unit) / LEVEL,
            "taken for": {
                str(other): round(level(found, other) / LEVEL, 2)
                for other in NUMBERS
                if other != unit and abs(level(found, other)) >= SEEN * LEVEL
            },
        }
    seen = [int(name) for name, row in rows.items() if row["found"] >= SEEN]
    return {"level": LEVEL, "least share": SEEN, "units": rows, "seen": seen,
            "not seen": [u for u in NUMBERS if u not in seen]}  # fmt: skip


def seen_shares(found: Mapping[str, Any]) -> dict[int, float]:
    """Units to be judged after tracking -> share of their level that is found."""
    return {unit: found["units"][str(unit)]["found"] for unit in found["seen"]}
