"""Models and windows in, what they write out: kept in files, so that every measure reads the same.

One file for each system and left-out speaker, one JSON line for each window heard.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from avitalk.files import write_bytes
from avitalk.instruct.instructor import Instructor
from avitalk.instruct.writing import CANDIDATES, TEMPERATURE
from avitalk.train.instruct.measure.inputs import Floats

TOGETHER: Final = 16
FULL: Final = "full"
SINGLE: Final = "single"
"""The full system with one candidate: nothing chosen among several."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was written of one stretch of voice."""

    window: int
    """Number of the window, or of the recording where its windows were heard together; the seed
    as well."""
    clip: int
    """Number of the recording."""
    text: str


def tell(
    instructor: Instructor,
    heard: Sequence[Floats],
    numbers: Sequence[int],
    clips: Sequence[int],
    *,
    candidates: int = CANDIDATES,
) -> list[Told]:
    """The text chosen for each of B voices (W, S), at default settings; seeds are `numbers`."""
    found = []
    for first in range(0, len(heard), TOGETHER):
        part = slice(first, first + TOGETHER)
        rows = instructor.candidates(
            instructor.listen(heard[part]),
            seeds=numbers[part],
            temperature=TEMPERATURE,
            candidates=candidates,
        )
        found += [
            Told(int(number), int(clip), row[0].text)
            for number, clip, row in zip(numbers[part], clips[part], rows, strict=True)
        ]
    return found


def file_of(folder: Path, system: str, speaker: str) -> Path:
    """Where texts lie."""
    return folder / f"{system}-{speaker}.jsonl"


def save(path: Path, rows: Iterable[Told]) -> None:
    """Write as JSON lines."""
    write_bytes(path, "".join(json.dumps(asdict(row)) + "\n" for row in rows).encode())


def load(folder: Path, system: str) -> list[Told]:
    """All that a system wrote, by window; nothing where it wrote nothing."""
    rows = [
        Told(**json.loads(line))
        for path in sorted(folder.glob(f"{system}-*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return sorted(rows, key=lambda row: row.window)
