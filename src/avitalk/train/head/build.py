"""The default head from the scans: mesh, shapes, corrections, solids, paint, one half head out."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from avitalk.arkit import INDEX
from avitalk.face.head import PARTS
from avitalk.face.store import quantise
from avitalk.train.head import closing, hairs, paint, solids
from avitalk.train.head.mesher import triangulate
from avitalk.train.head.occlusion import bake
from avitalk.train.head.points import EYE_COLUMNS, MOUTH_COLUMNS, Layout, eye_loops, mouth_loops
from avitalk.train.head.scans import FACE_GROUPS, SKIN_VERTICES, Floats, Ints, Scans
from avitalk.train.head.spread import disc_places, fill_inside, fill_rim, spacing
from avitalk.train.head.surface import Surface, dense_half, vertex_normals
from avitalk.train.head.walk import Spot

NECK_PIVOT: Final = np.array([0.0, -3.0, -0.5])
JAW_SHAPES: Final = ("jawOpen", "jawForward", "jawLeft", "jawRight")
LID_CLEARANCE: Final = 0.03
"""Scan units between eyeball and the nearest skin."""
LID_SHAPES: Final = (
    "eyeBlink", "eyeSquint", "eyeWide", "eyeLookUp", "eyeLookDown", "eyeLookIn", "eyeLookOut",
    "cheekSquint", "browDown",
)  # fmt: skip
RED_RINGS: Final = 8
"""Rings of the lips, from the contact line, that are red."""


@dataclass
class Half:
    """The left half under construction; scan units."""

    points: Floats
    triangles: Ints
    shapes: Floats
    part: NDArray[np.uint8]
    colour: Floats
    roughness: Floats
    loops: dict[str, Ints]
    skin: int
    """Number of leading vertices that are skin, lips, mouth bag or hair."""
    mix: sparse.csr_matrix
    """(skin, scan vertices)."""

    def append(self, solid: solids.Solid, colour: Floats, roughness: float) -> slice:
        """Add a part that does not move yet; returns its rows."""
        first, count = len(self.points), len(solid.vertices)
        part = PARTS.index("gums" if solid.part.startswith("gums") else solid.part)
        self.points = np.vstack([self.points, solid.vertices])
        self.triangles = np.vstack([self.triangles, solid.triangles + first])
        self.shapes = np.concatenate([self.shapes, np.zeros((52, count, 3))], axis=1)
        self.part = np.concatenate([self.part, np.full(count, part, np.uint8)])
        self.colour = np.vstack([self.colour, colour])
        self.roughness = np.concatenate([self.roughness, np.full(count, roughness)])
        return slice(first, first + count)


def build_half(scans: Scans) -> Half:
    """Mesh the skin, fit it, correct it and add the other parts."""
    surface = dense_half(scans)
    half, spots, normals = _skin(scans, surface)
    _close_lips(half)
    radius = _close_lids(half, scans)
    _paint(half, surface, spots, normals)
    _add_eye(half, scans, radius)
    _add_mouth_parts(half, scans)
    hairs.add_lashes(half, scans)
    hairs.add_brows(half)
    _tongue_out(half)
    return half


def _skin(scans: Scans, surface: Surface) -> tuple[Half, Spot, Floats]:
    layout = Layout()
    mouth_loops(surface, layout)
    eye_loops(surface, scans, layout)
    size = spacing(surface)
    fill_rim(surface, layout, size)
    fill_inside(surface, layout, size)
    spots = Spot.join(layout.spots)
    places = spots.of(surface, surface.vertices)
    normals = spots.of(surface, surface.normals)
    triangles = triangulate(disc_places(surface, spots), places, normals)
    corners = surface.triangles[spots.triangle]
    pick = sparse.csr_matrix(
        (spots.weights.ravel(), (np.repeat(np.arange(len(spots)), 3), corners.ravel())),
        (len(spots), len(surface.vertices)),
    )
    mix = (pick @ surface.mix).tocsr()
    points = mix @ scans.vertices[: SKIN_VERTICES[1]]
    points[np.abs(points[:, 0]) < 3e-4, 0] = 0.0
    shapes = np.zeros((52, len(points), 3))
    for name, moved in scans.shapes.items():
        shapes[INDEX[name]] = mix @ moved[: SKIN_VERTICES[1]]
    part = np.full(len(points), PARTS.index("skin"), np.uint8)
    empty = np.zeros((len(points), 3))
    half = Half(
        points, triangles, shapes, part, empty, np.zeros(len(points)), layout.loops,
        len(points), mix,
    )  # fmt: skip
    return half, spots, normals


def _close_lips(half: Half) -> None:
    """Paired inner lip vertices meet at rest, and under mouthClose over a full jawOpen."""
    upper, lower = half.loops["lip_upper_0"], half.loops["lip_lower_0"]
    sources, moves = closing.meet(half.points, upper, lower)
    before = half.points
    half.points = before + closing.spread(before, half.triangles, sources, moves, 0.3)
    half.points[before[:, 0] == 0, 0] = 0.0
    opened = half.points + half.shapes[INDEX["jawOpen"]] + half.shapes[INDEX["mouthClose"]]
    sources, moves = closing.meet(opened, upper, lower)
    half.shapes[INDEX["mouthClose"]] += closing.spread(
        half.points, half.triangles, sources, moves, 0.6
    )


def _close_lids(half: Half, scans: Scans) -> float:
    """Lids meet at full blink and stay before the eyeball at every stage; returns its radius."""
    i = INDEX["eyeBlinkLeft"]
    lids = np.concatenate(
        [half.loops[f"lid_{lid}_{r}"] for lid in ("upper", "lower") for r in (0, 1)]
    )
    reach = np.linalg.norm(half.points[lids] - scans.eye_centre, axis=1)
    radius = float(np.percentile(reach, 10)) - 0.045
    near = np.linalg.norm(half.points - scans.eye_centre, axis=1) < radius + 1.2
    near &= half.points[:, 2] > scans.eye_centre[2] - 1.5
    clear = radius + LID_CLEARANCE
    half.points[near] += closing.lift(
        half.points[near], 0 * half.points[near], scans.eye_centre, clear, np.ones(1)
    )
    for name in LID_SHAPES:
        k = INDEX[f"{name}Left"]
        stages = np.array([0.3, 0.45, 0.6, 0.75, 0.9, 1.0]) if k == i else np.array([0.5, 1.0])
        for _ in range(3):
            if k == i:
                for ring in (0, 1):
                    pair = half.loops[f"lid_upper_{ring}"], half.loops[f"lid_lower_{ring}"]
                    sources, moves = closing.meet(half.points + half.shapes[i], *pair, 0.7)
                    half.shapes[i] += closing.spread(
                        half.points, half.triangles, sources, moves, 0.25
                    )
            moved = half.shapes[k][near]
            half.shapes[k, near] += closing.lift(
                half.points[near], moved, scans.eye_centre, clear, stages
            )
        if k == i:
            for ring in (0, 1):
                pair = half.loops[f"lid_upper_{ring}"], half.loops[f"lid_lower_{ring}"]
                sources, moves = closing.meet(half.points + half.shapes[i], *pair, 0.5)
                half.shapes[i, sources] += moves
    return radius


def _paint(half: Half, surface: Surface, spots: Spot, normals: Floats) -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(size=len(half.points))
    half.colour, half.roughness = paint.paint_skin(half.points, noise)
    group = surface.group[spots.triangle]
    names = list(FACE_GROUPS)
    bag = group == names.index("mouth_socket")
    half.part[bag] = PARTS.index("mouth")
    half.colour[bag] = paint.linear(paint.MOUTH)
    half.roughness[bag] = 0.3
    socket = group == names.index("eye_socket")
    half.colour[socket] = paint.linear((150, 80, 74))
    for name, loop in half.loops.items():
        if not name.startswith("lip_"):
            continue
        ring = name.rsplit("_", 1)[1]
        if ring.startswith("in"):
            tone, shade = 0.6 + 0.2 * int(ring[2:]), paint.LIP_INNER
        elif int(ring) < RED_RINGS:
            tone, shade = max(0.0, 0.5 - 0.25 * int(ring)), paint.LIP_INNER
            if int(ring) == RED_RINGS - 1:
                tone, shade = 0.45, paint.SKIN
        else:
            continue
        half.part[loop] = PARTS.index("lips")
        half.roughness[loop] = 0.34
        half.colour[loop] = paint.blend(
            np.tile(paint.linear(paint.LIP), (len(loop), 1)), shade, np.full(len(loop), tone)
        )
    for lid, dark in (("upper", (0.55, 0.85, 0.25)), ("lower", (0.1, 0.35, 0.08))):
        half.colour[half.loops[f"lid_{lid}_0"]] = paint.linear((196, 132, 120))
        half.roughness[half.loops[f"lid_{lid}_0"]] = 0.25
        for ring, strength in enumerate(dark):
            loop = half.loops[f"lid_{lid}_{ring}"]
            share = strength * np.minimum(1.0, np.arange(len(loop)) / 3)
            half.colour[loop] = paint.blend(half.colour[loop], paint.LASH, share)
    _add_hair(half, normals, noise)


def _add_hair(half: Half, normals: Floats, noise: Floats) -> None:
    """Short hair: the scalp is raised within the hairline and painted, with a soft edge."""
    x, y, z = half.points.T
    depth = paint.inside_hair(half.points)
    bare = (half.part != PARTS.index("skin")) | (y < -6.5)
    cover = np.where(bare, 0, paint.smooth(-0.3, 0.42, depth + 0.07 * noise))
    hair = cover > 0.5
    top = paint.smooth(4.0, 12.0, y)
    thick = (0.06 + (0.28 + 0.6 * top) * paint.smooth(0.1, 3.0, depth)) * (1 + 0.06 * noise)
    half.points += normals * (thick * cover)[:, None]
    half.points[x == 0, 0] = 0.0
    half.part[hair] = PARTS.index("hair")
    strand = paint.linear(paint.HAIR) * np.clip(1 + 0.22 * noise, 0.5, 1.6)[:, None]
    half.colour = half.colour * (1 - 0.96 * cover[:, None]) + 0.96 * cover[:, None] * strand
    half.roughness[hair] = 0.55


def _add_eye(half: Half, scans: Scans, radius: float) -> None:
    solid = solids.eyeball(scans.eye_centre, radius, scans.units_m)
    rng = np.random.default_rng(5)
    half.append(solid, paint.paint_eye(solid.vertices, scans.eye_centre, scans.units_m, rng), 0.2)


def _add_mouth_parts(half: Half, scans: Scans) -> None:
    parts = [
        *((tooth, paint.TOOTH, 0.25) for tooth in solids.teeth(scans)),
        *((gum, paint.GUM, 0.3) for gum in solids.gums(scans)),
        (solids.tongue(), paint.TONGUE, 0.35),
    ]
    for solid, shade, roughness in parts:
        colour = np.tile(paint.linear(shade), (len(solid.vertices), 1))
        rows = half.append(solid, colour, roughness)
        if solid.part in ("teeth_lower", "gums_lower", "tongue"):
            for shape in JAW_SHAPES:
                turn, shift = solids.jaw_motion(scans, shape)
                half.shapes[INDEX[shape], rows] = solid.vertices @ turn.T + shift
        if solid.part == "tongue":
            half.loops["tongue"] = np.arange(rows.start, rows.stop)


def _tongue_out(half: Half) -> None:
    """No scan shows it: the tongue slides forward over the lower lip while the lips part."""
    i = INDEX["tongueOut"]
    rows = half.loops["tongue"]
    x, _, z = half.points[rows].T
    forward = paint.smooth(4.2, 9.4, z)
    half.shapes[i, rows, 0] = -0.3 * x * forward
    half.shapes[i, rows, 1] = 0.9 * paint.smooth(4.8, 7.2, z) - 1.5 * paint.smooth(7.3, 9.6, z)
    half.shapes[i, rows, 2] = 5.2 * forward
    for name, share in (("mouthLowerDown", 1.0), ("mouthUpperUp", 0.5)):
        for side in ("Left", "Right"):
            parted = half.shapes[INDEX[name + side], : half.skin]
            half.shapes[i, : half.skin] += share * parted


def head_weight(points: Floats) -> Floats:
    """(n,) 1 for skull and jaw, falling to 0 at the bottom of the neck."""
    return paint.smooth(-13.0, -5.0, points[:, 1] + 0.3 * points[:, 2])


AJAR: Final = {
    "jawOpen": 0.55, "mouthUpperUpLeft": 0.5, "mouthUpperUpRight": 0.5,
    "mouthLowerDownLeft": 0.6, "mouthLowerDownRight": 0.6,
}  # fmt: skip
"""The mouth is lit as in this pose: closed, everything in it would be black."""
MOUTH_PARTS: Final = ("lips", "mouth", "gums", "teeth_upper", "teeth_lower", "tongue")


def finish(half: Half, scans: Scans) -> dict[str, NDArray[Any]]:
    """The arrays of the file: metres, origin midway between the eyes' centres."""
    origin = scans.eye_centre * [0, 1, 1]
    metres = scans.units_m
    count = len(half.points)
    off = half.points[:, 0] != 0
    twin = np.arange(count)
    twin[off] = count + np.arange(off.sum())
    whole = np.vstack([half.points, half.points[off] * [-1, 1, 1]])
    triangles = np.vstack([half.triangles, twin[half.triangles][:, [0, 2, 1]]])
    normals = vertex_normals(whole, triangles)
    openness = bake(whole, triangles, normals)[:count]
    ajar = sum(w * half.shapes[INDEX[n]] for n, w in AJAR.items())
    opened = half.points + ajar
    opened = np.vstack([opened, opened[off] * [-1, 1, 1]])
    inside = np.isin(half.part, [PARTS.index(p) for p in MOUTH_PARTS])
    lit = bake(opened, triangles, vertex_normals(opened, triangles))[:count]
    openness[inside] = np.maximum(openness, lit)[inside]
    tooth = np.isin(half.part, [PARTS.index("teeth_upper"), PARTS.index("teeth_lower")])
    openness[tooth] = 0.25 + 0.75 * openness[tooth]
    eye = half.part == PARTS.index("eye_left")
    openness[eye] = np.maximum(openness[eye], 0.45)
    steps_int, step = quantise(half.shapes * metres)
    ring = half.loops
    data: dict[str, NDArray[Any]] = {
        "vertices": ((half.points - origin) * metres).astype(np.float32),
        "triangles": half.triangles.astype(np.uint16),
        "part": half.part,
        "shapes": steps_int,
        "shape_steps": step,
        "colour": half.colour.clip(0, 1).astype(np.float16),
        "roughness": half.roughness.astype(np.float16),
        "occlusion": np.round(openness * 255).astype(np.uint8),
        "head_weight": head_weight(half.points).astype(np.float16),
        "eye_pivot": ((scans.eye_centre - origin) * metres).astype(np.float32),
        "neck_pivot": ((NECK_PIVOT - origin) * metres).astype(np.float32),
        "lip_upper": ring["lip_upper_0"], "lip_lower": ring["lip_lower_0"],
        "lip_outer_upper": ring["lip_upper_7"], "lip_outer_lower": ring["lip_lower_7"],
        "lid_upper": ring["lid_upper_1"], "lid_lower": ring["lid_lower_1"],
        **_marks(half),
    }  # fmt: skip
    return {k: v.astype(np.uint16) if v.dtype == np.int64 else v for k, v in data.items()}


