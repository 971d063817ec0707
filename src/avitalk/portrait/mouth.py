"""The mouth behind the lips, in the light of the photo: posed vertices come in, colours go out.

Teeth that the photo shows stay its own; what it hides is our head's.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.face import PARTS, Head
from avitalk.portrait import kernels
from avitalk.portrait.bend import Person
from avitalk.portrait.photo import Canvas
from avitalk.portrait.seen import INSIDE, Seen, boxed, rasterised, smooth
from avitalk.render.background import to_linear, to_srgb

Array = NDArray[np.float64]
F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

SKIN_GREY: Final = 0.36
"""Albedo of light skin, green: photos are exposed for it."""
SHADE: Final = {
    "mouth": 0.3,
    "gums": 0.45,
    "teeth_upper": 0.88,
    "teeth_lower": 0.5,
    "tongue": 0.36,
}
"""Light that each part gets at the lips, of that on the skin."""
AMBIENT: Final = 0.6
WARM: Final = np.array([1.03, 0.97, 0.84])
"""Light in the mouth has met its red walls."""
TINT: Final = 0.8
"""How much of the photo's colour cast teeth take on."""
LINING: Final = 0.35
"""Walls of the mouth get at least this share of light."""
LIP_SHADE_M: Final = 0.006
"""The upper lip shades this much below itself."""
LEAST_GAP: Final = 0.02
"""Lips parted less than this, in sizes of the face, show no teeth."""
BRIGHT: Final = 0.55
"""Teeth are at least this bright against the skin."""


@dataclass(frozen=True, slots=True, eq=False)
class Mouth:
    """What lies behind the lips."""

    rows: NDArray[np.int64]
    """(N,) vertices."""
    triangles: I32
    """(T, 3) among `rows`."""
    colour: Array
    """(N, 3) linear colours in the photo's light, in front of the lips."""
    lips: NDArray[np.int64]
    """(2, L) inner lips."""
    shine: Array
    """(N,) strength of reflections, linear."""
    least: Array
    """(N,) light that there always is: walls are not black."""
    own: kernels.Teeth
    """The photo's own teeth, or a cover of one pixel if it shows none."""
    skull: NDArray[np.int64]
    """Vertices that sit fast on the skull near the mouth."""
    skull_at: Array
    """(S, 2) where they are in the photo."""

    def colours(self, posed: F32, forward: Array, towards: Array) -> F32:
        """(V, 3) sRGB of 0 to 255 for posed vertices; zero where there is no mouth.

        forward: (3,) where the face looks; towards: (3,) where the light comes from.
        """
        at = posed[self.rows].astype(np.float64)
        upper, lower = posed[self.lips[0]], posed[self.lips[1]]
        gap = max(float(np.linalg.norm(upper - lower, axis=1).mean()), 0.004)
        line = ((upper + lower) / 2).astype(np.float64)
        order = np.argsort(line[:, 0])
        behind = np.interp(at[:, 0], line[order, 0], line[order] @ forward)
        depth = behind - at @ forward
        through = gap / (gap + 0.25 * np.maximum(depth - 0.010, 0))
        through *= np.exp(-45.0 * np.maximum(depth - 0.018, 0))
        below = np.interp(at[:, 0], upper[order, 0], upper[order, 1]) - at[:, 1]
        through *= 0.55 + 0.45 * smooth(below, 0.0, min(LIP_SHADE_M, 0.7 * gap + 1e-4))
        corners = at[self.triangles]
        faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        around = self.triangles.T.ravel()
        normals = np.stack(
            [np.bincount(around, np.tile(axis, 3), len(at)) for axis in faces.T], axis=1
        )
        normals = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
        through = np.maximum(through, self.least)
        light = through * (AMBIENT + (1 - AMBIENT) * np.maximum(normals @ towards, 0))
        glint = self.shine * through * np.maximum(normals @ (towards + forward) / 1.9, 0) ** 24
        linear = self.colour * light[:, None] + glint[:, None]
        colours = np.zeros((len(posed), 3), np.float32)
        colours[self.rows] = 255 * to_srgb(np.clip(linear, 0, 1))
        return colours

    def back(self, screen: F32) -> F32:
        """(2, 3) from a pixel to the place in the photo of what sits fast on the skull."""
        here = screen[self.skull, :2].astype(np.float64)
        rows = np.column_stack([here, np.ones(len(here))])
        return np.asarray(np.linalg.lstsq(rows, self.skull_at, rcond=None)[0].T, np.float32)


