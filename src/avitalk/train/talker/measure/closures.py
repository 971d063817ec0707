"""Whether lips close where they must, at every video rate, and stay open where they must."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.metrics import lips
from avitalk.evaluate.metrics.lips import RULES, Span
from avitalk.speech.phones import BILABIAL, LABIODENTAL, VOWELS
from avitalk.train.talker.measure.chain import Heard, Mouth
from avitalk.train.talker.measure.filmed import Filmed, others
from avitalk.types import Motion

Array = NDArray[np.float64]
VIDEO_RATES: Final = (24, 25, 30, 50, 60)
CHANCE_FPS: Final = 25.0
TEETH: Final = 3.0
"""Lip on teeth: within this many times what counts as closed."""
PAUSE_S, MARGIN_S = 0.6, 0.2
FINE_HZ: Final = 500
"""Rate at which splines of the film are read between its frames."""


@dataclass(frozen=True)
class Contact:
    """A kind of phone and the gap it is held to."""

    spans: Sequence[Sequence[Span]]
    """Clip by clip."""
    limit_mm: float


def contacts(recordings: Sequence[Heard], limit_mm: float) -> dict[str, Contact]:
    """p b m, the control, and f v, by the clips' phone times."""
    kinds = {
        "p b m": (BILABIAL, limit_mm),
        "vowels": (VOWELS, limit_mm),
        "f v": (LABIODENTAL, TEETH * limit_mm),
    }
    return {
        name: Contact([item.spans(phones) for item in recordings], limit)
        for name, (phones, limit) in kinds.items()
    }


def share(gaps: Sequence[Array], fps: float, contact: Contact, rule: lips.Rule) -> dict[str, Any]:
    """Share of the phones in contact, with an interval over clips, and how many phones."""
    pairs = [
        lips.closed_in_spans(gap, fps, spans, contact.limit_mm, rule)
        for gap, spans in zip(gaps, contact.spans, strict=True)
    ]
    hits, totals = np.array(pairs).T
    return {**asdict(lips.bootstrap_share(hits, totals)), "phones": int(totals.sum())}


def at_rates(
    gaps_at: Callable[[float], Sequence[Array]], groups: Mapping[str, Contact]
) -> dict[str, Any]:
    """Every group at every video rate under both rules; `gaps_at` gives tracks at a rate."""
    rows: dict[str, Any] = {name: {rule: {} for rule in RULES} for name in groups}
    for fps in VIDEO_RATES:
        gaps = gaps_at(fps)
        for name, contact in groups.items():
            if any(contact.spans):
                for rule in RULES:
                    rows[name][rule][f"{fps} fps"] = share(gaps, fps, contact, rule)
    return rows


def closure_rows(
    mouth: Mouth, motions: Sequence[Motion], groups: Mapping[str, Contact]
) -> dict[str, Any]:
    """The talker's closures."""
    return at_rates(lambda fps: [mouth.gap(m.resample(fps)) for m in motions], groups)


def chance_rows(
    mouth: Mouth, motions: Sequence[Motion], groups: Mapping[str, Contact]
) -> dict[str, Any]:
    """The same with the audio of another clip, over again where it is shorter, at CHANCE_FPS."""
    gaps = [mouth.gap(m.resample(CHANCE_FPS)) for m in motions]
    order = others(len(gaps))
    swapped = [np.resize(gaps[i], len(own)) for i, own in zip(order, gaps, strict=True)]
    return {
        name: {rule: share(swapped, CHANCE_FPS, contact, rule) for rule in RULES}
        for name, contact in groups.items()
        if any(contact.spans)
    }


def truth_rows(filmed: Sequence[Filmed], groups: Mapping[str, Contact]) -> dict[str, Any]:
    """The same of the film, read at those rates; and read finely between its frames."""

    def read(fps: float) -> list[Array]:
        return [f.raw(np.arange(int(f.heard.duration_s * fps)) / fps) for f in filmed]

    rows = at_rates(read, groups)
    fine = read(FINE_HZ)
    for name, contact in groups.items():
        rows[name]["between frames"] = share(fine, FINE_HZ, contact, "sampled")
    return rows


def pauses_of(item: Heard) -> list[Span]:
    """Long pauses, without what is next to speech."""
    spoken = [(p.start_s, p.end_s) for p in item.clip.phones or () if p.phone != "SIL"]
    return lips.pauses(spoken, item.duration_s, least_s=PAUSE_S, margin_s=MARGIN_S)


def pause_row(
    gaps: Sequence[Array], recordings: Sequence[Heard], limit_mm: float
) -> dict[str, Any] | None:
    """Share of closed frames in long pauses at 50 Hz, or None if there is no such pause."""
    pairs = [
        lips.closed_share(gap, 50, pauses_of(item), limit_mm)
        for gap, item in zip(gaps, recordings, strict=True)
    ]
    hits, totals = np.array(pairs, np.int64).reshape(-1, 2).T
    if not totals.sum():
        return None
    return {**asdict(lips.bootstrap_share(hits, totals)), "frames": int(totals.sum())}
