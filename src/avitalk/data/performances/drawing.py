"""A script in, one plausible performance of many out: levels by side, pose and manner.

Two people never show a feeling alike: units come and go by their shares, levels and sides scatter,
heads turn a little. What the text names is shown as it says.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from avitalk.data.instructions.face import EXCLUSIVE
from avitalk.data.performances.scripts_meaning import Script
from avitalk.facs.demands import PLAIN_LEVEL, Demand
from avitalk.facs.expression import (
    MANNER,
    POSE,
    POSE_SIZE,
    UNIT,
    UNITS,
    USUAL_MANNER,
    Expression,
    Floats,
    mixed,
    names_pose,
    pose_of,
)
from avitalk.facs.moods import moods
from avitalk.facs.table import Part, Side, action_unit, emotion

TRACE: Final = 0.25
"""Share of a full performance's levels that the weakest one shows."""
ALL_OUT: Final = 1.35
"""The same of an all-out one: the table's levels are of usual performances, about 0.7 strong, and
less is hard to read in a face that speaks."""
PEOPLE_SPREAD: Final = 0.2
"""Spread of the logarithm of levels from person to person."""
ASKED_SPREAD: Final = 0.1
"""Spread, either way, of the level of a movement that is asked for."""
UNEVEN: Final = (0.02, 0.15)
"""Least and most that one side falls behind the other."""
HEAD_SHARE: Final = 0.45
"""Share of their level at which feelings move head and gaze: nobody's head hangs all the while."""
BROUGHT_SHARE: Final = 0.88
"""Share of performances of a mood in which each of its units shows."""
IDLE_POSE: Final = 0.12
"""Spread of the pose that comes from nothing, in units of POSE_SIZE."""

_MANNERS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "neutral": {},
        "happiness": {"surge": 0.15, "pace": 0.12, "accents": 0.2, "nods": 0.15, "sway": 0.2,
                      "open": 0.12},
        "sadness": {"surge": 0.05, "pace": -0.3, "accents": -0.15, "nods": -0.25, "sway": -0.25,
                    "tremor": 0.2, "open": -0.15},
        "anger": {"surge": 0.25, "pace": 0.3, "accents": 0.3, "nods": 0.35, "sway": 0.0,
                  "tremor": 0.08, "open": 0.15},
        "fear": {"surge": 0.25, "pace": 0.25, "accents": 0.05, "nods": -0.1, "sway": -0.05,
                 "tremor": 0.45, "open": 0.0},
        "disgust": {"surge": 0.15, "pace": 0.0, "accents": 0.05, "nods": -0.1, "sway": 0.05,
                    "open": -0.1},
        "surprise": {"surge": 0.35, "pace": 0.35, "accents": 0.25, "nods": 0.0, "sway": 0.05,
                     "open": 0.15},
        "boredom": {"surge": -0.12, "pace": -0.38, "accents": -0.3, "nods": -0.3, "sway": -0.2,
                    "open": -0.2},
        "calm": {"surge": -0.1, "pace": -0.25, "accents": -0.15, "nods": -0.1, "sway": -0.1,
                 "open": -0.05},
        "contempt": {"surge": 0.0, "pace": -0.15, "accents": 0.05, "nods": -0.05, "sway": 0.1,
                     "open": -0.1},
    }
)  # fmt: skip
"""What a feeling at full strength adds to each manner (Scherer & Ellgring 2007 for direction)."""
_VOICED: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "liveliness": {"accents": 0.2, "surge": 0.12, "sway": 0.1},
        "loudness": {"nods": 0.12, "open": 0.15, "accents": 0.08},
        "rate": {"pace": 0.2},
        "pitch": {"accents": 0.06},
        "breath": {"tremor": 0.03},
    }
)
"""What each measure of the voice at its high end adds; its low end takes it away."""
_MANNER: Final = {name: i for i, name in enumerate(MANNER)}
_REGION: Final = {number: action_unit(number).region for number in UNITS}


def draw_expression(script: Script, rng: np.random.Generator) -> Expression:
    """One performance of a script; another call gives another one."""
    felt = [] if script.only else list(script.emotions)
    scale = TRACE + (ALL_OUT - TRACE) * script.strength
    parts = [(_felt(name, script, scale, rng), share) for name, share in felt]
    base = mixed(parts) if parts else Expression()
    levels, pose = base.levels.copy(), base.pose.copy()
    _still(levels, pose, script)
    brought = [] if script.only else _brought(script, rng)
    named = _named_pose([*brought, *script.shown], rng)
    for demand in (*brought, *script.shown):
        _show(levels, demand, rng)
    for number in (*script.denied, *_lacking(script)):
        if number in UNIT:
            levels[UNIT[number]] = 0
    if not script.only:
        pose += IDLE_POSE * POSE_SIZE * rng.standard_normal(len(POSE))
    pose = np.where(named != 0, named, pose)
    return Expression(np.clip(levels, 0, 1), pose, _manner(script, rng))


def _brought(script: Script, rng: np.random.Generator) -> list[Demand]:
    """What a mood brings along, most of it most of the time, about as strongly as it is felt."""
    if not script.mood:
        return []
    mood = moods()[script.mood]
    scale = (TRACE + (1 - TRACE) * script.strength) / (TRACE + (1 - TRACE) * 0.5)
    side: Side = ("left", "right")[rng.integers(2)]
    return [
        Demand(
            number,
            side if number in mood.one_side else "both",
            float(min(1, level * scale * np.exp(PEOPLE_SPREAD * rng.standard_normal()))),
        )
        for number, level in mood.units
        if rng.random() < BROUGHT_SHARE and number not in {d.unit for d in script.shown}
    ]


