"""An instruction in, its cues out: each segment with a style for its text, and what it demands."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Final

from avitalk.errors import InputError
from avitalk.facs.cue import Cue
from avitalk.facs.demands import demands
from avitalk.style.acting import GUIDANCE, WritesStyles
from avitalk.types import Instruction, Segment, Style

MOST_GUIDANCE: Final = 10.0
NEUTRAL: Final = frozenset({"neutral", "neutral face", "a neutral face", "nothing"})
"""Words that leave the face as it is without any."""


def cues_for(
    instruction: Instruction, writer: WritesStyles, *, seed: int = 0, guidance: float = GUIDANCE
) -> tuple[Cue, ...]:
    """A style drawn for the text of each segment.

    A segment's style depends on its text, its strength and the seed, not on the other segments.
    Strengths above 1 raise the guidance too. Raises InputError if guidance is not 0 to 10.
    """
    check_guidance(guidance)
    segments = _acting(instruction)
    if not segments:
        return ()
    styles = writer.styles(
        [segment.text for segment in segments],
        seeds=_seeds(segments, seed),
        guidance=[guidance * max(1.0, segment.strength) for segment in segments],
    )
    return tuple(
        Cue(segment, style, demands(segment.text))
        for segment, style in zip(segments, styles, strict=True)
    )


def cues_in(style: Style, instruction: Instruction, duration_s: float) -> tuple[Cue, ...]:
    """One style in place of those of the words; their times, strengths and demands hold.

    Without segments it fills the whole recording.
    """
    if not instruction.segments:
        end_s = max(round(duration_s, 3), 0.001)
        return (Cue(Segment(0.0, end_s, f"style of {style.name}"), style),)
    return tuple(Cue(segment, style, demands(segment.text)) for segment in _acting(instruction))


def check_guidance(guidance: float) -> None:
    """Raise InputError if words cannot lead so strongly."""
    if not 0 <= guidance <= MOST_GUIDANCE:
        raise InputError(f"guidance {guidance:g}; allowed: 0 to {MOST_GUIDANCE:g}")


def _acting(instruction: Instruction) -> list[Segment]:
    return [s for s in instruction.segments if s.text.strip(" .!").lower() not in NEUTRAL]


def _seeds(segments: Sequence[Segment], seed: int) -> list[int]:
    """A seed for each, 0 to 2^63: from the text, and how often it came before."""
    seen: Counter[str] = Counter()
    seeds = []
    for segment in segments:
        told = f"{seed}\n{seen[segment.text]}\n{segment.text}"
        key = (f"{told}\n{segment.take}" if segment.take else told).encode()
        seen[segment.text] += 1
        seeds.append(int.from_bytes(hashlib.sha256(key).digest()[:8], "big") >> 1)
    return seeds
