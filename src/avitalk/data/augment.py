"""Augmentation: one stretch of speech comes in, as another voice in another room goes out.

Everything is drawn from a numpy Generator. Stretches without speech keep or get the label SIL.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import SAMPLE_RATE_HZ

Wave = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Chances:
    """How often each change is made."""

    resample: float = 0.7
    colour: float = 0.5
    reverb: float = 0.35
    noise: float = 0.55
    gap: float = 0.15
    narrow: float = 0.15
    speechless: float = 0.07
    voices: float = 0.12
    """Other people talking in the background."""
    speeds: tuple[float, float] = (0.8, 1.25)
    """Slowest and fastest that a recording is played when it is resampled."""


def resampled(wave: Wave, factor: float, count: int) -> Wave:
    """Play `wave` `factor` times as fast: pitch, formants and rate move together."""
    at = np.arange(count) * factor
    played = np.interp(at, np.arange(len(wave)), wave, right=0.0)
    return np.asarray(played, np.float32)


def noise(rng: np.random.Generator, count: int) -> Wave:
    """Noise of unit power: white, pink, brown, mains hum, or a mix of them with clicks."""
    kind = rng.integers(5)
    if kind == 3:
        return _hum(rng, count)
    size = int(2 ** np.ceil(np.log2(count)))
    spectrum = rng.normal(size=size // 2 + 1) + 1j * rng.normal(size=size // 2 + 1)
    slope = (0.0, 0.5, 1.0, 0.0, rng.uniform(-0.3, 1.2))[kind]
    spectrum /= np.maximum(np.arange(size // 2 + 1), size * 50 / SAMPLE_RATE_HZ) ** slope
    wave = np.fft.irfft(spectrum, size)[:count]
    if kind == 4:
        swell = np.interp(np.arange(count), np.linspace(0, count, 12), rng.uniform(0.1, 1.5, 12))
        wave = wave * swell
        for at in rng.integers(0, count, rng.integers(0, 6)):
            wave[at : at + 40] += rng.normal(0, 4 * wave.std(), len(wave[at : at + 40]))
    return unit(wave)


def _hum(rng: np.random.Generator, count: int) -> Wave:
    base = rng.choice([50.0, 60.0, rng.uniform(80, 400)])
    t = np.arange(count) / SAMPLE_RATE_HZ
    wave = sum(
        rng.exponential() / k * np.sin(2 * np.pi * k * base * t + rng.uniform(0, 6.28))
        for k in range(1, 12)
    )
    return unit(wave + rng.normal(0, 0.01 * np.std(wave), count))


def music(rng: np.random.Generator, count: int) -> Wave:
    """Instrumental music of a kind: plucked or held chords over a beat, of unit power."""
    wave = np.zeros(count)
    beat = int(SAMPLE_RATE_HZ * rng.uniform(0.25, 0.6))
    root = 55 * 2 ** rng.uniform(0, 2)
    for start in range(-int(rng.integers(beat)), count, beat):
        held = int(beat * rng.uniform(0.8, 3))
        t = np.arange(held) / SAMPLE_RATE_HZ
        envelope = np.minimum(t / rng.choice([0.005, 0.08]), 1) * np.exp(-t * rng.uniform(0.5, 8))
        tone = np.zeros(held)
        for step in rng.choice([0, 3, 4, 5, 7, 9, 12, 16, 19, 24], rng.integers(1, 4)):
            pitch = root * 2 ** (step / 12)
            vibrato = 0.003 * np.sin(2 * np.pi * 5.5 * t) * rng.integers(2)
            for k in range(1, int(rng.integers(3, 9))):
                phase = 2 * np.pi * k * pitch * (t + vibrato / 35)
                tone += rng.uniform(0.2, 1) / k**1.2 * np.sin(phase)
        if rng.random() < 0.5:  # a drum
            tone[: held // 2] += rng.normal(0, 1, held // 2) * np.exp(-t[: held // 2] * 60) * 2
        first, last = max(start, 0), min(start + held, count)
        if last > first:
            wave[first:last] += (tone * envelope)[first - start : last - start]
    return unit(wave)


def unit(wave: NDArray[np.floating]) -> Wave:
    """The wave scaled to unit power."""
    return (wave / max(1e-9, float(np.sqrt(np.mean(np.square(wave)))))).astype(np.float32)


def room(rng: np.random.Generator, wave: Wave, chances: Chances) -> Wave:
    """Apply a room's reverberation, a microphone's colour and a narrow channel, by chance."""
    size = 1 << (len(wave) + SAMPLE_RATE_HZ // 2).bit_length()
    hz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
    gain: NDArray[np.complexfloating] = np.ones(len(hz), np.complex64)
    if rng.random() < chances.reverb:
        decay_s = rng.uniform(0.12, 0.8)  # T60
        t = np.arange(int(min(decay_s, 0.5) * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
        tail = rng.normal(size=len(t)) * 10 ** (-3 * t / decay_s) * (t > 0.002)
        tail *= rng.uniform(0.1, 1.2) / np.sqrt(np.sum(tail**2))
        tail[0] += 1
        gain = gain * np.fft.rfft(tail, size)
    if rng.random() < chances.colour:
        knots = np.log(np.maximum(hz, 50))
        at = np.linspace(np.log(50), np.log(8000), 8)
        gain = gain * 10 ** (np.interp(knots, at, rng.normal(0, 5, 8).clip(-12, 12)) / 20)
    if rng.random() < chances.narrow:
        top = rng.choice([3400.0, rng.uniform(3000, 7000)])
        low = rng.choice([0.0, 300.0])
        gain = gain / (1 + (hz / top) ** 12) / (1 + (low / np.maximum(hz, 1)) ** 8)
    return np.fft.irfft(np.fft.rfft(wave, size) * gain, size)[: len(wave)].astype(np.float32)


def with_noise(rng: np.random.Generator, wave: Wave, chances: Chances) -> Wave:
    """Add noise or music 3 to 35 dB below the wave, by chance."""
    if rng.random() > chances.noise:
        return wave
    other = music(rng, len(wave)) if rng.random() < 0.3 else noise(rng, len(wave))
    loud = float(np.sqrt(np.mean(wave**2)))
    return wave + other * (loud * 10 ** (-rng.uniform(3, 35) / 20))


def speechless(rng: np.random.Generator, count: int) -> Wave:
    """No speech at all: noise, music, hum, breath-like hiss, or digital silence."""
    kind = rng.random()
    if kind < 0.15:
        return rng.normal(0, 10 ** rng.uniform(-6, -4), count).astype(np.float32) * rng.integers(2)
    if kind < 0.5:
        return music(rng, count)
    wave = noise(rng, count)
    if kind > 0.8:  # breaths: hiss that comes and goes
        t = np.arange(count) / SAMPLE_RATE_HZ
        swell = np.maximum(0, np.sin(2 * np.pi * t / rng.uniform(0.8, 3) + rng.uniform(0, 6)))
        wave = wave * (0.02 + swell.astype(np.float32))
    return wave
