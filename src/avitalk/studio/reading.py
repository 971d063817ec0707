"""Words in, what they are read as out: feelings with their shares, movements, strength."""

from typing import Final

from avitalk.facs.demands import demands
from avitalk.facs.reading import names_feeling, read
from avitalk.facs.table import table
from avitalk.studio import schemas

LEAST: Final = 0.02
"""Emotions of a smaller share are left out."""


def reading_of(text: str) -> schemas.Reading:
    """What the program understands of a text."""
    found, asked = read(text), demands(text)
    shares = sorted(found.scores.items(), key=lambda pair: -pair[1])
    named = {demand.unit for demand in asked.shown}
    moves = [_move(demand.unit, demand.side) for demand in asked.shown]
    brought = [n for n in found.action_units if n not in named and n not in asked.denied]
    moves += [_move(number) for number in brought]
    moves += [_move(number, absent=True) for number in asked.denied]
    return schemas.Reading(
        strength=round(found.strength, 3),
        emotions=[
            schemas.FeelingShare(name=name, share=round(share, 3))
            for name, share in shares
            if share >= LEAST
        ],
        movements=moves,
        understood=bool(names_feeling(text) or moves or asked.still),
    )


def _move(number: int, side: str = "both", *, absent: bool = False) -> schemas.Movement:
    unit = table().units.get(str(number))
    return schemas.Movement(
        unit=f"AU{number}",
        name=f"unit {number}" if unit is None else unit.name,
        side="left" if side == "left" else "right" if side == "right" else "both",
        absent=absent,
    )
