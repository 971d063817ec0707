"""Live Link Face timecodes: HH:MM:SS:FF.mmm to and from seconds, and the rate they tell of.

FF counts sixtieths of a second whatever the capture rate (a 30 fps take steps by two); mmm are
thousandths of a sixtieth.
"""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError

TIMECODE_RATE: Final = 60
TICKS: Final = TIMECODE_RATE * 1000  # ticks a second; a timecode is a whole number of them
DAY: Final = 24 * 3600 * TICKS
STANDARD_FPS: Final = (
    60.0, 30.0, 25.0, 50.0, 24.0, 60_000 / 1001, 30_000 / 1001, 24_000 / 1001, 120.0, 100.0, 48.0,
)  # fmt: skip
# Other programs count FF in frames of their own rate; tried in this order after 60.
FRAME_BASES: Final = (60, 30, 25, 24, 50, 48, 100, 120)
_PATTERN: Final = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2}):(\d{1,3}(?:\.\d{1,6})?)")

Fields = tuple[int, float]  # whole seconds of the day, frames within the second


def parse_timecode(text: str) -> Fields:
    """Split HH:MM:SS:FF.mmm into seconds of the day and frames; ValueError says what is wrong."""
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"timecode '{text}' is not HH:MM:SS:FF.mmm")
    hours, minutes, seconds = (int(part) for part in match.group(1, 2, 3))
    frames = float(match.group(4))
    if hours > 23 or minutes > 59 or seconds > 59 or frames >= max(FRAME_BASES):
        raise ValueError(f"timecode '{text}' is past 23:59:59 or has too many frames")
    return hours * 3600 + minutes * 60 + seconds, frames


def parse_start(text: str) -> int:
    """Ticks of the day of a start timecode given by a user; raises InputError."""
    try:
        seconds, frames = parse_timecode(text)
        if frames >= TIMECODE_RATE:
            raise ValueError(f"timecode '{text}' has frames past 59")
    except ValueError as error:
        raise InputError(f"start {error}; for example 00:00:00:00.000") from error
    return seconds * TICKS + round(frames * 1000)


def format_timecode(ticks: int) -> str:
    """HH:MM:SS:FF.mmm of a tick of the day; past midnight it starts over."""
    seconds, rest = divmod(ticks % DAY, TICKS)
    frames, thousandths = divmod(rest, 1000)
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}:{frames:02d}.{thousandths:03d}"


def seconds_of(fields: list[Fields]) -> NDArray[np.float64]:
    """Times (F,) in seconds from the first row's day; guesses what FF counts, steps evenest."""
    whole = np.array([seconds for seconds, _ in fields], np.float64)
    frames = np.array([part for _, part in fields], np.float64)
    whole += 86400 * np.concatenate([[0], np.cumsum(np.diff(whole) < -43200)])
    bases = [base for base in FRAME_BASES if base > frames.max()]
    candidates = [whole + frames / base for base in bases]
    return min(candidates, key=_unevenness)  # ties go to the first: 60


def _unevenness(times: NDArray[np.float64]) -> float:
    steps = np.diff(times)
    if not len(steps):
        return 0.0
    middle = max(abs(float(np.median(steps))), 1e-9)
    # A gap counts as ten steps at most, or it would favour the base with the longest step; the
    # rounding lies below that of a timecode, so that noise never decides between bases.
    odd = np.minimum(np.abs(steps / middle - 1), 10)
    return round(float(odd.mean()), 2)


def estimate_fps(times: NDArray[np.float64], frame_of_row: NDArray[np.int64]) -> float:
    """Frames a second of rows at `times` (F,) that hold the frames `frame_of_row` (F,).

    The best of the common rates, else the first of ever finer decimals, that explains every
    timecode to its rounding; for a camera's own clock the nearest common rate if it drifts off
    by less than one frame over the take, else the mean rate to three decimals.
    """
    span_s, steps = float(times[-1] - times[0]), int(frame_of_row[-1] - frame_of_row[0])
    mean = steps / span_s

    def misfit_s(fps: float) -> float:
        return float(np.abs(times - times[0] - frame_of_row / fps).max())

    finer = (float(round(mean, digits)) for digits in range(4))
    for fps in (min(STANDARD_FPS, key=misfit_s), *finer):
        if fps > 0 and misfit_s(fps) <= 1.01 / TICKS:
            return fps
    nearest = min(STANDARD_FPS, key=lambda fps: abs(fps - mean))
    if abs(span_s - steps / nearest) * nearest < 1:
        return nearest
    return round(mean, 3)
