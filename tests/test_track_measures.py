"""How the tracker is measured and its strengths chosen: closures, offsets, drawn motions, GRID."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avitalk.arkit import ARKIT_52, INDEX
from avitalk.errors import InputError
from avitalk.evaluate.corpus.filmed import read_filmed
from avitalk.track.solve import Priors
from avitalk.train.track import choose as choosing
from avitalk.train.track.choose import Evidence, choose, scaled
from avitalk.train.track.closure import best_offset_s, by_offset, closed_in, closure_at
from avitalk.train.track.grid import apply, speaker_face, summary
from avitalk.train.track.motions import mixture, singles
from avitalk.train.track.table import page
from avitalk.train.track.truth import Case, distances
from avitalk.types import Motion
from test_track_solver import film, performance

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results" / "tracking.json"


def mouth(late_s: float, fps: float = 25.0) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """A mouth that closes for 80 ms every 0.4 s, filmed `late_s` late, and when it closes."""
    closures = [(0.4 * i, 0.4 * i + 0.08) for i in range(1, 20)]
    at = (np.arange(int(8.4 * fps)) + 0.5) / fps - late_s
    shut = np.any([(at >= start) & (at <= end) for start, end in closures], axis=0)
    return np.where(shut, 0.0, 10.0), closures


def test_closures_are_counted_at_the_middle_of_exposures() -> None:
    gap, times_s = np.array([5.0, 0.1, 5.0]), np.array([0.02, 0.06, 0.10])
    assert closed_in(gap, times_s, [(0.05, 0.07)], 0.5) == 1
    assert closed_in(gap, times_s, [(0.065, 0.07)], 0.5) == 1  # no middle within: the nearest
    assert closed_in(gap, times_s, [(0.09, 0.11), (0.0, 0.03)], 0.5) == 0


@pytest.mark.parametrize("late_s", [-0.08, 0.0, 0.06])
def test_the_offset_of_a_corpus_comes_back(late_s: float) -> None:
    gap, closures = mouth(late_s)
    vowels = [(start + 0.18, start + 0.24) for start, _ in closures]
    found = closure_at([gap], 25.0, [(closures, vowels)], late_s)
    assert found.bilabial == 1
    assert found.vowel == 0
    assert (found.bilabials, found.vowels) == (19, 19)
    table = by_offset([gap], 25.0, [(closures, vowels)])
    assert best_offset_s(table) == pytest.approx(late_s, abs=0.021)


def test_mixtures_are_like_faces_and_the_same_each_time() -> None:
    motion = mixture(120, seed=3)
    assert np.array_equal(motion.weights, mixture(120, seed=3).weights)
    assert not np.array_equal(motion.weights, mixture(120, seed=4).weights)
    close, jaw = (motion.weights[:, INDEX[name]] for name in ("mouthClose", "jawOpen"))
    assert np.all(close <= jaw + 1e-6)
    assert 4 < (motion.weights > 0.1).sum(axis=1).mean() < 16
    assert not motion.weights[0].any()
    alone = singles(6).weights
    assert (alone > 0.5).sum(axis=1).max() <= 2


def test_a_face_at_rest_is_off_by_one() -> None:
    weights, _ = performance(30)
    assert distances(weights, np.zeros_like(weights)) == pytest.approx((1, 1))
    assert distances(weights, weights) == (0, 0)


def test_strengths_are_chosen_by_error(monkeypatch: pytest.MonkeyPatch) -> None:
    weights, head = performance(40)
    landmarks = film(weights, head)
    motion = Motion.still(40, 25).with_weights(weights.astype(np.float32))
    given = Evidence.of(Case("x", motion, landmarks, 1200.0))
    monkeypatch.setattr(choosing, "NUMBERS", ("small",))
    monkeypatch.setattr(choosing, "ROUNDS", 1)
    weak = replace(Priors(), small=200.0)
    best, log = choose([given], weak)
    assert best.small < weak.small
    assert [row["tried"] for row in log][:3] == ["start", "small x 0.5", "small x 2"]
    assert log[0]["error"] > min(row["error"] for row in log)
    assert scaled(weak, "hard", 2.0).hard["tongueOut"] > weak.hard["tongueOut"]


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A corpus folder of two clips as GRID's is laid out, one frame without a face."""
    folder = tmp_path / "grid_s1"
    folder.mkdir()
    weights, head = performance(60)
    points = np.tile(film(weights, head).points, (2, 1, 1))
    steps = np.round(points * 16)
    steps[1:] -= steps[:-1].copy()
    missing = np.zeros(120, bool)
    missing[7] = True
    np.savez(
        folder / "tracks.npz",
        landmark_index=np.arange(478, dtype=np.int16),
        landmark_delta_px16=steps.astype(np.int16),
        missing=missing,
        head_matrix=np.tile(np.eye(4, dtype=np.float32), (120, 1, 1)),
        blendshapes_u8=np.zeros((120, 52), np.uint8),
        blendshape_names=np.array(ARKIT_52),
    )
    rows = [
        {"id": f"clip{i}", "frames": 60, "first_frame": 60 * i, "fps": 25.0,
         "width": 640, "height": 480, "speaker": "s1"}
        for i in range(2)
    ]  # fmt: skip
    (folder / "clips.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def test_prepared_tracks_become_motion_with_residuals(prepared: Path) -> None:
    clips = read_filmed(prepared)
    assert [clip.clip_id for clip in clips] == ["clip0", "clip1"]
    applied = apply(prepared, clips[:1], speaker_face(prepared, clips))
    found = applied[0]
    assert found.tracked.motion.frames == 60
    assert found.gap_r > 0.95
    row = found.residuals()
    assert row["frames_without_face"] == [[7, 7]]
    assert row["fit_px"] < 1
    assert summary(applied)["frames_without_face"] == 1
    with pytest.raises(InputError, match=r"tracks\.npz: not found"):
        read_filmed(prepared.parent)


def test_the_page_is_what_the_stored_numbers_give() -> None:
    stored = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert page(stored) == RESULTS.with_suffix(".md").read_text(encoding="utf-8")
