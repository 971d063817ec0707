"""Where our vertices go: loops round the eye and the mouth, then evenly spaced points elsewhere."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from avitalk.train.head.paint import inside_hair
from avitalk.train.head.scans import FACE_GROUPS, Floats, Ints, Scans
from avitalk.train.head.surface import Surface
from avitalk.train.head.walk import Spot, closest, vertex_triangles, walk

EYE_COLUMNS: Final = 22
"""Columns from the inner to the outer corner, along the upper and along the lower lid."""
EYE_ARCS: Final = np.array([0.09, 0.16, 0.26, 0.4, 0.58, 0.82])
"""Arc lengths from the wet edge of the lid outward, scan units; the first is the lash line."""
MOUTH_COLUMNS: Final = 16
VERMILION: Final = np.array([0.07, 0.17, 0.3, 0.46, 0.63, 0.8, 0.95, 1.05])
"""Rings from the contact line to the lip's border, in shares of the lip's height there."""
BEYOND_LIP: Final = np.array([0.17, 0.38, 0.66])
"""Rings outside the lip's border, scan units further."""
INSIDE_LIP: Final = np.array([0.1, 0.24, 0.45])
# The contact line of the closed lips seen from below, measured on the neutral scan: x -> z.
CONTACT_X: Final = np.array([0.0, 0.5, 1.0, 1.5, 1.8, 2.0, 2.2, 2.28])
CONTACT_Z: Final = np.array([11.18, 11.12, 10.93, 10.66, 10.43, 10.27, 10.12, 10.14])
CONTACT_SLOPE: Final = -0.46
"""Slope dz/dx of the contact line a unit of x."""
HAIRLINE_LEVELS: Final = (-0.14, 0.14)
HAIRLINE_STEP: Final = 0.3
HAIRLINE_LOW: Final = -6.3
"""Below this height there is no hair, scan units."""
CORNER: Final = np.array([2.28, -3.515, 10.165])


LEAN_DEG: Final = {"upper": 72.0, "lower": 50.0}
UP: Final = np.array([0.0, 1.0, 0.0])


@dataclass
class Layout:
    """Fixed points of the half mesh and the loops among them (indices into `spots`)."""

    spots: list[Spot] = field(default_factory=list)
    count: int = 0
    loops: dict[str, Ints] = field(default_factory=dict)

    def add(self, spot: Spot) -> Ints:
        """Append points; returns their indices."""
        self.spots.append(spot)
        self.count += len(spot)
        return np.arange(self.count - len(spot), self.count)


def nearest(surface: Surface, points: Floats, among: Ints | None = None) -> Spot:
    """The surface's points nearest to `points`."""
    pool = np.arange(len(surface.vertices)) if among is None else among
    return closest(surface, points, pool[cKDTree(surface.vertices[pool]).query(points)[1]])


def eye_loops(surface: Surface, scans: Scans, layout: Layout) -> None:
    """Rings from the wet edge of the lids outward: loops lid_upper_wet, lid_upper, and so on."""
    names = list(FACE_GROUPS)
    face, socket = names.index("face"), names.index("eye_socket")
    in_face = np.unique(surface.triangles[surface.group == face])
    in_socket = np.unique(surface.triangles[surface.group == socket])
    edge = np.intersect1d(in_face, in_socket)
    points = surface.vertices[edge]
    inner, outer = points[points[:, 0].argmin()], points[points[:, 0].argmax()]
    middle = (inner + outer) / 2
    half = (outer[0] - inner[0]) / 2
    share = (1 - np.cos(np.pi * np.arange(EYE_COLUMNS + 1) / EYE_COLUMNS)) / 2
    share = 0.35 * share + 0.65 * np.arange(EYE_COLUMNS + 1) / EYE_COLUMNS
    chord_y = inner[1] + (points[:, 0] - inner[0]) * (outer - inner)[1] / (2 * half)
    columns: dict[str, list[int]] = {}
    for lid, sign in (("upper", 1.0), ("lower", -1.0)):
        side = points[(points[:, 1] - chord_y) * sign >= -1e-6]
        wet = _resampled(np.vstack([inner, side[np.argsort(side[:, 0])], outer]), share)
        for j in range(EYE_COLUMNS + 1):
            if lid == "lower" and j in (0, EYE_COLUMNS):
                _share_corner(columns, j and -1)
                continue
            # Columns fan out like the normals of an ellipse wider open than the lids.
            angle = sign * np.arccos(np.clip((wet[j, 0] - middle[0]) / half, -1, 1))
            plane = np.array([-np.sin(angle), 0.62 * np.cos(angle), 0.0])
            vertex = edge[((points - wet[j]) ** 2).sum(axis=1).argmin()]
            start = closest(surface, wet[j : j + 1], np.array([vertex]))
            rings = walk(surface, start, plane, _towards(surface, vertex, face), EYE_ARCS)
            for ring, i in enumerate(layout.add(Spot.join([start, rings]))):
                columns.setdefault(f"{lid}_{ring}", []).append(int(i))
    layout.loops |= {f"lid_{ring}": np.array(indices) for ring, indices in columns.items()}


