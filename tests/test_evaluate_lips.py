"""Metrics of lips on tracks whose answers are known."""

import numpy as np
import pytest

from avitalk.evaluate.metrics import lips


def test_correlation_and_its_edge_cases() -> None:
    wave = np.sin(np.arange(50) / 5)
    assert lips.correlation(wave, 3 * wave + 1) == pytest.approx(1)
    assert lips.correlation(wave, -wave) == pytest.approx(-1)
    assert lips.correlation(wave, np.full(50, 2.0)) == 0


def test_best_offset_finds_the_shift() -> None:
    wave = np.random.default_rng(0).normal(size=80).cumsum()
    assert lips.best_offset(wave[3:], wave, 5) == (3, pytest.approx(1))
    assert lips.best_offset(wave, wave[2:], 5) == (-2, pytest.approx(1))


def test_bootstrap_holds_the_mean_and_repeats() -> None:
    values = np.random.default_rng(1).normal(0.5, 0.1, 40)
    interval = lips.bootstrap(values)
    assert interval.low < interval.mean < interval.high
    assert interval == lips.bootstrap(values)
    assert interval.high - interval.low == pytest.approx(4 * 0.1 / np.sqrt(40), rel=0.4)
    with pytest.raises(ValueError, match="no values"):
        lips.bootstrap([])


def test_ratios() -> None:
    wave = np.sin(np.arange(100) / 4)
    assert lips.spread_ratio(0.5 * wave, wave) == pytest.approx(0.5)
    assert lips.jitter_ratio(2 * wave, wave) == pytest.approx(2)
    for ratio in (lips.spread_ratio, lips.jitter_ratio):
        with pytest.raises(ValueError, match="never moves"):
            ratio(wave, np.zeros(100))


def test_closure_counts_frames_shown_during_the_phone() -> None:
    gap = np.array([5.0, 5.0, 0.1, 5.0, 5.0])
    assert lips.closed_in_spans(gap, 25, [(0.085, 0.11), (0.0, 0.04), (0.16, 0.3)], 1.0) == (1, 3)
    assert lips.closed_share(gap, 25, [(0.04, 0.12)], 1.0) == (1, 3)
    assert lips.closed_in_spans(gap, 25, [(9.0, 9.1)], 1.0) == (0, 1)


def test_pauses_leave_out_what_is_next_to_speech() -> None:
    speech = [(1.0, 2.0), (2.3, 3.0), (4.0, 4.5)]
    found = lips.pauses(speech, 6.0, least_s=0.6, margin_s=0.2)
    assert found == [
        pytest.approx((0.0, 0.8)), pytest.approx((3.2, 3.8)), pytest.approx((4.7, 6.0))
    ]  # fmt: skip
    assert lips.pauses([], 1.0, least_s=0.6, margin_s=0.2) == [(0.0, 1.0)]


def test_a_frame_is_shown_until_the_next_or_sampled_at_an_instant() -> None:
    gap = np.array([5.0, 5.0, 0.1, 5.0, 5.0])  # 25 fps: frame 2 is at 80 ms, shown until 120 ms
    least = lips.least_in_spans(gap, 25, [(0.09, 0.118), (0.02, 0.08), (0.08, 0.1)], "shown")
    assert least.tolist() == [0.1, 5.0, 0.1]
    least = lips.least_in_spans(gap, 25, [(0.085, 0.13), (0.02, 0.08), (0.08, 0.1)], "sampled")
    assert least.tolist() == [5.0, 0.1, 0.1]


def test_a_phone_shorter_than_a_frame_is_not_passed_over() -> None:
    gap = np.array([5.0, 5.0, 0.1, 5.0, 5.0])
    short = [(0.05, 0.06), (0.065, 0.075), (0.085, 0.095), (0.101, 0.11)]
    assert lips.least_in_spans(gap, 25, short, "shown").tolist() == [5.0, 5.0, 0.1, 0.1]
    assert lips.least_in_spans(gap, 25, short, "sampled").tolist() == [5.0, 0.1, 0.1, 5.0]
    assert lips.least_in_spans(gap, 25, [], "sampled").shape == (0,)


def test_spans_outside_the_track_never_close() -> None:
    gap = np.full(5, 0.1)
    for rule in lips.RULES:
        assert lips.closed_in_spans(gap, 25, [(0.5, 0.6), (0.0, 0.01)], 1.0, rule) == (1, 2)


def test_spans_and_rules_that_make_no_sense_are_refused() -> None:
    gap = np.zeros(5)
    with pytest.raises(ValueError, match=r"0\.2 to 0\.1 s ends before"):
        lips.least_in_spans(gap, 25, [(0.2, 0.1)])
    with pytest.raises(ValueError, match="available: shown, sampled"):
        lips.least_in_spans(gap, 25, [(0.0, 0.1)], "seen")  # type: ignore[arg-type]


def test_shares_keep_the_phones_of_a_clip_together() -> None:
    together = lips.bootstrap_share([10, 0], [10, 10])
    assert (together.mean, together.low, together.high, together.clips) == (0.5, 0.0, 1.0, 2)
    apart = lips.bootstrap_share([1, 0] * 10, [1] * 20)
    assert apart.mean == 0.5
    assert 0.2 < apart.low < apart.high < 0.8
    assert lips.bootstrap_share([3, 0], [4, 0]).clips == 1  # a clip without such phones
    with pytest.raises(ValueError, match="nothing was counted"):
        lips.bootstrap_share([0], [0])
    with pytest.raises(ValueError, match="between 0 and"):
        lips.bootstrap_share([2], [1])
