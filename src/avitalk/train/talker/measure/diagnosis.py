"""Which p b m stay open and which vowels close: tables by phone, neighbours, length, posterior."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from avitalk.evaluate.metrics import lips
from avitalk.speech.phones import BILABIAL, LABIODENTAL, PHONE_CLASSES, PHONE_INDEX, PHONES, VOWELS
from avitalk.train.talker.measure.chain import Heard, Mouth
from avitalk.types import Motion

FPS: Final = 25.0
CLASS: Final = {phone: name for name, phones in PHONE_CLASSES.items() for phone in phones}
_COLUMNS: Final = [PHONE_INDEX[phone] for phone in sorted(BILABIAL)]


@dataclass(frozen=True, slots=True)
class Said:
    """One p, b, m or vowel and what the lips did."""

    corpus: str
    phone: str
    before: str
    after: str
    length_s: float
    least_mm: float
    """Least gap in the phone, sampled at 25 fps."""
    belief: float
    """Largest posterior of P, B and M together within the phone."""
    heard: str
    """The phone the encoder holds most likely on the whole."""


def said(mouth: Mouth, recordings: Sequence[Heard], motions: Sequence[Motion]) -> Iterator[Said]:
    """Every bilabial and vowel of a set, by the clips' phone times."""
    for item, motion in zip(recordings, motions, strict=True):
        gap = mouth.gap(motion.resample(FPS))
        probs = np.exp(item.features.phone_log_probs)
        phones = item.clip.phones or ()
        for i, phone in enumerate(phones):
            if phone.phone not in BILABIAL | VOWELS:
                continue
            first = min(int(phone.start_s * 50), len(probs) - 1)
            frames = probs[first : max(first + 1, int(np.ceil(phone.end_s * 50)))]
            span = (phone.start_s, phone.end_s)
            yield Said(
                item.clip.corpus,
                phone.phone,
                phones[i - 1].phone if i else "SIL",
                phones[i + 1].phone if i + 1 < len(phones) else "SIL",
                phone.end_s - phone.start_s,
                float(lips.least_in_spans(gap, FPS, [span], "sampled")[0]),
                float(frames[:, _COLUMNS].sum(axis=1).max()),
                PHONES[int(frames.mean(axis=0).argmax())],
            )


def _binned(value: float, edges: Sequence[float]) -> str:
    low = max((edge for edge in edges if value >= edge), default=0.0)
    high = min((edge for edge in edges if value < edge), default=None)
    return f"{low:g} to {high:g}" if high is not None else f"from {low:g}"


def _kind(phone: str) -> str:
    if phone in BILABIAL:
        return "p b m"
    return "f v" if phone in LABIODENTAL else "silence" if phone == "SIL" else "other"


KEYS: Final[Mapping[str, Mapping[str, Callable[[Said], Hashable]]]] = {
    "p b m": {
        "corpus": lambda s: s.corpus,
        "phone": lambda s: f"{s.corpus} {s.phone}",
        "posterior of p b m": lambda s: _binned(s.belief, (0.05, 0.2, 0.35, 0.5, 0.8)),
        "heard as": lambda s: s.heard,
        "phone before": lambda s: CLASS[s.before],
        "phone after": lambda s: CLASS[s.after],
        "length in s": lambda s: _binned(s.length_s, (0.04, 0.06, 0.08, 0.12)),
    },
    "vowels": {
        "corpus": lambda s: s.corpus,
        "neighbours": lambda s: f"{_kind(s.before)} - {_kind(s.after)}",
        "vowel": lambda s: s.phone,
        "posterior of p b m": lambda s: _binned(s.belief, (0.05, 0.2, 0.35, 0.5, 0.8)),
        "length in s": lambda s: _binned(s.length_s, (0.04, 0.06, 0.08, 0.12)),
    },
}


def diagnosis(every: Sequence[Said], limit_mm: float) -> str:
    """Markdown: closed share and count for each value of each key, the most frequent first."""
    parts = [f"# Closed in the phone, sampled at 25 fps, limit {limit_mm:.3f} mm\n"]
    for group, keys in KEYS.items():
        chosen = [s for s in every if (s.phone in BILABIAL) == (group == "p b m")]
        for name, key in keys.items():
            counts: dict[Hashable, list[int]] = defaultdict(lambda: [0, 0])
            for one in chosen:
                count = counts[key(one)]
                count[0] += one.least_mm <= limit_mm
                count[1] += 1
            ranked = sorted(counts.items(), key=lambda entry: -entry[1][1])
            lines = [f"| {k} | {100 * hit / of:.1f} % | {of} |" for k, (hit, of) in ranked]
            head = f"\n## {group} by {name}\n\n| | closed | phones |\n| --- | --- | --- |\n"
            parts.append(head + "\n".join(lines) + "\n")
    return "".join(parts)
