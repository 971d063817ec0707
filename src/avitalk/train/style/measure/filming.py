"""Motions in, the Motions that `avitalk track` finds in their video out.

Our renderer draws them, MediaPipe's face landmarker looks at the drawings, our tracker solves. What
was seen of a motion is kept in a folder, so that a second run is quick.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52
from avitalk.face import load_head
from avitalk.render import Camera, Renderer
from avitalk.track import Landmarker, Landmarks, resting_face, track
from avitalk.track.mesh import POINTS
from avitalk.track.neutral import Neutral
from avitalk.types import Motion

FPS: Final = 12.5
SIDE_PX: Final = 384
CAMERA: Final = Camera(distance_m=0.9)
FOCAL_PX: Final = CAMERA.focal_mm / 24.0 * SIDE_PX
RESTING: Final = 24
"""Neutral takes that the resting face is learned from, as `avitalk track --same-person` does."""


class Studio:
    """Films the default head; `index` are the face points that are kept, all unless given."""

    def __init__(
        self,
        model: Path | None = None,
        cache: Path | None = None,
        *,
        index: NDArray[np.int64] | None = None,
        draft: bool = True,
    ) -> None:
        self.head = load_head()
        self.landmarker = Landmarker(model)
        self.cache = cache
        self.index = np.arange(POINTS) if index is None else index
        self.draft = draft
        self.renderer = Renderer(self.head, size=(SIDE_PX, SIDE_PX), camera=CAMERA, draft=draft)
        self.neutral: Neutral | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.landmarker.close()

    def film(self, motion: Motion) -> Landmarks:
        """What the landmarker sees, FPS frames a second."""
        motion = motion.resample(FPS)
        kept = None
        if self.cache is not None:
            key = hashlib.sha256(motion.to_bytes() + repr((CAMERA, SIDE_PX, self.draft)).encode())
            key.update(np.ascontiguousarray(self.head.shapes).tobytes()[::4096])
            kept = self.cache / f"{key.hexdigest()[:20]}.npz"
        if kept is not None and kept.is_file():
            with np.load(kept) as stored:
                points, scores, found = (stored[name] for name in ("points", "scores", "found"))
        else:
            points, scores, found = self._look(motion)
            if kept is not None:
                kept.parent.mkdir(parents=True, exist_ok=True)
                np.savez(kept, points=points, scores=scores, found=found)
        return self._landmarks(points.astype(np.float64), scores.astype(np.float64), found)

    def learn_face(self, neutral: Sequence[Motion]) -> None:
        """Learn the resting face from neutral takes."""
        some = neutral[:: max(1, len(neutral) // RESTING)]
        self.neutral = resting_face([self.film(m) for m in some], focal_px=FOCAL_PX)

    def tracked(self, motion: Motion, neutral: Motion) -> tuple[Motion, Motion]:
        """Both as the tracker finds them in one video, the neutral one first.

        An emotion that lasts through a whole video would be taken for the face at rest.
        """
        first, second = self.film(neutral), self.film(motion)
        both = Landmarks(
            np.concatenate([first.points, second.points]),
            first.index,
            np.concatenate([first.found, second.found]),
            first.size,
            FPS,
            np.concatenate([scores_of(first), scores_of(second)]),
        )
        found = track(both, neutral=self.neutral, focal_px=FOCAL_PX).motion
        border_s = first.frames / FPS
        return found.slice(border_s, found.duration_s), found.slice(0.0, border_s)

    def _look(
        self, motion: Motion
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
        points = np.zeros((motion.frames, POINTS, 3), np.float32)
        scores = np.zeros((motion.frames, len(ARKIT_52)), np.float32)
        found = np.zeros(motion.frames, bool)
        for frame in range(motion.frames):
            picture = self.renderer.frame(self.head.pose_at(motion, frame))
            faces = self.landmarker.faces(picture)
            if faces:
                points[frame], scores[frame], found[frame] = faces[0].points, faces[0].scores, True
        return points, scores, found

    def _landmarks(
        self, points: NDArray[np.float64], scores: NDArray[np.float64], found: NDArray[np.bool_]
    ) -> Landmarks:
        size = (SIDE_PX, SIDE_PX)
        return Landmarks(points[:, self.index], self.index, found, size, FPS, scores)


def scores_of(landmarks: Landmarks) -> NDArray[np.float64]:
    """(F, 52), zeros where there are none."""
    found = landmarks.scores
    return np.zeros((landmarks.frames, len(ARKIT_52))) if found is None else found
