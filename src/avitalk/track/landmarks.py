"""Landmarks: what a face landmarker saw in one clip, in pixels over time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Face points of one clip at a constant rate; frame i is shown from time i / fps.

    Raises InputError if shapes disagree.
    """

    points: Array
    """(F, P, 3) pixels: x right, y down, z towards the camera negative, in the scale of x."""
    index: Indices
    """(P,) MediaPipe's number, 0 to 477, of each point."""
    found: Mask
    """(F,) a face was seen; points of other frames mean nothing."""
    size: tuple[int, int]
    """Width and height of the picture in pixels."""
    fps: float
    """Frames a second."""
    scores: Array | None = None
    """(F, 52) the landmarker's own blendshape scores in ARKIT_52's order (tongueOut 0), or None."""
    source: str = "landmarks"
    """File name for messages."""
    faces: int = 1
    """Most faces seen in one frame."""

    def __post_init__(self) -> None:
        frames, count = self.points.shape[:2]
        if self.points.shape[2:] != (3,) or len(self.index) != count or len(self.found) != frames:
            raise InputError(
                f"{self.source}: points {self.points.shape}, index {self.index.shape} and found "
                f"{self.found.shape} disagree; needed (F, P, 3), (P,), (F,)"
            )
        if self.scores is not None and self.scores.shape != (frames, 52):
            raise InputError(f"{self.source}: scores {self.scores.shape}; needed ({frames}, 52)")

    @property
    def frames(self) -> int:
        """Number of frames F."""
        return len(self.points)
