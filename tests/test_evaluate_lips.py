"""Metrics of lips on tracks whose answers are known."""

import numpy as np
import pytest

from avitalk.evaluate import lips


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
