"""A FLAME-format model made of the default head: other topology, identity, scale and pose.

Its jaw turns by skinning; its expression basis are principal components of mixtures of the shapes,
less what the jaw does. Nothing of FLAME itself is in it.
"""

import io
import math
import pickle
import random
import struct
import sys
import types
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from avitalk.arkit import ARKIT_52, EYE_LOOK, INDEX
from avitalk.face import PARTS, load_head
from avitalk.face.flame import rotations

JAW_PIVOT_M = np.array([0.0, -0.025, -0.08])
JAW_OPEN_RAD = 0.33
IDENTITY, EXPRESSION = 100, 50
MIXED, SMOOTH_NOISE = 40, 10
SCALE, PITCH_RAD, SHIFT_M = 1.09, 0.06, np.array([0.002, 0.035, 0.021])


@dataclass(frozen=True, eq=False)
class Synthetic:
    """Arrays by FLAME's names, and which vertex of the default head each came from."""

    arrays: dict[str, np.ndarray]
    rows: np.ndarray


@lru_cache(maxsize=2)
def synthetic_flame(count: int = 1900) -> Synthetic:
    """About `count` skin vertices and the eyeballs."""
    head = load_head()
    skin = np.isin(head.part, [PARTS.index("skin"), PARTS.index("lips")])
    inside = head.triangles[skin[head.triangles].all(axis=1)]
    coarse = decimated(np.asarray(head.vertices, np.float64), inside, count)
    balls = np.isin(head.part, [PARTS.index("eye_left"), PARTS.index("eye_right")])
    kept = np.concatenate([coarse, head.triangles[balls[head.triangles].all(axis=1)]])
    rows = np.unique(kept)
    rows = np.random.default_rng(1).permutation(rows)  # no order in common with the head
    number = np.full(len(head.vertices), -1)
    number[rows] = np.arange(len(rows))
    old = head.vertices[rows].astype(np.float64)
    rest = warped(old)
    shapes = np.array([warped(old + moved[rows]) - rest for moved in head.shapes.astype(float)])
    part = head.part[rows]
    skinning = _skinning(head, rows, rest, shapes, part)
    joints = warped(
        np.array([[0, -0.15, -0.06], head.neck_pivot, JAW_PIVOT_M, *head.eye_pivots], float)
    )
    regressor = _regressor(rest, joints, part)
    pivot = regressor[2] @ rest
    face = ~np.isin(part, [PARTS.index("eye_left"), PARTS.index("eye_right")])
    basis = _expressions(rest, shapes, skinning[:, 2], pivot, face)
    rng = np.random.default_rng(5)
    identity = _smooth_fields(rest, rng, IDENTITY, 0.05, 0.002)
    correctives = 0.02 * _smooth_fields(rest, rng, 36, 0.03, 0.02) * face[:, None]
    directions = np.concatenate([identity, basis]).transpose(1, 2, 0)
    arrays = {
        "v_template": rest,
        "shapedirs": np.ascontiguousarray(directions),
        "posedirs": np.ascontiguousarray(correctives.transpose(1, 2, 0)),
        "J_regressor": regressor,
        "weights": skinning,
        "kintree_table": np.array([[2**32 - 1, 0, 1, 1, 1], [0, 1, 2, 3, 4]], np.int64),
        "f": number[kept].astype(np.uint32),
    }
    return Synthetic(arrays, rows)


def warped(points: np.ndarray) -> np.ndarray:
    """Another person: a bit wider, longer in the chin, larger, elsewhere, looking down a little."""
    x, y, z = np.moveaxis(points, -1, 0)
    wide = np.stack([x * (1.03 + 0.5 * y), y * (1.04 - 0.4 * np.minimum(y, 0)), z * 0.98], -1)
    wide[..., 2] += 0.004 * np.exp(-((y + 0.05) ** 2 + x**2) / 0.03**2)
    turn = rotations([PITCH_RAD, 0.0, 0.0])
    return SCALE * wide @ turn.T + SHIFT_M


def decimated(vertices: np.ndarray, triangles: np.ndarray, count: int) -> np.ndarray:
    """Half edges collapsed, short ones first, until `count` vertices are left (their triangles)."""
    corners = {i: tuple(map(int, t)) for i, t in enumerate(triangles)}
    around: dict[int, set[int]] = {}
    for i, corner in corners.items():
        for v in corner:
            around.setdefault(v, set()).add(i)
    place = [tuple(point) for point in vertices.tolist()]
    order = sorted(around)

    def near(v: int) -> set[int]:
        return {w for i in around[v] for w in corners[i]} - {v}

    def normal(corner: tuple[int, ...]) -> tuple[float, float, float]:
        (ax, ay, az), (bx, by, bz), (cx, cy, cz) = (place[v] for v in corner)
        ux, uy, uz, vx, vy, vz = bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az
        return uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx

    def flips(before: tuple[int, ...], after: tuple[int, ...]) -> bool:
        p, q = normal(before), normal(after)
        dot = sum(x * y for x, y in zip(p, q, strict=True))
        return dot <= 0.5 * (sum(x * x for x in p) * sum(y * y for y in q)) ** 0.5

    def collapsed(u: int, ring: set[int]) -> bool:
        for v in sorted(ring, key=lambda w: (math.dist(place[w], place[u]), w)):
            shared = around[u] & around[v]
            if len(shared) != 2 or len(ring & near(v)) != 2:
                continue
            moved = {i: tuple(v if w == u else w for w in corners[i]) for i in around[u] - shared}
            if any(flips(corners[i], after) for i, after in moved.items()):
                continue
            for i in shared:
                for w in corners.pop(i):
                    around[w].discard(i)
            corners.update(moved)
            around[v].update(moved)
            del around[u]
            return True
        return False

    random.Random(0).shuffle(order)
    for _ in range(12):
        locked: set[int] = set()
        for u in order:
            if u not in around or u in locked:
                continue
            if len(around) <= count:
                return np.array(list(corners.values()))
            ring = near(u)
            if len(ring) == len(around[u]) and collapsed(u, ring):  # not on the border
                locked |= ring
    return np.array(list(corners.values()))


