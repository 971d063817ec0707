"""Suite `speed`: everybody side by side in one run: time, peak memory, and how both grow.

Systems of the zoo are timed as they were trained here and at their published size with random
weights, whose numbers cost what trained ones would. Each measurement has a process of its own; the
published ones are chunked where they must be, and the step from their vertices to ARKit weights is
left out in their favour.
"""

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from avitalk.errors import InputError
from avitalk.evaluate.corpus.take import Corpus
from avitalk.evaluate.runs import Run
from avitalk.evaluate.suites.result import Block, Result
from avitalk.evaluate.suites.speed_job import PUBLISHED, STAGES
from avitalk.evaluate.systems import ZOO, OnDisk, System
from avitalk.evaluate.tables import Column
from avitalk.files import write_bytes

NAME: Final = "speed"
LENGTHS_S: Final = (1.0, 10.0, 60.0)
LIMIT_S: Final = 200.0
"""A measurement that takes longer has timed out."""
REPEATS: Final = {1.0: 1, 10.0: 1, 60.0: 1}
STAGE_S: Final = 10.0
LONG_S: Final = {"avitalk-neutral": (600.0, 3600.0), "avitalk": (600.0, 3600.0)}
"""Of ours."""
HOUR_LIMIT_S: Final = 3600.0


def measure(corpus: Corpus, systems: Sequence[System], run: Run) -> Result:
    """The suite on a corpus's recordings, one after another to the lengths."""
    voices = list(dict.fromkeys(take.clip.audio for take in corpus.takes))
    names = [s.name for s in systems if not isinstance(s, OnDisk)]
    names += [f"{name}{PUBLISHED}" for name in names if name in ZOO]
    rows: dict[str, dict[str, dict[str, float]]] = {}
    for name in names:
        rows[name] = {}
        for seconds in LENGTHS_S:
            for number in range(REPEATS[seconds]):
                found = measured(name, seconds, voices, run, number)
                label = f"{seconds:g} s"
                row = rows[name].setdefault(f"run {number + 1}", {})
                row |= {f"time {label}": found["seconds"], f"peak {label}": found["peak_mb"],
                        f"ratio {label}": found["seconds"] / seconds}  # fmt: skip
                if math.isinf(found["seconds"]):
                    break
    grown(rows)
    blocks = [
        Block("Processing time over length of audio", ratio_columns(), rows,
              note=f"Below 1 is faster than real time. Limit: {LIMIT_S:g} s a measurement."),
        Block("Seconds, memory and growth", growth_columns(), rows,
              note="Memory is the process's peak, interpreter and libraries included. Growth is "
              "what 60 s need over what 10 s need: time 6 and memory 1 are linear and constant."),
        _stages(voices, run),
        *_hour(names, voices, run),
    ]  # fmt: skip
    facts = {"corpus": corpus.name, "recordings": len(voices)}
    return Result(
        NAME,
        facts,
        tuple(blocks),
        ("CPU only, one measurement at a time; what else the machine did is in the numbers",),
    )


def measured(
    name: str,
    seconds: float,
    voices: Sequence[str],
    run: Run,
    number: int,
    *,
    limit_s: float = LIMIT_S,
) -> dict[str, float]:
    """Time and memory of one performance; infinity where it timed out. Kept in the run's folder.

    Raises InputError with its last line where the process fails.
    """
    path = run.folder / "speed" / f"{_safe(name)}-{seconds:g}-{number}.json"
    if path.is_file() and not run.fresh:
        stored: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
        return stored
    run.told(name, f"{seconds:g} s, {number + 1}")
    found = job(name, seconds, voices, limit_s)
    if found is None:
        found = {"seconds": math.inf, "peak_mb": math.nan}
    write_bytes(path, json.dumps(found).encode())
    return found


def job(
    name: str, seconds: float, voices: Sequence[str], limit_s: float = LIMIT_S
) -> dict[str, Any] | None:
    """What one process measured, or None if it timed out."""
    command = [sys.executable, "-m", "avitalk.evaluate.suites.speed_job", "--system", name]
    command += ["--seconds", str(seconds), "--voices", *voices]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        raise InputError(f"speed of {name} at {seconds:g} s: its process failed ({last})")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def grown(rows: dict[str, dict[str, dict[str, float]]]) -> None:
    """Add what the longest audio needs over what a sixth of it does."""
    for row in rows.values():
        first = row["run 1"]
        short = [r["time 10 s"] for r in row.values() if "time 10 s" in r]
        if "time 60 s" in first and short:
            first["time growth"] = first["time 60 s"] / float(np.mean(short))
            first["memory growth"] = first["peak 60 s"] / first["peak 10 s"]


def ratio_columns() -> tuple[Column, ...]:
    """One column a length."""
    return tuple(Column(f"ratio {s:g} s", f"{s:g} s of audio", "", "lower") for s in LENGTHS_S)


def growth_columns() -> tuple[Column, ...]:
    """Absolute numbers of the longest audio, and growth."""
    return (
        Column("time 10 s", "10 s take", "s", "lower", 2),
        Column("time 60 s", "60 s take", "s", "lower", 2),
        Column("time growth", "time, 60 s over 10 s", "", "lower", 1),
        Column("peak 10 s", "peak at 10 s", "MB", "lower", 0),
        Column("peak 60 s", "peak at 60 s", "MB", "lower", 0),
        Column("memory growth", "memory, 60 s over 10 s", "", "one", 2),
    )


def _stages(voices: Sequence[str], run: Run) -> Block:
    run.told(STAGES, f"{STAGE_S:g} s")
    found = [job(STAGES, STAGE_S, voices) for _ in range(3)]
    rows: dict[str, dict[str, dict[str, float]]] = {}
    for number, stages in enumerate(found):
        for name, seconds in (stages or {}).items():
            rows.setdefault(name, {})[f"run {number + 1}"] = {"ratio": seconds / STAGE_S}
    column = Column("ratio", "time over length of audio", "", "lower", 4)
    return Block("Our stages", (column,), rows, note=f"On {STAGE_S:g} s of audio.")


def _hour(names: Sequence[str], voices: Sequence[str], run: Run) -> list[Block]:
    """Ours on ten minutes and an hour: memory that grows with the length shows here."""
    rows: dict[str, dict[str, dict[str, float]]] = {}
    for name in (name for name in names if name in LONG_S):
        rows[name] = {"run 1": {}}
        for seconds in LONG_S[name]:
            found = measured(name, seconds, voices, run, 0, limit_s=HOUR_LIMIT_S)
            label = f"{seconds / 60:g} min"
            rows[name]["run 1"] |= {
                f"ratio {label}": found["seconds"] / seconds,
                f"peak {label}": found["peak_mb"],
            }
    columns = [
        column
        for minutes in ("10 min", "60 min")
        for column in (
            Column(f"ratio {minutes}", f"time over length, {minutes}", "", "lower"),
            Column(f"peak {minutes}", f"peak, {minutes}", "MB", "lower", 0),
        )
    ]
    note = "The samples of an hour (230 MB) and its 180,000 frames (46 MB) are part of it."
    return [Block("Long recordings", tuple(columns), rows, note=note)] if rows else []


def _safe(name: str) -> str:
    return name.replace(", ", "_").replace(" ", "_")
