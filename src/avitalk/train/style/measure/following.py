"""Do faces do what words name, and leave what they do not: held-out instructions, one by one.

On the Motion, and again on what the tracker finds in the rendered video. An emotion's own units may
move without being named; see `units.judged`.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.metrics.lips import bootstrap_share
from avitalk.evaluate.units import (
    BLINK,
    NUMBERS,
    SHARE,
    THRESHOLD,
    Verdict,
    change,
    judged,
)
from avitalk.facs.demands import Demands
from avitalk.train.style.measure.filming import Studio
from avitalk.train.style.measure.troupe import NOTHING, Line, Troupe, unit_set
from avitalk.train.style.measure.voices import Voice
from avitalk.types import Motion

Floats = NDArray[np.float64]

FULL: Final = "full"
ALONE: Final = "without demands"
TOLD: Final = "teacher's styles, without demands"
CORPUS: Final = "corpus"
BY_SHARE: Final = "full, levels over the share that the tracker shows"
UNREAD: Final = "full, texts that the parser may misread"
ROWS: Final = (
    FULL, ALONE, "demands alone, neutral style", "random style", "mean style",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """A line performed, beside the same voice without words."""

    line: Line
    motion: Motion
    neutral: Motion


def casting(
    row: str, styles: Floats, lines: Sequence[Line], rng: np.random.Generator
) -> tuple[Floats, list[Demands]]:
    """Styles and demands of a row of the table."""
    demands = [line.demands for line in lines]
    nothing = [NOTHING] * len(lines)
    if row == FULL:
        return styles, demands
    if row == ALONE:
        return styles, nothing
    if row == "demands alone, neutral style":
        return np.zeros_like(styles), demands
    if row == "random style":
        shift = int(rng.integers(1, len(styles)))
        return np.roll(styles, shift, axis=0), nothing
    return np.repeat(styles.mean(axis=0, keepdims=True), len(styles), axis=0), nothing


def takes(
    troupe: Troupe,
    lines: Sequence[Line],
    voices: Sequence[Voice],
    row: str = FULL,
    written: Floats | None = None,
) -> list[Take]:
    """Each line on a voice; a voice has one seed, so that its neutral take is shared. `written`:
    the lines' styles, if there already.
    """
    if written is None:
        written = troupe.styles(lines, list(range(len(lines))))
    styles, demands = casting(row, written, lines, np.random.default_rng(3))
    neutral = [troupe.neutral(voice, seed=i) for i, voice in enumerate(voices)]
    found = []
    for number, line in enumerate(lines):
        place = number % len(voices)
        motion = troupe.perform(voices[place], styles[number], seed=place, demands=demands[number])
        found.append(Take(line, motion, neutral[place]))
    return found


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


def measure(
    troupe: Troupe, lines: Sequence[Line], voices: Sequence[Voice], rows: Sequence[str] = ROWS
) -> dict[str, Any]:
    """All rows on the Motion."""
    sets = {unit_set(line.script) for line in lines if line.script}
    found: dict[str, Any] = {
        "instructions": len(lines), "unit sets": len(sets), "voices": len(voices),
        "threshold": THRESHOLD, "share": SHARE, "rows": {},
    }  # fmt: skip
    written = troupe.styles(lines, list(range(len(lines))))
    for row in rows:
        performed = takes(troupe, lines, voices, row, written)
        verdicts = [verdict_of(t.line, t.motion, t.neutral) for t in performed]
        found["rows"][row] = scored(verdicts)
        if row == FULL:
            found["by unit"] = by_unit(verdicts)
            found["failed"] = failures(lines, verdicts)
    return found


def row_of(
    troupe: Troupe, lines: Sequence[Line], voices: Sequence[Voice], row: str = FULL
) -> dict[str, Any]:
    """One row by itself."""
    performed = takes(troupe, lines, voices, row)
    return scored([verdict_of(t.line, t.motion, t.neutral) for t in performed])


def filmed(
    studio: Studio, performed: Sequence[Take], shares: Mapping[int, float]
) -> dict[str, Any]:
    """The same takes, rendered and tracked; judged are the units of `shares`, which says how much
    of each the tracker shows where nothing else moves. 'By its share' divides by that.
    """
    different = {id(take.neutral): take.neutral for take in performed}
    studio.learn_face(list(different.values()))
    verdicts = []
    for take in performed:
        motion, neutral = studio.tracked(take.motion, take.neutral)
        verdicts.append(verdict_of(take.line, motion, neutral, shares))
    return {
        "rows": {
            FULL: scored(verdicts),
            BY_SHARE: scored([verdict.over(shares) for verdict in verdicts]),
        },
        "by unit": by_unit(verdicts),
        "judged units": sorted(shares),
        "failed": failures([take.line for take in performed], verdicts),
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