def _resampled(line: Floats, share: Floats) -> Floats:
    """Points of a polyline (k, 3) at shares of its length."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    at = share * length[-1]
    return np.stack([np.interp(at, length, line[:, k]) for k in range(3)], axis=1)


def _share_corner(columns: dict[str, list[int]], which: int) -> None:
    """Rings of the lower side take the corner's vertices from the upper side's."""
    for ring in [name for name in columns if name.startswith("upper") and "in" not in name]:
        columns.setdefault(ring.replace("upper", "lower"), []).append(columns[ring][which])


def _towards(surface: Surface, vertex: int, group: int) -> Floats:
    """Direction from a vertex to the middle of its triangles of one group."""
    starts, around = vertex_triangles(surface)
    ring = around[starts[vertex] : starts[vertex + 1]]
    ring = ring[surface.group[ring] == group]
    middle = surface.vertices[surface.triangles[ring]].mean(axis=(0, 1))
    return np.asarray(middle - surface.vertices[vertex])


def hairline_rows(surface: Surface, layout: Layout) -> None:
    """Two rows of points along the hairline, one on each side, so that its edge is smooth."""
    depth = inside_hair(surface.vertices)
    upper = surface.vertices[surface.triangles[:, 0], 1] > HAIRLINE_LOW
    for level in HAIRLINE_LEVELS:
        crossed = []
        for k in range(3):
            i, j = surface.triangles[:, k], surface.triangles[:, (k + 1) % 3]
            cut = ((depth[i] < level) != (depth[j] < level)) & upper & (i < j)
            share = ((level - depth[i]) / np.where(cut, depth[j] - depth[i], 1))[cut, None]
            crossed.append(
                surface.vertices[i[cut]] * (1 - share) + surface.vertices[j[cut]] * share
            )
        layout.add(nearest(surface, _thinned(np.concatenate(crossed), HAIRLINE_STEP)))


def _thinned(points: Floats, step: float) -> Floats:
    """Points of a curve given in no order, about `step` apart, from the midline onward."""
    left = list(range(len(points)))
    kept = [left.pop(int(points[:, 0].argmin()))]
    while left:
        away = np.linalg.norm(points[left] - points[kept[-1]], axis=1)
        clear = np.asarray(cKDTree(points[kept]).query(points[left])[0]) >= step
        if not clear.any():
            break
        order = np.where(clear, away, np.inf)
        kept.append(left[int(order.argmin())])
        left = [index for index, open_ in zip(left, clear, strict=True) if open_]
    return points[kept]


def lip_height(x: float, lip: str) -> float:
    """Surface length from the contact line to the lip's border at x >= 0, scan units."""
    share = min(x / CORNER[0], 1.0)
    if lip == "upper":
        bow = 1 - 0.1 * np.exp(-((x / 0.28) ** 2))
        return float(0.22 + 1.05 * bow * (1 - share**2.2))
    return float(0.22 + 1.16 * np.sqrt(1 - share**2) * (1 - 0.3 * share**2))


