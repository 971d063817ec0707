"""Typed words come in; where they name an order in time, a part for each turn goes out."""

import re
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.types import Instruction, Speech

_LATER: Final = (
    r"(?:after(?:wards|\s+that)|finally|later(?:\s+on)?|(?:in|at|by|towards)\s+the\s+end)"
)
_NEXT: Final = re.compile(
    rf"""
    (?:\s*[,;.:]\s*|\s+[-–—]\s+|\s+) (?:and\s+|but\s+|only\s+)* then\b \s*,?\s+ (?!again\b)
    |
    (?:\s*[,;.:]\s*|\s+[-–—]\s+) (?:and\s+|but\s+)? {_LATER}\b \s*,?\s+ (?!of\b)
    |
    \s+ (?:and|but) \s+ {_LATER}\b \s*,?\s+ (?!of\b)
    |
    (?<=\bat\ first) \s*[,;.]\s* (?:and\s+|but\s+)?
    |
    \s*,?\s+ (?:and|but) \s+ (?=(?:he\s+|she\s+|they\s+)?(?:ends?|finish(?:es)?)\b)
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Where one thing ends and the next begins."""
_NO_TURN: Final = re.compile(
    r"now|since|by|until|till|even|back|just|more|less|rather|other|\w+er", re.IGNORECASE
)
"""Right before "then" these mean something else."""
_LEAD: Final = re.compile(r"^(?:(?:at\s+)?first(?:ly)?|to\s+begin\s+with)\s*,?\s+", re.IGNORECASE)
LEAST_S: Final = 0.7
"""Turns shorter than this cannot be seen; the words then stay together."""
MOST: Final = 12
NEAR: Final = 0.3
"""Turns change in a pause, if one is this near, in lengths of a turn."""
STEP_S: Final = 0.02
HUSH_S: Final = 0.1
QUIET: Final = 0.25
"""A pause is at most this loud, against what is usual in the recording."""


def turns_in(words: str) -> tuple[str, ...]:
    """What follows what in `words`; all of them in one part if they name no order."""
    parts, start = [], 0
    for mark in _NEXT.finditer(words):
        before = words[start : mark.start()].strip(" ,;.:")
        if not _told(before) or not _told(words[mark.end() :]) or _otherwise(before, mark.group()):
            continue
        parts.append(before)
        start = mark.end()
    parts.append(words[start:].strip())
    bare = [_LEAD.sub("", part) if number == 0 else part for number, part in enumerate(parts)]
    return tuple(bare) if 1 < len(bare) <= MOST else (words,)


def typed(words: str, speech: Speech, *, seed: int = 0) -> Instruction:
    """Words of a person for the whole recording: a segment for each turn, of about equal length,
    that change in pauses where there are some near. Raises InputError as `Segment` does.
    """
    whole = Instruction.typed(words, speech, seed=seed)
    segment, parts = whole.segments[0], turns_in(words)
    if len(parts) == 1 or segment.duration_s / len(parts) < LEAST_S:
        return whole
    cuts = [segment.start_s, *_cuts(speech, len(parts)), segment.end_s]
    return replace(
        whole,
        segments=tuple(
            replace(segment, start_s=cuts[n], end_s=cuts[n + 1], text=part)
            for n, part in enumerate(parts)
        ),
    )


def _told(part: str) -> bool:
    return any(letter.isalpha() for letter in part)


def _otherwise(before: str, mark: str) -> bool:
    """Whether "then" is no order: "now and then", "since then", "if he laughs, then ..."."""
    if "then" not in mark.lower():
        return False
    last = before.rsplit(maxsplit=1)[-1]
    return bool(_NO_TURN.fullmatch(last)) or before.lower().startswith(("if ", "when "))


def _cuts(speech: Speech, count: int) -> list[float]:
    """Seconds at which `count` turns change."""
    step = max(1, round(STEP_S * speech.rate_hz))
    blocks = len(speech.samples) // step
    loud = np.sqrt(np.square(speech.samples[: blocks * step].reshape(blocks, step)).mean(axis=1))
    hush = max(1, round(HUSH_S / STEP_S))
    if blocks > hush:
        loud = np.convolve(loud, np.full(hush, 1 / hush), "same")
    each = speech.duration_s / count
    return [_near_pause(loud, each, number * each) for number in range(1, count)]


def _near_pause(loud: NDArray[np.floating], each: float, at: float) -> float:
    low, high = (round((at + side * NEAR * each) / STEP_S) for side in (-1, 1))
    around = loud[low:high]
    usual = float(np.median(loud[loud > 0])) if np.any(loud > 0) else 0.0
    quiet = np.flatnonzero(around < QUIET * usual)
    if not len(quiet):
        return round(at, 3)
    middle = (len(around) - 1) / 2
    nearest = quiet[np.abs(quiet - middle).argmin()]
    return round(float((low + nearest + 0.5) * STEP_S), 3)