# Where MediaPipe's lip points sit, as shares of the half width from the middle to the corner.
OUTER_SHARES: Final = np.array([0.0, 0.28, 0.55, 0.78, 0.93, 1.0])
INNER_SHARES: Final = np.array([0.0, 0.25, 0.5, 0.72, 0.9, 1.0])


def _marks(half: Half) -> dict[str, Ints]:
    marks = {}
    for name, ring, shares in (("outer", 7, OUTER_SHARES), ("inner", 0, INNER_SHARES)):
        for lip in ("upper", "lower"):
            loop = half.loops[f"lip_{lip}_{ring}"]
            x = half.points[loop, 0] / half.points[loop[MOUTH_COLUMNS], 0]
            marks[f"mark_lips_{name}_{lip}"] = loop[[int(np.abs(x - s).argmin()) for s in shares]]
    skin = half.part[: half.skin] == PARTS.index("skin")
    pool = np.nonzero(skin)[0]
    tree = cKDTree(half.points[pool])
    on_seam = pool[half.points[pool, 0] == 0]
    seam_z = half.points[on_seam]
    nose = on_seam[np.where(np.abs(seam_z[:, 1]) < 2, seam_z[:, 2], -99).argmax()]
    chin = on_seam[
        np.where((seam_z[:, 1] > -8) & (seam_z[:, 1] < -5.5), seam_z[:, 2], -99).argmax()
    ]
    marks["mark_nose_tip"], marks["mark_chin"] = np.array([nose]), np.array([chin])
    line = paint.BROW_LINE
    surface_points = half.points[pool]
    front = surface_points[:, 2] > 6.5
    flat = cKDTree(surface_points[front][:, :2])
    marks["mark_brow"] = pool[np.nonzero(front)[0]][flat.query(line)[1]]
    jaw = np.array(
        [
            [0, -7.9, 9.4],
            [1.5, -7.7, 9.0],
            [3.0, -7.0, 7.6],
            [4.6, -5.9, 5.5],
            [6.0, -4.4, 3.2],
            [6.9, -2.2, 1.9],
            [7.2, -0.5, 1.8],
        ]
    )
    found = pool[tree.query(jaw)[1]]
    found[0] = on_seam[cKDTree(seam_z).query(jaw[0])[1]]
    marks["mark_jaw"] = found
    for lid in ("upper", "lower"):
        marks[f"mark_lid_{lid}"] = half.loops[f"lid_{lid}_1"]
    return marks
