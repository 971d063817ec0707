"""Corrections where the scans nearly meet: lips at rest and over an open jaw, lids in a blink."""

from typing import Final

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from avitalk.arkit import INDEX
from avitalk.train.head.half import Half
from avitalk.train.head.scans import Floats, Ints, Scans

LID_CLEARANCE: Final = 0.03
"""Scan units between eyeball and the nearest skin."""
LID_SHAPES: Final = (
    "eyeSquint", "eyeWide", "eyeLookUp", "eyeLookDown", "eyeLookIn", "eyeLookOut",
    "cheekSquint", "browDown",
)  # fmt: skip
CORNER_REACH: Final = 0.22
"""How far about the mouth's corner the surface is smoothed, scan units."""
CLOSED_SHAPES: Final = (
    "mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch", "mouthPress", "mouthPucker",
    "mouth", "jaw", "cheekPuff", "cheekSquint", "eyeSquint",
)  # fmt: skip
"""Shapes, each without or with a side, that never part the lips."""
BLINK_STAGES: Final = np.array([0.3, 0.45, 0.6, 0.75, 0.9, 1.0])
"""Shares of a blink at which the lids are checked against the eyeball."""


def spread(
    positions: Floats, triangles: Ints, sources: Ints, moves: Floats, reach: float
) -> Floats:
    """Carry `moves` (k, 3) of the vertices `sources` over the surface; fades within `reach`.

    Distances run along mesh edges, so the two lips do not drag each other along. The sources
    themselves move exactly as asked.
    """
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    length = np.linalg.norm(positions[pairs[:, 0]] - positions[pairs[:, 1]], axis=1) + 1e-9
    n = len(positions)
    graph = sparse.csr_matrix((length, (pairs[:, 0], pairs[:, 1])), (n, n))
    distance = dijkstra(graph.maximum(graph.T), directed=False, indices=sources, limit=3 * reach)
    kernel = np.exp(-((distance / (0.35 * reach)) ** 2))
    kernel[~np.isfinite(distance)] = 0
    total = kernel.sum(axis=0)
    blended = (kernel.T @ moves) / np.maximum(total, 1e-12)[:, None]
    nearest = distance.min(axis=0)
    fade = np.where(np.isfinite(nearest), np.exp(-((nearest / reach) ** 2)), 0.0)
    result = blended * fade[:, None]
    result[sources] = moves
    return np.asarray(result)


def meet(points: Floats, upper: Ints, lower: Ints, upper_share: float = 0.5) -> tuple[Ints, Floats]:
    """Moves that bring each pair of vertices together; corner pairs (same index) are left out."""
    apart = upper != lower
    upper, lower = upper[apart], lower[apart]
    delta = points[lower] - points[upper]
    return (
        np.concatenate([upper, lower]),
        np.concatenate([upper_share * delta, (upper_share - 1) * delta]),
    )


def lift(rest: Floats, moved: Floats, centre: Floats, radius: float, shares: Floats) -> Floats:
    """Change of the displacement `moved` (n, 3) that keeps points out of a sphere on their way.

    At each share of the way in `shares` a point inside the sphere must be lifted to its surface;
    the largest such need decides, carried over to the end of the way.
    """
    total = np.zeros_like(moved)
    for _ in range(4):
        for share in shares:
            away = rest + share * (moved + total) - centre
            distance = np.linalg.norm(away, axis=1)
            depth = np.clip(radius - distance, 0, None)
            total += (depth / distance / share)[:, None] * away
    return total


