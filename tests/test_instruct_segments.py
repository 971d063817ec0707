"""Spans at pauses and at changes of delivery, on arrays and on buzzing tones."""

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avitalk.errors import InputError
from avitalk.instruct.segments import MAX_S, MIN_S, PAUSE_S, Cues, Span, split
from avitalk.instruct.segments_cues import SPREADS, delivery, spans_of
from avitalk.speech.phones import PHONE_INDEX, PHONES
from avitalk.types import Speech, SpeechFeatures

RATE_HZ = 50.0


def spans(voice: np.ndarray, values: np.ndarray | None = None) -> list[Span]:
    if values is None:
        values = np.zeros((len(voice), 1))
    cues = Cues(values, np.ones_like(values))
    return split(voice, cues, rate_hz=RATE_HZ, duration_s=len(voice) / RATE_HZ)


def frames(*parts: tuple[float, float]) -> np.ndarray:
    """(value, seconds) one after another, as frames."""
    return np.concatenate([np.full(round(s * RATE_HZ), float(value)) for value, s in parts])


def test_pauses_separate_and_are_shared() -> None:
    found = spans(frames((0, 1), (1, 2), (0, 0.5), (1, 2), (0, 3), (1, 1.5), (0, 0.2)))
    assert found == [(0.5, 3.25), (3.25, 6.0), (8.0, 10.2)]
    assert spans(frames((1, 2), (0, 0.3), (1, 2))) == [(0.0, 4.3)]


def test_silence_and_clicks_have_no_spans() -> None:
    assert spans(frames((0, 5))) == []
    assert spans(np.zeros(0)) == []
    assert spans(frames((0, 2), (1, 0.06), (0, 2))) == []
    click = spans(frames((1, 2), (0, 0.3), (1, 0.04), (0, 0.3), (1, 2)))
    assert len(click) == 2
    assert spans(np.ones(5)) == [(0.0, 0.1)]  # 0.1 s


def test_scraps_join_their_neighbour() -> None:
    assert spans(frames((1, 0.5), (0, 0.5), (1, 3))) == [(0.0, 4.0)]
    assert len(spans(frames((1, 3), (0, 0.6), (1, 0.5), (0, 0.5), (1, 3)))) == 2
    alone = spans(frames((1, 3), (0, 4), (1, 0.4), (0, 4)))
    assert alone == [(0.0, 3.5), (6.5, 7.9)]


def test_delivery_that_changes_is_cut_within_a_fifth_of_a_second() -> None:
    rng = np.random.default_rng(0)
    for change_s in (1.5, 2.2, 3.7):
        noise = rng.normal(size=(300, 3))
        # Neighbouring frames are alike, as in speech.
        noise = sum(np.roll(noise, shift, axis=0) for shift in range(3)) / 3**0.5
        assert spans(np.ones(300), noise) == [(0.0, 6.0)]
        moved = noise + frames((0, change_s), (2.5, 6 - change_s))[:, None]
        wilder = noise * frames((0.5, change_s), (2.5, 6 - change_s))[:, None]
        for values in (moved, wilder):
            found = spans(np.ones(300), values)
            assert len(found) == 2
            assert found[0][1] == found[1][0] == pytest.approx(change_s, abs=0.2)


def test_frames_without_weight_say_nothing() -> None:
    values = frames((0, 2), (50, 2))[:, None]
    cues = Cues(values, np.zeros_like(values))
    assert split(np.ones(200), cues, rate_hz=RATE_HZ, duration_s=4.0) == [(0.0, 4.0)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 700)), max_size=12),
    st.integers(0, 2**32 - 1),
    st.floats(0, 5),
)
def test_spans_hold_all_speech_in_order(
    parts: list[tuple[bool, int]], seed: int, size: float
) -> None:
    voice = np.concatenate([np.full(n, float(on)) for on, n in parts] or [np.zeros(0)])
    values = np.random.default_rng(seed).normal(size=(len(voice), 2)).cumsum(axis=0) * size
    found = spans(voice, values)
    times = [time_s for span in found for time_s in span]
    assert times == sorted(times)
    assert all(0 <= begin_s < end_s <= len(voice) / RATE_HZ for begin_s, end_s in found)
    covered = np.zeros(len(voice), bool)
    for begin_s, end_s in found:
        covered[int(begin_s * RATE_HZ) : int(np.ceil(end_s * RATE_HZ))] = True
        # A scrap of less than MIN_S may have joined on either side, over up to a second.
        assert end_s - begin_s <= MAX_S + 2 * (MIN_S + 1.0) + 1.0
    runs = np.flatnonzero(np.diff(np.concatenate([[0], voice, [0]]))).reshape(-1, 2)
    for first, last in runs:
        if last - first > 5:  # shorter ones may be clicks
            assert covered[first:last].all()


