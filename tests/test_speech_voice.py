"""How a voice sounds: pitch, level, quality, and statistics that do not depend on the gain."""

from itertools import pairwise

import numpy as np
import pytest

from avitalk.instruct.ear import FAMILIES, WIDTH, Ear, gathered, windows
from avitalk.speech.statistics import spoken, summarise
from avitalk.speech.voice import CHUNK, RATE_HZ, voice_frames
from avitalk.types import Speech, SpeechFeatures

RATE = 16_000


def voiced(pitch_hz, seconds=1.0, *, tilt_db=-12.0, seed=0, rise=0.0):
    """A buzz whose harmonics fall by `tilt_db` an octave, with a little breath."""
    t = np.arange(round(seconds * RATE)) / RATE
    hz = pitch_hz * 2 ** (rise * t / max(seconds, 1e-9))
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    wave = sum(
        10 ** (tilt_db * np.log2(k) / 20) * np.sin(k * phase)
        for k in range(1, int(7000 / pitch_hz) + 1)
    )
    wave = wave + 1e-3 * np.random.default_rng(seed).normal(size=len(t))
    return (0.1 * wave / np.abs(wave).max()).astype(np.float32)


def features(seconds, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.random((round(seconds * 50), 110)).astype(np.float32)
    values[:, :40] /= values[:, :40].sum(1, keepdims=True)
    return values


@pytest.mark.parametrize("pitch_hz", [80.0, 125.0, 220.0, 390.0])
def test_pitch_of_a_buzz_is_found_within_a_third_of_a_semitone(pitch_hz):
    frames = voice_frames(Speech(voiced(pitch_hz)))
    middle = frames.pitch[20:-20]
    assert np.abs(12 * (middle - np.log2(pitch_hz))).max() < 0.34
    assert frames.voicing[20:-20].min() > 0.65


def test_noise_is_not_voiced():
    wave = 0.1 * np.random.default_rng(1).normal(size=RATE).astype(np.float32)
    assert np.median(voice_frames(Speech(wave)).voicing) < 0.5


def test_quality_tells_soft_from_pressed():
    soft, pressed = (voice_frames(Speech(voiced(150, tilt_db=db))) for db in (-18.0, -6.0))
    assert np.median(soft.quality[:, 0]) > np.median(pressed.quality[:, 0]) + 5  # H1-H2
    assert np.median(soft.quality[:, 3]) > np.median(pressed.quality[:, 3]) + 20  # H1-A3


def test_a_long_recording_is_heard_as_its_windows_are():
    wave = np.tile(voiced(140, 1.0), 32)
    long = voice_frames(Speech(wave))
    assert len(long) == 3200 > CHUNK
    start = round((CHUNK / RATE_HZ - 0.5) * RATE)
    part = voice_frames(Speech(wave[start : start + RATE]))
    first = round(start / RATE * RATE_HZ)
    inside = slice(first + 5, first + 95)
    for name in ("mel", "loudness", "quality", "pitch"):
        np.testing.assert_allclose(
            getattr(long, name)[inside], getattr(part, name)[5:95], atol=0.02, err_msg=name
        )


@pytest.mark.parametrize("gain", [0.05, 3.0])
def test_statistics_do_not_depend_on_the_gain(gain):
    wave, heard = voiced(180, 1.4, rise=0.3), features(1.4)
    rows = [
        gathered(voice_frames(Speech(w.astype(np.float32))), heard) for w in (wave, gain * wave)
    ]
    np.testing.assert_allclose(rows[0], rows[1], atol=0.05)


@pytest.mark.parametrize("wave", [np.zeros(RATE), 1e-6 * np.ones(RATE), np.eye(1, RATE)[0]])
def test_statistics_of_nothing_are_finite(wave):
    row = gathered(voice_frames(Speech(wave.astype(np.float32))), features(1.0))
    assert row.shape == (WIDTH,) == (sum(FAMILIES.values()),)
    assert np.isfinite(row).all()


def test_summary_says_what_was_done():
    up = summarise(voice_frames(Speech(voiced(150, 1.5, rise=0.5))), features(1.5))
    down = summarise(voice_frames(Speech(voiced(150, 1.5, rise=-0.5))), features(1.5))
    assert up.pitch_slope > 0.5 > -0.5 > down.pitch_slope
    assert up.pitch > down.pitch
    assert up.duration_s == pytest.approx(1.5, abs=0.02)
    assert up.pitch_range == pytest.approx(0.4 * 12, abs=1.0)  # 10th to 90th percentile


def test_silence_around_speech_is_left_out():
    quiet = np.zeros(RATE, np.float32)
    frames = voice_frames(Speech(np.concatenate([quiet, voiced(150), quiet])))
    first, last = spoken(frames)
    assert (first, last) == (pytest.approx(100, abs=12), pytest.approx(200, abs=12))


def test_windows_cover_a_stretch_and_overlap():
    assert windows(10, 100) == [(10, 100)]
    found = windows(0, 500)
    assert found[0][0] == 0
    assert found[-1][1] == 500
    assert all(b - a == 160 for a, b in found)
    assert all(after[0] - before[0] <= 80 for before, after in pairwise(found))
    assert len(windows(0, 100_000)) == 12


def test_ear_gives_windows_of_any_stretch():
    wave = voiced(150, 4.0)
    heard = SpeechFeatures(features(4.0), np.log(features(4.0)[:, :40]))
    ear = Ear.listen(Speech(wave), heard)
    assert ear.statistics().shape == (4, WIDTH)
    assert ear.statistics(1.0, 2.0).shape == (1, WIDTH)
    assert ear.statistics(3.9, 4.0).shape == (0, WIDTH)
