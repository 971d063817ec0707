"""Metrics of clips before and after a damage -> does the metric see it, miss it, or praise it?"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np

from avitalk.evaluate.metrics.catalogue import METRICS, Better
from avitalk.evaluate.metrics.lips import bootstrap

Verdict = Literal["sees", "misses", "praises", "refuses"]
NOTHING: Final = 1e-9
NEVER: Final = 1e-6  # a ratio is held above this, so that it has a logarithm

Row = dict[str, float | str]


def badness(value: float, better: Better) -> float:
    """Larger is worse, whichever way the metric points."""
    if better == "higher":
        return -value
    if better == "zero":
        return abs(value)
    return abs(float(np.log(max(value, NEVER)))) if better == "one" else value


def judged(name: str, before: Sequence[float], after: Sequence[float]) -> Row:
    """Means before and after, and what the metric says of the damage: paired over clips, with a
    95 % bootstrap interval of the difference of badness.
    """
    better = METRICS[name].better
    worse = [
        badness(b, better) - badness(a, better) for a, b in zip(before, after, strict=True)
    ]  # fmt: skip
    found = bootstrap(worse)
    verdict: Verdict = "misses"
    if found.low > NOTHING:
        verdict = "sees"
    elif found.high < -NOTHING:
        verdict = "praises"
    return {
        "before": float(np.mean(before)),
        "after": float(np.mean(after)),
        "worse by": found.mean,
        "low": found.low,
        "high": found.high,
        "verdict": verdict,
    }


def compared(
    before: Sequence[Mapping[str, float]], after: Sequence[Mapping[str, float]]
) -> dict[str, Row]:
    """Metric -> row, over the clips that have it both before and after."""
    found: dict[str, Row] = {}
    for name in before[0]:
        both = [
            (a[name], b[name])
            for a, b in zip(before, after, strict=True)
            if name in a and name in b
        ]
        if both:
            found[name] = judged(name, [a for a, _ in both], [b for _, b in both])
        else:
            found[name] = {"verdict": "refuses"}
    return found
