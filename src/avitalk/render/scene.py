"""A head in front of a camera: `Renderer` turns posed vertices into pictures."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.render import holes, light, raster, shading, shadow
from avitalk.render.background import STUDIO, background_for, to_srgb
from avitalk.render.camera import Camera
from avitalk.render.look import KEY_SIDE, SHADOW_SIDE, Look
from avitalk.render.seams import Seams
from avitalk.render.surface import PART, RigidPart, surface_of
from avitalk.render.tables import COLUMNS, IRIS_M, Frame, Lighting, Pose

if TYPE_CHECKING:
    from avitalk.face.head import Head
    from avitalk.types import Motion

MIN_SIDE: Final = 16
MAX_SIDE: Final = 4096
BAND_PIXELS: Final = 96 * 1024  # per band: its samples stay in the processor's cache

DRAFT_STEP: Final = 2  # pixels of the picture to one that is drawn
DRAFT_SHADOW: Final = 4  # texels of the key light's shadow map to one of a draft
CASTERS: Final = ("skin", "lips", "hair", "garment")  # parts that throw shadows
KEY_BLUR: Final = (4, 2)  # texels to either side, rounds
BLUR: Final = (2, 1)
SCATTER_ROUNDS: Final = 2  # how far light spreads under skin, in vertices

Image = NDArray[np.uint8]


def check_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return `size` as two ints. Raises InputError outside 16 .. 4096 pixels."""
    width, height = size
    if int(width) != width or int(height) != height:
        raise InputError(f"picture size must be whole pixels, got {width} x {height}")
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE):
        raise InputError(
            f"picture size {width} x {height}; allowed: {MIN_SIDE} to {MAX_SIDE} a side"
        )
    return int(width), int(height)


