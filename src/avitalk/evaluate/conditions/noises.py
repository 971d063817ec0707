"""Added sounds: a wave and another sound come in, their mixture at an exact ratio goes out."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.data import augment
from avitalk.evaluate.conditions.condition import Array, Generator, Wave
from avitalk.evaluate.conditions.speechless import pink

FRAME: Final = 320  # samples, 20 ms
ACTIVE_DB: Final = -30.0  # below the loud frames, which are at the 95th percentile
TALKERS: Final = 8
SPEEDS: Final = (0.75, 1.35)  # of the voices of babble: other sizes, other pitches

Sound = Callable[[Generator, Wave], NDArray[np.floating]]
"""A generator and the recording it will lie under -> as many samples of something else."""


def active(wave: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(N,) where someone speaks: frames of 20 ms at most 30 dB below the loud ones."""
    count = -(-len(wave) // FRAME)
    padded = np.zeros(count * FRAME)
    padded[: len(wave)] = wave
    power = np.square(padded).reshape(count, FRAME).mean(axis=1)
    loud = float(np.percentile(power, 95)) if count else 0.0
    spoken = (power > 0) & (power >= loud * 10 ** (ACTIVE_DB / 10))
    return np.asarray(np.repeat(spoken, FRAME)[: len(wave)])


def snr_db(wave: NDArray[np.floating], added: NDArray[np.floating]) -> float:
    """Power of the wave against that of the added sound, both where someone speaks."""
    where = active(wave)
    powers = [float(np.square(x[where], dtype=np.float64).mean()) for x in (wave, added)]
    return float(10 * np.log10(powers[0] / powers[1]))


def under(wave: Wave, added: NDArray[np.floating], ratio_db: float) -> Array:
    """`added` scaled so that `snr_db` of the two is `ratio_db`; nothing under nothing."""
    where = active(wave)
    sound = np.asarray(added, np.float64)
    if not where.any() or not np.any(sound[where]):
        return np.zeros(len(wave))
    return np.asarray(sound * 10 ** ((snr_db(wave, sound) - ratio_db) / 20))


def white(rng: Generator, wave: Wave) -> Array:
    """White noise."""
    return np.asarray(rng.normal(size=len(wave)))


def pink_noise(rng: Generator, wave: Wave) -> Array:
    """Pink noise: 3 dB less an octave."""
    return pink(rng, len(wave))


def music(rng: Generator, wave: Wave) -> Wave:
    """Instrumental music, synthesised: notes over a beat."""
    return augment.music(rng, len(wave))


def babble(voices: Sequence[Wave] = ()) -> Sound:
    """Eight people talking at once: stretches of `voices`, each at its own speed and place.

    Without voices they are made of the recording itself, played backwards: they have its spectrum
    and its syllables, but no word of it and no voice at its own pitch.
    """

    def sound(rng: Generator, wave: Wave) -> Array:
        mixed = np.zeros(len(wave))
        for _ in range(TALKERS):
            source = voices[int(rng.integers(len(voices)))] if voices else wave[::-1]
            speed = rng.uniform(*SPEEDS)
            count = int(np.ceil(len(wave) * speed)) + 2
            start = int(rng.integers(max(1, len(source))))
            taken = np.take(source, np.arange(start, start + count), mode="wrap")
            mixed += augment.unit(augment.resampled(taken, speed, len(wave)))
        return mixed

    return sound
