"""Suite `silence`: lips rest where nobody speaks, meet on p b m, and end closed.

Pauses, closures and ends of the corpus's recordings, then sounds without a voice: silence, noise,
hum, music and breath.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import MOTION_FPS
from avitalk.data.clips import Clip
from avitalk.evaluate.conditions import speechless_sounds
from avitalk.evaluate.conditions.noises import active
from avitalk.evaluate.conditions.voicing import runs
from avitalk.evaluate.corpus.lips import at_50, gap_of
from avitalk.evaluate.corpus.take import CLOSED_MM, Corpus, Take
from avitalk.evaluate.metrics import lips, silence
from avitalk.evaluate.runs import Run
from avitalk.evaluate.suites.result import MEAN, TRUTH, Block, Result, facts, speakers
from avitalk.evaluate.systems import OnDisk, System
from avitalk.evaluate.tables import Column
from avitalk.speech.phones import BILABIAL
from avitalk.types import Speech

Array = NDArray[np.float64]

NAME: Final = "silence"
PAUSE_S, MARGIN_S = 0.4, 0.15

CONTRACT: Final = (
    Column("silent gap", "opening in pauses", "mm", "lower", 2),
    Column("silent closed", "frames of pauses closed", "share", "higher", pooled="silent frames"),
    Column("bilabial closed", "p b m closed", "share", "higher", pooled="bilabials"),
    Column("end gap", "opening in the last 0.2 s", "mm", "lower", 2),
)
SPEECHLESS: Final = (
    Column("gap", "mean opening", "mm", "lower", 2),
    Column("widest", "widest opening", "mm", "lower", 2),
    Column("closed", "frames closed", "share", "higher"),
    Column("reaction", "change against digital silence", "mm", "lower", 2),
)


def measure(corpus: Corpus, systems: Sequence[System], run: Run) -> Result:
    """The suite on a corpus."""
    names = [TRUTH, *(s.name for s in systems), MEAN]
    rows: dict[str, dict[str, dict[str, float]]] = {name: {} for name in names}
    means = [t.truth.gap_mm.mean() for t in corpus.takes if t.truth is not None]
    usual = float(np.mean(means)) if means else None
    for take in corpus.takes:
        speech = take.speech
        spans = quiet(take, speech)
        for system in systems:
            gap = gap_of(at_50(run.motion(system, take, speech)))
            rows[system.name][take.id] = contract(take, gap, spans)
        if take.truth is not None:
            rows[TRUTH][take.id] = contract(take, take.truth.gap_mm, spans)
        if usual is not None:
            frames = max(1, int(speech.duration_s * MOTION_FPS))
            rows[MEAN][take.id] = contract(take, np.full(frames, usual), spans)
    filled = {name: found for name, found in rows.items() if found}
    note = (
        f"Pauses: stretches of at least {PAUSE_S} s without a phone, or without voice where no "
        f"words are known, less {MARGIN_S} s next to speech. Closed: at most {CLOSED_MM:.2f} mm. "
        "Openings of truth stand against the speaker's own closed lips."
    )
    blocks = [Block("Pauses, closures, ends", CONTRACT, filled, speakers(corpus), note=note)]
    blocks += [_without_voice([s for s in systems if not isinstance(s, OnDisk)], run)]
    return Result(NAME, facts(corpus), tuple(blocks), corpus.notes)


def quiet(take: Take, speech: Speech) -> list[lips.Span]:
    """Long pauses of a take, without what is next to speech."""
    said = [(p.start_s, p.end_s) for p in take.said]
    if not said:
        rate = speech.rate_hz
        said = [(first / rate, last / rate) for first, last in runs(active(speech.samples))]
    return lips.pauses(said, speech.duration_s, least_s=PAUSE_S, margin_s=MARGIN_S)


def contract(take: Take, gap: Array, spans: list[lips.Span]) -> dict[str, float]:
    """All numbers of one take; shares with how many events they are of."""
    found = {"end gap": silence.end_gap(gap, MOTION_FPS)}
    closed, count = lips.closed_share(gap, MOTION_FPS, spans, CLOSED_MM)
    if count:
        found["silent gap"] = silence.silent_gap(gap, MOTION_FPS, spans)
        found |= {"silent closed": closed / count, "silent frames": count}
    phones = [span for span in take.spans(BILABIAL) if span[1] * MOTION_FPS < len(gap)]
    if phones:
        found["bilabial closed"] = silence.bilabial_closed(gap, MOTION_FPS, phones, CLOSED_MM)
        found["bilabials"] = len(phones)
    return found


def _without_voice(systems: Sequence[System], run: Run) -> Block:
    """Systems that can hear, on sounds that hold no voice; intervals are over the sounds."""
    rows: dict[str, dict[str, dict[str, float]]] = {}
    sounds = speechless_sounds()
    for system in systems:
        gaps = {}
        for name, wave in sounds.items():
            label = name.replace(" ", "_").replace(",", "")
            take = Take(Clip("speechless", label, "nobody", name))
            speech = Speech(np.asarray(wave, np.float32), source=name)
            gaps[name] = gap_of(at_50(run.motion(system, take, speech)))
        still = gaps["digital silence"]
        rows[system.name] = {
            name: {
                "gap": float(np.maximum(gap, 0).mean()),
                "widest": float(gap.max()),
                "closed": float((gap <= CLOSED_MM).mean()),
                "reaction": silence.reaction(gap[: len(still)], still[: len(gap)]),
            }
            for name, gap in gaps.items()
        }
    listed = ", ".join(sounds)
    return Block("Sounds without a voice", SPEECHLESS, rows, note=f"Ten seconds each of: {listed}.")
