"""FaceModel: how the points that a landmarker sees follow the 52 ARKit weights, linearly.

It was measured on drawings of the default head (`python -m avitalk.train.track`), so the weights
mean on that head what they meant on the face filmed.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from avitalk.errors import InputError

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

ASSET: Final = "face_landmarks.safetensors"
MOST_RAD: Final = (0.7, 0.45)
"""Yaw and pitch up to which the view of a turned face was measured."""


def turn_terms(angles: Array) -> Array:
    """(F, 2 or 3) yaw, pitch -> (F, 5) yaw, pitch, yaw^2, pitch^2, yaw * pitch, in radians."""
    yaw, pitch = (np.clip(angles[:, i], -MOST_RAD[i], MOST_RAD[i]) for i in range(2))
    return np.stack([yaw, pitch, yaw * yaw, pitch * pitch, yaw * pitch], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class FaceModel:
    """points = rest + weights @ shapes + gaze @ look, in metres in the head's frame."""

    index: Indices
    """(P,) MediaPipe's number of each point."""
    rest: Array
    """(P, 3)."""
    shapes: Array
    """(52, P, 3) displacement at weight 1; mouthClose as seen over an open jaw."""
    look: Array
    """(2, 2, P, 3) displacement a radian of the left and right eye's yaw and pitch, lids too."""
    turned: Array
    """(5, P, 3) displacement by the terms of `turn_terms`: a turned face is seen otherwise."""
    scores: Array
    """(52, 52) change of the landmarker's blendshape scores at weight 1 of each shape (rows)."""

    def only(self, index: Indices) -> Self:
        """The same for some of the points, in the order of `index`.

        Raises InputError if one of them is not in the model.
        """
        row = {int(point): i for i, point in enumerate(self.index)}
        unknown = [int(point) for point in index if int(point) not in row]
        if unknown:
            raise InputError(f"face point {unknown[0]}; known: 0 to {len(self.index) - 1}")
        rows = np.array([row[int(point)] for point in index], np.int64)
        return type(self)(
            np.asarray(index, np.int64), self.rest[rows], self.shapes[:, rows],
            self.look[:, :, rows], self.turned[:, rows], self.scores,
        )  # fmt: skip

    def seen_at(self, angles: Array) -> Array:
        """(F, P, 3) displacement that comes from the turn alone; angles: (F, 2 or 3) radians."""
        return np.asarray(np.tensordot(turn_terms(angles), self.turned, 1))

    def to_bytes(self) -> bytes:
        """The asset file; displacements are stored in steps of 10 micrometres."""
        arrays: dict[str, NDArray[Any]] = {
            "index": self.index.astype(np.int16),
            "rest": self.rest.astype(np.float32),
            "shapes_10um": np.round(self.shapes * 1e5).astype(np.int16),
            "look": self.look.astype(np.float32),
            "turned": self.turned.astype(np.float32),
            "scores": self.scores.astype(np.float32),
        }
        # As stored: safetensors takes the memory as it lies, whatever the strides say.
        return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote."""
        stored = load(data)
        return cls(
            stored["index"].astype(np.int64),
            stored["rest"].astype(np.float64),
            stored["shapes_10um"].astype(np.float64) * 1e-5,
            stored["look"].astype(np.float64),
            stored["turned"].astype(np.float64),
            stored["scores"].astype(np.float64),
        )


@lru_cache(maxsize=1)
def load_model() -> FaceModel:
    """The shipped model of all 478 points."""
    return FaceModel.from_bytes((resources.files("avitalk.track") / "assets" / ASSET).read_bytes())
