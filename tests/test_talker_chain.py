"""Encoder and talker together: windows, level, look-ahead; and what the pipeline adds to them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from avitalk.audio import SAMPLES_PER_FEATURE
from avitalk.errors import InputError
from avitalk.pipeline import Animator
from avitalk.speech import SpeechEncoder
from avitalk.speech.network import EncoderConfig
from avitalk.talker import Controls, Idle, Talker
from avitalk.talker.network import TalkerConfig
from avitalk.types import Motion, Speech

VOICE = Path(__file__).resolve().parent.parent / "examples" / "dashwood.wav"
TINY = EncoderConfig.tiny()
CONFIGS = {
    "plain": TINY,
    "attends": replace(TINY, attend_after=(1, 2), attend_back=20, attend_ahead=0),
    "attends ahead": replace(TINY, attend_after=(1,), attend_back=20, attend_ahead=2),
    "prosody": replace(TINY, attend_after=(1,), attend_back=20, prosody=True),
}


class Chain:
    """A tiny encoder and the talker made for it."""

    def __init__(self, config: EncoderConfig) -> None:
        self.encoder = SpeechEncoder.untrained(config)
        draw = torch.Generator().manual_seed(1)
        for block in self.encoder.network.attention.values():  # the identity at the start
            torch.nn.init.normal_(block.out.weight, std=0.3, generator=draw)
            torch.nn.init.normal_(block.bias, std=1.0, generator=draw)
        self.talker = Talker.untrained(TalkerConfig.tiny(self.encoder.width))
        self.ahead = config.ahead_frames + self.talker.config.ahead_frames

    def __call__(self, wave: np.ndarray) -> Motion:
        return self.talker.animate(self.encoder.encode(Speech(np.asarray(wave, np.float32))))


def babble(seconds: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    at = np.arange(int(seconds * 16_000)) / 16_000
    swell = np.maximum(0, np.sin(at * 20)) ** 2
    return rng.normal(0, 0.1, len(at)) * swell + rng.normal(0, 0.001, len(at))


@pytest.fixture(scope="module", params=list(CONFIGS))
def chain(request: pytest.FixtureRequest) -> Chain:
    return Chain(CONFIGS[request.param])


def apart(one: Motion, other: Motion) -> np.ndarray:
    """(F,) largest difference of the weights."""
    return np.abs(one.weights - other.weights).max(axis=1)


@pytest.mark.parametrize("sizes", [(70, 33), (50, 200), (7, 11)])
def test_one_long_file_equals_its_windows(
    chain: Chain, sizes: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    wave = babble(8.01)
    whole = chain(wave)
    monkeypatch.setattr("avitalk.speech.encoder.CHUNK_FRAMES", sizes[0])
    monkeypatch.setattr("avitalk.talker.talker.CHUNK_FRAMES", sizes[1])
    parts = chain(wave)
    assert parts.frames == whole.frames
    difference = apart(parts, whole)
    assert difference.max() < 1e-5
    borders = np.concatenate([np.arange(size, whole.frames, size) for size in sizes])
    steps = np.abs(np.diff(parts.weights, axis=0)).max(axis=1)
    expected = np.abs(np.diff(whole.weights, axis=0)).max(axis=1)
    assert np.abs(steps - expected)[borders - 1].max() < 2e-5  # no seam


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_level_changes_nothing(chain: Chain, gain: float) -> None:
    assert apart(chain(babble(3)), chain(gain * babble(3))).max() < 1e-3


@pytest.mark.parametrize("at", [0, 37, 100])
def test_a_frame_is_done_once_its_look_ahead_is_there(chain: Chain, at: int) -> None:
    """A stream that has heard up to frame `at` and the look-ahead gives what the file gives."""
    wave = babble(4)
    heard = (at + 1 + chain.ahead) * SAMPLES_PER_FEATURE
    changed = wave.copy()
    changed[heard:] = -3 * changed[heard:] + 0.1
    before, after = chain(wave), chain(changed)
    assert apart(before, after)[: at + 1].max() < 1e-6
    assert apart(before, after).max() > 1e-4
    streamed = chain(wave[:heard])
    assert apart(before.slice(0, (at + 1) / 50), streamed.slice(0, (at + 1) / 50)).max() < 1e-5


def test_a_talker_of_another_encoder_is_refused() -> None:
    plain, wide = Chain(TINY), SpeechEncoder.untrained(replace(TINY, bottleneck=9))
    with pytest.raises(InputError, match=r"width 49 .* takes width 48 .* encoder it was trained"):
        plain.talker.animate(wide.encode(Speech(np.asarray(babble(1), np.float32))))


@pytest.fixture(scope="module")
def animator() -> Animator:
    return Animator()


@pytest.fixture(scope="module")
def speech() -> Speech:
    samples, _ = soundfile.read(VOICE, dtype="float32")
    return Speech(samples[:48_000], source="short.wav")


def test_neutral_controls_are_no_controls(animator: Animator, speech: Speech) -> None:
    plain = animator.animate(speech, seed=3)
    neutral = Controls(articulation=1.0, smoothing=0.0, offset_ms=0.0)
    idle = Idle(blinks_per_min=17.0, gaze=1.0, head=1.0, brows=1.0)
    asked = animator.animate(speech, seed=3, controls=neutral, idle=idle)
    assert asked.motion.to_bytes() == plain.motion.to_bytes()
    other = animator.animate(speech, seed=3, controls=Controls(articulation=1.3, offset_ms=40))
    assert other.motion.to_bytes() != plain.motion.to_bytes()


def test_head_and_blinks_go_by_degrees(animator: Animator, speech: Speech) -> None:
    def turned(size: float) -> np.ndarray:
        idle = Idle(head=size, blinks_per_min=0)
        return animator.animate(speech, idle=idle, neutral=True).motion.head

    whole = turned(1.0)
    for size in (0.0, 0.3, 1.7):
        assert np.allclose(turned(size), size * whole, atol=1e-6)
    assert np.abs(turned(1.001) - whole).max() < 1e-3


def test_a_refused_text_takes_nothing_away(animator: Animator, speech: Speech) -> None:
    plain = animator.animate(speech)
    for text in ("", "你好", "word " * 5000):
        asked = animator.animate(speech, text=text)
        assert asked.motion.to_bytes() == plain.motion.to_bytes()
        assert asked.phones == plain.phones
        assert len(asked.notes) == 1
        assert asked.notes[0].endswith("the transcript is left aside")
