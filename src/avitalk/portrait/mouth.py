"""The mouth behind the lips, in the light of the photo: posed vertices come in, colours go out.

Teeth that the photo shows stay its own; what it hides is our head's.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.face import PARTS, Head, vertex_normals
from avitalk.portrait import kernels
from avitalk.portrait.behind import Shown
from avitalk.portrait.bend import Person
from avitalk.portrait.distances import distances
from avitalk.portrait.photo import Canvas
from avitalk.portrait.seen import ARCH, INSIDE, Seen, smooth
from avitalk.portrait.teeth import shown_inside
from avitalk.render.background import to_linear, to_srgb

Array = NDArray[np.float64]
F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

SKIN_GREY: Final = 0.36
"""Albedo of light skin, green: photos are exposed for it."""
SHADE: Final = {
    "mouth": 0.3,
    "gums": 0.45,
    "teeth_upper": 0.95,
    "teeth_lower": 0.42,
    "tongue": 0.36,
}
"""Light that each part gets at the lips, of that on the skin."""
BACK_M: Final = (0.004, 0.011)
"""Teeth this far behind the front ones begin to be dark, and are e times darker each so many metres
further back: cheeks shade them."""
AMBIENT: Final = 0.6
WARM: Final = np.array([1.03, 0.98, 0.88])
"""Light in the mouth has met its red walls."""
TINT: Final = 0.8
"""How much of the photo's colour cast teeth take on."""
LIPS_LIGHT: Final = 0.12
"""How much of the light on teeth has come by lips and skin, and has their colour."""
LUMINANCE: Final = np.array([0.2126, 0.7152, 0.0722])
ONE_HUE: Final = 0.006
"""Shares of red, green and blue on the skin of black and white photos stray less than this."""
LINING: Final = 0.35
"""Walls of the mouth get at least this share of light,"""
LINED_M: Final = (0.002, 0.009)
"""but near the lips they are as the lips are."""
SOFT: Final = 0.004
SOFTEST_PX: Final = 1.2
"""Teeth are blurred by this deviation, in sizes of the face, as photos blur them; at most."""
LIP_SHADE_M: Final = 0.006
"""The upper lip shades this much below itself."""
UNMOVED_PX: Final = (0.3, 1.5)
"""Lips parted by so much more or less than in the photo do not show what is behind them there."""
SLIT_M: Final = (0.0005, 0.0035)
"""Lips parted less than this, on the mean, let little light in."""


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
    soft: F32
    """Weights of neighbouring samples: teeth are no sharper than photos are."""
    own: Shown
    """What the photo shows."""
    gap_px: F32
    """(L, 2) how the photo's lips are parted."""
    tone: Array | None
    """(3,) linear colour of brightness 1 if the photo knows one hue only: grey, sepia."""
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
        gap = float(np.linalg.norm(upper - lower, axis=1).mean())
        slit = 0.25 + 0.75 * float(smooth(np.asarray(gap), *SLIT_M))
        gap = max(gap, 0.004)
        line = ((upper + lower) / 2).astype(np.float64)
        order = np.argsort(line[:, 0])
        behind = np.interp(at[:, 0], line[order, 0], line[order] @ forward)
        depth = behind - at @ forward
        through = slit * gap / (gap + 0.25 * np.maximum(depth - 0.010, 0))
        through *= np.exp(-45.0 * np.maximum(depth - 0.018, 0))
        below = np.interp(at[:, 0], upper[order, 0], upper[order, 1]) - at[:, 1]
        through *= 0.55 + 0.45 * smooth(below, 0.0, min(LIP_SHADE_M, 0.7 * gap + 1e-4))
        normals = vertex_normals(posed[self.rows], self.triangles).astype(np.float64)
        through = np.maximum(through, self.least)
        light = through * (AMBIENT + (1 - AMBIENT) * np.maximum(normals @ towards, 0))
        glint = self.shine * through * np.maximum(normals @ (towards + forward) / 1.9, 0) ** 24
        linear = self.colour * light[:, None] + glint[:, None]
        if self.tone is not None:
            linear = (linear @ LUMINANCE)[:, None] * self.tone
        colours = np.zeros((len(posed), 3), np.float32)
        colours[self.rows] = 255 * to_srgb(np.clip(linear, 0, 1))
        return colours

    def unmoved(self, screen: F32) -> float:
        """How much the lips are parted as in the photo: 1 if just so, 0 if otherwise."""
        gap = screen[self.lips[0], :2] - screen[self.lips[1], :2]
        away = float(np.linalg.norm(gap - self.gap_px, axis=1).mean())
        return 1 - float(smooth(np.asarray(away), *UNMOVED_PX))

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
    own, shown = shown_inside(person, canvas, seen)
    white = _white(head, canvas, seen)
    if shown is not None:
        enamel = head.colour[head.part == PARTS.index("teeth_upper")].mean(axis=0)
        white = _like(white, to_linear(shown / 255) / (enamel * SHADE["teeth_upper"] * WARM))
    part = head.part[head.triangles[:, 0]]
    if own.teeth[..., 3].any():
        gone = np.isin(head.part[seen.triangles[:, 0]], [PARTS.index("teeth_upper")])
        kept = np.ascontiguousarray(seen.triangles[~gone])
        seen = replace(seen, triangles=kept, kind=seen.kind[~gone])
    rows = np.flatnonzero(np.isin(head.part, [PARTS.index(name) for name in INSIDE]))
    place = np.full(len(head.vertices), -1)
    place[rows] = np.arange(len(rows))
    inner = np.isin(part, [PARTS.index(name) for name in INSIDE])
    inner &= (place[head.triangles] >= 0).all(axis=1)
    shade = np.array([SHADE.get(name, 0.0) for name in PARTS])[head.part[rows]]
    colour = head.colour[rows].astype(np.float64) * white * shade[:, None] * WARM
    colour *= _shaded_by_cheeks(head)[rows, None]
    lining = head.part[rows] == PARTS.index("mouth")
    shine = np.where(lining, 0.0, 0.10 * white.mean())
    like, lip = _lip(head, rows, seen)
    like = np.where(lining, like, 0.0)
    colour += like[:, None] * (lip - colour)
    lips = np.stack([head.lip_upper, head.lip_lower]).astype(np.int64)
    skull = np.flatnonzero(head.part == PARTS.index("teeth_upper"))[::7]
    mouth = Mouth(
        rows, np.ascontiguousarray(place[head.triangles[inner]], np.int32), colour, lips,
        shine, np.where(lining, LINING + (0.9 - LINING) * like, 0.02), _soft(canvas.face_px), own,
        screen[lips[0], :2] - screen[lips[1], :2], _tone(head, seen), skull,
        screen[skull, :2].astype(np.float64),
    )  # fmt: skip
    return mouth, seen


