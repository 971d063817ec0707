"""Idle motion: natural rates, seeded, each part switchable, nothing freezes."""

import dataclasses

import numpy as np
import pytest

from avitalk.arkit import INDEX, REGIONS
from avitalk.errors import InputError
from avitalk.talker.idle import DEGREE, Idle, accent_frames, idle_motion
from avitalk.types import Motion

FPS = 50.0
BLINK = INDEX["eyeBlinkLeft"]


def talk(seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Voice with a pause every four seconds, loudness with three syllables a second."""
    t = np.arange(int(seconds * FPS)) / FPS
    voice = (t % 4 < 3).astype(float)
    return voice, voice * (0.5 + 0.5 * np.sin(2 * np.pi * 3 * t) * np.sin(2 * np.pi * 0.3 * t))


def animate(seconds: float = 60, seed: int = 0, **idle: float) -> Motion:
    voice, loudness = talk(seconds)
    return idle_motion(voice, loudness, fps=FPS, seed=seed, idle=Idle(**idle))


def blink_count(motion: Motion) -> int:
    shut = motion.weights[:, BLINK] > 0.5
    return int(np.count_nonzero(shut[1:] & ~shut[:-1]))


@pytest.mark.parametrize("wanted", [8.0, 17.0, 30.0])
def test_blinks_come_at_the_asked_rate(wanted: float) -> None:
    motion = animate(600, blinks_per_min=wanted)
    assert blink_count(motion) / 10 == pytest.approx(wanted, rel=0.3)
    shut = motion.weights[:, BLINK] > 0.9
    starts = np.flatnonzero(shut[1:] & ~shut[:-1])
    lengths = [int(np.argmin(shut[s + 1 : s + 30])) for s in starts]
    assert 0.04 * FPS <= np.mean(lengths) <= 0.2 * FPS


def test_most_blinks_fall_into_pauses_more_than_chance() -> None:
    voice, _ = talk(600)
    motion = animate(600)
    shut = motion.weights[:, BLINK] > 0.5
    starts = np.flatnonzero(shut[1:] & ~shut[:-1])
    assert np.mean(voice[starts] < 0.5) > 0.3  # a quarter of the time is pause


def test_nothing_freezes_and_nothing_jumps() -> None:
    motion = animate(60)
    speed = np.abs(np.diff(motion.head, axis=0)).sum(1) * FPS / DEGREE
    assert np.percentile(speed, 2) > 0.05  # degrees a second: never quite still
    assert np.abs(np.diff(motion.head, axis=0)).max() * FPS < 40 * DEGREE
    assert np.abs(motion.head).max() < 15 * DEGREE
    assert np.abs(motion.eyes).max() < 35 * DEGREE
    assert 0.5 * DEGREE < motion.head.std(0).max() < 5 * DEGREE


def test_same_seed_same_bytes_and_other_seed_other_motion() -> None:
    assert animate(20, 3).to_bytes() == animate(20, 3).to_bytes()
    assert not animate(20, 3).same_as(animate(20, 4), 1e-3)


def test_each_part_switches_off_alone() -> None:
    full = animate(30)
    still = animate(30, head=0)
    assert not still.head.any()
    assert np.array_equal(still.weights, full.weights)
    assert not animate(30, gaze=0).eyes.any()
    assert np.array_equal(animate(30, gaze=0).head, full.head)
    assert not animate(30, blinks_per_min=0).weights[:, BLINK].any()
    assert not animate(30, brows=0).weights[:, list(REGIONS["brows"])].any()
    assert full.weights[:, list(REGIONS["brows"])].any()
    assert not full.weights[:, list(REGIONS["mouth"])].any()


def test_silence_and_single_frames_are_fine() -> None:
    zeros = np.zeros(500)
    assert idle_motion(zeros, zeros, fps=FPS).frames == 500
    assert idle_motion(zeros[:1], zeros[:1], fps=FPS).frames == 1
    assert not len(accent_frames(zeros, zeros, FPS))


def test_bad_settings_are_refused() -> None:
    for name, value in (("blinks_per_min", 90.0), ("gaze", -1.0), ("brows", float("nan"))):
        with pytest.raises(InputError, match="allowed"):
            dataclasses.replace(Idle(), **{name: value})
    with pytest.raises(InputError, match="need the same"):
        idle_motion(np.zeros(3), np.zeros(4), fps=FPS)
