"""Loops on a mesh by way points: shortest paths along its edges, sampled evenly and in pairs."""

import heapq
import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]


def edge_graph(vertices: Floats, triangles: NDArray[np.integer]) -> dict[int, dict[int, float]]:
    """Vertex -> neighbour -> length of the edge between them."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = np.unique(np.sort(edges, axis=1), axis=0)
    lengths = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    graph: dict[int, dict[int, float]] = {}
    for (a, b), length in zip(edges.tolist(), lengths.tolist(), strict=True):
        graph.setdefault(a, {})[b] = length
        graph.setdefault(b, {})[a] = length
    return graph


def shortest_path(graph: dict[int, dict[int, float]], start: int, end: int) -> list[int]:
    """Vertices from `start` to `end` (Dijkstra 1959); empty where there is no way."""
    reached: dict[int, float] = {start: 0.0}
    came: dict[int, int] = {}
    queue = [(0.0, start)]
    while queue:
        length, here = heapq.heappop(queue)
        if here == end:
            path = [end]
            while path[-1] != start:
                path.append(came[path[-1]])
            return path[::-1]
        if length > reached[here]:
            continue
        for there, step in graph.get(here, {}).items():
            if length + step < reached.get(there, np.inf):
                reached[there], came[there] = length + step, here
                heapq.heappush(queue, (length + step, there))
    return []


def path_through(graph: dict[int, dict[int, float]], stops: Sequence[int]) -> Indices:
    """The shortest path that visits `stops` in their order; empty if one cannot be reached."""
    path = [int(stops[0])]
    for a, b in itertools.pairwise(stops):
        leg = shortest_path(graph, int(a), int(b))
        if not leg:
            return np.zeros(0, np.int32)
        path += leg[1:]
    return np.array(path, np.int32)


def even_along(vertices: Floats, path: Indices, shares: Floats) -> Indices:
    """The path's vertices nearest to the given shares [0, 1] of its length."""
    steps = np.linalg.norm(np.diff(vertices[path], axis=0), axis=1)
    arc = np.concatenate([[0.0], np.cumsum(steps)]) / max(steps.sum(), 1e-30)
    return np.asarray(path[np.abs(arc[:, None] - shares).argmin(axis=0)], np.int32)


def enclosed(
    triangles: NDArray[np.integer], fence: Indices, seeds: NDArray[np.integer], count: int
) -> NDArray[np.bool_]:
    """(count,) vertices reached from `seeds` along edges without crossing `fence`, and it."""
    inside = np.zeros(count, bool)
    inside[seeds] = True
    closed = np.zeros(count, bool)
    closed[fence] = True
    while True:
        before = int(inside.sum())
        spreading = (inside & ~closed)[triangles].any(axis=1)
        inside[triangles[spreading]] = True
        if int(inside.sum()) == before:
            return np.asarray(inside | closed)
