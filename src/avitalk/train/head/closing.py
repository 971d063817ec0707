"""Corrections where the scans nearly meet: lips at rest, lips over an open jaw, lids in a blink."""

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from avitalk.train.head.scans import Floats, Ints


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
