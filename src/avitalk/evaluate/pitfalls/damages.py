"""Ways in which a prediction is made worse, each by its name: (S, F, P, 3) in mm -> the same."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.pitfalls.faces import MOUTH, UPPER, gap_of
from avitalk.types.frames import between_frames

Array = NDArray[np.float64]
Damage = Callable[[Array, Array, float], Array]
"""(prediction, prediction of another clip, fps) -> worse prediction."""

SMOOTH_FRAMES: Final = 4.0
LATE_S: Final = 0.1
JITTER_MM: Final = 0.3
PART_MM: Final = 3.0
LOOP_S: Final = 0.8
CLOSED_SHARE: Final = 15.0


def _mean(made: Array) -> Array:
    return np.asarray(made.mean(axis=1, keepdims=True))


def _smoothed(made: Array, _other: Array, _fps: float) -> Array:
    reach = int(4 * SMOOTH_FRAMES)
    weight = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / SMOOTH_FRAMES))
    held = np.pad(made, ((0, 0), (reach, reach), (0, 0), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(held, len(weight), axis=1)
    return np.asarray(windows @ (weight / weight.sum()))


def _scaled(factor: float) -> Damage:
    def scale(made: Array, _other: Array, _fps: float) -> Array:
        return np.asarray(_mean(made) + factor * (made - _mean(made)))

    return scale


def _frozen(made: Array, _other: Array, _fps: float) -> Array:
    return np.broadcast_to(_mean(made), made.shape).copy()


def _jittered(made: Array, _other: Array, _fps: float) -> Array:
    return made + np.random.default_rng(1).normal(0, JITTER_MM, made.shape)


def _late(made: Array, _other: Array, fps: float) -> Array:
    at = np.clip(np.arange(made.shape[1]) - LATE_S * fps, 0, None)
    return np.stack([_between(sample, at) for sample in made])


def _between(track: Array, at: Array) -> Array:
    flat = between_frames(track.reshape(len(track), -1), at)
    return np.asarray(flat, np.float64).reshape(len(at), *track.shape[1:])


def _closed(made: Array, _other: Array, _fps: float) -> Array:
    found = made.copy()
    for sample, worse in zip(made, found, strict=True):
        gap = gap_of(sample)
        shut = sample[gap <= np.percentile(gap, CLOSED_SHARE)].mean(axis=0)
        worse[:, MOUTH] = shut[MOUTH]
    return found


def _parted(made: Array, _other: Array, _fps: float) -> Array:
    found = made.copy()
    lower = np.r_[11:22, 33:44, 44]  # inner and outer lower lip, chin
    found[:, :, lower, 1] -= PART_MM
    return found


def _swapped(made: Array, other: Array, _fps: float) -> Array:
    frames = made.shape[1]
    held = np.minimum(np.arange(frames), other.shape[1] - 1)
    return other[:, held]


def _without_upper(made: Array, _other: Array, _fps: float) -> Array:
    found = made.copy()
    found[:, :, UPPER] = _mean(made)[:, :, UPPER]
    return found


def _looped(made: Array, _other: Array, fps: float) -> Array:
    again = np.arange(made.shape[1]) % round(LOOP_S * fps)
    return made[:, again]


DAMAGES: Final[dict[str, Damage]] = {
    "smoothed": _smoothed,
    "half": _scaled(0.5),
    "double": _scaled(2.0),
    "frozen": _frozen,
    "jitter": _jittered,
    "late": _late,
    "lips shut": _closed,
    "lips parted": _parted,
    "other clip": _swapped,
    "still upper face": _without_upper,
    "loop": _looped,
}
EXPLAINED: Final = {
    "smoothed": f"Gaussian of {SMOOTH_FRAMES:g} frames (160 ms) over time",
    "half": "half the amplitude around the clip's mean face",
    "double": "twice the amplitude",
    "frozen": "the clip's mean face throughout",
    "jitter": f"white noise of {JITTER_MM} mm on each coordinate",
    "late": f"{LATE_S * 1e3:.0f} ms late",
    "lips shut": "lips and chin held as in the clip's most closed frames",
    "lips parted": f"the lower lip and chin {PART_MM:g} mm lower throughout",
    "other clip": "the prediction for another sentence",
    "still upper face": "brows and lids held at their mean",
    "loop": f"the first {LOOP_S} s over and over",
}
