"""Teeth, gums and tongue: meshes of our own, placed where the scans have theirs, on the jaw.

Everything is the left half, in scan units; points with x = 0 lie on the midline.
"""

import itertools
from typing import Final

import numpy as np
from scipy.interpolate import CubicSpline

from avitalk.arkit import INDEX
from avitalk.train.head import paint
from avitalk.train.head.half import Half
from avitalk.train.head.scans import LOWER_TEETH_VERTICES, TOOTH_STARTS, Floats, Scans
from avitalk.train.head.solids import Solid, fan_and_strips, outward

ARCH: Final = 0.95
"""Our arch of teeth is this much narrower: smiles draw the mouth's corners close about it."""
JAW_SHAPES: Final = ("jawOpen", "jawForward", "jawLeft", "jawRight")
TOOTH_SPANS: Final = tuple(itertools.pairwise(TOOTH_STARTS))
UPPER_TEETH: Final = TOOTH_SPANS[1:8]
LOWER_TEETH: Final = TOOTH_SPANS[17:24]
"""Left second molar to left central incisor; wisdom teeth are left out."""


def add_mouth(half: Half, scans: Scans) -> None:
    """Append teeth, gums and tongue; the lower ones move as the scan's lower teeth do."""
    parts = [
        *((tooth, 0.22) for tooth in teeth(scans)),
        *((gum, 0.3) for gum in gums(scans)),
        (tongue(), 0.35),
    ]
    for solid, roughness in parts:
        rows = half.append(solid, paint.blank(len(solid.vertices)), roughness)
        if solid.part in ("teeth_lower", "gums_lower", "tongue"):
            for shape in JAW_SHAPES:
                turn, shift = jaw_motion(scans, shape)
                half.shapes[INDEX[shape], rows] = solid.vertices @ turn.T + shift
        if solid.part == "tongue":
            half.loops["tongue"] = np.arange(rows.start, rows.stop)


def tongue_out(half: Half) -> None:
    """No scan shows it: the tongue slides forward over the lower lip while the lips part."""
    i = INDEX["tongueOut"]
    rows = half.loops["tongue"]
    x, _, z = half.points[rows].T
    forward = paint.smooth(4.2, 9.4, z)
    half.shapes[i, rows, 0] = -0.3 * x * forward
    half.shapes[i, rows, 1] = 0.9 * paint.smooth(4.8, 7.2, z) - 1.5 * paint.smooth(7.3, 9.6, z)
    half.shapes[i, rows, 2] = 4.4 * forward
    for name, share in (("mouthLowerDown", 1.0), ("mouthUpperUp", 0.5)):
        for side in ("Left", "Right"):
            parted = half.shapes[INDEX[name + side], : half.skin]
            half.shapes[i, : half.skin] += share * parted


def jaw_motion(scans: Scans, shape: str) -> tuple[Floats, Floats]:
    """Linear motion (3, 3), (3,) of the jaw in one shape: displacement = A p + b."""
    rows = slice(*LOWER_TEETH_VERTICES)
    points, moved = scans.vertices[rows], scans.shapes[shape][rows]
    system = np.hstack([points, np.ones((len(points), 1))])
    solution = np.linalg.lstsq(system, moved, rcond=None)[0]
    return np.asarray(solution[:3].T, np.float64), np.asarray(solution[3], np.float64)


def teeth(scans: Scans) -> list[Solid]:
    """Rounded teeth, seven above and seven below (no wisdom teeth), boxes fitted to the scan's."""
    solids = []
    for row, part in ((UPPER_TEETH, "teeth_upper"), (LOWER_TEETH, "teeth_lower")):
        points = [scans.vertices[first:end] for first, end in row]
        points = [p * [ARCH * np.sign(p[:, 0].mean()), 1, 1] for p in points]
        centres = np.array([(p.min(axis=0) + p.max(axis=0)) / 2 for p in points])
        path = np.vstack([centres, centres[-1] * [-1, 1, 1]])
        tangent = path[1:] - np.vstack([centres[:1], centres[:-1]])
        tangent[-1] = [-1, 0, 0] + 0.5 * (tangent[-1] / np.linalg.norm(tangent[-1]))
        for index, (p, along) in enumerate(zip(points, tangent, strict=True)):
            solids.append(_tooth(p, along * [1, 0, 1], part, molar=index < 4))
    return solids


