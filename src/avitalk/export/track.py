"""Phones over time in, a JSON track of phones and visemes out."""

import json
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from avitalk.errors import InputError

if TYPE_CHECKING:
    from avitalk.speech.phones import PhoneSegment

FORMAT_VERSION: Final = 1


def export_track(phones: "Iterable[PhoneSegment]") -> bytes:
    """Write the track: segments in order of their start, times in seconds to 0.1 ms.

    Raises InputError if a segment ends before it starts or starts before the one before it.
    """
    segments = []
    latest_s = 0.0
    for i, spoken in enumerate(phones):
        times = (spoken.start_s, spoken.end_s)
        if not (all(map(math.isfinite, times)) and latest_s <= spoken.start_s < spoken.end_s):
            raise InputError(
                f"phone {i} '{spoken.phone}': {spoken.start_s} to {spoken.end_s} s; phones must "
                f"be in order and end after they start (the one before starts at {latest_s} s)"
            )
        latest_s = spoken.start_s
        segments.append(
            {
                "phone": spoken.phone,
                "viseme": spoken.viseme,
                "start_s": round(float(spoken.start_s), 4),
                "end_s": round(float(spoken.end_s), 4),
                "confidence": round(float(spoken.confidence), 4),
            }
        )
    track = {
        "format": "avitalk phone track",
        "format_version": FORMAT_VERSION,
        "phone_set": "ARPAbet without stress, and SIL",
        "viseme_set": "15 visemes, Oculus spelling",
        "segments": segments,
    }
    return (json.dumps(track, indent=1, allow_nan=False) + "\n").encode()
