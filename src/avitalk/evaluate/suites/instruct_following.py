"""Held-out instructions that name movements, performed: what rose, what stayed, what lips did."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.corpus.take import Corpus, Take
from avitalk.evaluate.following import verdict_of
from avitalk.evaluate.lines import Line, held_out, unit_set
from avitalk.evaluate.suites.instruct_told import Director
from avitalk.evaluate.suites.result import MEAN
from avitalk.evaluate.tables import Column
from avitalk.evaluate.units import THRESHOLD, Verdict
from avitalk.types import Motion

Array = NDArray[np.float64]
Rows = dict[str, dict[str, dict[str, float]]]

MOST: Final = 100
"""Instructions at most."""
EACH: Final = 2
"""Instructions a recording, of corpora with fewer recordings than that."""
OWN: Final = ", its own words"
SWAPPED: Final = ", shuffled words"

COLUMNS: Final = (
    Column("asked", "asked units present", "share", "higher", pooled="asked units"),
    Column("sided", "asked on one side: more there", "share", "higher", pooled="sided units"),
    Column("unasked", "unasked units absent", "share", "higher", pooled="unasked units"),
    Column("denied", "forbidden units absent", "share", "higher", pooled="denied units"),
    Column("precise", "asked, of all that moved", "share", "higher", pooled="moved units"),
)
NOTE: Final = (
    f"Levels by action unit of the mean change from the same voice without words; {THRESHOLD:g} is "
    "a change, a third of what was asked suffices where less was. Systems that take no words are "
    "measured from their own mean face: their row is what they do anyway. Shuffled words: each "
    "instruction against the performance of another."
)


@dataclass(frozen=True, eq=False)
class Scene:
    """An instruction and the recording that it is performed on."""

    key: str
    """Unique, starts with the take's name."""
    line: Line
    take: Take


def scenes(corpus: Corpus, *, seed: int = 0) -> list[Scene]:
    """Held-out instructions spread over the recordings, each on one of them."""
    count = min(MOST, EACH * len(corpus.takes))
    return staged(held_out(count, seed=seed), corpus)


def staged(lines: Sequence[Line], corpus: Corpus) -> list[Scene]:
    """Each line on a recording, in turn."""
    takes = [corpus.takes[i % len(corpus.takes)] for i in range(len(lines))]
    return [
        Scene(f"{take.id} {i:03d}", line, take)
        for i, (line, take) in enumerate(zip(lines, takes, strict=True))
    ]


def movements(scene: Scene) -> frozenset[tuple[int, str]]:
    """What a scene asks for, by unit and side."""
    return frozenset() if scene.line.script is None else unit_set(scene.line.script)


def measure(directors: Sequence[Director], found: Sequence[Scene]) -> Rows:
    """Row -> scene -> numbers of COLUMNS."""
    rows: Rows = {}
    for director in directors:
        name = director.system.name
        if not director.takes_words:
            rows[name] = {k: shares(v) for k, v in _anyway(director, found)}
            continue
        played = [_played(director, scene) for scene in found]
        rows[name] = {
            s.key: shares(verdict_of(s.line, *pair)) for s, pair in zip(found, played, strict=True)
        }
        own = ((s, director.anyway(s.take, s.take.speech)) for s in found)
        rows[name + OWN] = {
            s.key: shares(verdict_of(s.line, motion, played[i][1]))
            for i, (s, motion) in enumerate(own)
        }
        if len(found) > 1:
            other = [*played[1:], played[0]]
            rows[name + SWAPPED] = {
                s.key: shares(verdict_of(s.line, *pair))
                for s, pair in zip(found, other, strict=True)
            }
    still = Motion.still(2, 50.0)
    rows[MEAN] = {s.key: shares(verdict_of(s.line, still, still)) for s in found}
    return rows


def _played(director: Director, scene: Scene) -> tuple[Motion, Motion]:
    """The scene with its words and without."""
    speech = scene.take.speech
    return director.told(scene.take, speech, scene.line.text), director.told(scene.take, speech)


def _anyway(director: Director, found: Sequence[Scene]) -> Iterator[tuple[str, Verdict]]:
    """What a system does that hears no words, against its mean face over the scenes."""
    motions = {s.take.id: director.anyway(s.take, s.take.speech) for s in found}
    usual = mean_face(motions)
    for scene in found:
        yield scene.key, verdict_of(scene.line, motions[scene.take.id], usual)


def mean_face(motions: Mapping[str, Motion]) -> Motion:
    """One frame: the mean of all channels, recordings alike."""
    mean = np.mean([m.channels().mean(axis=0) for m in motions.values()], axis=0)
    weights, head, eyes, shift = (
        part.astype(np.float32)[None] for part in np.split(mean, [52, 55, 61])
    )
    return Motion(weights, head, eyes.reshape(1, 2, 3), 50.0, shift)


def shares(verdict: Verdict) -> dict[str, float]:
    """Numbers of COLUMNS for one performance, with how many units each is of."""
    rose = sum(n.rose for n in verdict.named)
    moved = len(verdict.unnamed) - verdict.stayed
    sided = [n.found > n.other for n in verdict.named if n.other is not None]
    absent = [value < THRESHOLD for _, value in verdict.denied]
    counts = {
        "asked": (rose, len(verdict.named)),
        "sided": (sum(sided), len(sided)),
        "unasked": (verdict.stayed, len(verdict.unnamed)),
        "denied": (sum(absent), len(absent)),
        "precise": (rose, rose + moved),
    }
    pooled = {column.key: column.pooled or "" for column in COLUMNS}
    found: dict[str, float] = {}
    for name, (hits, total) in counts.items():
        if total:
            found |= {name: hits / total, pooled[name]: float(total)}
    return found