def _skinning(head, rows, rest, shapes, part) -> np.ndarray:
    arm = np.linalg.norm((rest - warped(JAW_PIVOT_M))[:, 1:], axis=1)
    share = np.linalg.norm(shapes[INDEX["jawOpen"]], axis=1) / (JAW_OPEN_RAD * arm)
    jaw = np.clip(share / np.percentile(share[share > 0.5], 50), 0, 1)
    weights = np.zeros((len(rows), 5))
    weights[:, 0] = 1 - head.head_weight[rows]
    weights[:, 2] = jaw * (1 - weights[:, 0])
    for joint, name in ((3, "eye_left"), (4, "eye_right")):
        ball = part == PARTS.index(name)
        weights[ball] = 0
        weights[ball, joint] = 1
    weights[:, 1] = 1 - weights.sum(axis=1)
    return weights


def _regressor(rest, joints, part) -> np.ndarray:
    """Rows that add up to 1 and give the joints exactly; eyes are the means of their balls."""
    regressor = np.zeros((5, len(rest)))
    for joint, place in enumerate(joints):
        near = np.argsort(np.linalg.norm(rest - place, axis=1))[:400]
        if joint > 2:
            near = np.flatnonzero(part == PARTS.index(("eye_left", "eye_right")[joint - 3]))
        system = np.vstack([rest[near].T, np.ones(len(near))])
        regressor[joint, near] = np.linalg.lstsq(system, np.append(place, 1), rcond=None)[0]
    return regressor


def _expressions(rest, shapes, jaw_share, pivot, face) -> np.ndarray:
    shapes = shapes.copy()
    shapes[list(EYE_LOOK)] = 0
    turn = rotations([JAW_OPEN_RAD, 0, 0]) - np.eye(3)
    shapes[INDEX["jawOpen"]] -= jaw_share[:, None] * ((rest - pivot) @ turn.T)
    shapes[:, ~face] = 0
    rng = np.random.default_rng(2)
    amounts = rng.uniform(0, 1, (400, len(ARKIT_52))) ** 4
    mixtures = np.tensordot(amounts - amounts.mean(axis=0), shapes, 1).reshape(400, -1)
    # Principal components times their standard deviations, by way of the small matrix.
    _, vectors = np.linalg.eigh(mixtures @ mixtures.T)
    mixed = (vectors.T[::-1][:MIXED] @ mixtures / 20).reshape(MIXED, -1, 3)
    noise = _smooth_fields(rest, rng, SMOOTH_NOISE, 0.03, 0.0008)
    return np.concatenate([mixed, noise]) * face[:, None]


def _smooth_fields(rest, rng, count, width_m, size_m) -> np.ndarray:
    """(count, V, 3) bumps of a given width and size."""
    fields = []
    for _ in range(count):
        centres = rest[rng.integers(len(rest), size=6)]
        squared = ((rest[:, None] - centres) ** 2).sum(axis=-1)
        bumps = np.exp(-squared / (2 * width_m**2))
        fields.append(bumps @ rng.normal(0, size_m, (6, 3)))
    return np.array(fields)


def published_pickle(arrays: dict[str, np.ndarray], *, python2: bool = True) -> bytes:
    """The arrays as the published file keeps them: protocol 2 of Python 2, chumpy, scipy.sparse."""
    import scipy.sparse

    modules = {name: types.ModuleType(name) for name in
               ("chumpy", "chumpy.ch", "scipy.sparse.csc")}  # fmt: skip
    wrapped = type("Ch", (), {"__module__": "chumpy.ch"})
    sparse = type("csc_matrix", (), {"__module__": "scipy.sparse.csc"})
    modules["chumpy.ch"].Ch, modules["scipy.sparse.csc"].csc_matrix = wrapped, sparse
    content: dict[str, object] = dict(arrays)
    for name in ("v_template", "shapedirs"):
        content[name] = wrapped()
        content[name].__dict__.update(x=arrays[name], _dirty_vars=set(), _itr=None)
    matrix = scipy.sparse.csc_matrix(arrays["J_regressor"])
    regressor = sparse()
    regressor.__dict__.update(_shape=matrix.shape, data=matrix.data, maxprint=50,
                              indices=matrix.indices, indptr=matrix.indptr)  # fmt: skip
    content["J_regressor"] = regressor
    content["weights"] = np.asfortranarray(arrays["weights"]).astype(">f8")
    content |= {"bs_style": "lbs", "bs_type": "lrotmin"}
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        stream = io.BytesIO()
        (_Python2Pickler if python2 else pickle._Pickler)(stream, 2).dump(content)
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    return stream.getvalue().replace(b"cnumpy._core.", b"cnumpy.core.")


class _Python2Pickler(pickle._Pickler):
    """Writes bytes and text as Python 2 wrote its strings."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def _save_string(self, value):
        data = value if isinstance(value, bytes) else value.encode("latin-1")
        if len(data) < 256:
            self.write(b"U" + bytes([len(data)]) + data)
        else:
            self.write(b"T" + struct.pack("<i", len(data)) + data)
        self.memoize(value)

    dispatch[bytes] = dispatch[str] = _save_string
