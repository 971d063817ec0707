"""Prosody of whole recordings: in chunks as in one pass, and only of what the models take."""

import numpy as np
import pytest
import torch

from avitalk.errors import InputError
from avitalk.speech import prosody
from avitalk.speech.prosody import NAMES, Prosody, prosody_of
from avitalk.types import Speech


def voice(seconds: float, seed: int = 0) -> Speech:
    """Buzzing at a gliding pitch that swells and falls silent, over a little noise."""
    rng = np.random.default_rng(seed)
    at = np.arange(int(seconds * 16_000)) / 16_000
    pitch_hz = 140 * 2 ** (0.5 * np.sin(0.7 * at) + 0.2 * np.sin(3 * at))
    buzz = np.sign(np.sin(2 * np.pi * np.cumsum(pitch_hz) / 16_000))
    size = np.clip(np.sin(2.1 * at), 0, 1) ** 2 * 10 ** np.sin(0.3 * at) / 20
    return Speech(size * buzz + 1e-4 * rng.standard_normal(len(at)))


@pytest.mark.parametrize("chunk", [97, 500])
def test_chunks_give_what_one_pass_gives(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    speech = voice(31.003)
    whole = Prosody()(torch.from_numpy(np.array(speech.samples))[None])[0].numpy()
    monkeypatch.setattr(prosody, "CHUNK_FRAMES", chunk)
    parts = prosody_of(speech)
    assert parts.shape == (1551, len(NAMES))
    assert np.abs(parts - whole).max() < 1e-4


def test_what_the_encoder_does_not_take_is_refused() -> None:
    for speech, expected in (
        (Speech(np.zeros(800), rate_hz=8000), "8000 Hz"),
        (Speech(np.zeros(0)), "no samples"),
    ):
        with pytest.raises(InputError, match=expected):
            prosody_of(speech)
    assert np.isfinite(prosody_of(Speech(np.zeros(1)))).all()
