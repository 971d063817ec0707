"""Sixty texts in free words: what is seen in the face against what was expected beforehand.

Figure 10 of AVI-Talking shows where instructions are not followed; what goes wrong is listed here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray

from avitalk.data.performances.scripts import Script
from avitalk.evaluate.lines import Line
from avitalk.evaluate.metrics.lips import bootstrap
from avitalk.evaluate.units import THRESHOLD, change, level
from avitalk.facs.table import EMOTIONS, Side
from avitalk.train.style.measure.troupe import Oracle, Troupe
from avitalk.train.style.measure.voices import Voice

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PATH: Final = Path(__file__).with_name("free_texts.yaml")
SIDES: Final[Mapping[str, Side]] = {"L": "left", "R": "right"}
LESSONS: Final = 60
"""Performances of each emotion that the reader of faces is fitted to."""
STRENGTHS: Final = (0.35, 1.0)


@dataclass(frozen=True, slots=True)
class Free:
    """A text and what a viewer would expect."""

    text: str
    kind: str
    emotion: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    units: tuple[tuple[int, Side], ...] = ()
    absent: tuple[tuple[int, Side], ...] = ()


def read_free(path: Path = PATH) -> list[Free]:
    """All texts."""
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        Free(
            row["text"],
            row["kind"],
            tuple(row.get("emotion", ())),
            tuple(row.get("never", ())),
            tuple(_unit(given) for given in row.get("units", ())),
            tuple(_unit(given) for given in row.get("absent", ())),
        )
        for row in rows
    ]


def _unit(given: int | str) -> tuple[int, Side]:
    text = str(given)
    return int(text.rstrip("LR")), SIDES.get(text[-1], "both")


class FaceReader:
    """Mean change of a face -> emotion; fitted to the corpus's performances of single emotions."""

    def __init__(self, values: Floats, emotion: Ints) -> None:
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis  # noqa: PLC0415

        self._model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        self._model.fit(values, emotion)

    def read(self, values: Floats) -> Ints:
        """(n, C) -> (n,) index into EMOTIONS."""
        return np.asarray(self._model.predict(values), np.int64)


def emotional(
    oracle: Oracle, voices: Sequence[Voice], count: int, seed: int
) -> tuple[Floats, Ints]:
    """(n, C) mean changes of performances of each emotion, and which it is."""
    rng = np.random.default_rng(seed)
    neutral = [oracle.neutral(voice, seed=i) for i, voice in enumerate(voices)]
    values, emotion = [], []
    for index, name in enumerate(EMOTIONS):
        lines = [
            Line(name, Script(name, ((name, 1.0),), float(rng.uniform(*STRENGTHS))))
            for _ in range(count)
        ]
        styles = oracle.styles(lines, [seed + 100_000 * index + i for i in range(count)])
        for i, style in enumerate(styles):
            at = i % len(voices)
            values.append(change(oracle.perform(voices[at], style, seed=at), neutral[at]))
            emotion.append(index)
    return np.stack(values), np.array(emotion)


def measure(
    troupe: Troupe, oracle: Oracle, voices: Sequence[Voice], texts: Sequence[Free] | None = None
) -> dict[str, Any]:
    """Share of texts with everything as expected; what goes wrong, text by text."""
    texts = read_free() if texts is None else texts
    reader = FaceReader(*emotional(oracle, voices, LESSONS, seed=1))
    values, truth = emotional(oracle, voices, LESSONS // 3, seed=2)
    lines = [Line(free.text) for free in texts]
    styles = troupe.styles(lines, list(range(len(lines))))
    rows, kinds = [], defaultdict(list)
    for number, (free, line) in enumerate(zip(texts, lines, strict=True)):
        at = number % len(voices)
        motion = troupe.perform(voices[at], styles[number], seed=at, demands=line.demands)
        moved = change(motion, troupe.neutral(voices[at], seed=at))
        read = EMOTIONS[int(reader.read(moved[None])[0])]
        wrong = faults(free, read, moved)
        rows.append({"text": free.text, "kind": free.kind, "read": read, "wrong": wrong})
        kinds[free.kind].append(not wrong)
    right = np.array([not row["wrong"] for row in rows], np.float64)
    felt = [
        row["read"] in free.emotion for free, row in zip(texts, rows, strict=True) if free.emotion
    ]
    return {
        "texts": len(rows),
        "right": asdict(bootstrap(right)),
        "emotion right": asdict(bootstrap(np.array(felt, np.float64))),
        "reader on the corpus": float((reader.read(values) == truth).mean()),
        "by kind": {
            kind: {"texts": len(values_), "right": float(np.mean(values_))}
            for kind, values_ in kinds.items()
        },
        "wrong": [row for row in rows if row["wrong"]],
        "read": {row["text"]: row["read"] for row in rows},
    }


def faults(free: Free, read: str, moved: Floats) -> list[str]:
    """What is not as expected of a face that reads as `read` and moved by (C,)."""
    wrong = []
    if free.emotion and read not in free.emotion:
        wrong.append(f"looks {read}, not {' or '.join(free.emotion)}")
    if read in free.never:
        wrong.append(f"looks {read}")
    for unit, side in free.units:
        found = level(moved, unit, side)
        if found < THRESHOLD:
            wrong.append(f"unit {unit} {side} at {found:.2f}")
        elif side != "both":
            other = level(moved, unit, "left" if side == "right" else "right")
            if other >= found:
                wrong.append(f"unit {unit} as much on the other side")
    for unit, side in free.absent:
        found = level(moved, unit, side)
        if found >= THRESHOLD:
            wrong.append(f"unit {unit} {side} at {found:.2f} though not wanted")
    return wrong