def _lacking(script: Script) -> tuple[int, ...]:
    return moods()[script.mood].lacking if script.mood else ()


def _felt(name: str, script: Script, scale: float, rng: np.random.Generator) -> Expression:
    """A feeling as one person shows it, leaving room for what the script names."""
    taken = {demand.unit for demand in script.shown}
    taken |= {number for number, _ in moods()[script.mood].units} if script.mood else set()
    chosen = _chosen(name, taken, {*script.denied, *_lacking(script)}, rng)
    person = float(np.exp(PEOPLE_SPREAD * 0.7 * rng.standard_normal()))
    levels = np.zeros((len(UNITS), 2))
    moved: list[tuple[int, float]] = []
    left_leads = bool(rng.integers(2))
    for part in chosen:
        level = part.level * scale * person * np.exp(PEOPLE_SPREAD * rng.standard_normal())
        level = float(min(level, 1.0))
        if part.number in UNIT:
            levels[UNIT[part.number]] = _sides(part, level, left_leads, rng)
        elif names_pose(part.number):
            moved.append((part.number, HEAD_SHARE * level * rng.uniform(0.5, 1.3)))
    return Expression(levels, pose_of(moved))


def _chosen(name: str, taken: set[int], barred: set[int], rng: np.random.Generator) -> list[Part]:
    """The units of a feeling that this performance shows, core ones first."""
    parts = emotion(name).parts
    order = sorted(rng.permutation(len(parts)), key=lambda i: not parts[i].core)
    showing = set(taken)
    chosen = []
    for i in order:
        part = parts[i]
        clash = any(part.number in group and group & showing for group in EXCLUSIVE)
        if part.number in showing | barred or clash or rng.random() > part.share:
            continue
        showing.add(part.number)
        chosen.append(part)
    if not taken and not any(part.core for part in chosen):
        chosen += [part for part in parts if part.core and part.number not in barred][:1]
    return chosen


def _sides(part: Part, level: float, left_leads: bool, rng: np.random.Generator) -> Floats:
    if part.one_sided:
        return level * np.array([1.0, 0.05] if left_leads else [0.05, 1.0])
    return _uneven(level, left_leads, rng)


def _uneven(level: float, left_leads: bool, rng: np.random.Generator) -> Floats:
    """(2,) the level with one side a little behind the other."""
    behind = 1 - rng.uniform(*UNEVEN)
    return level * np.array([1.0, behind] if left_leads else [behind, 1.0])


def _still(levels: Floats, pose: Floats, script: Script) -> None:
    """Regions said to be at rest show nothing."""
    for region in script.still:
        for number in UNITS:
            if _REGION[number] == region:
                levels[UNIT[number]] = 0
        if region == "head":
            pose[:4] = 0
        if region == "eyes":
            pose[4:] = 0


def _show(levels: Floats, demand: Demand, rng: np.random.Generator) -> None:
    """A movement as it is asked for; on the side that is not, it does not show."""
    if demand.unit not in UNIT:
        return
    row = UNIT[demand.unit]
    for group in EXCLUSIVE:
        if demand.unit in group and demand.unit not in (25, 26, 27):
            for other in group & UNIT.keys() - {demand.unit, 25}:
                levels[UNIT[other]] *= 0.5 if other in (26, 27) else 1.0
    level = PLAIN_LEVEL if demand.level is None else demand.level
    level = float(np.clip(level * (1 + ASKED_SPREAD * rng.uniform(-1, 1)), 0, 1))
    if demand.side == "both":
        levels[row] = _uneven(level, bool(rng.integers(2)), rng)
    else:
        levels[row] = 0
        levels[row, 0 if demand.side == "left" else 1] = level


def _named_pose(asked: list[Demand], rng: np.random.Generator) -> Floats:
    """(6,) turns of head and eyes that are asked for."""
    rows = [
        (d.unit, (PLAIN_LEVEL if d.level is None else d.level) * (1 + 0.1 * rng.uniform(-1, 1)))
        for d in asked
        if names_pose(d.unit)
    ]
    return pose_of(rows)


def _manner(script: Script, rng: np.random.Generator) -> Floats:
    """(8,) how the face moves: by feeling, strength and voice, and by person."""
    manner = USUAL_MANNER.copy()
    felt = script.emotions or (("neutral", 1.0),)
    for name, share in felt:
        for part, change in _MANNERS[name].items():
            manner[_MANNER[part]] += share * (0.3 + 0.7 * script.strength) * change
    if script.voice is not None:
        for measure, level in script.voice.told().items():
            for part, change in _VOICED[measure].items():
                manner[_MANNER[part]] += level * change
    manner += 0.06 * rng.standard_normal(len(MANNER))
    manner[_MANNER["lead"]] = 0.5 + 0.25 * rng.standard_normal()
    if not any(_MANNERS[name].get("tremor") for name, _ in felt):
        manner[_MANNER["tremor"]] = 0.0
    return np.asarray(np.clip(manner, 0, 1))