def _shaded_by_cheeks(head: Head) -> Array:
    """(V,) share of light that teeth and gums get for their place along the arch."""
    z = head.vertices[:, 2].astype(np.float64)
    arch = np.isin(head.part, [PARTS.index(name) for name in ARCH])
    behind = z[arch].max() - z - BACK_M[0]
    return np.where(arch, np.exp(-np.maximum(behind, 0) / BACK_M[1]), 1.0)


def _lip(head: Head, rows: NDArray[np.int64], seen: Seen) -> tuple[Array, Array]:
    """(N,) how near vertices are to the inner lips, and (N, 3) the nearest lip's linear colour."""
    ring = np.concatenate([head.lip_upper, head.lip_lower])
    away = distances(head.vertices[rows].astype(np.float64), head.vertices[ring].astype(np.float64))
    colour = to_linear(seen.skin[ring, kernels.FILL :].astype(np.float64) / 255)
    return 1 - smooth(away.min(axis=1), *LINED_M), np.asarray(colour[away.argmin(axis=1)])


def _soft(face_px: float) -> F32:
    """Weights of samples along an axis."""
    deviation = min(SOFT * face_px, SOFTEST_PX) * kernels.FINE
    reach = int(np.ceil(2 * deviation))
    return np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / deviation)).astype(np.float32)


def _tone(head: Head, seen: Seen) -> Array | None:
    """(3,) see `Mouth.tone`."""
    trusted = seen.sure & np.isin(head.part, [PARTS.index("skin"), PARTS.index("lips")])
    colours = seen.skin[trusted, kernels.FILL :].astype(np.float64)
    colours = colours[colours.mean(axis=1) > 30]
    if len(colours) < 20:
        return None
    shares = colours / colours.sum(axis=1, keepdims=True)
    if shares.std(axis=0).max() > ONE_HUE:
        return None
    hue = to_linear(np.median(colours, axis=0) / 255)
    return np.asarray(hue / max(float(hue @ LUMINANCE), 1e-6))


def _like(white: Array, wanted: Array) -> Array:
    """(3,) `wanted`, where the photo's teeth are not far from what its light makes likely."""
    return np.asarray(np.clip(wanted, 0.6 * white, 1.6 * white))


def _white(head: Head, canvas: Canvas, seen: Seen) -> Array:
    """(3,) linear colour of white matt paint behind the lips, in the light of the photo."""
    skin = seen.sure & (head.part == PARTS.index("skin"))
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
    grey = 0.5 * 0.9 + 0.5 * grey if grey < 0.9 else grey
    by_skin = level / max(float(level.mean()), 1e-6)
    return np.asarray(grey * (1 - TINT + TINT * cast) * (1 - LIPS_LIGHT + LIPS_LIGHT * by_skin))
