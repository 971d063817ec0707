"""`Binding`: 52 ARKit weights in, weights of an avatar's own K targets out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # the fit looks at the default head's lips, and a head may have a binding
    from avitalk.face.avatar.visemes import VisemeFit

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Binding:
    """How an avatar's targets follow the ARKit weights: linear, and visemes by least squares."""

    targets: tuple[str, ...]
    """The K targets that are driven, in order."""
    gains: Array
    """(K, 52) what a target takes of each ARKit weight."""
    offsets: Array
    """(K,) weight of each target at rest."""
    fit: "VisemeFit | None" = None
    """Finds the visemes' weights; None for an avatar whose mouth has ARKit shapes."""
    viseme_gains: Array | None = None
    """(K, M) what a target takes of each of the fit's M visemes."""

    def apply(self, weights: NDArray[Any]) -> Array:
        """ARKit weights (..., 52) to target weights (..., K)."""
        weights = np.asarray(weights, np.float32)
        if self.fit is None or self.viseme_gains is None:
            return np.asarray(_times(weights, self.gains) + self.offsets, np.float32)
        visemes, beside = self.fit.solve(weights)
        moved = _times(beside, self.gains) + _times(visemes, self.viseme_gains)
        return np.asarray(moved + self.offsets, np.float32)


def _times(weights: NDArray[Any], gains: NDArray[Any]) -> NDArray[Any]:
    # Not @: the threads of a BLAS would spin against those that draw frames.
    return np.asarray(np.einsum("...c,kc->...k", weights, gains))
