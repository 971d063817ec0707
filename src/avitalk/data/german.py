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


def phones_from_labels(labels: Sequence[tuple[float, str]]) -> tuple[PhoneTime, ...]:
    """Labels are (end in seconds, mark). Style marks (+, -, parenthesis) stand at a point in time
    and take no stretch; `_x` is the silence before a first closure.
    """
    phones: list[PhoneTime] = []
    start_s = 0.0
    for end_s, mark in labels:
        if mark[0] in "+-" or (mark[0] == "(" and len(mark) > 1) or end_s <= start_s:
            continue
        phone = "SIL" if mark[0] == "_" else SAMPA_TO_ARPABET.get(mark, "SIL")
        phones.append(PhoneTime(phone, start_s, end_s))
        start_s = end_s
    return tuple(phones)
