"""What words do to lips: edits of the upper face that should leave them, emotions that may not."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import MOTION_FPS
from avitalk.data.tracks import lip_gap
from avitalk.evaluate.corpus.lips import at_50, contour_of
from avitalk.evaluate.corpus.take import CLOSED_MM, Corpus, Take
from avitalk.evaluate.lines import FELT, Line, held_out, plain
from avitalk.evaluate.metrics import lips
from avitalk.evaluate.suites.instruct_following import Scene, staged
from avitalk.evaluate.suites.instruct_told import Director
from avitalk.evaluate.tables import Column
from avitalk.face.patch import face_patch
from avitalk.facs.expression import UNIT
from avitalk.facs.table import action_unit
from avitalk.speech.phones import BILABIAL
from avitalk.types import Motion

Array = NDArray[np.float64]
Rows = dict[str, dict[str, dict[str, float]]]

ABOVE: Final = ("brows", "eyes")
"""Regions of the table whose movements lips have no part in."""
POOL: Final = 600
"""Held-out instructions that those of the upper face alone are picked from."""
MOST: Final = 90
"""Performances a system at most."""
MOST_LAG: Final = 12
"""Frames of 20 ms either way, where sound and picture may be apart."""

_CHANGE: Final = (
    Column("upper change", "upper face changes by", "mm", "higher", 2),
    Column("lip change", "lips change by", "mm", "lower", 2),
    Column("own r", "lip opening with that without words", "r", "higher"),
)
LOCALITY: Final = (*_CHANGE, Column("ratio", "lips over upper face", "", "lower", 2))
COST: Final = (
    *_CHANGE,
    Column("fall of r", "fall of the opening's r with truth", "r", "lower"),
    Column("closed", "p b m closed", "share", "higher", pooled="bilabials"),
    Column("closed without", "p b m closed without words", "share", "higher", pooled="bilabials"),
)


def upper_scenes(corpus: Corpus) -> list[Scene]:
    """Held-out instructions that name movements of brows and lids alone, each on a recording."""
    lines = [line for line in held_out(POOL, seed=1) if _only_above(line)]
    return staged(lines[: min(MOST, len(corpus.takes))], corpus)


def edits(directors: Sequence[Director], found: Sequence[Scene]) -> Rows:
    """Row -> scene -> numbers of LOCALITY."""
    rows: Rows = {}
    for director in directors:
        if not director.takes_words:
            continue
        rows[director.system.name] = {}
        for scene in found:
            speech = scene.take.speech
            motion = director.told(scene.take, speech, scene.line.text)
            changed = change_mm(motion, director.told(scene.take, speech))
            changed["ratio"] = changed["lip change"] / max(changed["upper change"], 1e-3)
            rows[director.system.name][scene.key] = changed
    return rows


def _only_above(line: Line) -> bool:
    script = line.script
    if script is None or script.emotions or script.mood or script.still or not script.shown:
        return False
    return all(d.unit in UNIT and action_unit(d.unit).region in ABOVE for d in script.shown)


def costs(directors: Sequence[Director], corpus: Corpus) -> Rows:
    """'He is extremely angry' and the like, one emotion a recording: row -> take -> COST."""
    at = np.linspace(0, len(corpus.takes) - 1, min(MOST, len(corpus.takes))).round()
    rows: Rows = {d.system.name: {} for d in directors if d.takes_words}
    for director in directors:
        if not director.takes_words:
            continue
        for number, index in enumerate(at):
            take = corpus.takes[int(index)]
            speech = take.speech
            text = plain(FELT[number % len(FELT)]).text
            pair = director.told(take, speech, text), director.told(take, speech)
            found = change_mm(*pair) | _against_truth(take, *pair) | _closed(take, *pair)
            rows[director.system.name][take.id] = found
    return rows


def change_mm(motion: Motion, before: Motion) -> dict[str, float]:
    """How far two performances of one voice are apart: mean distance of the upper face's and of the
    lips' points over time, and how alike the lips open.
    """
    made, still = (face_patch().moved(at_50(m).weights) for m in (motion, before))
    shared = min(len(made), len(still))
    apart = np.linalg.norm(made[:shared] - still[:shared], axis=2)
    patch = face_patch()
    gaps = [_gap(m)[:shared] for m in (motion, before)]
    return {
        "upper change": float(apart[:, patch.upper & ~patch.lips].mean()),
        "lip change": float(apart[:, patch.lips].mean()),
        "own r": lips.correlation(*gaps),
    }


def _gap(motion: Motion) -> Array:
    return lip_gap(contour_of(at_50(motion)))


def _against_truth(take: Take, motion: Motion, before: Motion) -> dict[str, float]:
    if take.truth is None:
        return {}
    real = take.truth.gap_mm
    found = []
    for gap in (_gap(before), _gap(motion)):
        shared = min(len(gap), len(real))
        most = 0 if take.in_sync else MOST_LAG
        found.append(lips.best_offset(gap[:shared], real[:shared], most)[1])
    return {"fall of r": found[0] - found[1]}


def _closed(take: Take, motion: Motion, before: Motion) -> dict[str, float]:
    spans = [s for s in take.spans(BILABIAL) if s[1] < min(motion.duration_s, before.duration_s)]
    if not spans:
        return {}
    shares = []
    for gap in (_gap(motion), _gap(before)):
        closed, count = lips.closed_in_spans(gap, MOTION_FPS, spans, CLOSED_MM, "sampled")
        shares.append(closed / count)
    return {"closed": shares[0], "closed without": shares[1], "bilabials": float(len(spans))}
