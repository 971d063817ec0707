"""The silence contract on openings whose answers are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from avitalk.evaluate.metrics import silence

GAP = np.array([0.0, 0.5, 4.0, 6.0, 0.2, 5.0, 3.0, 2.0, 1.0, 0.0])  # 10 fps, one second
openings = arrays(np.float64, 10, elements=st.floats(0, 20, width=32))


def test_by_hand() -> None:
    quiet = [(0.0, 0.2), (0.8, 1.0)]  # frames 0, 1, 2 and 8, 9
    assert silence.silent_gap(GAP, 10, quiet) == pytest.approx(5.5 / 5)
    assert silence.silent_closed(GAP, 10, quiet) == pytest.approx(4 / 5)
    assert silence.silent_closed(GAP, 10, quiet, 0.3) == pytest.approx(2 / 5)
    assert silence.bilabial_closed(GAP, 10, [(0.4, 0.5), (0.6, 0.7)]) == pytest.approx(0.5)
    assert silence.end_gap(GAP, 10) == pytest.approx(0.5)
    assert silence.end_gap(GAP, 10, 0.01) == 0
    assert silence.reaction([1, 3], [1, 0]) == pytest.approx(1.5)
    assert silence.reaction_share([0, 1], [0, 4]) == pytest.approx(0.25)


def test_the_contract_leaves_out_what_a_clip_lacks() -> None:
    found = silence.contract(GAP, 10, [(0.0, 0.1)], [])
    assert found == silence.Silence(0.25, 1.0, None, 0.5)
    assert silence.contract(GAP, 10, [], [(0.4, 0.5)]).bilabial_closed == 1


@settings(max_examples=40, deadline=None)
@given(openings, st.floats(0, 3))
def test_wider_is_never_better(gap: np.ndarray, more: float) -> None:
    quiet, phones = [(0.0, 0.35)], [(0.4, 0.5), (0.8, 0.9)]
    wider = gap + more
    assert silence.silent_gap(wider, 10, quiet) >= silence.silent_gap(gap, 10, quiet)
    assert silence.silent_closed(wider, 10, quiet) <= silence.silent_closed(gap, 10, quiet)
    assert silence.bilabial_closed(wider, 10, phones) <= silence.bilabial_closed(gap, 10, phones)
    assert silence.end_gap(wider, 10) >= silence.end_gap(gap, 10)
    assert silence.reaction(gap, gap) == 0
    assert silence.reaction(wider, gap) == pytest.approx(more, abs=1e-9)


def test_refusals_say_what_was_given() -> None:
    with pytest.raises(ValueError, match="no frame of 10 lies within 1 silences"):
        silence.silent_gap(GAP, 10, [(5.0, 6.0)])
    with pytest.raises(ValueError, match="no frames in silence"):
        silence.silent_closed(GAP, 10, [])
    with pytest.raises(ValueError, match="no phones"):
        silence.bilabial_closed(GAP, 10, [])
    with pytest.raises(ValueError, match="openings of 10 and 9 frames"):
        silence.reaction(GAP, GAP[1:])
    with pytest.raises(ValueError, match="never moves"):
        silence.reaction_share(GAP, np.zeros(10))
    for bad in (np.zeros((2, 2)), [], [np.nan]):
        with pytest.raises(ValueError, match="gap has"):
            silence.end_gap(bad, 10)
    with pytest.raises(ValueError, match="fps is 0"):
        silence.end_gap(GAP, 0)
