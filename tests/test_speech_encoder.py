"""The speech encoder: level, windows, determinism, checkpoints, bad input."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from avitalk.errors import InputError
from avitalk.speech import SpeechEncoder
from avitalk.speech.mel import LevelInvariantMel, mel_filters
from avitalk.speech.network import EncoderConfig
from avitalk.types import Speech


def babble(seconds: float, seed: int = 0) -> np.ndarray:
    """Noise in syllables over a faint hiss."""
    rng = np.random.default_rng(seed)
    count = int(seconds * 16_000)
    swell = np.maximum(0, np.sin(np.arange(count) / 16_000 * 20)) ** 2
    return (rng.normal(0, 0.1, count) * swell + rng.normal(0, 0.001, count)).astype(np.float32)


ATTENDING = replace(EncoderConfig.tiny(), attend_after=(1,), attend_back=20, attend_ahead=2)


@pytest.fixture(scope="module", params=[EncoderConfig.tiny(), ATTENDING], ids=["plain", "attends"])
def encoder(request: pytest.FixtureRequest) -> SpeechEncoder:
    made = SpeechEncoder.untrained(request.param)
    for block in made.network.attention.values():  # starts as the identity: make it matter
        torch.nn.init.normal_(block.out.weight, std=0.3, generator=torch.Generator().manual_seed(1))
    return made


@pytest.mark.parametrize(("samples", "frames"), [(3200, 10), (3201, 11), (100, 1), (16_000, 50)])
def test_one_frame_for_each_20_ms(encoder: SpeechEncoder, samples: int, frames: int) -> None:
    features = encoder.encode(Speech(babble(2)[:samples]))
    assert features.values.shape == (frames, encoder.width)
    assert np.exp(features.phone_log_probs).sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("gain", [0.5, 2.0, 0.05])
def test_level_does_not_matter(encoder: SpeechEncoder, gain: float) -> None:
    wave = babble(3)
    once = encoder.encode(Speech(wave)).values
    again = encoder.encode(Speech(wave * gain)).values
    assert np.abs(once - again).max() < 5e-3


def test_a_long_file_equals_its_windows(
    encoder: SpeechEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave = babble(9)
    whole = encoder.encode(Speech(wave)).values
    monkeypatch.setattr("avitalk.speech.encoder.CHUNK_FRAMES", 70)
    chunked = encoder.encode(Speech(wave)).values
    assert np.abs(whole - chunked).max() < 1e-5


def test_what_lies_beyond_the_stated_look_ahead_does_not_matter(encoder: SpeechEncoder) -> None:
    wave, at = babble(4), 100
    changed = wave.copy()
    changed[(at + encoder.config.ahead_frames + 1) * 320 :] *= -3
    before, after = (encoder.encode(Speech(w)).values for w in (wave, changed))
    assert np.abs(before[: at + 1] - after[: at + 1]).max() < 1e-6
    assert np.abs(before - after).max() > 1e-3


def test_same_samples_same_features(encoder: SpeechEncoder) -> None:
    first, second = (encoder.encode(Speech(babble(2))).values for _ in range(2))
    assert np.array_equal(first, second)


def test_digital_silence_is_finite(encoder: SpeechEncoder) -> None:
    features = encoder.encode(Speech(np.zeros(16_000, np.float32)))
    assert np.isfinite(features.values).all()


def test_mel_filters_sum_to_one_and_do_not_miss_a_band() -> None:
    filters = mel_filters(80)
    assert filters.sum(dim=1) == pytest.approx(np.ones(80), abs=1e-5)
    assert LevelInvariantMel(80, 4.0, 0.2)(torch.zeros(2, 6400)).shape == (2, 80, 40)


def test_checkpoint_round_trip(encoder: SpeechEncoder, tmp_path: Path) -> None:
    path = tmp_path / "encoder.safetensors"
    encoder.save(path)
    again = SpeechEncoder.load(path)
    assert again.config == encoder.config
    difference = again.encode(Speech(babble(2))).values - encoder.encode(Speech(babble(2))).values
    assert np.abs(difference).max() < 0.05  # half precision


def test_wrong_files_are_refused(encoder: SpeechEncoder, tmp_path: Path) -> None:
    path = tmp_path / "encoder.safetensors"
    with pytest.raises(InputError, match="not a readable safetensors file"):
        SpeechEncoder.load(path)
    path.write_text("no weights")
    with pytest.raises(InputError, match="not a readable safetensors file"):
        SpeechEncoder.load(path)
    save_file({"a": torch.zeros(1)}, path, {"kind": "something"})
    with pytest.raises(InputError, match="holds weights of 'something'"):
        SpeechEncoder.load(path)
    encoder.save(path)
    tensors = load_file(path)
    stored = {"kind": "speech-encoder", "config": _config_of(path)}
    save_file({**tensors, "phones.bias": torch.zeros(3)}, path, stored)
    with pytest.raises(InputError, match=r"'phones.bias' has shape \(3,\), but \(40,\) is needed"):
        SpeechEncoder.load(path)
    del tensors["stem.weight"]
    save_file(tensors, path, stored)
    with pytest.raises(InputError, match=r"lacks 'stem.weight'"):
        SpeechEncoder.load(path)


def _config_of(path: Path) -> str:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        return file.metadata()["config"]


def test_other_rates_and_nothing_are_refused(encoder: SpeechEncoder) -> None:
    with pytest.raises(InputError, match="48000 Hz; the encoder takes 16000 Hz"):
        encoder.encode(Speech(babble(1), rate_hz=48_000))
    with pytest.raises(InputError, match="no samples"):
        encoder.encode(Speech(np.zeros(0, np.float32)))
