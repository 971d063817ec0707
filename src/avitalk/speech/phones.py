"""The phone inventory (39 ARPAbet phones and silence), its visemes and classes."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.types import SpeechFeatures

PHONES: Final[tuple[str, ...]] = (
    "SIL",
    "AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW",
    "B", "CH", "D", "DH", "F", "G", "HH", "JH", "K", "L", "M", "N", "NG", "P", "R", "S", "SH",
    "T", "TH", "V", "W", "Y", "Z", "ZH",
)  # fmt: skip
"""Order of the columns of `SpeechFeatures.phone_log_probs`."""

PHONE_INDEX: Final[dict[str, int]] = {phone: i for i, phone in enumerate(PHONES)}
SIL: Final = 0

VISEMES: Final[tuple[str, ...]] = (
    "sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou",
)  # fmt: skip
"""The 15 visemes of the MPEG-4 derived set that games use (Oculus spelling and order)."""

_MEMBERS: Final[dict[str, tuple[str, ...]]] = {
    "sil": ("SIL",),
    "PP": ("P", "B", "M"),
    "FF": ("F", "V"),
    "TH": ("TH", "DH"),
    "DD": ("T", "D"),
    "kk": ("K", "G", "NG", "HH"),
    "CH": ("CH", "JH", "SH", "ZH"),
    "SS": ("S", "Z"),
    "nn": ("N", "L"),
    "RR": ("R", "ER"),
    "aa": ("AA", "AE", "AH", "AY", "AW"),
    "E": ("EH", "EY"),
    "ih": ("IH", "IY", "Y"),
    "oh": ("AO", "OW", "OY"),
    "ou": ("UH", "UW", "W"),
}

PHONE_TO_VISEME: Final[dict[str, str]] = {
    phone: viseme for viseme, members in _MEMBERS.items() for phone in members
}

PHONE_CLASSES: Final[dict[str, tuple[str, ...]]] = {
    "silence": ("SIL",),
    "lips closed (p b m)": ("P", "B", "M"),
    "lip and teeth (f v)": ("F", "V"),
    "open vowels": ("AA", "AE", "AH", "AO", "AW", "AY"),
    "front vowels": ("EH", "EY", "IH", "IY"),
    "rounded (uw uh ow oy w)": ("UW", "UH", "OW", "OY", "W"),
    "r-coloured (r er)": ("R", "ER"),
    "sibilants": ("S", "Z", "SH", "ZH", "CH", "JH"),
    "tongue tip (t d n l th dh)": ("T", "D", "N", "L", "TH", "DH"),
    "tongue back (k g ng hh y)": ("K", "G", "NG", "HH", "Y"),
}
"""Articulatory classes for reporting; together they hold every phone once."""

BILABIAL: Final = frozenset({"P", "B", "M"})
LABIODENTAL: Final = frozenset({"F", "V"})
OPEN_VOWELS: Final = frozenset({"AA", "AE", "AH", "AO", "AW", "AY"})
VOWELS: Final = frozenset(PHONES[1:16])

MIN_PHONE_FRAMES: Final = 2
"""40 ms: no phone is shorter in the smoothed track."""
CHANGE_COST: Final = 2.0
"""Natural-log cost of one change of phone: brief doubts do not become phones."""


@dataclass(frozen=True, slots=True)
class PhoneSegment:
    """One phone as heard; times in seconds."""

    phone: str
    """A member of PHONES."""
    viseme: str
    """A member of VISEMES."""
    start_s: float
    end_s: float
    confidence: float
    """Mean posterior over the segment, 0 to 1."""


def phone_segments(features: SpeechFeatures) -> list[PhoneSegment]:
    """The most probable sequence of phones, each at least MIN_PHONE_FRAMES long (Viterbi).

    The segments touch each other and cover the whole recording.
    """
    path = _best_path(np.asarray(features.phone_log_probs, np.float64))
    edges = np.flatnonzero(np.diff(path)) + 1
    starts, ends = [0, *edges.tolist()], [*edges.tolist(), len(path)]
    segments = []
    for start, end in zip(starts, ends, strict=True):
        phone = PHONES[path[start]]
        sure = float(np.exp(features.phone_log_probs[start:end, path[start]]).mean())
        begin_s, end_s = start / features.rate_hz, end / features.rate_hz
        segments.append(PhoneSegment(phone, PHONE_TO_VISEME[phone], begin_s, end_s, sure))
    return segments


def _best_path(log_probs: NDArray[np.float64]) -> NDArray[np.int64]:
    """(T, P) -> (T,) phone indices. State d of a phone: it has lasted d + 1 frames, up to MIN."""
    frames, phones = log_probs.shape
    score = np.full((MIN_PHONE_FRAMES, phones), -np.inf)
    score[0] = log_probs[0]
    came_from = np.zeros((frames, phones), np.int64)  # phone before, where a phone begins
    stayed = np.zeros((frames, phones), bool)  # the last state was reached from itself
    for t in range(1, frames):
        best = int(score[-1].argmax())
        entered = np.full(phones, score[-1, best] - CHANGE_COST)
        came_from[t] = best
        stayed[t] = score[-1] >= score[-2]
        last = np.maximum(score[-1], score[-2])
        score[1:-1] = score[:-2].copy()[: MIN_PHONE_FRAMES - 2]
        score[-1], score[0] = last, entered
        score += log_probs[t]
    phone, state = int(score.max(axis=0).argmax()), 0
    state = int(score[:, phone].argmax())
    path = np.empty(frames, np.int64)
    for t in range(frames - 1, -1, -1):
        path[t] = phone
        if state == MIN_PHONE_FRAMES - 1:
            state = state if stayed[t, phone] else state - 1
        elif state > 0:
            state -= 1
        else:
            phone, state = int(came_from[t, phone]), MIN_PHONE_FRAMES - 1
    return path