def test_long_speech_is_cut_before_it_gets_too_long() -> None:
    found = spans(np.ones(50 * 60), np.zeros((50 * 60, 1)))
    assert all(end_s - begin_s <= MAX_S for begin_s, end_s in found)
    assert found[0][0] == 0
    assert found[-1][1] == 60


def test_an_hour_takes_seconds_and_little_memory() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(180_000, 5)).cumsum(axis=0) * 0.1
    cues = Cues(values, np.ones_like(values))
    voice = (np.arange(180_000) % 4000 < 3970).astype(float)
    tracemalloc.start()
    start = time.process_time()
    found = split(voice, cues, rate_hz=RATE_HZ, duration_s=3600.0)
    assert time.process_time() - start < 20
    assert tracemalloc.get_traced_memory()[1] < 200e6
    tracemalloc.stop()
    assert 400 < len(found) < 3600


def test_a_long_file_gives_what_its_parts_give() -> None:
    rng = np.random.default_rng(2)
    parts = [rng.normal(size=(round(s * RATE_HZ), 2)).cumsum(axis=0) for s in (5, 7, 4)]
    pause = np.zeros((round(3 * RATE_HZ), 2))
    whole = np.concatenate([x for part in parts for x in (part, pause)])
    voice = np.concatenate([np.r_[np.ones(len(part)), np.zeros(len(pause))] for part in parts])
    expected, at = [], 0.0
    for part in parts:
        alone = spans(np.r_[np.ones(len(part)), np.zeros(len(pause))], np.r_[part, pause])
        expected += [(begin_s + at, end_s + at) for begin_s, end_s in alone]
        at += (len(part) + len(pause)) / RATE_HZ
    expected = [(max(0.0, a - 0.5 * (a in (8.0, 18.0))), b) for a, b in expected]
    assert np.allclose(spans(voice, whole), expected, atol=2e-3)


def buzz(pitch_hz: float, seconds: float, brightness: float) -> np.ndarray:
    """Harmonics that fall off by `brightness` a step."""
    t = np.arange(round(seconds * 16_000)) / 16_000
    count = int(7000 / pitch_hz)
    return sum(
        brightness**k * np.sin(2 * np.pi * pitch_hz * k * t) for k in range(1, count)
    ) / 4  # fmt: skip


def heard(samples: np.ndarray) -> tuple[Speech, SpeechFeatures]:
    """Speech, and features that take all of it for one vowel."""
    speech = Speech(np.asarray(samples, np.float32))
    count = int(np.ceil(len(samples) / 320))
    logs = np.full((count, len(PHONES)), -20.0)
    logs[:, PHONE_INDEX["AA"]] = 0.0
    return speech, SpeechFeatures(np.zeros((count, 1)), logs)


def test_pitch_and_effort_are_heard_but_gain_is_not() -> None:
    calm = buzz(120, 3, 0.85)
    for other in (buzz(190, 3, 0.85), buzz(120, 3, 0.95)):
        found = spans_of(*heard(np.concatenate([calm, other])))
        assert len(found) == 2
        assert found[0][1] == pytest.approx(3.0, abs=0.2)
    for gain in (0.3, 0.5, 2.0):
        assert spans_of(*heard(np.concatenate([calm, gain * calm]))) == [(0.0, 6.0)]


def test_cues_of_any_length_are_finite() -> None:
    for count in (1, 100, 320, 1600, 50_000):
        for samples in (np.zeros(count), np.random.default_rng(3).normal(size=count)):
            cues = delivery(*heard(samples))
            assert cues.values.shape == (-(-count // 320), len(SPREADS))
            assert np.isfinite(cues.values).all()
            assert np.isfinite(cues.weights).all()
    tone = buzz(150, 70, 0.8)  # three chunks
    late = delivery(*heard(tone[40 * 16_000 :])).values[50:-50]
    assert np.allclose(delivery(*heard(tone)).values[2050:-50], late, atol=0.05)


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="same"):
        Cues(np.zeros((5, 2)), np.zeros((5, 1)))
    with pytest.raises(InputError, match="voice of 4 frames, cues of 5"):
        split(np.ones(4), Cues(np.zeros((5, 1)), np.ones((5, 1))), rate_hz=50.0, duration_s=0.1)
    assert PAUSE_S < MIN_S
