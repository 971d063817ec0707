"""Beats of a motion and onsets of a sound, in seconds: what beat consistency compares."""

import itertools
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from avitalk.evaluate.metrics._check import Array, positive, values

Kind = Literal["minima", "maxima", "both"]
KINDS: Final[tuple[Kind, ...]] = ("minima", "maxima", "both")
HOP_S: Final = 0.01
WINDOW_S: Final = 0.032
REACH: Final = 3  # hops on either side that a peak must top
APART_S: Final = 0.06
QUIET: Final = 1e-5  # added to magnitudes of a full scale of 1: -100 dB


def local_extrema(track: ArrayLike, kind: Kind = "both") -> list[int]:
    """Places in (F,) where the track turns: ends are none, a plateau counts once, at its middle."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind '{kind}'; available: {', '.join(KINDS)}")
    array = values(track, "track", "(F,)")
    steps = np.sign(np.diff(array))
    moving = np.flatnonzero(steps)
    found = []
    for before, after in itertools.pairwise(moving.tolist()):
        turn = steps[before] - steps[after]
        if turn and kind in ("both", "maxima" if turn > 0 else "minima"):
            found.append(int(before + 1 + after) // 2)
    return found


def motion_beats(motion: ArrayLike, fps: float, kind: Kind = "minima") -> Array:
    """Times in seconds at which the speed of (F, C) channels has a local extremum.

    Speed of step i is the length of the difference between frames i and i + 1, and stands at
    (i + 1/2) / fps. Minima are where the face stops or turns. Needs two frames.
    """
    rate = positive(fps, "fps")
    track = values(motion, "motion", "(F, C)", frames=2)
    speed = np.linalg.norm(np.diff(track, axis=0), axis=1)
    return (np.array(local_extrema(speed, kind), np.float64) + 0.5) / rate


def audio_onsets(samples: ArrayLike, rate_hz: float) -> Array:
    """Times in seconds at which a sound sets in: peaks of spectral flux.

    Flux is the sum over frequencies of what the log magnitude (windows of 32 ms every 10 ms) gains
    in 20 ms; a peak tops 30 ms on either side and the track's mean by half a standard deviation,
    60 ms after the last one. None in a sound shorter than five windows, or in silence.
    """
    rate = positive(rate_hz, "rate_hz")
    sound = values(samples, "samples", "(N,)")
    size, hop = round(WINDOW_S * rate), round(HOP_S * rate)
    if len(sound) < 5 * size:
        return np.empty(0)
    frames = np.lib.stride_tricks.sliding_window_view(sound, size)[::hop] * np.hanning(size)
    level = np.log(np.abs(np.fft.rfft(frames, axis=1)) / size + QUIET)
    flux = np.maximum(level[2:] - level[:-2], 0).mean(axis=1)
    floor = flux.mean() + 0.5 * flux.std()
    found: list[float] = []
    for i in range(len(flux)):
        near = flux[max(0, i - REACH) : i + REACH + 1]
        at = ((i + 1) * hop + size / 2) / rate
        late = not found or at - found[-1] >= APART_S
        if flux[i] > floor and flux[i] == near.max() and late:
            found.append(at)
    return np.array(found)
