"""Intervals of the encoder's accuracy, on labels made up for it."""

import numpy as np
import pytest

from avitalk.speech.phones import PHONE_INDEX, PHONES
from avitalk.train.speech.evaluate import class_numbers, intervals


def test_classes_number_every_phone_once() -> None:
    group = class_numbers()
    assert len(group) == len(PHONES)
    assert group[PHONE_INDEX["B"]] == group[PHONE_INDEX["M"]] != group[PHONE_INDEX["V"]]


def test_intervals_are_over_clips_and_leave_silence_out_where_asked() -> None:
    said = np.array([PHONE_INDEX[p] for p in ("SIL", "B", "AA", "AA")])
    close = np.array([PHONE_INDEX[p] for p in ("SIL", "M", "AA", "AE")])
    found = intervals([said, said], [said, close], class_numbers())
    assert found["phone"]["mean"] == pytest.approx(6 / 8)
    assert (found["phone"]["low"], found["phone"]["high"]) == (0.5, 1.0)
    assert found["phone_in_speech"]["mean"] == pytest.approx(4 / 6)
    assert found["class"]["mean"] == 1
    silent = np.zeros(4, np.int64)
    assert "phone_in_speech" not in intervals([silent], [silent], class_numbers())
