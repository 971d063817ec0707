"""FACEGOOD's channels become ARKit weights: rounding, jaw and closures, in time with the sound."""

from pathlib import Path

import numpy as np
import pytest

from avitalk.arkit import INDEX
from avitalk.data.facegood import (
    CLOSERS,
    FPS,
    LATE_S,
    LEFT_OUT,
    MIXES,
    arkit_from_channels,
    read_facegood,
)
from avitalk.errors import InputError

NAMES = sorted({channel for mix in MIXES.values() for channel in mix} | {*CLOSERS, *LEFT_OUT})


def channels(frames: int = 30, **active: float) -> np.ndarray:
    values = np.zeros((frames, len(NAMES)))
    for name, value in active.items():
        values[:, NAMES.index(name)] = value
    return values


def test_the_most_active_channel_rounds_the_lips() -> None:
    weights = arkit_from_channels(NAMES, channels(mouth_oh_c=0.8))
    assert weights[:, INDEX["mouthPucker"]].min() > 0.3
    assert weights[:, INDEX["jawOpen"]].max() == 0


def test_sucked_or_pressed_lips_are_closed_over_the_jaw() -> None:
    opened = arkit_from_channels(NAMES, channels(mouth_stretch_c=0.4))
    shut = arkit_from_channels(NAMES, channels(mouth_stretch_c=0.4, mouth_suck_ul=0.2))
    jaw, close = INDEX["jawOpen"], INDEX["mouthClose"]
    assert opened[5, close] == 0 < opened[5, jaw]
    assert shut[5, close] == pytest.approx(shut[5, jaw])


def test_curves_are_read_early_and_stay_in_range() -> None:
    values = channels(90)
    jaw = NAMES.index("mouth_stretch_c")
    values[:, jaw] = np.exp(-0.5 * ((np.arange(90) - 45) / 4) ** 2)
    moved = arkit_from_channels(NAMES, values)[:, INDEX["jawOpen"]]
    centre = (moved * np.arange(90)).sum() / moved.sum()
    assert centre == pytest.approx(45 - LATE_S * FPS, abs=0.05)
    full = arkit_from_channels(NAMES, np.full((10, len(NAMES)), 3.0))
    assert full.max() <= 1


def test_folders_are_read_and_bad_ones_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not found"):
        read_facegood(tmp_path)
    with pytest.raises(InputError, match="'mouth_chinRaise_u' is missing"):
        arkit_from_channels(NAMES[1:], channels()[:, 1:])
    np.savez(tmp_path / "blendshapes.npz", names=np.array(NAMES), a=channels(mouth_stretch_c=0.5))
    (clip,) = read_facegood(tmp_path)
    assert clip.clip_id == "a"
    assert clip.motion.fps == FPS
    assert clip.motion.weights[:, INDEX["jawOpen"]].max() > 0.2
