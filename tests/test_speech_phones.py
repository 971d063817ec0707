"""Phones: the tables are whole, and the smoothed track is what the posteriors say."""

import numpy as np
import pytest

from avitalk.speech import phones
from avitalk.types import SpeechFeatures


def features_of(frames: list[str], *, sure: float = 0.9) -> SpeechFeatures:
    probs = np.full((len(frames), len(phones.PHONES)), (1 - sure) / (len(phones.PHONES) - 1))
    for t, phone in enumerate(frames):
        probs[t, phones.PHONE_INDEX[phone]] = sure
    return SpeechFeatures(np.zeros((len(frames), 4)), np.log(probs))


def test_every_phone_has_one_viseme_and_one_class() -> None:
    assert len(phones.PHONES) == 40
    assert set(phones.PHONE_TO_VISEME) == set(phones.PHONES)
    assert set(phones.PHONE_TO_VISEME.values()) == set(phones.VISEMES)
    members = [phone for group in phones.PHONE_CLASSES.values() for phone in group]
    assert sorted(members) == sorted(phones.PHONES)


def test_segments_follow_the_posteriors_and_cover_everything() -> None:
    heard = ["SIL"] * 10 + ["P"] * 3 + ["AA"] * 8 + ["SIL"] * 5
    segments = phones.phone_segments(features_of(heard))
    assert [s.phone for s in segments] == ["SIL", "P", "AA", "SIL"]
    assert [s.viseme for s in segments] == ["sil", "PP", "aa", "sil"]
    assert segments[0].start_s == 0
    assert segments[-1].end_s == pytest.approx(len(heard) / 50)
    assert [s.start_s for s in segments[1:]] == [s.end_s for s in segments[:-1]]
    assert segments[1].start_s == pytest.approx(0.2)
    assert all(s.confidence == pytest.approx(0.9, abs=1e-4) for s in segments)


def test_a_doubt_of_one_frame_is_smoothed_away() -> None:
    heard = ["AA"] * 6 + ["T"] + ["AA"] * 6
    assert [s.phone for s in phones.phone_segments(features_of(heard, sure=0.7))] == ["AA"]


@pytest.mark.parametrize("count", [1, 2])
def test_very_short_features_give_one_segment(count: int) -> None:
    segments = phones.phone_segments(features_of(["M"] * count))
    assert [(s.phone, s.end_s) for s in segments] == [("M", count / 50)]
