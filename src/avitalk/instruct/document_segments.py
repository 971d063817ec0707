"""Nodes of an instruction file in, its segments out, every value checked where it stands."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from avitalk.arkit import ARKIT_52
from avitalk.errors import InputError
from avitalk.facs.table import EMOTIONS
from avitalk.instruct.document_nodes import Node, closest
from avitalk.instruct.document_text import fingerprint
from avitalk.types import Segment
from avitalk.types.instruction import AUTHORS, MOST_TAKE, TOUCH_S, UNSURE, Shares
from avitalk.types.motion import MOTION_REGIONS

SEGMENT_KEYS: Final = (
    "start_s", "end_s", "text", "author", "strength", "regions", "features", "emotion",
    "intensity", "take", "fingerprint",
)  # fmt: skip
LONGEST_S: Final = 1e6


def read_segments(nodes: Sequence[Node], duration_s: float | None) -> list[Segment]:
    """The segments, in the order of the file; `duration_s` is the length of the recording.

    Raises InputError, with file and line, for everything that a segment cannot be.
    """
    segments = [_segment(node, duration_s) for node in nodes]
    order = sorted(range(len(nodes)), key=lambda i: segments[i].start_s)
    for before, after in pairwise(order):
        if segments[after].start_s < segments[before].end_s:
            first, second = segments[before], segments[after]
            raise nodes[after].error(
                f"segment of {second.start_s:.3f} to {second.end_s:.3f} s overlaps that of "
                f"{first.start_s:.3f} to {first.end_s:.3f} s in line {nodes[before].line}; "
                "segments may touch, no more"
            )
    return segments


def _segment(node: Node, duration_s: float | None) -> Segment:
    table = node.entries("a segment", SEGMENT_KEYS)
    for key in ("start_s", "end_s", "text"):
        if key not in table:
            raise node.error(f"segment without '{key}'; needed: start_s, end_s, text")
    start_s = table["start_s"].number("start_s", 0, LONGEST_S)
    end_s = table["end_s"].number("end_s", 0, LONGEST_S)
    if round(end_s, 3) <= round(start_s, 3):
        raise table["end_s"].error(f"end_s {end_s:g} is not after start_s {start_s:g}")
    if duration_s is not None and end_s > duration_s + TOUCH_S:
        late = "start_s" if start_s >= duration_s else "end_s"
        raise table[late].error(
            f"{late} {start_s if late == 'start_s' else end_s:g} lies outside the audio; "
            f"allowed: 0 to {duration_s:.3f} s"
        )
    text = table["text"].text("text")
    if not text.strip():
        raise table["text"].error("text is empty; say what the face does, or 'neutral'")
    author = table["author"].text("author") if "author" in table else "person"
    if author not in AUTHORS:
        raise table["author"].error(f"unknown {closest(author, AUTHORS, 'author')}")
    strength = table["strength"].number("strength", 0, 2) if "strength" in table else 1.0
    regions = _regions(table.get("regions"))
    features = _shares(table.get("features"), "shape", ARKIT_52, 1)
    emotion = _emotion(table.get("emotion"))
    intensity = _intensity(table.get("intensity"))
    take = table["take"].whole("take", MOST_TAKE) if "take" in table else 0
    end_s = end_s if duration_s is None else min(end_s, max(round(duration_s, 3), 0.001))
    try:
        segment = Segment(
            start_s, end_s, text, author, strength, regions, features, emotion, intensity,
            take=take,
        )  # fmt: skip
    except InputError as error:
        raise table["text"].error(str(error)) from error
    mark = table["fingerprint"].text("fingerprint") if "fingerprint" in table else ""
    if segment.author == "model" and mark != fingerprint(segment):
        return replace(segment, author="person")
    return segment


def _shares(node: Node | None, what: str, allowed: Sequence[str], most: float) -> Shares:
    """(name, number) pairs of a table."""
    if node is None or node.empty:
        return ()
    table = node.entries(f"{what}s", allowed, what)
    return tuple((name, value.number(f"{what} {name}", 0, most)) for name, value in table.items())


def _regions(node: Node | None) -> Shares:
    """A table of strengths; or a list of the only regions that move."""
    if node is None or node.items is None:
        return _shares(node, "region", MOTION_REGIONS, 2)
    named = [_known(item, "region", MOTION_REGIONS) for item in node.items]
    return tuple((name, float(name in named)) for name in MOTION_REGIONS)


def _emotion(node: Node | None) -> Shares:
    """A table of probabilities; or the name of the only one."""
    if node is None or node.empty:
        return ()
    if node.scalar is not None:
        return ((_known(node, "emotion", EMOTIONS), 1.0),)
    shares = _shares(node, "emotion", EMOTIONS, 1)
    total = sum(share for _, share in shares)
    if abs(total - 1) > UNSURE:
        raise node.error(f"emotion probabilities add up to {total:.2f}; need 1")
    return shares


def _known(node: Node, what: str, allowed: Sequence[str]) -> str:
    name = node.text(what)
    if name not in allowed:
        raise node.error(f"unknown {closest(name, allowed, what)}")
    return name


def _intensity(node: Node | None) -> tuple[float, float] | None:
    if node is None or node.empty:
        return None
    if node.scalar is not None:  # intensity: 0.6
        return node.number("intensity", 0, 1), 1.0
    table = node.entries("'intensity'", ("value", "confidence"))
    if "value" not in table:
        raise node.error("intensity without 'value', 0 to 1")
    sure = table["confidence"].number("confidence", 0, 1) if "confidence" in table else 1.0
    return table["value"].number("value", 0, 1), sure
