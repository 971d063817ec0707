"""What the zoo learns from: files, stretches, shares; `avitalk train zoo` on made-up sequences."""

from pathlib import Path

import numpy as np
import pytest

from avitalk.errors import InputError
from avitalk.train.zoo.methods import METHODS, train_method
from avitalk.train.zoo.sequences import (
    Batches,
    Sequence25,
    read_sequences,
    whole,
    write_sequences,
)


def made(name: str, source: str, frames: int, *, upper: bool = False, width: int = 6) -> Sequence25:
    """Features that count half frames, weights that count frames."""
    values = np.repeat(np.arange(2 * frames)[:, None], width, axis=1) / 100
    weights = np.repeat(np.arange(frames)[:, None], 52, axis=1) / 100
    return Sequence25(
        name,
        source,
        source,
        "neutral",
        values.astype(np.float16),
        weights.astype(np.float16),
        upper,
    )


def test_sequences_come_back_as_they_were_written(tmp_path: Path) -> None:
    found = [made("a", "grid_s1", 5, upper=True), made("b", "phones", 9)]
    write_sequences(tmp_path / "s.npz", found)
    again = read_sequences(tmp_path / "s.npz")
    assert [(s.name, s.source, s.frames, s.upper) for s in again] == [
        ("a", "grid_s1", 5, True), ("b", "phones", 9, False),
    ]  # fmt: skip
    assert (again[1].values == found[1].values).all()
    assert (again[1].weights == found[1].weights).all()


def test_features_stay_in_time_with_their_frames() -> None:
    batches = Batches([made("a", "grid_s1", 40)], np.random.default_rng(0), batch=8, frames=10)
    drawn = batches.draw()
    assert drawn.values.shape == (8, 20, 6)
    assert drawn.weights.shape == (8, 10, 52)
    first = np.round(100 * drawn.weights[:, :, 0])
    assert np.allclose(np.round(100 * drawn.values[:, ::2, 0]), 2 * first, atol=1)
    assert drawn.known.all()
    assert len(np.unique(first[:, 0])) > 1


def test_a_short_sequence_holds_its_last_frame_and_says_so() -> None:
    batches = Batches([made("a", "grid_s1", 4)], np.random.default_rng(0), batch=1, frames=6)
    drawn = batches.draw()
    assert drawn.known.tolist() == [[True] * 4 + [False] * 2]
    assert (drawn.weights[0, 4:] == drawn.weights[0, 3]).all()


def test_sources_are_drawn_by_their_shares() -> None:
    found = [made("a", "grid_s1", 9)] + [made(str(i), "phones", 9) for i in range(30)]
    rng = np.random.default_rng(0)
    batches = Batches(found, rng, batch=2000, frames=2, shares={"grid_s1": 0.5, "phones": 0.5})
    assert np.mean(batches.draw().which == 0) == pytest.approx(0.5, abs=0.05)
    with pytest.raises(InputError, match="no sequences of acted"):
        Batches(found, rng, batch=1, frames=2, shares={"acted": 1.0})


def test_validation_sees_each_sequence_whole() -> None:
    drawn = list(whole([made("a", "grid_s1", 5), made("b", "grid_s1", 8)]))
    assert [batch.weights.shape[1] for batch in drawn] == [5, 8]


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not found"):
        read_sequences(tmp_path / "none.npz")
    (tmp_path / "bad.npz").write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a file of sequences"):
        read_sequences(tmp_path / "bad.npz")
    with pytest.raises(InputError, match="no sequences to write"):
        write_sequences(tmp_path / "empty.npz", [])


def test_methods_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown method 'voca'; available: meshtalk"):
        train_method("voca", "tiny", (), tmp_path / "s.npz", tmp_path)
    for name in METHODS:
        with pytest.raises(InputError, match="unknown recipe 'huge'; available: published"):
            train_method(name, "huge", (), tmp_path / "s.npz", tmp_path)
