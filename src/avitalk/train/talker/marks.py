"""How numbers stand on the results page: intervals, percentages, tables in markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Sequence[str]


def interval(value: Mapping[str, Any], digits: int = 3) -> str:
    """0.912 [0.905, 0.918]"""
    mean, low, high = (f"{value[name]:.{digits}f}" for name in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"


def percent(share: float) -> str:
    """97.3 %"""
    return f"{100 * share:.1f} %"


def percents(value: Mapping[str, Any]) -> str:
    """97.3 % [95.0, 99.1]"""
    return f"{percent(value['mean'])} [{100 * value['low']:.1f}, {100 * value['high']:.1f}]"


def table(head: Row, rows: Sequence[Row]) -> str:
    """A markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