def mouth_of(person: Person, canvas: Canvas, seen: Seen) -> tuple[Mouth, Seen]:
    """The mouth of our head under the photo's light, and the mesh without teeth that the photo's
    own replace.
    """
    head = person.head
    screen = person.project(person.photographed())
    white = _white(head, canvas, seen)
    own = _own_teeth(person, canvas, seen, screen)
    part = head.part[head.triangles[:, 0]]
    if own.cover.size > 1:
        gone = np.isin(head.part[seen.triangles[:, 0]], [PARTS.index("teeth_upper")])
        seen = Seen(
            np.ascontiguousarray(seen.triangles[~gone]), seen.kind[~gone], seen.skin, seen.lids
        )
    rows = np.flatnonzero(np.isin(head.part, [PARTS.index(name) for name in INSIDE]))
    place = np.full(len(head.vertices), -1)
    place[rows] = np.arange(len(rows))
    inner = np.isin(part, [PARTS.index(name) for name in INSIDE])
    inner &= (place[head.triangles] >= 0).all(axis=1)
    shade = np.array([SHADE.get(name, 0.0) for name in PARTS])[head.part[rows]]
    colour = head.colour[rows].astype(np.float64) * white * shade[:, None] * WARM
    shine = np.where(head.part[rows] == PARTS.index("mouth"), 0.0, 0.10 * white.mean())
    lips = np.stack([head.lip_upper, head.lip_lower]).astype(np.int64)
    skull = np.flatnonzero(head.part == PARTS.index("teeth_upper"))[::7]
    mouth = Mouth(
        rows, np.ascontiguousarray(place[head.triangles[inner]], np.int32), colour, lips,
        shine, np.where(shine > 0, 0.02, LINING), own, skull, screen[skull, :2].astype(np.float64),
    )  # fmt: skip
    return mouth, seen


def _own_teeth(person: Person, canvas: Canvas, seen: Seen, screen: F32) -> kernels.Teeth:
    """Where the photo shows teeth between parted lips."""
    nothing = kernels.Teeth(0, 0, np.zeros((1, 1, 1), np.float32))
    lips = np.concatenate([person.head.lip_upper, person.head.lip_lower])
    gap = np.linalg.norm(
        screen[person.head.lip_upper, :2] - screen[person.head.lip_lower, :2], axis=1
    ).max()
    if gap < LEAST_GAP * canvas.face_px:
        return nothing
    low = np.maximum(np.floor(screen[lips, :2].min(axis=0)).astype(int) - 4, 0)
    high = np.minimum(np.ceil(screen[lips, :2].max(axis=0)).astype(int) + 4, canvas.size)
    samples = rasterised(screen, seen.triangles, canvas.size)[1]
    kind = np.where(samples >= 0, seen.kind[np.maximum(samples, 0)], 255)
    inside = (kind == kernels.INSIDE).reshape(canvas.size[1], 2, canvas.size[0], 2)
    window = inside.mean(axis=(1, 3))[low[1] : high[1], low[0] : high[0]]
    pixels = canvas.pixels[low[1] : high[1], low[0] : high[0]].astype(np.float64)
    skin = (seen.skin[:, kernels.TRUST] > 0.8) & (seen.skin[:, kernels.SHARE] > 0.5)
    usual = float(np.median(seen.skin[skin, kernels.FILL :].mean(axis=1))) if skin.any() else 0.0
    shown = pixels[window > 0.9].mean(axis=1)
    if len(shown) < 12 or np.percentile(shown, 80) < BRIGHT * usual:
        return nothing
    # A pixel of lip all round: no seam while the lips stay where the photo has them.
    cover = np.clip(4 * boxed(window[..., None], 1), 0, 1)
    return kernels.Teeth(int(low[0]), int(low[1]), np.ascontiguousarray(cover, np.float32))


def _white(head: Head, canvas: Canvas, seen: Seen) -> Array:
    """(3,) linear colour of white matt paint in the light that falls on the face."""
    skin = (head.part == PARTS.index("skin")) & (seen.skin[:, kernels.TRUST] > 0.8)
    skin &= seen.skin[:, kernels.SHARE] > 0.5
    y = head.vertices[:, 1]
    near = skin & (y < -0.03) & (y > -0.11)
    near = near if near.sum() > 20 else skin
    if not near.any():
        return np.full(3, 0.8)
    shown = to_linear(seen.skin[near, kernels.FILL :].astype(np.float64) / 255)
    level = np.median(shown, axis=0).astype(np.float64)
    cast = level / np.array([0.52, 0.33, 0.24])
    cast /= max(float(cast.mean()), 1e-6)
    grey = max(min(float(level[1]) / SKIN_GREY, 1.25), 0.05)
    # Dark skin in good light must not darken teeth as far.
    grey = 0.35 * 0.9 + 0.65 * grey if grey < 0.9 else grey
    return np.asarray(grey * (1 - TINT + TINT * cast))
