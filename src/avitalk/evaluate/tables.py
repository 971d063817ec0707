"""Values of clips -> rows with intervals -> Markdown."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from avitalk.evaluate.metrics.lips import Interval, bootstrap

ARROWS: Final = {"lower": "lower", "higher": "higher", "one": "best 1", "zero": "best 0", "": ""}
Values = Mapping[str, Mapping[str, float]]
"""Take -> metric -> value; what cannot be measured on a take is left out."""


@dataclass(frozen=True, slots=True)
class Column:
    """One number of a suite."""

    key: str
    title: str
    unit: str = ""
    better: str = ""
    """'lower', 'higher', 'one', 'zero', or '' where neither is better."""
    digits: int = 3
    pooled: str | None = None
    """Where it is a share of events: the key of how many there were. Clips then weigh by them."""

    @property
    def head(self) -> str:
        """Title, unit and direction."""
        inside = ", ".join(part for part in (self.unit, ARROWS[self.better]) if part)
        return f"{self.title} ({inside})" if inside else self.title


def interval_of(values: Values, column: Column, groups: Mapping[str, str]) -> Interval | None:
    """Mean and 95 % interval over takes, drawn by whole groups (take -> group) where there are at
    least five: takes of one speaker are alike. None where nothing was measured.
    """
    rows = [
        (name, row[column.key], row.get(column.pooled or "", 1.0))
        for name, row in values.items()
        if column.key in row and math.isfinite(row[column.key])
    ]
    rows = [row for row in rows if row[2] > 0]
    if not rows:
        return None
    found = np.array([value for _, value, _ in rows])
    weight = np.array([share for _, _, share in rows])
    owners = [groups.get(name, name) for name, _, _ in rows]
    names = sorted(set(owners))
    if len(names) < 5:
        owners, names = [name for name, _, _ in rows], [name for name, _, _ in rows]
    if column.pooled is None and len(names) == len(rows):
        return bootstrap(found)
    place = {name: i for i, name in enumerate(names)}
    index = np.array([place[owner] for owner in owners])
    sums = np.bincount(index, weights=found * weight, minlength=len(names))
    totals = np.bincount(index, weights=weight, minlength=len(names))
    picks = np.random.default_rng(0).integers(0, len(names), (2000, len(names)))
    low, high = np.percentile(sums[picks].sum(1) / totals[picks].sum(1), [2.5, 97.5])
    return Interval(float(sums.sum() / totals.sum()), float(low), float(high), len(rows))


def shown(interval: Interval | Mapping[str, Any] | None, digits: int = 3) -> str:
    """'0.912 [0.900, 0.921]', or a dash."""
    if interval is None:
        return "–"
    mean, low, high = (
        (interval.mean, interval.low, interval.high)
        if isinstance(interval, Interval)
        else (interval["mean"], interval["low"], interval["high"])
    )
    return f"{mean:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in body)]) + "\n"
