"""What the tracker finds beside what was drawn: heads in motion filmed by our renderer."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, EYE_LOOK
from avitalk.evaluate.metrics.lips import correlation
from avitalk.face import PARTS, Head, lip_gap, load_head
from avitalk.render import Camera, Renderer
from avitalk.track import Landmarks, Tracked
from avitalk.track.landmarker import Landmarker
from avitalk.track.mesh import POINTS
from avitalk.types import Motion

Array = NDArray[np.float64]

SIDE_PX: Final = 512
SHORT_SIDE_MM: Final = 24.0
USED: Final = tuple(i for i in range(len(ARKIT_52)) if i not in EYE_LOOK)
MOVES: Final = 0.02
"""Shapes whose weight has a smaller standard deviation are not compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A motion that is known, and the face points that the landmarker saw of it."""

    name: str
    motion: Motion
    landmarks: Landmarks
    focal_px: float
    """Of the camera that filmed it."""


def film(
    name: str, head: Head, motion: Motion, camera: Camera, landmarker: Landmarker,
    cache: Path | None = None,
) -> Case:  # fmt: skip
    """Draw each frame and look at it; points are kept in the folder `cache` for the next time."""
    focal_px = camera.focal_mm / SHORT_SIDE_MM * SIDE_PX
    key = hashlib.sha256(motion.to_bytes() + repr((head.name, camera)).encode())
    key.update(head.vertices.tobytes())
    kept = cache / f"{name}-{key.hexdigest()[:12]}.npz" if cache else None
    if kept is not None and kept.is_file():
        with np.load(kept) as stored:
            points, scores, found = (stored[key] for key in ("points", "scores", "found"))
    else:
        points, scores, found = _look(head, motion, camera, landmarker)
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            np.savez(kept, points=points, scores=scores, found=found)
    size = (SIDE_PX, SIDE_PX)
    landmarks = Landmarks(points, np.arange(POINTS), found, size, motion.fps, scores, name)
    return Case(name, motion, landmarks, focal_px)


def _look(
    head: Head, motion: Motion, camera: Camera, landmarker: Landmarker
) -> tuple[Array, Array, NDArray[np.bool_]]:
    renderer = Renderer(head, size=(SIDE_PX, SIDE_PX), camera=camera)
    points = np.zeros((motion.frames, POINTS, 3))
    scores = np.zeros((motion.frames, len(ARKIT_52)))
    found = np.zeros(motion.frames, bool)
    for frame in range(motion.frames):
        faces = landmarker.faces(renderer.frame(head.pose_at(motion, frame)))
        if faces:
            points[frame], scores[frame], found[frame] = faces[0].points, faces[0].scores, True
    return points, scores, found


@dataclass(frozen=True, slots=True)
class Score:
    """How near a tracked motion comes to the one drawn."""

    frames: int
    weights_off: float
    """Root mean square error of the weights over the root mean square of the true ones."""
    surface_off: float
    """The same of the displacement of the default head's skin and lips."""
    r_all: float
    """Correlation over time, mean over shapes by their true spread."""
    r_mouth: float
    error: float
    """Mean absolute error of the weights of shapes that move."""
    gap_r: float
    """Correlation of the opening of the default head's lips."""
    gap_scale: float
    """Its standard deviation over the true one."""
    head_deg: tuple[float, float, float]
    """Mean absolute error of yaw, pitch and roll, less their means."""
    fit_px: float
    by_shape: dict[str, float]
    """Correlation of each shape that moves."""


def score(case: Case, tracked: Tracked) -> Score:
    """Compare in the frames in which a face was seen."""
    seen = tracked.found
    truth = np.clip(case.motion.weights[seen], 0, 1).astype(np.float64)
    found = tracked.motion.weights[seen].astype(np.float64)
    spread = truth.std(axis=0)
    moving = [i for i in range(len(ARKIT_52)) if spread[i] > MOVES]
    r = np.array([correlation(truth[:, i], found[:, i]) for i in moving])
    mouth = np.array([ARKIT_52[i].startswith(("mouth", "jaw")) for i in moving])
    share = spread[moving]
    weights_off, surface_off = distances(truth, found)
    gap = _surface()[1]
    head = tracked.motion.head[seen] - case.motion.head[seen]
    head_deg = np.degrees(np.abs(head - head.mean(axis=0)).mean(axis=0))
    opening = (truth @ gap, found @ gap)
    return Score(
        frames=len(truth),
        weights_off=weights_off,
        surface_off=surface_off,
        r_all=float((r * share).sum() / share.sum()),
        r_mouth=float((r * share)[mouth].sum() / share[mouth].sum()),
        error=float(np.abs(truth - found)[:, moving].mean()),
        gap_r=correlation(*opening),
        gap_scale=float(opening[1].std() / opening[0].std()),
        head_deg=(float(head_deg[0]), float(head_deg[1]), float(head_deg[2])),
        fit_px=float(tracked.error_px[seen].mean()),
        by_shape={ARKIT_52[i]: float(value) for i, value in zip(moving, r, strict=True)},
    )


def distances(truth: Array, found: Array) -> tuple[float, float]:
    """Root mean square error of weights (F, 52), and of the skin and lips they move, each over the
    root mean square of the truth: 1 is what a face that never moves gets.
    """
    used, gram = list(USED), _surface()[0]
    off, scale = found[:, used] - truth[:, used], truth[:, used]
    weights_off = np.square(off).sum() / np.square(scale).sum()
    surface_off = ((off @ gram) * off).sum() / ((scale @ gram) * scale).sum()
    return float(np.sqrt(weights_off)), float(np.sqrt(surface_off))


@lru_cache(maxsize=1)
def _surface() -> tuple[Array, Array]:
    """Products (U, U) of the used shapes' displacements over skin and lips of the default head,
    and (52,) how far each shape opens its lips in metres.
    """
    head = load_head()
    rows = np.isin(head.part, [PARTS.index("skin"), PARTS.index("lips")])
    flat = head.shapes[list(USED)][:, rows].astype(np.float64).reshape(len(USED), -1)
    return flat @ flat.T, np.asarray(lip_gap(head.shapes, head), np.float64)
