"""Per frame, what a generator learns from: target render, normals, depth, mask, landmarks, texture.

DIR/source/    photo.png, normals.png, depth.png, mask.png, landmarks.npy: the photo as it is
DIR/target/    000000.png ...: what is drawn
DIR/texture/   the photo's pixels on the target's geometry, without its surroundings
DIR/normals/   camera's frame, 0 to 255 for -1 to 1: right, up, towards the camera
DIR/depth/     16 bit: metres from the camera times the scale in conditions.json, 0 for nothing
DIR/mask/      0 nothing, 1 skin and lips, 2 inside the mouth, 3 left eye, 4 right eye
DIR/landmarks.npy   (F, 468, 2) pixels, numbered as MediaPipe does
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avitalk.errors import InputError
from avitalk.face import vertex_normals
from avitalk.files import write_bytes
from avitalk.portrait import kernels
from avitalk.portrait.anchors import find_anchors
from avitalk.portrait.drive import Driven
from avitalk.portrait.portrait import Portrait
from avitalk.portrait.seen import rasterised
from avitalk.version import __version__

F32 = NDArray[np.float32]
Picture = NDArray[np.uint8]

DEPTH_STEPS: Final = 20_000
"""Steps of the depth pictures to a metre."""
FORMAT: Final = "avitalk portrait conditions"
LABELS: Final = {"nothing": 0, "skin": 1, "mouth": 2, "eye_left": 3, "eye_right": 4}


def maps(portrait: Portrait, posed: F32) -> dict[str, NDArray[Any]]:
    """Normals (H, W, 3) uint8, depth (H, W) uint16 and mask (H, W) uint8 of a posed mesh."""
    screen, seen = portrait.person.project(posed), portrait.seen
    drawn, kinds = seen.behind(screen, portrait.mouth.lips)
    _, samples = rasterised(screen, drawn, portrait.canvas.size)
    # One sample a pixel: labels and depths must not be mixed.
    chosen = samples[:: kernels.FINE, :: kernels.FINE]
    there = chosen >= 0
    triangles = drawn[np.maximum(chosen, 0)]
    y, x = np.indices(chosen.shape)
    weights = _weights(screen, triangles, x + 0.5 / kernels.FINE, y + 0.5 / kernels.FINE)
    turn = portrait.person.fit.turn
    normals = vertex_normals(posed, portrait.person.head.triangles) @ turn.T
    blended = (normals[triangles] * weights[..., None]).sum(axis=-2)
    blended /= np.maximum(np.linalg.norm(blended, axis=-1, keepdims=True), 1e-9)
    away = -portrait.person.fit.to_camera(posed)[:, 2]
    depth = (away[triangles] * weights).sum(axis=-1)
    share = (seen.skin[:, kernels.SHARE][triangles] * weights).sum(axis=-1)
    kind = kinds[np.maximum(chosen, 0)]
    there &= (share > 0.02) | (kind != kernels.SKIN)
    return {
        "normals": np.where(there[..., None], 127.5 + 127.5 * blended, 0).round().astype(np.uint8),
        "depth": np.where(there, depth * DEPTH_STEPS, 0).round().clip(0, 65535).astype(np.uint16),
        "mask": np.where(there, kind + 1, 0).astype(np.uint8),
    }


def _weights(screen: F32, triangles: NDArray[Any], x: Any, y: Any) -> NDArray[np.float64]:
    """(H, W, 3) weights of the corners at points of the picture."""
    corners = screen[triangles].astype(np.float64)
    dx, dy = corners[..., 0] - x[..., None], corners[..., 1] - y[..., None]
    cross = [dx[..., i] * dy[..., j] - dy[..., i] * dx[..., j] for i, j in ((1, 2), (2, 0), (0, 1))]
    weights = np.maximum(-np.stack(cross, axis=-1), 0) * corners[..., 2]
    total = weights.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(total > 0, weights / np.maximum(total, 1e-12), 1 / 3))


def landmarks(portrait: Portrait, posed: F32) -> F32:
    """(468, 2) pixels of the face's points."""
    at = find_anchors().of(portrait.person.project(posed))
    return np.asarray(at[:, :2], np.float32)


class Conditions:
    """Writes a folder of conditions while frames are drawn."""

    def __init__(self, folder: Path | str, portrait: Portrait, driven: Driven) -> None:
        """Write the source's part. Raises InputError if the folder holds something already."""
        self.folder, self.portrait, self.driven = Path(folder), portrait, driven
        if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise InputError(f"{self.folder}: is not an empty folder; name a new one")
        posed = portrait.person.photographed()
        self._write("source/photo.png", portrait.canvas.pixels)
        for name, array in maps(portrait, posed).items():
            self._write(f"source/{name}.png", array)
        self._save("source/landmarks.npy", landmarks(portrait, posed))
        self._points: list[F32] = []

    def through(self, frames: Iterator[Picture]) -> Iterator[Picture]:
        """The frames as they come, each written with its conditions on the way."""
        for number, picture in enumerate(frames):
            posed = self.portrait.posed(self.driven, number)
            found = maps(self.portrait, posed)
            name = f"{number:06d}.png"
            self._write(f"target/{name}", picture)
            self._write(f"texture/{name}", picture * (found["mask"] > 0)[..., None])
            for kind, array in found.items():
                self._write(f"{kind}/{name}", array)
            self._points.append(landmarks(self.portrait, posed))
            yield picture
        self._finish()

    def _finish(self) -> None:
        self._save("landmarks.npy", np.stack(self._points))
        fit = self.portrait.person.fit
        card = {
            "format": FORMAT,
            "avitalk": __version__,
            "frames": len(self._points),
            "fps": self.driven.fps,
            "size": list(self.portrait.canvas.size),
            "depth_steps_per_m": DEPTH_STEPS,
            "labels": LABELS,
            "focal_px": fit.lens.focal_px,
            "centre_px": list(fit.lens.centre_px),
            "turn": fit.turn.tolist(),
            "place_m": fit.place.tolist(),
            "identity": fit.identity.coefficients,
        }
        write_bytes(self.folder / "conditions.json", (json.dumps(card, indent=1) + "\n").encode())

    def _write(self, name: str, array: NDArray[Any]) -> None:
        buffer = io.BytesIO()
        Image.fromarray(array).save(buffer, "PNG", compress_level=1)
        write_bytes(self.folder / name, buffer.getvalue())

    def _save(self, name: str, array: NDArray[Any]) -> None:
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        write_bytes(self.folder / name, buffer.getvalue())
