"""An Instruction in, the bytes of its file out: the same instruction gives the same bytes."""

import hashlib
import json
import textwrap
from collections.abc import Iterator
from typing import Final

from avitalk.types import Instruction, Segment
from avitalk.types.instruction import Shares
from avitalk.types.motion import MOTION_REGIONS

FORMAT: Final = "avitalk-instruction-1"
HEADER: Final = (
    "# What the face does, in words over time. Change it and perform it:",
    "#   avitalk animate VOICE --instruction THIS_FILE",
    "# Change text, times, strength (0 to 2), regions {mouth: 0.5}, features {browInnerUp: 0.4};",
    "# add and delete segments. What you touched stays when `avitalk instruct` writes anew: it",
    "# tells by the lines `fingerprint`, which need no change.",
)
"""Written at the top of every file, and left out when it is read."""
WIDTH: Final = 84
LETTERS: Final = "abcdefghijklmnop"


def export_instruction(instruction: Instruction) -> bytes:
    """The YAML of an instruction; reading it back gives an equal one."""
    return "".join(f"{line}\n" for line in _lines(instruction)).encode()


def fingerprint(segment: Segment) -> str:
    """Eight letters that change with anything in a segment but its author and white space."""
    return _letters([*_wanted(segment), *_heard(segment)])


def fingerprint_of_all(instruction: Instruction) -> str:
    """The same for a whole document, authors and comments included."""
    told = [line for s in instruction.segments for line in (*s.notes, s.author, fingerprint(s))]
    audio = (instruction.audio_name, instruction.audio_sha256, f"{instruction.duration_s}")
    return _letters([*instruction.notes, *audio, str(instruction.seed), *told])


def _letters(parts: list[str]) -> str:
    """Letters only, so that no program takes it for a number."""
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]
    return "".join(LETTERS[int(digit, 16)] for digit in digest)


def _lines(instruction: Instruction) -> Iterator[str]:
    yield from HEADER
    yield from (f"#{note}" for note in instruction.notes)
    yield f"format: {FORMAT}"
    if instruction.audio_sha256 or instruction.audio_name or instruction.duration_s is not None:
        yield "audio:"
        if instruction.audio_name:
            yield f"  name: {json.dumps(instruction.audio_name, ensure_ascii=False)}"
        if instruction.audio_sha256:
            yield f"  sha256: '{instruction.audio_sha256}'"
        if instruction.duration_s is not None:
            yield f"  duration_s: {instruction.duration_s:.3f}"
    yield f"seed: {instruction.seed}"
    if not instruction.edited:
        yield f"fingerprint: {fingerprint_of_all(instruction)}"
    if not instruction.segments:
        yield "segments: []"
        return
    yield "segments:"
    for segment in instruction.segments:
        yield ""
        yield from (f"#{note}" for note in segment.notes)
        lines = [*_wanted(segment), f"author: {segment.author}", *_heard(segment)]
        if segment.author == "model":
            lines.append(f"fingerprint: {fingerprint(segment)}")
        yield f"- {lines[0]}"
        yield from (f"  {line}" for line in lines[1:])


def _wanted(segment: Segment) -> Iterator[str]:
    """When the face does what."""
    yield f"start_s: {segment.start_s:.3f}"
    yield f"end_s: {segment.end_s:.3f}"
    yield "text: >-"
    # Break at spaces only: YAML joins the lines with one.
    for line in textwrap.wrap(segment.text, WIDTH, break_long_words=False, break_on_hyphens=False):
        yield f"  {line}"
    if round(segment.strength, 3) != 1:
        yield f"strength: {_number(segment.strength)}"
    if segment.regions:
        yield f"regions: {_regions(segment.regions)}"
    if segment.features:
        yield f"features: {_flow(segment.features)}"
    if segment.take:
        yield f"take: {segment.take}"


def _heard(segment: Segment) -> Iterator[str]:
    """What the voice sounded like."""
    if segment.emotion:
        ranked = sorted(segment.emotion, key=lambda pair: -round(pair[1], 2))
        shown = [f"{name}: {share:.2f}" for name, share in ranked if round(share, 2) > 0]
        yield "emotion: {" + ", ".join(shown) + "}"
    if segment.intensity is not None:
        value, sure = segment.intensity
        yield f"intensity: {{value: {value:.2f}, confidence: {sure:.2f}}}"


def _regions(regions: Shares) -> str:
    """A table, or the list of those that move where the others do not."""
    told = {name: round(share, 3) for name, share in regions}
    if tuple(told) == MOTION_REGIONS and set(told.values()) <= {0.0, 1.0}:
        return "[" + ", ".join(name for name, share in told.items() if share) + "]"
    return _flow(regions)


def _flow(shares: Shares) -> str:
    return "{" + ", ".join(f"{name}: {_number(value)}" for name, value in shares) + "}"


def _number(value: float) -> str:
    """As short as three decimals can be."""
    return f"{round(value, 3):g}"
