"""Single hairs: lashes on the lids' edges and brows, thin triangles that ride on the skin."""

from typing import Final

import numpy as np

from avitalk.arkit import INDEX
from avitalk.face.head import PARTS
from avitalk.train.head import paint
from avitalk.train.head.half import Half
from avitalk.train.head.points import EYE_COLUMNS
from avitalk.train.head.scans import Floats, Ints, Scans, nearest_index
from avitalk.train.head.solids import Solid

SCAN_LASHES: Final = slice(25351, 26035)
"""Vertices of the left lashes in the topology table."""
# lid, hairs, length and lift (scan units; lift upward positive).
LASH_ROWS: Final = (("upper", 60, 0.56, 1.0), ("lower", 20, 0.2, -1.0))
BROW_HAIRS: Final = 100


def _hairs(
    root: Floats, grow: Floats, curl: Floats, side: Floats, wide: float
) -> tuple[Floats, Ints]:
    """(h, 5, 3) corners of curved tapering strips and their triangles, facing +Z."""
    middle = root + 0.5 * grow - 0.5 * curl
    tip = root + grow + 0.5 * curl
    corners = np.stack(
        [
            root - side * wide,
            root + side * wide,
            middle + 0.7 * side * wide,
            middle - 0.7 * side * wide,
            tip,
        ],
        axis=1,
    )
    local = np.array([[0, 1, 2], [0, 2, 3], [3, 2, 4]])
    normal = np.cross(corners[:, 4] - corners[:, 3], corners[:, 2] - corners[:, 3])
    local = np.where((normal[:, 2] < 0)[:, None, None], local, local[:, [0, 2, 1]])
    triangles = np.arange(len(root))[:, None, None] * 5 + local
    return corners, triangles.reshape(-1, 3)


def _nearby(pool: Floats, points: Floats, count: int, soft: float) -> tuple[Ints, Floats]:
    """Indices and weights (k, count) of near rows of `pool`: inverse distance plus `soft`."""
    nearest = nearest_index(pool, points, count)
    weight = 1 / (np.linalg.norm(pool[nearest] - points[:, None], axis=-1) + soft)
    return nearest, np.asarray(weight / weight.sum(axis=1, keepdims=True))


def add_lashes(half: Half, scans: Scans) -> None:
    """Lashes root between the wet edge and the lash line; tips move like the scan's lashes."""
    rng = np.random.default_rng(9)
    for lid, count, length, sign in LASH_ROWS:
        edge, line = half.loops[f"lid_{lid}_0"], half.loops[f"lid_{lid}_1"]
        at = np.linspace(2.5, EYE_COLUMNS - 0.3, count) + rng.uniform(-0.15, 0.15, count)
        at = np.clip(at, 0, EYE_COLUMNS - 1e-6)
        low = at.astype(int)
        share = (at - low)[:, None]

        def along(values: Floats, low: Ints = low, share: Floats = share) -> Floats:
            return np.asarray(values[low] * (1 - share) + values[low + 1] * share)

        base = along(0.25 * half.points[edge] + 0.75 * half.points[line])
        side = half.points[line][low + 1] - half.points[line][low]
        side /= np.linalg.norm(side, axis=1, keepdims=True)
        part_way = (at / EYE_COLUMNS)[:, None]
        grow = np.array([0, 0.1 * sign, 0.9]) + (part_way - 0.4) * np.array([1.35, 0, 0])
        grow = grow + rng.normal(size=(count, 3)) * 0.08
        grow /= np.linalg.norm(grow, axis=1, keepdims=True)
        long = length * (0.7 + 0.55 * part_way) * rng.uniform(0.75, 1.1, (count, 1))
        curl = np.array([0, 0.62 * sign, 0]) * long
        corners, triangles = _hairs(base, grow * long, curl, side, 0.018 if sign > 0 else 0.012)
        rows = half.append(
            Solid("lashes", corners.reshape(-1, 3), triangles),
            paint.blank(count * 5),
            0.5,
        )
        nearest, weight = _nearby(scans.vertices[SCAN_LASHES], corners[:, 4], 6, 0.05)
        for name, moved in scans.shapes.items():
            i = INDEX[name]
            root = along(0.25 * half.shapes[i][edge] + 0.75 * half.shapes[i][line])
            end = np.einsum("lk,lkd->ld", weight, moved[SCAN_LASHES][nearest])
            both = 0.5 * (root + end)
            half.shapes[i, rows] = np.stack([root, root, both, both, end], axis=1).reshape(-1, 3)


def add_brows(half: Half) -> None:
    """Brow hairs lie on the skin, upright at the inner end and swept outward along the arch."""
    rng = np.random.default_rng(11)
    skin = np.nonzero(
        (half.part[: half.skin] == PARTS.index("skin")) & (half.points[: half.skin, 2] > 6.5)
    )[0]
    knots = np.linspace(0, 1, len(paint.BROW_LINE))
    at = np.sort(rng.uniform(0.02, 0.98, BROW_HAIRS))
    line = np.stack([np.interp(at, knots, paint.BROW_LINE[:, k]) for k in range(2)], axis=1)
    ahead = np.stack([np.interp(at + 0.02, knots, paint.BROW_LINE[:, k]) for k in range(2)], axis=1)
    along = (ahead - line) / np.linalg.norm(ahead - line, axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    half_width = np.interp(at, knots, paint.BROW_HALF)[:, None]
    offset = rng.uniform(-0.85, 0.6, (BROW_HAIRS, 1))
    root = line + across * half_width * offset
    lean = np.interp(at, [0, 0.25, 1], [0.25, 0.8, 1.0])[:, None]
    heading = along * lean + across * (1.05 - lean) * np.where(offset > 0.2, 0.5, 1.0)
    heading += rng.normal(size=heading.shape) * 0.12
    length = np.interp(at, [0, 0.3, 1], [0.5, 0.62, 0.42])[:, None] * rng.uniform(
        0.8, 1.15, (BROW_HAIRS, 1)
    )
    tip = root + heading / np.linalg.norm(heading, axis=1, keepdims=True) * length

    def lay(flat: Floats, height: float) -> tuple[Floats, Floats, Ints]:
        nearest, weight = _nearby(half.points[skin][:, :2], flat, 4, 0.02)
        near = skin[nearest]
        z = np.einsum("hk,hk->h", weight, half.points[near][..., 2])
        return np.column_stack([flat, z + height]), weight, near

    wide = (
        0.014
        * np.column_stack([-heading[:, 1], heading[:, 0]])
        / np.linalg.norm(heading, axis=1, keepdims=True)
    )
    spread = [lay(root - wide, 0.015), lay(root + wide, 0.015), lay(tip, 0.05)]
    corners = np.stack([s[0] for s in spread], axis=1)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    local = np.where((normal[:, 2] > 0)[:, None], [0, 1, 2], [0, 2, 1])
    triangles = np.arange(BROW_HAIRS)[:, None] * 3 + local
    layers = paint.blank(3 * BROW_HAIRS)
    paint.layer(layers, "brow")[:] = 1.0
    paint.layer(layers, "tone")[:] = 0.5 * np.repeat(rng.uniform(0.7, 1.3, BROW_HAIRS), 3)
    rows = half.append(Solid("lashes", corners.reshape(-1, 3), triangles), layers, 0.5)
    weight = np.stack([s[1] for s in spread], axis=1).reshape(-1, 4)
    near = np.stack([s[2] for s in spread], axis=1).reshape(-1, 4)
    moved = np.einsum("vk,svkd->svd", weight, half.shapes[:, near])
    half.shapes[:, rows] = moved
