"""How far a face moved, in action units: two Motions of one voice in, levels by unit out.

A unit's level is how much of its own shapes (or turn of the head or the gaze) the mean change over
the segment holds: the least-squares factor on its direction in the channels of `facs.channels`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.facs.channels import CHANNELS, FACE
from avitalk.facs.demands import PLAIN_LEVEL, Demand
from avitalk.facs.expression import POSE_SIZE, UNIT, pose_of, unit_weights
from avitalk.facs.table import Side, emotion, table
from avitalk.style.encoder import channels_of
from avitalk.types import Motion

Floats = NDArray[np.float64]

THRESHOLD: Final = 0.1
"""A change of at least this level is one; FACS calls it a trace."""
SHARE: Final = 1 / 3
"""Less suffices where less was asked: this share of the level asked for."""
MAIN: Final = 0.6
"""A unit is read on its shapes with at least this share of its largest weight."""
BLINK: Final = 45
"""An event, which has no level."""
NUMBERS: Final = tuple(
    sorted({unit.numbers[0] for unit in table().units.values() if len(unit.numbers) == 1} - {BLINK})
)
"""Units that are read."""


def change(motion: Motion, neutral: Motion) -> Floats:
    """(C,) mean over time of what `motion` has and `neutral`, of the same voice, has not."""
    return np.asarray(channels_of(motion).mean(axis=0) - channels_of(neutral).mean(axis=0))


@cache
def direction(unit: int, side: Side = "both") -> Floats:
    """(C,) what a unit at level 1 moves."""
    found = np.zeros(CHANNELS)
    if unit in UNIT:
        sides = {"both": [0, 1], "left": [0], "right": [1]}[side]
        found[: len(FACE)] = unit_weights()[UNIT[unit], sides].sum(axis=0)[list(FACE)]
    else:
        found[len(FACE) :] = pose_of([(unit, 1.0)]) / POSE_SIZE
    found.setflags(write=False)
    return found


def has_sides(unit: int) -> bool:
    """Whether its left half can move without the right."""
    return unit in UNIT and not np.array_equal(direction(unit, "left"), direction(unit, "right"))


def level(moved: Floats, unit: int, side: Side = "both", without: Floats | None = None) -> float:
    """How far `moved` (C,) is the unit; `without`: (C,) true for channels not to be read."""
    along = np.array(direction(unit, side))
    if without is not None:
        along = np.where(without | (np.abs(along) < MAIN * np.abs(along).max()), 0.0, along)
    size = float(along @ along)
    return float(along @ moved) / size if size else 0.0


def asked(demand: Demand) -> float:
    """The level that a demand means."""
    return PLAIN_LEVEL if demand.level is None else demand.level


def least(demand: Demand) -> float:
    """What counts as having risen."""
    return min(THRESHOLD, SHARE * asked(demand))


@dataclass(frozen=True, slots=True)
class Named:
    """What became of a movement asked for."""

    demand: Demand
    found: float
    """Its level."""
    other: float | None
    """The level on the other side, of a movement asked for on one."""

    @property
    def rose(self) -> bool:
        """Whether it did what was asked, on the side it was asked for."""
        return self.found >= least(self.demand) and (self.other is None or self.found > self.other)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One performance against its words."""

    named: tuple[Named, ...]
    unnamed: tuple[tuple[int, float], ...]
    """Units that nobody asked for, and by how much they changed."""
    denied: tuple[tuple[int, float], ...]
    """Units that must not show, and how far they rose."""

    @property
    def stayed(self) -> int:
        """How many of the unnamed did not change."""
        return sum(abs(value) < THRESHOLD for _, value in self.unnamed)

    def over(self, shares: Mapping[int, float]) -> "Verdict":
        """The same by an instrument that shows only a share of each unit's level."""
        return Verdict(
            tuple(
                replace(
                    n,
                    found=n.found / shares[n.demand.unit],
                    other=None if n.other is None else n.other / shares[n.demand.unit],
                )
                for n in self.named
            ),
            tuple((unit, value / shares[unit]) for unit, value in self.unnamed),
            tuple((unit, value / shares[unit]) for unit, value in self.denied),
        )


def judged(
    moved: Floats,
    shown: Sequence[Demand],
    *,
    emotions: Collection[str] = (),
    denied: Collection[int] = (),
    only: bool = False,
    seen: Collection[int] = NUMBERS,
) -> Verdict:
    """`moved` (C,) against what was asked; only units in `seen` are judged.

    Of unnamed units those are left out that belong to an emotion named (unless `only`), or share a
    shape with a movement asked for; shapes of the emotions' units tell nothing about others.
    """
    asked_for = np.zeros(CHANNELS, bool)
    for demand in shown:
        if demand.unit != BLINK:
            asked_for |= direction(demand.unit, demand.side) != 0
    felt = set() if only else {p.number for name in emotions for p in emotion(name).parts} - {BLINK}
    taken = asked_for.copy()
    for unit in felt:
        taken |= direction(unit) != 0
    named = tuple(
        Named(d, level(moved, d.unit, d.side), _other(moved, d)) for d in shown if d.unit in seen
    )
    names = {d.unit for d in shown}
    unnamed = []
    for unit in seen:
        if unit in names or unit in felt or unit in denied or not _readable(unit, taken):
            continue
        if not only and (asked_for & (direction(unit) != 0)).any():
            continue
        unnamed.append((unit, level(moved, unit, without=taken)))
    forbidden = tuple(
        (unit, level(moved, unit, without=asked_for))
        for unit in denied
        if unit in seen and _readable(unit, asked_for)
    )
    return Verdict(named, tuple(unnamed), forbidden)


def _other(moved: Floats, demand: Demand) -> float | None:
    if demand.side == "both" or not has_sides(demand.unit):
        return None
    return level(moved, demand.unit, "left" if demand.side == "right" else "right")


def _readable(unit: int, taken: NDArray[np.bool_]) -> bool:
    """Whether one of its main channels is left."""
    along = np.abs(direction(unit))
    return bool(((along >= MAIN * along.max()) & ~taken).any())
