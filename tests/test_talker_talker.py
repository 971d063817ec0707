"""The talker: windows, region, checkpoints, bad input."""

from pathlib import Path

import numpy as np
import pytest

from avitalk.arkit import REGIONS
from avitalk.errors import InputError
from avitalk.speech.phones import PHONES
from avitalk.talker import Talker
from avitalk.talker.network import TalkerConfig
from avitalk.talker.shapes import SHAPES, expansion
from avitalk.types import SpeechFeatures


def features(frames: int, width: int = 48, seed: int = 0) -> SpeechFeatures:
    values = np.random.default_rng(seed).normal(size=(frames, width))
    return SpeechFeatures(values, np.full((frames, len(PHONES)), -np.log(len(PHONES))))


@pytest.fixture(scope="module")
def talker() -> Talker:
    return Talker.untrained(TalkerConfig.tiny())


def test_only_the_mouth_moves(talker: Talker) -> None:
    motion = talker.animate(features(40))
    assert (motion.frames, motion.fps) == (40, 50.0)
    others = [i for i in range(52) if i not in REGIONS["mouth"]]
    assert not motion.weights[:, others].any()
    assert not motion.head.any()
    assert not motion.eyes.any()
    assert 0 <= motion.weights.min() <= motion.weights.max() <= 1
    assert motion.weights.any()


def test_a_long_recording_equals_its_windows(
    talker: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = talker.animate(features(200))
    monkeypatch.setattr("avitalk.talker.talker.CHUNK_FRAMES", 33)
    assert talker.animate(features(200)).same_as(whole, 1e-6)


def test_same_features_same_motion(talker: Talker) -> None:
    assert talker.animate(features(50)).to_bytes() == talker.animate(features(50)).to_bytes()


def test_shapes_are_mouth_shapes_and_left_equals_right() -> None:
    matrix = expansion()
    assert (matrix.sum(axis=1) >= 1).all()
    used = set(np.flatnonzero(matrix.any(axis=0)).tolist())
    assert used <= set(REGIONS["mouth"])
    assert len(SHAPES) == len(matrix)


def test_checkpoint_round_trip(talker: Talker, tmp_path: Path) -> None:
    talker.save(tmp_path / "talker.safetensors")
    again = Talker.load(tmp_path / "talker.safetensors")
    assert again.config == talker.config
    assert again.animate(features(30)).same_as(talker.animate(features(30)), 0.01)


def test_features_of_another_encoder_are_refused(talker: Talker, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"features of width 47 .* this talker takes width 48"):
        talker.animate(features(10, width=47))
    with pytest.raises(InputError, match="not a readable safetensors file"):
        Talker.load(tmp_path / "nothing.safetensors")


def test_styles_change_the_mouth_and_neutral_is_zero(talker: Talker) -> None:
    heard = features(60)
    neutral = talker.animate(heard)
    assert set(talker.styles) == {"one", "two"}
    one, two = (talker.animate(heard, style=name) for name in ("one", "two"))
    assert not one.same_as(two, 1e-4)
    assert talker.animate(heard, style=np.zeros(8, np.float32)).same_as(neutral, 0)
    half = (talker.styles["one"] + talker.styles["two"]) / 2
    assert talker.animate(heard, style=half).frames == 60


@pytest.mark.parametrize("style", ["three", np.zeros(7, np.float32), np.full(8, np.nan)])
def test_unknown_styles_are_refused(talker: Talker, style: str | np.ndarray) -> None:
    with pytest.raises(InputError, match="speaker style"):
        talker.animate(features(10), style=style)
