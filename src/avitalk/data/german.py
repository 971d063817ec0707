"""Hand-made phone labels of the Berlin emotional speech corpus -> the nearest ARPAbet phones."""

from collections.abc import Sequence
from typing import Final

from avitalk.data.clips import PhoneTime

_NEAREST: Final[dict[str, tuple[str, ...]]] = {
    "SIL": (".", "?", "H", "(", ")"),
    "AA": ("a", "A", "6", "V"),
    "AH": ("@", "@6", "a6"),
    "AO": ("O", "OU", "aO", "AO", "ao"),
    "AW": ("aU", "AU"),
    "AY": ("aI", "aE"),
    "EH": ("E", "E6", "e@", "@E"),
    "EY": ("e", "e6"),
    "ER": ("9", "8"),
    "IH": ("I", "I6", "I@", "Y"),
    "IY": ("i", "i6", "i@", "ia"),
    "OW": ("o", "o6"),
    "OY": ("OY", "Oy"),
    "UH": ("U", "U6"),
    "UW": ("u", "u6", "y", "Y6", "2"),
    "B": ("b", "!b", "basp", "B"),
    "D": ("d", "!d", "dasp", "D"),
    "F": ("f",),
    "G": ("g", "!g", "gasp", "G"),
    "HH": ("h",),
    "K": ("k", "!k", "kasp", "x", "X"),
    "L": ("l", "L"),
    "M": ("m",),
    "N": ("n", "nn"),
    "NG": ("N", "NN"),
    "P": ("p", "!p", "pasp"),
    "R": ("r", "R", "4"),
    "S": ("s", "ss"),
    "SH": ("S", "C"),
    "T": ("t", "!t", "tasp"),
    "V": ("v", "w"),
    "Y": ("j",),
    "Z": ("z",),
}

SAMPA_TO_ARPABET: Final[dict[str, str]] = {
    mark: phone for phone, marks in _NEAREST.items() for mark in marks
}
"""Nearest by lips first (front rounded vowels become UW, not IY), by tongue second."""


def phones_from_labels(
    labels: Sequence[tuple[float, str]], duration_s: float
) -> tuple[PhoneTime, ...]:
    """Labels are (seconds, mark), where a mark's stretch BEGINS; it lasts to the next one.

    Checked on the sound itself: read as ends, the stretches of /s/ hold a share of 0.08 of their
    energy above 4 kHz and vowels are 20 dB below the clip's loud frames; read as starts, 0.54 and
    9 dB. Marks beyond `duration_s`, of clips that were cut, are dropped. Style marks (+, -,
    parenthesis) stand at a point in time and take no stretch; `_x` is the
    silent part of /x/ before its release, so `_b` is lips closed for /b/.
    """
    marks = [
        (start_s, mark)
        for start_s, mark in labels
        if mark[0] not in "+-" and not (mark[0] == "(" and len(mark) > 1)
    ]
    ends_s = [min(start_s, duration_s) for start_s, _ in marks[1:]] + [duration_s]
    return tuple(
        PhoneTime(SAMPA_TO_ARPABET.get(mark.removeprefix("_"), "SIL"), start_s, end_s)
        for (start_s, mark), end_s in zip(marks, ends_s, strict=True)
        if end_s > start_s
    )