def _tooth(points: Floats, along: Floats, part: str, *, molar: bool) -> Solid:
    """A superellipsoid in the tooth's own frame: along the arch, up, and out of the mouth."""
    along = along / np.linalg.norm(along)
    up = np.array([0.0, 1.0, 0.0])
    out = np.cross(along, up)
    frame = np.stack([along, up, out])
    local = points @ frame.T
    low, high = np.percentile(local, [1, 99], axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    half[0] *= 1.06
    # Rings from the gum (-1) to the biting edge (1), each a rounded rectangle.
    level = np.array([-0.9, 0.2, 0.92] if molar else [-0.9, -0.2, 0.5, 0.85, 0.98])
    count = 8 if molar else 10
    phi = 2 * np.pi * np.arange(count) / count
    square = np.stack([np.cos(phi), np.sin(phi)], axis=1)
    square = np.sign(square) * np.abs(square) ** 0.6
    round_off = (1 - np.abs(level) ** 7) ** (1 / 7)
    wide = round_off * np.interp(level, [-1, 0.4, 1], [0.88, 1.0, 0.97])
    deep = round_off * (1.0 if molar else np.interp(level, [-1, 0, 1], [1.0, 0.75, 0.3]))
    shift = 0 * level if molar else 0.14 * np.clip(level, 0, 1)
    x = np.concatenate([[0], (wide[:, None] * square[:, 0]).ravel(), [0]])
    z = np.concatenate([[0], (shift[:, None] + deep[:, None] * square[:, 1]).ravel(), [shift[-1]]])
    y = np.concatenate([[-1], np.repeat(level, count), [1]])
    crown = 1.0 if part == "teeth_lower" else -1.0
    local = np.stack([x, y * crown, z], axis=1)
    rings = len(level)
    vertices = (middle + local * half) @ frame
    triangles = fan_and_strips(rings, count, closed_end=True)
    return Solid(part, vertices, outward(vertices, triangles))


def gums(scans: Scans) -> list[Solid]:
    """A rounded band along the roots of each row of teeth."""
    solids = []
    for row, sign, part in ((UPPER_TEETH, 1.0, "upper"), (LOWER_TEETH, -1.0, "lower")):
        boxes = [
            scans.vertices[a:b] * [ARCH * np.sign(scans.vertices[a:b, 0].mean()), 1, 1]
            for a, b in row
        ]
        middle = np.array([(p.min(axis=0) + p.max(axis=0)) / 2 for p in boxes])
        half = np.array([(p.max(axis=0) - p.min(axis=0)) / 2 for p in boxes])
        path = middle.copy()
        path[:, 1] += sign * half[:, 1] * 0.66
        path = np.vstack([path, [0.0, path[-1, 1], path[-1, 2] + 0.06]])
        solids.append(_band(path, 0.42, 0.5, f"gums_{part}"))
    return solids


def _band(path: Floats, thick: float, tall: float, part: str, around: int = 7) -> Solid:
    """Ellipse swept along `path` (k, 3), which ends on the midline."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    at = np.linspace(0, length[-1], 12)
    line = CubicSpline(length, path)(at)
    tangent = CubicSpline(length, path)(at, 1)
    tangent[-1] = [-1, 0, 0]
    out = np.cross(tangent, [0, 1, 0])
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    phi = 2 * np.pi * np.arange(around) / around
    ring = thick * np.cos(phi)[None, :, None] * out[:, None] + tall * np.sin(phi)[
        None, :, None
    ] * np.array([0, 1.0, 0])
    vertices = (line[:, None] + ring).reshape(-1, 3)
    vertices[-around:, 0] = 0.0
    strips = fan_and_strips(len(at), around)[around:] - 1
    return Solid(part, vertices, outward(vertices, strips))


TONGUE_LINE: Final = np.array(
    [[-5.7, 3.6], [-4.8, 4.4], [-4.15, 5.6], [-3.9, 6.8], [-3.9, 7.8], [-4.05, 8.7], [-4.18, 9.4]]
)
"""Middle of the tongue from root to tip, (y, z) in scan units."""


def tongue() -> Solid:
    """A flat ellipse swept along the tongue's middle, closed by a round tip."""
    knots = np.linspace(0, 1, len(TONGUE_LINE))
    s = np.concatenate([np.linspace(0, 0.88, 9), [0.94, 0.98]])
    line = CubicSpline(knots, TONGUE_LINE)(s)
    direction = CubicSpline(knots, TONGUE_LINE)(s, 1)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    tip = np.sqrt(np.clip(1 - (np.clip(s - 0.62, 0, None) / 0.38) ** 2.4, 0, 1))
    wide = np.interp(s, [0, 0.25, 0.55, 1], [1.5, 1.85, 1.8, 1.35]) * tip
    thick = np.interp(s, [0, 0.3, 0.7, 1], [0.7, 0.72, 0.5, 0.36]) * tip
    phi = np.linspace(np.pi / 2, -np.pi / 2, 9)  # top middle, round the left side, bottom middle
    across = wide[:, None] * np.cos(phi) ** 0.8
    height = thick[:, None] * np.sin(phi)
    groove = 0.16 * thick[:, None] * np.exp(-((across / 0.35) ** 2)) * (np.sin(phi) > 0)
    height = height - groove
    normal = np.stack([direction[:, 1], -direction[:, 0]], axis=1)  # up, in (y, z)
    place = line[:, None, :] + height[..., None] * normal[:, None, :]
    vertices = np.concatenate([across[..., None], place], axis=-1)
    vertices[:, [0, -1], 0] = 0.0
    rows, cols = vertices.shape[:2]
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(cols - 1), indexing="ij")
    a = (i * cols + j).ravel()
    triangles = np.concatenate(
        [np.stack([a, a + 1, a + cols], axis=1), np.stack([a + 1, a + cols + 1, a + cols], axis=1)]
    )
    flat = vertices.reshape(-1, 3)
    # The last ring is sealed onto one tip point on the midline.
    tip_point = np.array([[0.0, *CubicSpline(knots, TONGUE_LINE)(1.0)]])
    ring = (rows - 1) * cols + np.arange(cols)
    cap = np.stack([ring[:-1], ring[1:], np.full(cols - 1, len(flat))], axis=1)
    flat = np.vstack([flat, tip_point])
    return Solid("tongue", flat, outward(flat, np.concatenate([triangles, cap])))
