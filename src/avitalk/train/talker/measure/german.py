"""EmoDB's hand-made marks -> when German lips close: whole phones, and the closures alone.

A mark stands where its stretch begins (see `avitalk.data.german`): `p` or `_p` is the closure, `!p`
the burst that ends it, `pasp` the breath after it. So the closure is the stretch that ends at `!p`.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from avitalk.evaluate.metrics.lips import Span

Labels = Sequence[tuple[float, str]]


def read_labels(folder: Path) -> dict[str, Labels]:
    """Clip id -> its marks (seconds, mark), from the prepared folder's `clips.jsonl`."""
    rows = [json.loads(line) for line in (folder / "clips.jsonl").read_text().splitlines()]
    return {row["id"]: row["phone_labels"] or () for row in rows}


def phone_spans(labels: Labels, duration_s: float) -> list[Span]:
    """Each p, b, m from the start of its closure to the end of its release; marks of one phone
    that follow each other count once.
    """
    joined: list[tuple[str, float, float]] = []
    for mark, start_s, end_s in _stretches(labels, duration_s):
        phone = _bilabial(mark)
        if joined and phone and joined[-1][0] == phone:
            joined[-1] = (phone, joined[-1][1], end_s)
        else:
            joined.append((phone, start_s, end_s))
    return [(start_s, end_s) for phone, start_s, end_s in joined if phone]


def closure_spans(labels: Labels, duration_s: float) -> list[Span]:
    """The closures alone: the stretch that ends at each `!p` or `!b`, and each m."""
    found: list[Span] = []
    before: tuple[str, float, float] = ("", 0.0, 0.0)
    for mark, start_s, end_s in _stretches(labels, duration_s):
        if mark[0] == "!" and _bilabial(mark) and _bilabial(before[0]) == _bilabial(mark):
            found.append(before[1:])
        elif _bilabial(mark) == "m":
            found.append((start_s, end_s))
        before = (mark, start_s, end_s)
    return found


def _stretches(labels: Labels, duration_s: float) -> list[tuple[str, float, float]]:
    marks = [
        (start_s, mark)
        for start_s, mark in labels
        if mark[0] not in "+-" and not (mark[0] == "(" and len(mark) > 1)
    ]
    ends_s = [*(min(start_s, duration_s) for start_s, _ in marks), duration_s][1:]
    return [
        (mark, start_s, end_s)
        for (start_s, mark), end_s in zip(marks, ends_s, strict=True)
        if end_s > start_s
    ]


def _bilabial(mark: str) -> str:
    """'p', 'b' or 'm', or nothing, for a mark of any part of such a phone."""
    plain = mark.lstrip("_!").split("+")[0].removesuffix("asp").lower()
    return {"mm": "m"}.get(plain, plain) if plain in ("p", "b", "m", "mm") else ""
