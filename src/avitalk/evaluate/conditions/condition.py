"""What a condition is: a wave and a seeded generator in, a changed wave and its times out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.evaluate.conditions.times import TimeMap

Wave = NDArray[np.float32]
Array = NDArray[np.float64]
Generator = np.random.Generator
RINGING: Final = 4096  # samples of a zero-phase filter's response that must not wrap around


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """A changed recording and where in it everything is."""

    wave: Wave
    """(N',) samples at 16 kHz."""
    times: TimeMap
    """Times of the recording as it was -> times of `wave`; the identity for most conditions."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One row of the robustness card."""

    name: str
    """As the card prints it."""
    change: Callable[[Wave, Generator], Changed]
    """(N,) samples at 16 kHz, seeded generator -> the changed recording. Louder in, louder out, and
    otherwise the same: levels inside are stated against the wave's own.
    """
    note: str
    """What is done, with its figures, and whether the voice is recorded or synthesised."""


def kept(change: Callable[[Wave, Generator], NDArray[np.floating]]) -> Callable[..., Changed]:
    """A change that moves nothing in time: its output has as many samples as came in."""

    def changed(wave: Wave, rng: Generator) -> Changed:
        return Changed(np.asarray(change(wave, rng), np.float32), TimeMap.scaled(1.0))

    return changed


def peak(wave: NDArray[np.floating]) -> float:
    """The largest magnitude; 1 where there is nothing, so that it can be divided by."""
    return float(np.abs(wave).max(initial=0.0)) or 1.0


def filtered(wave: NDArray[np.floating], gain: Callable[[Array], Array]) -> Array:
    """The wave through a zero-phase filter: gain (bins,) of frequency in Hz (bins,)."""
    size = 1 << (len(wave) + RINGING).bit_length()
    hz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
    return np.asarray(
        np.fft.irfft(np.fft.rfft(wave, size) * gain(np.asarray(hz, np.float64)), size)[: len(wave)]
    )
