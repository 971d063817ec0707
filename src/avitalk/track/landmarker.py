"""MediaPipe's face landmarker: pictures in, faces of 478 points and blendshape scores out.

The model is a file that users bring, or fetch with `avitalk faces fetch`: nothing is shipped.
MediaPipe and its model `face_landmarker.task` are under Apache-2.0.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, INDEX
from avitalk.errors import InputError
from avitalk.files import data_folder

MODEL_NAME: Final = "face_landmarker.task"
MODEL_ENV: Final = "AVITALK_FACE_LANDMARKER"
MODEL_PAGE: Final = "https://ai.google.dev/edge/mediapipe/solutions/vision/face_landmarker"
MOST_FACES: Final = 4


class Face(NamedTuple):
    """One face in one picture."""

    points: NDArray[np.float64]
    """(478, 3) pixels: x right, y down, z towards the camera negative."""
    scores: NDArray[np.float64]
    """(52,) in ARKIT_52's order."""

    @property
    def middle(self) -> NDArray[np.float64]:
        """(2,) centre in pixels."""
        return np.asarray(self.points[:, :2].mean(axis=0))

    @property
    def width(self) -> float:
        """Larger side of the box around it, in pixels."""
        return float(np.ptp(self.points[:, :2], axis=0).max())


class Looks(Protocol):
    """Finds faces in a picture; `Landmarker` is one."""

    def faces(self, image: NDArray[np.uint8]) -> list[Face]:
        """All faces in `image` (H, W, 3), largest first."""
        ...


def find_model(given: Path | str | None = None) -> Path:
    """The model file: the one given, else that of the environment, else in the user's data folder.

    Raises InputError that says where to get it and where to put it.
    """
    named = given or os.environ.get(MODEL_ENV)
    path = Path(named) if named else data_folder() / MODEL_NAME
    if path.is_file():
        return path
    raise InputError(
        f"{path}: no face landmarker model; 'avitalk faces fetch' downloads it once, or take "
        f"{MODEL_NAME} from {MODEL_PAGE} and give its path with --model or {MODEL_ENV}"
    )


@contextmanager
def _hushed() -> Iterator[None]:
    """Drop what MediaPipe writes to stderr from C++ while it starts; errors are exceptions."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class Landmarker:
    """The landmarker, for pictures that need not follow one another; close it after use."""

    def __init__(self, model: Path | str | None = None) -> None:
        """Load the model, see `find_model`. Raises InputError without it or without MediaPipe."""
        path = find_model(model)
        try:
            from mediapipe import Image, ImageFormat  # noqa: PLC0415  (an optional extra)
            from mediapipe.tasks.python import BaseOptions, vision  # noqa: PLC0415
        except ImportError as error:
            raise InputError("tracking needs MediaPipe: pip install 'avitalk[track]'") from error
        options: Any = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=path.read_bytes()),
            output_face_blendshapes=True,
            num_faces=MOST_FACES,
        )
        try:
            with _hushed():
                self._task: Any = vision.FaceLandmarker.create_from_options(options)
        except (RuntimeError, ValueError) as error:
            raise InputError(f"{path}: not a face landmarker model") from error
        self._image: Any = Image
        self._colours: Any = ImageFormat.SRGB
        with _hushed():  # the first picture makes it talk once more
            self.faces(np.zeros((64, 64, 3), np.uint8))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the model; without this, MediaPipe's finaliser complains at exit."""
        self._task.close()

    def faces(self, image: NDArray[np.uint8]) -> list[Face]:
        """All faces in `image` (H, W, 3) sRGB, largest first."""
        height, width = image.shape[:2]
        wrapped = self._image(image_format=self._colours, data=np.ascontiguousarray(image))
        seen = self._task.detect(wrapped)
        found = []
        for marks, blendshapes in zip(seen.face_landmarks, seen.face_blendshapes, strict=True):
            points = np.array([(mark.x * width, mark.y * height, mark.z * width) for mark in marks])
            scores = np.zeros(len(ARKIT_52))
            for shape in blendshapes:
                if shape.category_name in INDEX:
                    scores[INDEX[shape.category_name]] = shape.score
            found.append(Face(points, scores))
        return sorted(found, key=lambda face: -face.width)
