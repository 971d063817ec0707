"""Do faces do what words name, and leave what they do not: held-out instructions, one by one.

On the Motion, and again on what the tracker finds in the rendered video. An emotion's own units may
move without being named; see `units.judged`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.following import by_unit, failures, scored, verdict_of
from avitalk.evaluate.lines import Line, unit_set
from avitalk.evaluate.units import SHARE, THRESHOLD
from avitalk.facs.demands import Demands
from avitalk.train.style.measure.filming import Studio
from avitalk.train.style.measure.troupe import NOTHING, Troupe
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
