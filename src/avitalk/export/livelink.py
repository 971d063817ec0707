"""Motion to and from the CSV that Live Link Face writes: timecode, count, 61 columns a frame.

Convention: head and eye columns are radians with yaw and roll as Live Link signs them:
HeadYaw = -yaw (positive: to the character's right), HeadPitch = pitch (positive: down),
HeadRoll = roll; the same for each eye.
"""

import csv
import io
import math
from array import array
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52
from avitalk.errors import InputError
from avitalk.export.report import Exported, file_weights
from avitalk.export.timecode import (
    TICKS,
    Fields,
    estimate_fps,
    format_timecode,
    parse_start,
    parse_timecode,
    seconds_of,
)
from avitalk.types import Motion

COLUMNS: Final[tuple[str, ...]] = (
    *(name[0].upper() + name[1:] for name in ARKIT_52),
    *(f"{part}{axis}" for part in ("Head", "LeftEye", "RightEye")
      for axis in ("Yaw", "Pitch", "Roll")),
)  # fmt: skip
HEADER: Final = ("Timecode", "BlendShapeCount", *COLUMNS)
SIGN: Final = np.array([-1.0, 1.0, 1.0])  # ours to Live Link, and back
DEFAULT_START: Final = "00:00:00:00.000"
LONGEST_GAP_S: Final = 10.0
LARGEST: Final = 1e6  # beyond any weight or angle, and safely within single precision


def export_csv(motion: Motion, *, start_timecode: str = DEFAULT_START) -> Exported:
    """Write the CSV; frame i has the timecode `start_timecode` + i / fps.

    Weights are clamped to [0, 1] and eyeLook* derived from the eye angles; translation has no
    column. Raises InputError on a malformed start.
    """
    start = parse_start(start_timecode)
    weights, report = file_weights(motion)
    if motion.translation is not None:
        report = replace(report, left_out=("translation",))
    turns = np.concatenate([motion.head[:, None], motion.eyes], axis=1) * SIGN  # (F, 3, 3)
    values = np.concatenate([weights, turns.reshape(motion.frames, 9)], axis=1, dtype=np.float64)
    values = np.round(values, 10) + 0.0  # no minus zeros in the text
    layout = ",".join(["%s", str(len(COLUMNS)), *["%.10f"] * len(COLUMNS)]) + "\n"
    text = io.StringIO()
    text.write(",".join(HEADER) + "\n")
    for i, row in enumerate(values):
        timecode = format_timecode(start + round(i * TICKS / motion.fps))
        text.write(layout % (timecode, *row.tolist()))
    return Exported(text.getvalue().encode("ascii"), report)


def read_csv_motion(data: bytes, source: str = "csv", *, fps: float | None = None) -> Motion:
    """Read a recording of Live Link Face, or what `export_csv` wrote.

    The rate comes from the timecodes, and frames missing between two rows (up to ten seconds)
    are filled in linearly; a given `fps` takes rows as successive frames instead. Rows without
    values (no face seen) count as missing. Raises InputError naming `source` and the line.
    """
    lines: list[int] = []
    fields: list[Fields] = []
    values = array("d")
    order: list[int] | None = None
    for line, cells in _rows(data, source):
        try:
            if order is None:
                order = _order(cells)
            elif any(cell.strip() for cell in cells[2:]):
                if len(cells) != len(HEADER):
                    raise ValueError(f"{len(cells)} columns; the header has {len(HEADER)}")
                fields.append(parse_timecode(cells[order[0]]))
                values.extend(_numbers(cells, order))
                lines.append(line)
        except ValueError as error:
            raise InputError(f"{source}, line {line}: {error}") from error
    if not lines:
        what = "empty" if order is None else "no frames: it has no row with values"
        raise InputError(f"{source}: {what}; a Live Link Face table is needed")
    frames = np.asarray(values, np.float32).reshape(-1, len(COLUMNS))
    if fps is None:
        frames, fps = _timed(frames, fields, lines, source)
    turns = frames[:, 52:].reshape(-1, 3, 3) * SIGN.astype(np.float32)
    try:
        return Motion(frames[:, :52], turns[:, 0], turns[:, 1:], fps)
    except InputError as error:
        raise InputError(f"{source}: {error}") from error


def _rows(data: bytes, source: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, with their line numbers."""
    try:
        text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")
        reader = csv.reader(text, strict=True)
        for row in reader:
            if row:
                yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{source}: not a CSV text file ({error})") from error


def _order(header: list[str]) -> list[int]:
    """Where each column of HEADER stands; ValueError says what is missing."""
    names = [cell.strip().lower() for cell in header]
    missing = [name for name in HEADER if name.lower() not in names]
    if missing or len(names) != len(HEADER):
        what = f"no column {', '.join(missing[:3])}" if missing else "columns twice or unknown"
        raise ValueError(
            f"{what}; a Live Link Face table has Timecode, BlendShapeCount and "
            f"{len(COLUMNS)} columns EyeBlinkLeft to RightEyeRoll"
        )
    return [names.index(name.lower()) for name in HEADER]


def _numbers(cells: list[str], order: list[int]) -> list[float]:
    try:
        numbers = [float(cells[place]) for place in order[2:]]
        if math.isfinite(sum(numbers)) and min(numbers) > -LARGEST and max(numbers) < LARGEST:
            return numbers
    except ValueError:
        pass  # found and named below
    name, cell = next(
        (name, cells[place])
        for name, place in zip(COLUMNS, order[2:], strict=True)
        if not _is_number(cells[place])
    )
    raise ValueError(f"{name} is '{cell}'; a number is needed")


def _is_number(cell: str) -> bool:
    try:
        return -LARGEST < float(cell) < LARGEST
    except ValueError:
        return False


def _timed(
    rows: NDArray[np.float32], fields: list[Fields], lines: list[int], source: str
) -> tuple[NDArray[np.float32], float]:
    """Frames at an even rate (F, 61) and that rate, from rows with timecodes."""
    if len(rows) == 1:
        return rows, 60.0
    times = seconds_of(fields)
    steps_s = np.diff(times)
    bad = np.flatnonzero((steps_s <= 0) | (steps_s > LONGEST_GAP_S))
    if len(bad):
        at = int(bad[0])
        raise InputError(
            f"{source}, line {lines[at + 1]}: the timecode steps by {steps_s[at]:.3f} s; allowed: "
            f"above 0 to {LONGEST_GAP_S:g} s (give fps to take rows as successive frames)"
        )
    step_s = float(np.median(steps_s))
    frame_of_row = np.concatenate([[0], np.cumsum(np.maximum(np.rint(steps_s / step_s), 1))])
    fps = estimate_fps(times, frame_of_row.astype(np.int64))
    if frame_of_row[-1] + 1 == len(rows):
        return rows, fps
    every = np.arange(int(frame_of_row[-1]) + 1)
    filled = np.stack([np.interp(every, frame_of_row, column) for column in rows.T], axis=1)
    return filled.astype(np.float32), fps