def mouth_loops(surface: Surface, layout: Layout) -> None:
    """Rings from the contact line outward over the lips and a few inward: loops lip_upper_0..."""
    share = np.arange(MOUTH_COLUMNS + 1) / MOUTH_COLUMNS
    x = CORNER[0] * (0.7 * share + 0.3 * np.sin(np.pi / 2 * share))
    z = np.interp(x, CONTACT_X, CONTACT_Z)
    columns: dict[str, list[int]] = {}
    for lip, sign in (("upper", 1.0), ("lower", -1.0)):
        for j in range(MOUTH_COLUMNS):
            start = _contact(surface, x[j], z[j], sign)
            along = np.array([1.0, 0.0, CONTACT_SLOPE * x[j]])
            along /= np.linalg.norm(along)
            forward = np.array([-along[2], 0.0, along[0]])
            # Columns fan out towards the corner, so that the rings turn round it.
            lean = np.clip((share[j] - 0.45) / 0.55, 0, 1)
            lean = np.radians(LEAN_DEG[lip]) * lean * lean * (3 - 2 * lean)
            plane = np.cos(lean) * along - np.sin(lean) * sign * UP
            outward = walk(surface, start, plane, forward, _lip_arcs(x[j], lip))
            for ring, i in enumerate(layout.add(Spot.join([start, outward]))):
                columns.setdefault(f"{lip}_{ring}", []).append(int(i))
            if share[j] < 0.85:
                inward = walk(surface, start, along, -forward, INSIDE_LIP)
                for ring, i in enumerate(layout.add(inward)):
                    columns.setdefault(f"{lip}_in{ring}", []).append(int(i))
        if lip == "upper":
            start = nearest(surface, CORNER[None])
            outward = walk(surface, start, UP, np.array([1.0, 0.0, 0.3]), _lip_arcs(CORNER[0], lip))
            for ring, i in enumerate(layout.add(Spot.join([start, outward]))):
                columns[f"{lip}_{ring}"].append(int(i))
        else:
            _share_corner(columns, -1)
    layout.loops |= {f"lip_{ring}": np.array(indices) for ring, indices in columns.items()}


def _lip_arcs(x: float, lip: str) -> Floats:
    height = lip_height(x, lip)
    return np.concatenate([VERMILION * height, VERMILION[-1] * height + BEYOND_LIP])


def _contact(surface: Surface, x: float, z: float, sign: float) -> Spot:
    """Where the vertical line through (x, z) meets the upper (sign 1) or lower lip."""
    x = max(x, 1e-5)
    corner = surface.vertices[surface.triangles]
    low, high = corner.min(axis=1), corner.max(axis=1)
    hit = (low[:, 0] <= x) & (high[:, 0] >= x) & (low[:, 2] <= z) & (high[:, 2] >= z)
    hit &= (low[:, 1] > -4.0) & (high[:, 1] < -2.9)
    found = []
    for t in np.nonzero(hit)[0]:
        a, b, c = corner[t][:, [0, 2]]
        system = np.stack([b - a, c - a], axis=1)
        if abs(np.linalg.det(system)) < 1e-12:
            continue
        s, u = np.linalg.solve(system, np.array([x, z]) - a)
        facing = surface.normals[surface.triangles[t], 1].mean() * sign
        if s >= -1e-6 and u >= -1e-6 and s + u <= 1 + 1e-6 and facing < 0:
            found.append((t, np.clip([1 - s - u, s, u], 0, 1)))
    if not found:
        raise ValueError(f"no lip surface at x={x:.2f}, z={z:.2f} (scan units)")
    height = [float(w @ corner[t][:, 1]) for t, w in found]
    # The first surface met coming from the other lip.
    t, w = found[int(np.argmin(np.array(height) * sign))]
    return Spot(np.array([t]), (w / w.sum())[None])