class Renderer:
    """Pictures of one head at one size from one camera; `frame` may be called from any thread."""

    def __init__(
        self,
        head: "Head",
        *,
        size: tuple[int, int] = (512, 512),
        camera: Camera | None = None,
        background: str | Path = STUDIO,
        look: Look | None = None,
        draft: bool = False,
    ) -> None:
        """Prepare everything that does not change from frame to frame.

        `size` is (width, height); `background` is 'studio', '#rrggbb', '#rrggbb/#rrggbb'
        (top/bottom), 'transparent' or an image file; `draft` draws at half the resolution and
        enlarges, for a quick look. Raises InputError on a size or background not allowed.
        """
        self.size = check_size(size)
        self.head = head
        self.camera = camera or Camera()
        self.look = look or Look()
        self._step = DRAFT_STEP if draft else 1
        coarser = DRAFT_SHADOW if draft else 1
        self._key_side = KEY_SIDE // coarser
        self._key_blur = KEY_BLUR[0] // coarser, KEY_BLUR[1]
        width, height = (-(-side // self._step) for side in self.size)
        self._background = background_for(background, (width, height))
        between_eyes = np.asarray(head.eye_pivots, np.float64).mean(axis=0)
        view = self.camera.view(between_eyes, self.size).scaled(1 / self._step)
        iris_px = round(view.focal_px * 2 * IRIS_M / self.camera.distance_m)
        self._surface = surface_of(
            head,
            detail=0.0 if draft else self.look.detail,
            frayed=not draft,
            iris_px=iris_px,
            forward=view.axes[2],
        )
        self._solid = self._surface.triangles[: self._surface.solid]
        # Hairs are finer than the map, and the mouth is dark by its own rule.
        casting = np.isin(head.part[head.triangles[:, 0]], [PART[name] for name in CASTERS])
        texture = getattr(head, "texture", None)
        self._seams = Seams(None if texture is None else texture.twin)
        if texture is not None:
            casting = np.asarray(texture.cutoff) == 0
        self._casters = np.array(head.triangles[casting], np.int32, order="C")
        self._frame = Frame(
            eye=view.eye,
            axes=view.axes,
            lens=np.array([view.focal_px, *view.centre_px], np.float32),
            behind=self._background.linear,
            plain=self._background.encoded,
            encode=255 * to_srgb(np.linspace(0, 1, 4097)),
            exposure=float(self.look.exposure),
        )
        self._middle = between_eyes + np.array([0.0, -0.05, -0.06])
        still = ~np.any(np.asarray(head.shapes), axis=(0, 2)) & (head.head_weight > 0.999)
        eyes = [head.part == PART[name] for name in ("eye_left", "eye_right")]
        self._skull = RigidPart(head.vertices, np.flatnonzero(still & ~eyes[0] & ~eyes[1]))
        self._eyes = [RigidPart(head.vertices, np.flatnonzero(eye)) for eye in eyes]

    @property
    def transparent(self) -> bool:
        """Whether frames carry alpha."""
        return self._background.transparent

    def frame(self, vertices: NDArray[np.floating], *, enlarged: bool = True) -> Image:
        """Picture of the posed head: (H, W, 3) sRGB, or (H, W, 4) if the background is
        transparent (colours not multiplied by alpha).

        `vertices` (V, 3) metres. A draft comes as it was drawn, half the size, unless `enlarged`.
        Raises InputError if the number of vertices does not fit the head.
        """
        if vertices.shape != self.head.vertices.shape:
            raise InputError(
                f"vertices of shape {vertices.shape}; this head has {self.head.vertices.shape}"
            )
        pose, lighting = self._pose(np.array(vertices, np.float32, order="C"))
        if self._step > 1:
            # Only the key light is mirrored in a draft.
            lighting = lighting._replace(lamps=lighting.lamps[:1])
        height, width = self._background.encoded.shape[:2]
        image = np.empty((height, width, 4 if self.transparent else 3), np.uint8)
        rows = max(1, min(height, BAND_PIXELS // width))
        nearness = np.empty((rows, width, raster.SAMPLES), np.float32)
        seen = np.empty((rows, width, raster.SAMPLES), np.int32)
        for top in range(0, height, rows):
            count = min(rows, height - top)
            band = nearness[:count], seen[:count]
            raster.rasterise(pose.screen, self._solid, self._surface.closed, top, *band)
            holes.rasterise_cut(pose.screen, self._surface, top, *band)
            shading.shade(top, *band, self._surface, pose, lighting, self._frame, image)
        if self._step == 1 or not enlarged:
            return image
        larger = np.empty((self.size[1], self.size[0], image.shape[2]), np.uint8)
        shading.enlarge(image, larger)
        return larger

    def _pose(self, vertices: NDArray[np.float32]) -> tuple[Pose, Lighting]:
        triangles = self._surface.triangles
        normals, screen, scratch = (np.empty_like(vertices) for _ in range(3))
        raster.vertex_normals(vertices, triangles, normals)
        self._seams.join(normals)
        raster.project(vertices, self._frame.eye, self._frame.axes, self._frame.lens, screen)
        turn, shift = self._skull.fit(vertices)
        lighting = self.look.lighting(
            self.camera.yaw_rad, turn @ self._middle + shift, key_side=self._key_side
        )
        key, others = self._shadows(vertices, lighting)
        eye_turns = [eye.fit(vertices) for eye in self._eyes]
        head = self.head
        centres = [
            rotation @ pivot + move
            for (rotation, move), pivot in zip(eye_turns, head.eye_pivots, strict=True)
        ]
        lids = np.stack([vertices[head.lid_upper], vertices[head.lid_lower]], axis=1)
        mouth = _opening(head, vertices)
        head_axes = np.ascontiguousarray(turn.T, np.float32)
        surface = self._surface
        lit = np.zeros((len(vertices), COLUMNS), np.float32)
        light.light_vertices(
            vertices, normals, surface.attributes, others, lighting, head_axes[2], mouth, lit
        )
        light.scatter(
            surface.first, surface.neighbour, surface.spread, SCATTER_ROUNDS, lit, scratch
        )
        pose = Pose(
            screen=screen,
            lit=lit,
            head_axes=head_axes,
            eye_centres=np.array(centres, np.float32),
            eye_axes=np.stack([rotation.T for rotation, _ in eye_turns]).astype(np.float32),
            lids=np.ascontiguousarray(lids, np.float32),
            mouth=mouth,
            shadow=key,
        )
        return pose, lighting

    def _shadows(
        self, vertices: NDArray[np.float32], lighting: Lighting
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Blurred moments (S, S, 2) of the key light's shadow and (L - 1, S, S, 2) the others'."""
        if not self.look.shadow:
            return np.zeros((1, 1, 2), np.float32), np.zeros((0, 1, 1, 2), np.float32)
        # A draft asks only what the key light sees.
        count = 1 if self._step > 1 else len(lighting.lamps)
        key = np.empty((self._key_side, self._key_side, 2), np.float32)
        others = np.empty((count - 1, SHADOW_SIDE, SHADOW_SIDE, 2), np.float32)
        seen = np.empty_like(vertices)
        for number in range(count):
            moments, blur = (key, self._key_blur) if number == 0 else (others[number - 1], BLUR)
            depth = np.empty(moments.shape[:2], np.float32)
            shadow.shadow_map(vertices, self._casters, lighting.shadow[number], depth, seen)
            shadow.blur_moments(depth, *blur, np.empty_like(moments), moments)
        return key, others


def _opening(head: "Head", vertices: NDArray[np.float32]) -> NDArray[np.float32]:
    """(4,) middle of the lips' opening and its height; wide open for a head without lips."""
    if not len(head.lip_upper):
        return np.array([0.0, 0.0, 0.0, 1.0], np.float32)
    upper, lower = vertices[head.lip_upper], vertices[head.lip_lower]
    middle = (upper.mean(axis=0) + lower.mean(axis=0)) / 2
    gap = np.linalg.norm(upper - lower, axis=1).mean()
    return np.append(middle, gap).astype(np.float32)


def render_motion(
    head: "Head",
    motion: "Motion",
    *,
    size: tuple[int, int] = (512, 512),
    fps: float | None = None,
    camera: Camera | None = None,
    background: str | Path = STUDIO,
    look: Look | None = None,
    draft: bool = False,
    enlarged: bool = True,
    workers: int | None = None,
) -> Iterator[Image]:
    """Yield the pictures of `motion` at `fps` (its own rate if None), in order.

    Frames are drawn `workers` at a time (default: one for each processor available); the result
    does not depend on it. `enlarged` as in `Renderer.frame`. Raises InputError as `Renderer` does,
    before the first frame.
    """
    renderer = Renderer(
        head, size=size, camera=camera, background=background, look=look, draft=draft
    )
    moved = motion if fps is None else motion.resample(fps)
    return in_order(
        lambda index: renderer.frame(renderer.head.pose_at(moved, index), enlarged=enlarged),
        moved.frames,
        workers,
    )


def _processors() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(
    draw: Callable[[int], Image], count: int, workers: int | None = None
) -> Iterator[Image]:
    """Pictures 0 to `count` - 1, drawn `workers` at a time (default: one for each processor)."""
    threads = workers or _processors()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="render")
    pending: deque[Future[Image]] = deque()
    try:
        for index in range(count):
            pending.append(pool.submit(draw, index))
            # One frame ready beside those being drawn keeps everybody busy, memory constant.
            if len(pending) > threads + 1:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
