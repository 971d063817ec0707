"""Distances between two sets of features (N, D) and (M, D): Frechet, and kernel (KID).

What the features are decides what the number means, so a distance is reported together with its
extractor's name: anything that gives a set of motions or pictures N rows of D numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from avitalk.evaluate.metrics._check import Array, positive, values

Given_contra = TypeVar("Given_contra", contravariant=True)


class Extractor(Protocol[Given_contra]):
    """Motions or pictures -> features, with a name that goes beside every number made with it."""

    @property
    def name(self) -> str:
        """Names the extractor and its settings."""

    def __call__(self, given: Given_contra, /) -> Array:
        """(N, D) features."""


@dataclass(frozen=True, slots=True)
class MotionStatistics:
    """Windows of motion -> how it is held and how it moves. Nothing is learned or downloaded.

    Of each window of `window_s`, every `hop_s`: mean of each channel, its standard deviation, and
    its mean absolute speed a second, so D = 3 C. Speed is divided by `speed_scale` so that the
    three are of one order for motion of speech. It knows nothing of sound: two sets of motions
    that fit their recordings well or badly can have the same statistics.
    """

    fps: float
    window_s: float = 1.0
    hop_s: float = 0.5
    speed_scale: float = 10.0

    @property
    def name(self) -> str:
        """Names the extractor and its settings."""
        return f"motion statistics, {self.window_s:g} s every {self.hop_s:g} s"

    def __call__(self, given: Sequence[ArrayLike], /) -> Array:
        """Clips, each (F, C), -> (N, 3 C); a clip shorter than a window gives none.

        Raises ValueError if no clip is as long as a window.
        """
        positive(self.fps, "fps")
        size, hop = round(self.window_s * self.fps), max(1, round(self.hop_s * self.fps))
        rows: list[Array] = []
        for clip in given:
            track = values(clip, "motion", "(F, C)")
            for start in range(0, len(track) - size + 1, hop):
                part = track[start : start + size]
                speed = np.abs(np.diff(part, axis=0)).mean(axis=0) * self.fps / self.speed_scale
                rows.append(np.concatenate([part.mean(axis=0), part.std(axis=0), speed]))
        if not rows:
            raise ValueError(
                f"no window of {size} frames in {len(given)} clips; allowed: longer clips"
            )
        return np.stack(rows)


def _sets(first: ArrayLike, second: ArrayLike) -> tuple[Array, Array]:
    a, b = (values(x, name, "(N, D)") for x, name in ((first, "first set"), (second, "second set")))
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"features of {a.shape[1]} and {b.shape[1]} numbers; allowed: as many")
    if min(len(a), len(b)) < 2:
        raise ValueError(f"sets of {len(a)} and {len(b)} samples; allowed: at least 2 in each")
    return a, b


def frechet_distance(first: ArrayLike, second: ArrayLike) -> float:
    """Frechet distance of two Gaussians fitted to the sets, squared unit of the features, lower is
    better: |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), C with N - 1 (Heusel et al. 2017, eq. 6).

    With C1 = A'A and C2 = B'B, the trace of the root is the sum of the singular values of A B', so
    no root of a product is taken and covariances may be singular. Few samples make it too large:
    compare sets of equal size only. Raises ValueError with fewer than 2 samples in a set.
    """
    a, b = _sets(first, second)
    shift = a.mean(axis=0) - b.mean(axis=0)
    left, right = _factor(a), _factor(b)
    shared = np.linalg.svd(left @ right.T, compute_uv=False).sum()
    spread = np.square(left).sum() + np.square(right).sum()
    return max(0.0, float(shift @ shift + spread - 2 * shared))


def _factor(samples: Array) -> Array:
    """R with R'R the covariance."""
    centred = (samples - samples.mean(axis=0)) / np.sqrt(len(samples) - 1)
    return np.asarray(np.linalg.qr(centred, mode="r"), np.float64)


def kernel_distance(first: ArrayLike, second: ArrayLike) -> float:
    """Kernel distance (KID), no unit, lower is better: unbiased MMD^2 with the kernel
    (x.y / D + 1)^3 (Binkowski et al. 2018, section 4). Its expectation does not depend on the
    number of samples; it may fall below 0 for sets that are alike. Raises ValueError with fewer
    than 2 samples in a set.
    """
    a, b = _sets(first, second)

    def kernel(x: Array, y: Array) -> Array:
        cubed: Array = (x @ y.T / x.shape[1] + 1) ** 3
        return cubed

    def within(x: Array) -> float:
        k = kernel(x, x)
        return float((k.sum() - np.trace(k)) / (len(x) * (len(x) - 1)))

    return within(a) + within(b) - 2 * float(kernel(a, b).mean())