def relax_corner(half: Half, *, rounds: int = 8) -> None:
    """Smooth rest and shapes round the mouth's corner, where the scan's folds cross themselves."""
    distance = np.linalg.norm(half.points - half.points[half.loops["lip_upper_0"][-1]], axis=1)
    strength = 0.6 * np.exp(-((distance / CORNER_REACH) ** 2))
    strength[distance > 3 * CORNER_REACH] = 0
    pairs = np.concatenate([half.triangles[:, [k, (k + 1) % 3]] for k in range(3)])
    n = len(half.points)
    link = sparse.csr_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (n, n))
    link = link + link.T
    mean = sparse.diags(1 / np.asarray(link.sum(axis=1)).ravel()) @ link
    step = sparse.diags(strength) @ mean + sparse.diags(1 - strength)
    smoothing = step
    for _ in range(rounds - 1):
        smoothing = smoothing @ step
    half.points = np.asarray(smoothing @ half.points)
    for i in range(len(half.shapes)):
        half.shapes[i] = smoothing @ half.shapes[i]


def close_lips(half: Half) -> None:
    """Paired inner lip vertices meet at rest, in CLOSED_SHAPES, and in mouthClose over jawOpen.

    The scan's lips are 0.7 mm apart at rest, and its closed shapes part or cross them by up to
    2 mm; closed lips must stay closed under any mixture of them.
    """
    before = half.points
    move = _lips_together(half, before, 0.3)
    half.points = before + move
    half.points[before[:, 0] == 0, 0] = 0.0
    for name in CLOSED_SHAPES:
        for full in (name, f"{name}Left", f"{name}Right"):
            if full in INDEX:
                shape = half.shapes[INDEX[full]]
                shape += _lips_together(half, half.points + shape, 0.3)
    # A jaw pushed forward carries the lower lip before the upper; only the slit is shut.
    forward = half.shapes[INDEX["jawForward"]]
    forward += _lips_together(half, half.points + forward, 0.3) * [0, 1.3, 0]
    opened = half.points + half.shapes[INDEX["jawOpen"]] + half.shapes[INDEX["mouthClose"]]
    half.shapes[INDEX["mouthClose"]] += _lips_together(half, opened, 0.6)


def _lips_together(half: Half, posed: Floats, reach: float) -> Floats:
    """(n, 3) moves that shut the lips of a pose (n, 3)."""
    sources, moves = meet(posed, half.loops["lip_upper_0"], half.loops["lip_lower_0"])
    return spread(half.points, half.triangles, sources, moves, reach)


def close_lids(half: Half, scans: Scans) -> float:
    """Lids meet at full blink and stay before the eyeball at every stage; returns its radius."""
    centre = scans.eye_centre
    edges = [half.loops[f"lid_{lid}_{ring}"] for lid in ("upper", "lower") for ring in (0, 1)]
    reach = np.linalg.norm(half.points[np.concatenate(edges)] - centre, axis=1)
    radius = float(np.percentile(reach, 10)) - 0.045
    near = np.linalg.norm(half.points - centre, axis=1) < radius + 1.2
    near &= half.points[:, 2] > centre[2] - 1.5
    clear = radius + LID_CLEARANCE
    rest = half.points[near]
    half.points[near] += lift(rest, np.zeros_like(rest), centre, clear, np.ones(1))
    rest = half.points[near]
    for name in LID_SHAPES:
        shape = half.shapes[INDEX[f"{name}Left"]]
        shape[near] += lift(rest, shape[near], centre, clear, np.array([0.5, 1.0]))
    blink = half.shapes[INDEX["eyeBlinkLeft"]]
    for _ in range(3):
        _join_lids(half, blink, reach=0.25)
        blink[near] += lift(rest, blink[near], centre, clear, BLINK_STAGES)
    _join_lids(half, blink, reach=0.0)
    return radius


def _join_lids(half: Half, blink: Floats, reach: float) -> None:
    """Move paired lid vertices together at full blink; `reach` 0 leaves their surroundings."""
    for ring in (0, 1):
        upper, lower = half.loops[f"lid_upper_{ring}"], half.loops[f"lid_lower_{ring}"]
        sources, moves = meet(half.points + blink, upper, lower, 0.7 if reach else 0.5)
        if reach:
            blink += spread(half.points, half.triangles, sources, moves, reach)
        else:
            blink[sources] += moves
