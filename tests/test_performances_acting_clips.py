"""Spoken clips kept in a file, and figures of captured performances."""

from pathlib import Path

import numpy as np
import pytest

from avitalk.arkit import INDEX
from avitalk.data.performances.clips import Spoken, read_spoken, write_spoken
from avitalk.data.performances.figures import SHAPES
from avitalk.errors import InputError
from avitalk.evaluate.variation import variation_of, without_blinks
from avitalk.export.livelink import export_csv
from avitalk.train.style.captures import (
    lasting_s,
    read_captures,
    region_figures,
    shape_figures,
)
from avitalk.types import Motion
from made_speech import spoken

FPS = 60.0


def clips() -> list[Spoken]:
    found = []
    for name, part, seconds in (("a", "train", 2.0), ("b", "test", 3.0), ("c", "train", 1.0)):
        lips, prosody = spoken(seconds)
        found.append(Spoken(name, "grid", part, lips, prosody))
    return found


def test_clips_come_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "spoken.npz"
    write_spoken(path, clips())
    for before, after in zip(clips(), read_spoken(path), strict=True):
        assert (before.clip_id, before.source, before.part) == (
            after.clip_id, after.source, after.part,
        )  # fmt: skip
        assert np.allclose(before.lips, after.lips, atol=1e-3)
        assert np.allclose(before.prosody, after.prosody, atol=2e-3)
        assert after.lips.dtype == after.prosody.dtype == np.float32
    assert [clip.clip_id for clip in read_spoken(path, "train")] == ["a", "c"]
    assert read_spoken(path, "validation") == []


def test_bad_files_of_clips(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="prepare"):
        read_spoken(tmp_path / "none.npz")
    np.savez(tmp_path / "other.npz", lips=np.zeros(3))
    with pytest.raises(InputError, match="'clip_id' is missing"):
        read_spoken(tmp_path / "other.npz")
    with pytest.raises(InputError, match="unknown part 'dev'"):
        read_spoken(tmp_path / "other.npz", "dev")
    with pytest.raises(InputError, match="no spoken clips"):
        write_spoken(tmp_path / "x.npz", [])


def waving(region: str, size: float, seconds: float = 16.0) -> np.ndarray:
    """(F, 52) weights whose shapes of one region go up and down once a second."""
    weights = np.zeros((round(seconds * FPS), 52))
    wave = size * (0.5 + 0.5 * np.sin(2 * np.pi * np.arange(len(weights)) / FPS))
    weights[:, list(SHAPES[region])] = wave[:, None]
    return weights


@pytest.mark.parametrize("region", ["brows", "cheeks"])
def test_variation_is_the_deviation_of_its_region(region: str) -> None:
    found = variation_of(waving(region, 0.4), FPS)
    assert found[region] == pytest.approx(0.2 / np.sqrt(2), rel=0.01)
    assert all(found[other] < 1e-9 for other in found if other != region)


def test_blinks_are_no_variation_but_lowered_lids_are() -> None:
    weights = np.zeros((960, 52))
    lids = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
    for start in range(60, 900, 180):
        weights[start : start + 18, lids] = 1.0
    assert variation_of(weights, FPS)["lids"] < 1e-9
    weights[300:420, lids] = 0.6
    assert variation_of(weights, FPS)["lids"] > 0.02
    assert without_blinks(weights, FPS)[360, lids[0]] == pytest.approx(0.6)


def test_slow_drift_counts_only_within_the_window() -> None:
    weights = np.zeros((round(40 * FPS), 52))
    weights[:, list(SHAPES["brows"])] = np.linspace(0, 1, len(weights))[:, None]
    assert variation_of(weights, FPS)["brows"] == pytest.approx(0.1 / np.sqrt(12), rel=0.02)


@pytest.mark.parametrize("weights", [np.zeros((10, 51)), np.zeros((1, 52)), np.zeros(52)])
def test_variation_refuses_other_shapes(weights: np.ndarray) -> None:
    with pytest.raises(InputError, match="needed"):
        variation_of(weights, FPS)


def test_variation_refuses_a_rate_of_nothing() -> None:
    with pytest.raises(InputError, match="above 0"):
        variation_of(np.zeros((10, 52)), 0.0)


def test_how_long_a_swell_lasts() -> None:
    t = np.arange(3000) / FPS
    assert lasting_s(np.sin(2 * np.pi * t / 4), FPS) == pytest.approx(0.77, abs=0.1)
    assert np.isnan(lasting_s(np.ones(100), FPS))


def test_figures_of_a_folder_of_captures(tmp_path: Path) -> None:
    for name, size in (("angry_1", 0.4), ("angry_2", 0.2), ("sad_1", 0.2), ("rom_1", 0.9)):
        motion = Motion.still(960, FPS).with_weights(waving("brows", size).astype(np.float32))
        (tmp_path / f"{name}.csv").write_bytes(export_csv(motion).data)
    captures = read_captures(tmp_path)
    assert len(captures) == 4
    found = region_figures(captures)
    assert set(found) == {"angry", "sad", "all"}, "ranges of motion are no performances"
    assert found["angry"]["brows"] == pytest.approx(1.5 * found["sad"]["brows"], rel=0.02)
    shape = shape_figures(captures["angry_1"])["browDownLeft"]
    assert shape[0] == pytest.approx(0.2, abs=0.01) and shape[4] == pytest.approx(0, abs=1e-6)
    with pytest.raises(InputError, match="no captures"):
        read_captures(tmp_path / "none")
