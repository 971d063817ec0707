"""Counts in, balanced orders out: what stands where, what follows what, which pairs there are."""

from collections.abc import Sequence
from itertools import combinations
from typing import TypeVar

from avitalk.chance import Draw

T = TypeVar("T")


def balanced_rows(count: int) -> list[tuple[int, ...]]:
    """Latin square balanced for what precedes: Williams, Aust. J. Sci. Res. A 2 (1949), 149.

    `count` rows for an even count, twice as many for an odd one (other than 1). Over all rows each
    number stands equally often at each place, and each follows each other one equally often.
    """
    zigzag = [(place + 1) // 2 if place % 2 else -(place // 2) for place in range(count)]
    rows = [tuple((step + shift) % count for step in zigzag) for shift in range(count)]
    return rows if count % 2 == 0 or count == 1 else rows + [row[::-1] for row in rows]


def groups(systems: int, pairs: bool) -> list[tuple[int, ...]]:
    """What is shown together of one clip: every pair of systems, or all of them."""
    return list(combinations(range(systems), 2)) if pairs else [tuple(range(systems))]


def shuffled(things: Sequence[T], draw: Draw) -> list[T]:
    """Fisher-Yates."""
    mixed = list(things)
    for last in range(len(mixed) - 1, 0, -1):
        other = below(last + 1, draw)
        mixed[last], mixed[other] = mixed[other], mixed[last]
    return mixed


def below(bound: int, draw: Draw) -> int:
    """An even integer from 0 to bound - 1."""
    return min(int(draw.between(0, bound)), bound - 1)
