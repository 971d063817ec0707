"""Suite `robustness`: the same recordings under noise, music, echo, narrow bands, other paces.

What changes is measured against the system's own clean performance of the same clip, and against
the true face where there is one, moved along with the sound where its pace changes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import MOTION_FPS
from avitalk.data.tracks import lip_gap
from avitalk.errors import InputError
from avitalk.evaluate.conditions import CONDITIONS, Changed, Condition
from avitalk.evaluate.corpus.lips import at_50, gap_of
from avitalk.evaluate.corpus.take import CLOSED_MM, Corpus, Take
from avitalk.evaluate.metrics import lips
from avitalk.evaluate.runs import Run
from avitalk.evaluate.suites.lips import MOST_LAG
from avitalk.evaluate.suites.result import Block, Result, facts, speakers
from avitalk.evaluate.systems import OnDisk, System
from avitalk.evaluate.tables import Column
from avitalk.speech.phones import BILABIAL
from avitalk.types import Speech

Array = NDArray[np.float64]

NAME: Final = "robustness"
CLEAN: Final = "clean"

COLUMNS: Final = (
    Column("aperture r", "lip opening against truth", "r", "higher"),
    Column("fall of r", "fall of it from clean", "r", "lower"),
    Column("own r", "lip opening against its own clean one", "r", "higher"),
    Column("change", "change of the opening from clean, rms", "mm", "lower", 2),
    Column("amplitude", "amplitude against clean", "", "one", 2),
    Column("p b m", "p b m closed", "share", "higher", pooled="bilabials"),
)


def measure(corpus: Corpus, systems: Sequence[System], run: Run) -> Result:
    """The suite on a corpus: one table a system, a row for each condition. Raises InputError for
    motions on disk, which cannot hear what is changed.
    """
    deaf = [s.name for s in systems if isinstance(s, OnDisk)]
    if deaf:
        raise InputError(f"{deaf[0]}: motions on disk cannot hear a changed recording")
    blocks = []
    conditions = sorted(CONDITIONS.values(), key=lambda c: c.name != CLEAN)
    for system in systems:
        rows: dict[str, dict[str, dict[str, float]]] = {c.name: {} for c in conditions}
        for take in corpus.takes:
            clean = take.speech
            own = gap_of(at_50(run.motion(system, take, clean)))
            for condition in conditions:
                rows[condition.name][take.id] = _row(system, take, clean, own, condition, run)
        before = rows[CLEAN]
        for found in rows.values():
            for name, row in found.items():
                if "aperture r" in row:
                    row["fall of r"] = before[name]["aperture r"] - row["aperture r"]
        blocks.append(Block(system.name, COLUMNS, rows, speakers(corpus)))
    notes = [f"{c.name}: {c.note}" for c in conditions if c.name != CLEAN]
    return Result(NAME, facts(corpus), tuple(blocks), (*corpus.notes, *notes))


def changed_speech(take: Take, clean: Speech, condition: Condition) -> tuple[Speech, Changed]:
    """The take under a condition; drawn from the clip's and the condition's names."""
    told = f"{take.clip.corpus}/{take.id}/{condition.name}".encode()
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(told).digest()[:8], "little"))
    changed = condition.change(clean.samples, rng)
    return replace(clean, samples=changed.wave), changed


def _row(
    system: System, take: Take, clean: Speech, own: Array, condition: Condition, run: Run
) -> dict[str, float]:
    speech, changed = changed_speech(take, clean, condition)
    gap = gap_of(at_50(run.motion(system, take, speech)))
    expected = changed.times.frames(own, MOTION_FPS)
    shared = min(len(gap), len(expected))
    found = {
        "own r": lips.correlation(gap[:shared], expected[:shared]),
        "change": float(np.sqrt(np.mean((gap[:shared] - expected[:shared]) ** 2))),
    }
    if own.std() > 1e-6:
        found["amplitude"] = lips.spread_ratio(gap, own)
    if take.truth is not None:
        truth = changed.times.frames(lip_gap(take.truth.contour_mm), MOTION_FPS)
        shared = min(len(gap), len(truth))
        if take.in_sync:
            found["aperture r"] = lips.correlation(gap[:shared], truth[:shared])
        else:
            found["aperture r"] = lips.best_offset(gap[:shared], truth[:shared], MOST_LAG)[1]
    spans = [
        (float(changed.times.after(start)), float(changed.times.after(end)))
        for start, end in take.spans(BILABIAL)
    ]
    spans = [span for span in spans if span[1] * MOTION_FPS < len(gap)]
    if spans:
        closed, count = lips.closed_in_spans(gap, MOTION_FPS, spans, CLOSED_MM, "sampled")
        found |= {"p b m": closed / count, "bilabials": count}
    return found
