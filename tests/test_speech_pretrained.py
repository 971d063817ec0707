"""HuBERT and wav2vec 2.0 behind our interface, on tiny random checkpoints made here."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from avitalk.errors import InputError
from avitalk.speech.load import load_encoder
from avitalk.speech.pretrained import PretrainedEncoder
from avitalk.talker import Talker
from avitalk.talker.network import TalkerConfig
from avitalk.types import Speech

SIZES: dict[str, Any] = {
    "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
    "conv_dim": (8,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2,
}  # fmt: skip
KINDS = [("Hubert", "group"), ("Hubert", "layer"), ("Wav2Vec2", "group"), ("Wav2Vec2", "layer")]


def babble(seconds: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    swell = np.sin(np.arange(int(seconds * 16_000)) / 3000) ** 2
    return (rng.normal(0, 0.1, len(swell)) * swell).astype(np.float32)


def checkpoint(folder: Path, kind: str = "Hubert", norm: str = "layer", **sizes: Any) -> Path:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(
        **{**SIZES, **sizes}, feat_extract_norm=norm, do_stable_layer_norm=norm == "layer"
    )
    getattr(transformers, f"{kind}Model")(config).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(("kind", "norm"), KINDS)
def test_one_frame_for_each_20_ms(kind: str, norm: str, tmp_path: Path) -> None:
    encoder = load_encoder(checkpoint(tmp_path, kind, norm))
    assert encoder.width == 24
    for samples, frames in [(1, 1), (320, 1), (321, 2), (16_000, 50), (16_001, 51)]:
        features = encoder.encode(Speech(babble(2)[:samples]))
        assert features.values.shape == (frames, 24)
        assert features.phone_log_probs.shape == (frames, 0)
        assert features.rate_hz == 50
    again = encoder.encode(Speech(babble(2)[:16_001]))
    assert np.array_equal(again.values, features.values)


@pytest.mark.parametrize(("kind", "norm"), KINDS)
def test_level_does_not_matter(kind: str, norm: str, tmp_path: Path) -> None:
    encoder = PretrainedEncoder.load(checkpoint(tmp_path, kind, norm))
    once, twice = (encoder.encode(Speech(babble(2) * gain)).values for gain in (1.0, 0.5))
    assert np.abs(once - twice).max() < 1e-2


def test_an_impulse_is_heard_in_the_frame_it_falls_in(tmp_path: Path) -> None:
    """Layer 0 of a network without positions sees the convolutions alone."""
    encoder = PretrainedEncoder.load(checkpoint(tmp_path, num_conv_pos_embeddings=1), layer=0)
    wave = np.zeros(16_000, np.float32)
    wave[320 * 20 + 160] = 1
    encoder.normalise = False
    quiet = encoder.encode(Speech(np.zeros_like(wave))).values
    change = np.abs(encoder.encode(Speech(wave)).values - quiet).max(axis=1)
    assert np.flatnonzero(change > 1e-6).tolist() == [20]


def test_long_recordings_are_read_in_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = PretrainedEncoder.load(checkpoint(tmp_path), layer=0)
    encoder.normalise = False
    whole = encoder.encode(Speech(babble(6))).values
    longest = 0
    run = encoder._run

    def watched(samples: np.ndarray, frames: int) -> np.ndarray:
        nonlocal longest
        longest = max(longest, frames)
        return run(samples, frames)

    monkeypatch.setattr(encoder, "_run", watched)
    monkeypatch.setattr("avitalk.speech.pretrained.WINDOW_FRAMES", 60)
    monkeypatch.setattr("avitalk.speech.pretrained.MARGIN_FRAMES", 20)
    windows = encoder.encode(Speech(babble(6))).values
    assert longest == 100
    assert np.abs(whole - windows).max() < 1e-4  # the margin covers convolutions and positions


def test_layers_are_chosen(tmp_path: Path) -> None:
    folder, wave = checkpoint(tmp_path), Speech(babble(1))
    first, last, plain = (
        PretrainedEncoder.load(folder, layer=layer).encode(wave).values for layer in (1, 2, None)
    )
    assert np.array_equal(last, plain)
    assert np.abs(first - last).max() > 1e-3
    with pytest.raises(InputError, match="layer 3; this network has 0 to 2"):
        PretrainedEncoder.load(folder, layer=3)


def test_the_preprocessor_says_whether_to_normalise(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path)
    assert PretrainedEncoder.load(folder).normalise
    (folder / "preprocessor_config.json").write_text(json.dumps({"do_normalize": False}))
    assert not PretrainedEncoder.load(folder).normalise


def test_wrong_checkpoints_are_refused(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    with pytest.raises(InputError, match="avitalk downloads nothing"):
        load_encoder("no-such/model-anywhere")
    with pytest.raises(InputError, match="neither a folder"):
        load_encoder(tmp_path)
    other = tmp_path / "other"
    transformers.BertConfig().save_pretrained(other)
    with pytest.raises(InputError, match="holds 'bert'; allowed: hubert, wav2vec2"):
        load_encoder(other)
    slow = checkpoint(tmp_path / "slow", conv_stride=(5, 2, 2, 2, 2, 2, 4))
    with pytest.raises(InputError, match="steps by 640 samples; 320 is needed"):
        load_encoder(slow)
    folder = checkpoint(tmp_path / "cut")
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    del weights["feature_projection.projection.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match=r"lacks 'feature_projection.projection.weight'; 1"):
        load_encoder(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match="cannot read its weights"):
        load_encoder(folder)


def test_a_name_is_looked_up_on_this_machine_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    pytest.importorskip("transformers")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(InputError) as refused:
        load_encoder("facebook/no-such-hubert")
    line = str(refused.value)
    assert line.startswith("facebook/no-such-hubert: neither a folder")
    assert "`hf download NAME` fills it" in line
    assert "\n" not in line


def test_a_talker_made_for_another_encoder_refuses_it(tmp_path: Path) -> None:
    heard = load_encoder(checkpoint(tmp_path)).encode(Speech(babble(1)))
    talker = Talker.untrained(TalkerConfig.tiny(48))
    with pytest.raises(
        InputError, match=r"width 24 .* takes width 48 .* encoder it was trained on"
    ):
        talker.animate(heard)
    assert Talker.untrained(TalkerConfig.tiny(24)).animate(heard).frames == 50


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(InputError, match=r"pip install 'avitalk\[hf\]'"):
        load_encoder("facebook/hubert-base-ls960")


def test_other_rates_and_nothing_are_refused(tmp_path: Path) -> None:
    encoder = PretrainedEncoder.load(checkpoint(tmp_path))
    with pytest.raises(InputError, match="48000 Hz; the encoder takes 16000 Hz"):
        encoder.encode(Speech(babble(1), rate_hz=48_000))
    with pytest.raises(InputError, match="no samples"):
        encoder.encode(Speech(np.zeros(0, np.float32)))
