"""What people wrote stays when the model writes anew: old and fresh Instruction in, one out."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from avitalk.types import Instruction, Segment

SCRAP_S: Final = 0.5
"""What is left between people's segments is given words from this length on."""

Times = tuple[float, float]


def kept_segments(old: Instruction) -> tuple[Segment, ...]:
    """The segments of a person in a document that a person worked on.

    A document just as the program wrote it has none, even where it holds words that were typed on
    the command line: what is typed again replaces them.
    """
    return tuple(s for s in old.segments if s.author == "person") if old.edited else ()


def time_left(spans: Iterable[Times], kept: Sequence[Segment]) -> list[Times]:
    """The parts of `spans` (start, end in seconds) that no kept segment covers.

    Parts shorter than SCRAP_S are left out if something was cut off them.
    """
    left = []
    for start_s, end_s in spans:
        begin_s = start_s
        for segment in (*kept, None):
            until_s = end_s if segment is None else min(segment.start_s, end_s)
            whole = (begin_s, until_s) == (start_s, end_s)
            if until_s > begin_s and (whole or until_s - begin_s >= SCRAP_S):
                left.append((begin_s, until_s))
            if segment is not None:
                begin_s = max(begin_s, segment.end_s)
    return left


def renewed(fresh: Instruction, old: Instruction) -> Instruction:
    """The fresh instruction, with people's segments of the old one at their times.

    Fresh segments are cut to the time left. Comments at a kept segment stay there, all others go
    to the top. Raises InputError if a kept segment ends after the fresh one's recording.
    """
    kept = kept_segments(old)
    pieces = [
        replace(segment, start_s=start_s, end_s=end_s)
        for segment in fresh.segments
        for start_s, end_s in time_left([(segment.start_s, segment.end_s)], kept)
    ]
    lost = [note for s in old.segments if s not in kept for note in s.notes]
    notes = (*old.notes, *lost)
    edited = fresh.edited or bool(kept or notes)
    return replace(fresh, segments=(*pieces, *kept), notes=notes, edited=edited)
