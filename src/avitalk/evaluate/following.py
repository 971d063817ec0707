"""Performances against what their texts name: verdicts by unit in, shares with intervals out."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from avitalk.evaluate.lines import Line
from avitalk.evaluate.metrics.lips import bootstrap_share
from avitalk.evaluate.units import BLINK, NUMBERS, THRESHOLD, Verdict, change, judged
from avitalk.types import Motion


def verdict_of(
    line: Line, motion: Motion, neutral: Motion, seen: Collection[int] = NUMBERS
) -> Verdict:
    """One performance against what its text says."""
    script = line.script
    assert script is not None
    return judged(
        change(motion, neutral),
        [demand for demand in script.shown if demand.unit != BLINK],
        emotions=[name for name, _ in script.emotions],
        denied=script.denied,
        only=script.only,
        seen=seen,
    )


def scored(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Shares over units, intervals over instructions. 'Precise': of all units that rose or moved,
    those that were asked for.
    """
    found: dict[str, Any] = {"instructions": len(verdicts)}
    rose = [sum(n.rose for n in v.named) for v in verdicts]
    counts = {
        "precise": [
            (up, up + len(v.unnamed) - v.stayed) for up, v in zip(rose, verdicts, strict=True)
        ],
        "named": [(sum(n.rose for n in v.named), len(v.named)) for v in verdicts],
        "unnamed": [(v.stayed, len(v.unnamed)) for v in verdicts],
        "denied": [
            (sum(value < THRESHOLD for _, value in v.denied), len(v.denied)) for v in verdicts
        ],
        "sided": [
            (
                sum(n.found > n.other for n in v.named if n.other is not None),
                sum(n.other is not None for n in v.named),
            )
            for v in verdicts
        ],
    }
    for name, pairs in counts.items():
        hits, totals = np.array(pairs, np.int64).reshape(-1, 2).T
        if totals.sum():
            found[name] = {**asdict(bootstrap_share(hits, totals)), "units": int(totals.sum())}
    return found


def by_unit(verdicts: Sequence[Verdict]) -> dict[str, dict[str, float]]:
    """Of each unit: how often named and risen, how often not named and moved."""
    named: dict[int, list[bool]] = defaultdict(list)
    moved: dict[int, list[bool]] = defaultdict(list)
    for verdict in verdicts:
        for entry in verdict.named:
            named[entry.demand.unit].append(entry.rose)
        for unit, value in verdict.unnamed:
            moved[unit].append(abs(value) >= THRESHOLD)
    return {
        str(unit): {
            "named": len(named[unit]),
            "rose": float(np.mean(named[unit])) if named[unit] else float("nan"),
            "unnamed": len(moved[unit]),
            "moved": float(np.mean(moved[unit])) if moved[unit] else float("nan"),
        }
        for unit in sorted({*named, *moved})
    }


def failures(lines: Sequence[Line], verdicts: Sequence[Verdict]) -> list[Mapping[str, Any]]:
    """Instructions with a named unit that did not rise."""
    return [
        {
            "text": line.text,
            "missed": [f"{n.demand.unit} {n.demand.side}" for n in v.named if not n.rose],
        }
        for line, v in zip(lines, verdicts, strict=True)
        if not all(n.rose for n in v.named)
    ]
