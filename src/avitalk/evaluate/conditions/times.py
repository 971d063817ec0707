"""Time maps: times of a recording come in, times of its changed version go out, and the reverse."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from avitalk.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TimeMap:
    """A monotone, piecewise linear map; beyond its knots it goes on as its outer pieces do.

    Raises InputError if there are fewer than two knots or they do not rise.
    """

    before_s: Array
    """(K,) times in the recording as it was, rising."""
    after_s: Array
    """(K,) when the same is heard in the changed recording, rising."""

    def __post_init__(self) -> None:
        shapes = np.shape(self.before_s), np.shape(self.after_s)
        if shapes[0] != shapes[1] or len(shapes[0]) != 1 or shapes[0][0] < 2:
            raise InputError(f"time map: knots of shapes {shapes}; need (K,) twice, K at least 2")
        if min(np.diff(self.before_s).min(), np.diff(self.after_s).min()) <= 0:
            raise InputError("time map: its knots must rise")

    @classmethod
    def scaled(cls, factor: float) -> "TimeMap":
        """Everything `factor` times as late; 1 leaves all times as they are."""
        return cls(np.array([0.0, 1.0]), np.array([0.0, factor]))

    def after(self, before_s: ArrayLike) -> Array:
        """When what was at `before_s` is heard in the changed recording."""
        return _extended(before_s, self.before_s, self.after_s)

    def before(self, after_s: ArrayLike) -> Array:
        """When what is heard at `after_s` in the changed recording was in the one before."""
        return _extended(after_s, self.after_s, self.before_s)

    def frames(self, values: ArrayLike, fps: float, *, offset: float = 0.0) -> Array:
        """(F, ...) truth of the recording -> (F', ...) truth of its changed version, same rate.

        Frame i is at (i + offset) / fps: 0 for a Motion, 0.5 for speech features. Between frames
        values are interpolated; F' is the changed duration to the nearest frame.
        """
        given = np.asarray(values, np.float64)
        count = round(float(self.after(len(given) / fps)) * fps)
        at = self.before((np.arange(count) + offset) / fps) * fps - offset
        at = np.clip(at, 0, len(given) - 1)
        below = np.minimum(at.astype(np.int64), max(len(given) - 2, 0))
        share = (at - below).reshape(-1, *[1] * (given.ndim - 1))
        above = np.minimum(below + 1, len(given) - 1)
        return np.asarray(given[below] * (1 - share) + given[above] * share)


def _extended(at: ArrayLike, x: Array, y: Array) -> Array:
    """Linear interpolation that goes on beyond both ends."""
    t = np.asarray(at, np.float64)
    piece = np.clip(np.searchsorted(x, t, side="right") - 1, 0, len(x) - 2)
    slope = (y[piece + 1] - y[piece]) / (x[piece + 1] - x[piece])
    return np.asarray(y[piece] + (t - x[piece]) * slope)
