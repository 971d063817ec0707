"""Damages do what their names say, verdicts follow the direction, the page is the saved JSON."""

import json
from pathlib import Path

import numpy as np
import pytest

from avitalk.errors import InputError
from avitalk.evaluate.pitfalls import report
from avitalk.evaluate.pitfalls.damages import DAMAGES, EXPLAINED
from avitalk.evaluate.pitfalls.experiment import _next
from avitalk.evaluate.pitfalls.faces import MOUTH, POINTS, UPPER, gap_of, read_takes
from avitalk.evaluate.pitfalls.judging import badness, compared
from avitalk.evaluate.pitfalls.predictions import Modes, predict

RESULTS = Path(__file__).parents[1] / "docs" / "results"
FPS = 25.0


def faces(seed: int = 0, samples: int = 2, frames: int = 60) -> np.ndarray:
    """Slow random movement of all points."""
    steps = np.random.default_rng(seed).normal(size=(samples, frames, len(POINTS), 3))
    return steps.cumsum(axis=1)


def test_every_damage_keeps_the_shape_and_changes_something() -> None:
    made, other = faces(), faces(1, frames=50)
    before = made.copy()
    for name, damage in DAMAGES.items():
        worse = damage(made, other, FPS)
        assert worse.shape == made.shape
        assert np.abs(worse - made).max() > 0.1, name
        np.testing.assert_array_equal(worse, damage(made, other, FPS))
        np.testing.assert_array_equal(made, before)
    assert DAMAGES.keys() == EXPLAINED.keys()


def test_damages_by_name() -> None:
    made, other = faces(), faces(1)
    worse = {name: damage(made, other, FPS) for name, damage in DAMAGES.items()}
    np.testing.assert_allclose(worse["half"].std(1), made.std(1) / 2)
    np.testing.assert_allclose(worse["double"].mean(1), made.mean(1))
    assert np.ptp(worse["frozen"], axis=1).max() == 0
    np.testing.assert_allclose(worse["late"][:, 5], (made[:, 2] + made[:, 3]) / 2, atol=1e-5)
    assert np.ptp(gap_of(worse["lips shut"]), axis=1).max() == pytest.approx(0)
    np.testing.assert_array_equal(worse["lips shut"][:, :, UPPER], made[:, :, UPPER])
    np.testing.assert_allclose(gap_of(worse["lips parted"]), gap_of(made) + 3)
    np.testing.assert_array_equal(worse["other clip"], other)
    np.testing.assert_array_equal(worse["still upper face"][:, :, MOUTH], made[:, :, MOUTH])
    np.testing.assert_array_equal(worse["loop"][:, 20:40], made[:, :20])
    assert np.abs(np.diff(worse["smoothed"], axis=1)).mean() < np.abs(np.diff(made, axis=1)).mean()


def test_swaps_stay_within_their_set() -> None:
    assert [_next(i, 13) for i in range(13)] == [*range(1, 10), 0, 11, 12, 10]


def test_a_prediction_moves_as_much_as_truth() -> None:
    truth = faces(frames=400)[0]
    modes = Modes.of([truth])
    made = predict(truth, modes, 0.8, 2, seed=0)
    spread = modes.scores(made[0]).std(axis=0) / modes.scores(truth).std(axis=0)
    np.testing.assert_allclose(spread, 1, atol=0.3)
    assert spread.mean() == pytest.approx(1, abs=0.1)
    np.testing.assert_array_equal(made, predict(truth, modes, 0.8, 2, seed=0))
    assert np.abs(made[0] - made[1]).max() > 1


def test_badness_follows_the_direction() -> None:
    assert badness(2, "lower") > badness(1, "lower")
    assert badness(1, "higher") > badness(2, "higher")
    assert badness(-3, "zero") == badness(3, "zero") > badness(1, "zero")
    assert badness(0.5, "one") == pytest.approx(badness(2, "one"))
    assert badness(1, "one") == 0
    assert np.isfinite(badness(0, "one"))


def test_verdicts() -> None:
    rng = np.random.default_rng(0)
    before = [{"lve_l2": 2.0, "correlation": 0.5, "mve": 1.0, "mtm": 4.0} for _ in range(20)]
    after = [
        {"lve_l2": 1.9 + 0.01 * rng.normal(), "correlation": 0.3, "mve": 1 + rng.normal()}
        for _ in range(20)
    ]
    found = {name: row["verdict"] for name, row in compared(before, after).items()}
    assert found == {
        "lve_l2": "praises", "correlation": "sees", "mve": "misses", "mtm": "refuses",
    }  # fmt: skip


def test_the_page_is_that_of_the_saved_numbers() -> None:
    saved = json.loads((RESULTS / "pitfalls.json").read_text(encoding="utf-8"))
    notes = (RESULTS / "pitfalls_notes.md").read_text(encoding="utf-8")
    assert report.page(saved, notes) == (RESULTS / "pitfalls.md").read_text(encoding="utf-8")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"grid_s1.clips.jsonl: not found; --data is the folder"):
        read_takes(tmp_path, {"test": 1})
