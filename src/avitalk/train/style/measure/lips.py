"""What an expression costs the lips: neutral and expressive against what was filmed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.lines import plain
from avitalk.evaluate.metrics import lips
from avitalk.instruct.writing import InstructionWriter
from avitalk.style.cues import cues_for
from avitalk.train.style.measure.troupe import Ours, Troupe
from avitalk.train.style.measure.voices import Voice
from avitalk.train.talker.measure.chain import Mouth, read_wave
from avitalk.train.talker.measure.closures import VIDEO_RATES, Contact, contacts
from avitalk.train.talker.measure.elsewhere import WILD_LAG
from avitalk.train.talker.measure.filmed import rms
from avitalk.types import Motion, Speech

Floats = NDArray[np.float64]
POOLED: Final = "all emotions"
WRITTEN: Final = "words of stage 1"


def acted(troupe: Troupe, voices: Sequence[Voice], name: str) -> list[Motion]:
    """Every voice in an emotion at strength 1."""
    line = plain(name)
    styles = troupe.styles([line] * len(voices), list(range(len(voices))))
    return [
        troupe.perform(voice, style, seed=seed, demands=line.demands)
        for seed, (voice, style) in enumerate(zip(voices, styles, strict=True))
    ]


def as_written(ours: Ours, writer: InstructionWriter, voices: Sequence[Voice]) -> list[Motion]:
    """Every voice under the words that stage 1 writes for it: what `animate` does by default."""
    found = []
    for seed, voice in enumerate(voices):
        speech = Speech(read_wave(voice.heard.clip))
        words = writer.write(speech, voice.heard.features, seed=seed)
        cues = cues_for(words, ours.writer, seed=seed)
        found.append(ours.act(voice, cues, seed))
    return found


def measure(
    mouth: Mouth,
    voices: Sequence[Voice],
    truth: Sequence[Floats],
    performances: Mapping[str, Sequence[Motion]],
    neutral: Sequence[Motion],
    limit_mm: float,
) -> dict[str, Any]:
    """By name of the performance; `truth`: (F,) mm of the opening as filmed, 50 Hz, voice by
    voice; `limit_mm`: what counts as closed.
    """
    still = [mouth.gap(motion) for motion in neutral]
    closures = contacts([voice.heard for voice in voices], limit_mm)["p b m"]
    rows: dict[str, Any] = {}
    pooled: list[tuple[Floats, Floats, Floats]] = []
    for name, motions in performances.items():
        gaps = [mouth.gap(motion) for motion in motions]
        triples = list(zip(gaps, still, truth, strict=True))
        pooled += triples if name != WRITTEN else []
        rows[name] = {**_rows(triples), **_closed(mouth, motions, neutral, closures)}
    everyone = {name: m for name, m in performances.items() if name != WRITTEN}
    if everyone:
        rows[POOLED] = {
            **_rows(pooled),
            **_closed(
                mouth,
                [motion for motions in everyone.values() for motion in motions],
                [motion for _ in everyone for motion in neutral],
                Contact(list(closures.spans) * len(everyone), limit_mm),
            ),
        }
    own = [_cut(a, b) for a, b in zip(still, truth, strict=True)]
    return {
        "clips": len(voices),
        "limit mm": limit_mm,
        "neutral r": asdict(lips.bootstrap([lips.correlation(a, b) for a, b in own])),
        "neutral rms mm": asdict(lips.bootstrap([rms(a, b) for a, b in own])),
        "rows": rows,
    }


def _cut(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    shared = min(len(first), len(second))
    return first[:shared], second[:shared]


def _rows(triples: Sequence[tuple[Floats, Floats, Floats]]) -> dict[str, Any]:
    """(expressive, neutral, truth) by clip."""
    r, falls, off, changed = [], [], [], []
    for made, still, real in triples:
        before = lips.correlation(*_cut(still, real))
        after = lips.correlation(*_cut(made, real))
        r.append(after)
        falls.append(before - after)
        off.append(rms(*_cut(made, real)))
        changed.append(float(np.abs(np.subtract(*_cut(made, still))).mean()))
    return {
        "r": asdict(lips.bootstrap(r)),
        "fall of r": asdict(lips.bootstrap(falls)),
        "rms mm": asdict(lips.bootstrap(off)),
        "change mm": asdict(lips.bootstrap(changed)),
    }


def _closed(
    mouth: Mouth, motions: Sequence[Motion], neutral: Sequence[Motion], contact: Contact
) -> dict[str, Any]:
    """Share of p, b, m closed at each rate, sampled, and how far it falls from neutral."""
    rates: dict[str, Any] = {}
    for fps in VIDEO_RATES:
        counts = []
        for motion, still, spans in zip(motions, neutral, contact.spans, strict=True):
            pair = [
                lips.closed_in_spans(
                    mouth.gap(m.resample(fps)), fps, spans, contact.limit_mm, "sampled"
                )
                for m in (motion, still)
            ]
            counts.append((pair[0][0], pair[1][0], pair[0][1]))
        made, plain_, total = np.array(counts, np.float64).T
        rates[f"{fps} fps"] = {
            "closed": asdict(lips.bootstrap_share(made, total)),
            "neutral": asdict(lips.bootstrap_share(plain_, total)),
            "fall": _fall(made, plain_, total),
            "phones": int(total.sum()),
        }
    return {"closures": rates}


def _fall(made: Floats, still: Floats, total: Floats) -> dict[str, Any]:
    """Share neutral less share expressive, on the same draws of clips."""
    kept = total > 0
    made, still, total = made[kept], still[kept], total[kept]
    picks = np.random.default_rng(0).integers(0, len(total), (2000, len(total)))
    drawn = (still - made)[picks].sum(axis=1) / total[picks].sum(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    mean = float((still - made).sum() / total.sum())
    return {"mean": mean, "low": float(low), "high": float(high), "clips": len(total)}


def wild(
    mouth: Mouth,
    truth: Sequence[Floats],
    performances: Mapping[str, Sequence[Motion]],
    neutral: Sequence[Motion],
) -> dict[str, Any]:
    """Faces in the wild: one offset a clip, found on the neutral lips, used for all."""
    still = [mouth.gap(motion) for motion in neutral]
    shifts = [lips.best_offset(a[: len(b)], b, WILD_LAG) for a, b in zip(still, truth, strict=True)]
    rows: dict[str, Any] = {}
    every: list[float] = []
    for name in performances:
        falls = []
        for motion, real, (shift, before) in zip(performances[name], truth, shifts, strict=True):
            made = mouth.gap(motion)[: len(real)]
            pair = _cut(made[max(0, -shift) :], real[max(0, shift) :])
            falls.append(before - lips.correlation(*pair))
        rows[name] = asdict(lips.bootstrap(falls))
        every += falls
    return {
        "clips": len(truth),
        "neutral r": asdict(lips.bootstrap([r for _, r in shifts])),
        "fall of r": {**rows, POOLED: asdict(lips.bootstrap(every))},
    }
