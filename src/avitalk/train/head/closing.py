"""Corrections where the scans nearly meet: lips at rest and over an open jaw, lids in a blink."""

from typing import Final

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from avitalk.arkit import INDEX
from avitalk.face import lids
from avitalk.train.head.half import Half
from avitalk.train.head.scans import Floats, Ints, Scans

LID_SHARE: Final = 0.7
"""Share of what parts the lids in a blink that the upper one is moved."""
CORNER_REACH: Final = 0.22
"""How far about the mouth's corner the surface is smoothed, scan units."""
CLOSED_SHAPES: Final = (
    "mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch", "mouthPress", "mouthPucker",
    "mouth", "jaw", "cheekPuff", "cheekSquint", "eyeSquint",
)  # fmt: skip
"""Shapes, each without or with a side, that never part the lips."""


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
    for i in range(len(half.modes)):
        half.modes[i] = smoothing @ half.modes[i]


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
    # A wrinkled nose draws the upper lip up in the scan; baring teeth is left to mouthUpperUp.
    for side in ("Left", "Right"):
        sneer = half.shapes[INDEX[f"noseSneer{side}"]]
        sneer += _lips_together(half, half.points + sneer, 1.3, 0.8)
    # A jaw pushed forward carries the lower lip before the upper; only the slit is shut.
    forward = half.shapes[INDEX["jawForward"]]
    forward += _lips_together(half, half.points + forward, 0.3) * [0, 1.3, 0]
    opened = half.points + half.shapes[INDEX["jawOpen"]] + half.shapes[INDEX["mouthClose"]]
    half.shapes[INDEX["mouthClose"]] += _lips_together(half, opened, 0.6)
    # Both lips move alike in an identity mode, so that whatever meets here meets in any face.
    for k in range(len(half.modes)):
        half.modes[k] += _lips_together(half, half.points + half.modes[k], 0.3)


def _lips_together(half: Half, posed: Floats, reach: float, upper_share: float = 0.5) -> Floats:
    """(n, 3) moves that shut the lips of a pose (n, 3); see `meet`."""
    upper, lower = half.loops["lip_upper_0"], half.loops["lip_lower_0"]
    sources, moves = meet(posed, upper, lower, upper_share)
    return spread(half.points, half.triangles, sources, moves, reach)


def close_lids(half: Half, scans: Scans) -> float:
    """Lids meet at full blink and stay before the eyeball in any mixture; returns its radius."""
    centre, metre = scans.eye_centre, 1 / scans.units_m
    rings = [[half.loops[f"lid_{lid}_{ring}"] for ring in (0, 1)] for lid in ("upper", "lower")]
    upper, lower = (np.concatenate(lid) for lid in rings)
    apart = upper != lower
    upper, lower = upper[apart], lower[apart]
    radius = lids.eye_radius(half.points[np.concatenate([upper, lower])], centre, metre)
    near = lids.about_eye(half.points, centre, radius, metre)
    clear = radius + lids.CLEARANCE_M * metre
    rest = half.points[near]
    lids.lift_rest(rest, centre, clear)
    half.points[near] = rest
    rows = np.array(lids.LID_ROWS)
    moves = half.shapes[rows]
    share = lids.closure(half.points, moves, upper, lower)
    share[0] = 1.0
    for _ in range(3):
        _join_lids(half, moves, share, upper, lower)
        some = moves[:, near]
        lids.lift_moves(rest, some, lids.mixtures(share, 400), centre, clear)
        moves[:, near] = some
    lids.even_out(half.points, moves, share, upper, lower)
    half.shapes[rows] = moves
    _close_modes(half, upper, lower)
    return radius


def _join_lids(half: Half, moves: Floats, share: Floats, upper: Ints, lower: Ints) -> None:
    """Even out each shape's closure, the skin about the lids following; the blink mostly above."""
    sources = np.concatenate([upper, lower])
    for k, more in enumerate(lids.uneven(half.points, moves, share, upper, lower)):
        part = LID_SHARE if k == 0 else 0.5
        pulls = np.concatenate([-part * more, (1 - part) * more])
        moves[k] += spread(half.points, half.triangles, sources, pulls, 0.25)


def _close_modes(half: Half, upper: Ints, lower: Ints) -> None:
    """What an identity mode adds to the gap of the lids, the blink must take away again."""
    for k, mode in enumerate(half.modes):
        sources, pulls = meet(mode, upper, lower, LID_SHARE)
        half.blink_modes[k] = spread(half.points, half.triangles, sources, pulls, 0.25)
