"""Single movements that words name are made sure of: what an expression does in, the same heeding
the words out.

Words alone blur sides, negation and 'only'. What a text demands in so many words holds after
everything that was learned: a unit asked for reaches its level, one forbidden stays out, 'only'
leaves the rest neutral. Where the learned performance already does it, it is left as it is.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.facs.channels import CHANNEL, POSED, REGION_CHANNELS
from avitalk.facs.demands import PLAIN_LEVEL, Demand, Demands
from avitalk.facs.expression import POSE, POSE_SIZE, names_pose, pose_of
from avitalk.facs.table import action_unit
from avitalk.facs.variation import TRACK
from avitalk.types import Segment

Floats = NDArray[np.float64]

TOLERATED: Final = (0.9, 1.35)
"""Share of the level asked for between which a performance does what was said."""
OTHER_SIDE: Final = 0.15
"""Share of the level that the other side may show of a movement asked for on one side."""
AT_REST: Final = 0.12
"""Share of a region's movement that is left where words say it is at rest."""
SWELL: Final = 0.14
"""Movements made sure of swell by about this share, as everything on a face does."""
MAIN: Final = 0.6
"""Shapes of a unit with at least this share of its largest weight are what shows it."""
KEPT_UP: Final = 0.4
"""Share of that swelling where words say that a movement is kept up."""
LIDS_SHUT: Final = (43, 45)
"""Eyes kept closed do not swell at all."""


def heed(
    moved: Floats,
    calm: Floats,
    share: Floats,
    demands: Demands,
    tracks: Floats,
    segment: Segment,
) -> None:
    """Change `moved` (F, C), what an expression adds to a face, in place.

    calm: (F, C) what the neutral one adds; share: (F,) how far the cue holds; tracks: (F, N)
    variation; segment: of the cue, which says how strongly each region acts.
    """
    if not share.any():
        return
    shown = tuple(d for d in demands.shown if names_pose(d.unit) or _weights(d))
    asked = {column for demand in shown for column in _columns(demand)}
    if demands.only and shown:
        rest = [i for i in range(moved.shape[1]) if i not in asked]
        _calm_down(moved, calm, share, rest)
    for region in demands.still:
        part = REGION_CHANNELS[_WITHOUT_NOSE.get(region, region)]
        _calm_down(moved, calm, (1 - AT_REST) * share, [c for c in part if c not in asked])
    for unit in demands.denied:
        columns = [c for c in _columns(Demand(unit)) if c not in asked]
        _calm_down(moved, np.minimum(moved, calm), share, columns)
    size = SWELL * (KEPT_UP if demands.held else 1)
    swell = 1 + size * np.tanh(tracks[:, TRACK["surge"]])
    for demand in shown:
        strength = segment.strength_of(_region(demand.unit))
        if names_pose(demand.unit):
            _pose(moved, share, demand, swell, strength)
        else:
            exactly = demands.held and demand.unit in LIDS_SHUT
            _unit(moved, share, demand, swell, strength, exactly=exactly)


def _calm_down(moved: Floats, calm: Floats, share: Floats, columns: Sequence[int]) -> None:
    """Bring channels to the neutral face's by a share, in place."""
    moved[:, columns] += share[:, None] * (calm[:, columns] - moved[:, columns])


_WITHOUT_NOSE: Final = {"nose": "cheeks"}
"""Region of the table -> that of a Motion, where they differ."""


def _region(unit: int) -> str:
    region = action_unit(unit).region
    return _WITHOUT_NOSE.get(region, region)


def _weights(demand: Demand) -> dict[str, float]:
    """Channel weights of a unit at level 1 on the sides asked for."""
    found = action_unit(demand.unit).weights(1.0, side=demand.side)
    if demand.side != "both":  # a shape without sides shows one side at half
        found = {name: w if _sided(name) else w / 2 for name, w in found.items()}
    return {name: weight for name, weight in found.items() if name in CHANNEL}


def _sided(name: str) -> bool:
    return name.endswith(("Left", "Right"))


def _columns(demand: Demand) -> list[int]:
    """Channels that show a movement."""
    if names_pose(demand.unit):
        pose = pose_of([(demand.unit, 1.0)])
        return [POSED[name] for name, value in zip(POSE, pose, strict=True) if value]
    weights = _weights(demand)
    most = max(weights.values(), default=0.0)
    return [CHANNEL[name] for name, weight in weights.items() if weight >= MAIN * most]


def _level(demand: Demand, strength: float) -> float:
    level = PLAIN_LEVEL if demand.level is None else demand.level
    return float(np.clip(level * strength, 0, 1))


def _unit(
    moved: Floats, share: Floats, demand: Demand, swell: Floats, strength: float, *, exactly: bool
) -> None:
    weights, level = _weights(demand), _level(demand, strength)
    inside = share > 0.5 * share.max()
    for name, weight in weights.items():
        column, wanted = moved[:, CHANNEL[name]], level * weight
        if exactly:
            column += share * (wanted - column)
            continue
        mean = float(column[inside].mean())
        if mean < TOLERATED[0] * wanted:
            column += share * (wanted - mean) * swell
        elif (
            demand.level is not None
            and mean > TOLERATED[1] * wanted
            and CHANNEL[name] in _columns(demand)
        ):
            column *= 1 - share * (1 - TOLERATED[1] * wanted / mean)
    if demand.side == "both":
        return
    other = Demand(demand.unit, "right" if demand.side == "left" else "left", demand.level)
    for name, weight in _weights(other).items():
        if _sided(name):
            column, most = moved[:, CHANNEL[name]], OTHER_SIDE * level * weight
            mean = float(column[inside].mean())
            if mean > most:
                column *= 1 - share * (1 - most / mean)


def _pose(moved: Floats, share: Floats, demand: Demand, swell: Floats, strength: float) -> None:
    wanted = pose_of([(demand.unit, _level(demand, strength))]) / POSE_SIZE
    inside = share > 0.5 * share.max()
    for name, value in zip(POSE, wanted, strict=True):
        if value:
            column = moved[:, POSED[name]]
            lacking = value - float(column[inside].mean())
            if lacking * np.sign(value) > (1 - TOLERATED[0]) * abs(value):
                column += share * lacking * swell
