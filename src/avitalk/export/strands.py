"""Hair for viewers without our shader: a picture of strands for locks, and normals of one mass.

Our own renderer frays each lock point by point (`Head.fibre`). Other programs get the same idea
as a small picture of several locks side by side, cut out by its alpha.
"""

import io
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avitalk.face.head import Head

Array = NDArray[Any]

CUTOFF: Final = 0.4  # alpha below which there is no hair
VARIANTS: Final = 4  # locks in the picture, each also worn mirrored
WIDE_PX, TALL_PX = 128, 128  # of one lock; strands run down, so they need less in that direction
SEED: Final = 11
# Of the skull, from the middle between the eyes, metres: hair is a round mass about it.
MIDDLE_M: Final = (0.0, 0.03, -0.085)
ROUND: Final = 1.6  # weight of the mass's direction against the lock's own normal
BULGE: Final = 0.45  # how far normals turn away at a lock's edges
LEVELS: Final = 32  # of grey and alpha: few, so that the picture packs well


def locks_of(head: Head) -> NDArray[np.bool_]:
    """(V,) vertices of locks of hair."""
    if head.fibre is None:
        return np.zeros(len(head.vertices), bool)
    return np.asarray(head.fibre[:, 2] > 0)


def strand_places(head: Head) -> NDArray[np.float32]:
    """(V, 2) where vertices of locks lie in the picture: across one of its locks, root to tip."""
    assert head.fibre is not None
    across, along, own = head.fibre.T
    number = np.unique(own, return_inverse=True)[1].reshape(-1)
    mirrored = np.where(number // VARIANTS % 2 == 1, -across, across)
    # Half a pixel inside, so that no viewer mixes in the neighbouring lock.
    inside = 0.5 + 0.5 * mirrored * (1 - 1 / WIDE_PX)
    places = np.stack([(number % VARIANTS + inside) / VARIANTS, along], axis=1)
    return np.asarray(places, np.float32)


def mass_normals(head: Head, normals: NDArray[np.float32]) -> NDArray[np.float32]:
    """`normals` (V, 3), those of locks bent outwards and to the side: no lock shows as a tile."""
    lock = locks_of(head)
    if not lock.any():
        return normals
    assert head.fibre is not None
    out = head.vertices[lock] - (head.eye_pivots.mean(axis=0) + np.array(MIDDLE_M))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    own = normals[lock]
    facing = (own * out).sum(axis=1, keepdims=True)
    # A lock across the mass, as in a bun, keeps its own; the front of a lock stays its front,
    # for viewers turn the normals of backs over.
    lean = head.fibre[lock, :1] * _sideways(head)[lock]
    bent = own + ROUND * facing * out + BULGE * lean
    shown = normals.copy()
    shown[lock] = bent / np.linalg.norm(bent, axis=1, keepdims=True)
    return shown


def _sideways(head: Head) -> Array:
    """(V, 3) unit direction from edge to edge at vertices of locks, zero elsewhere."""
    assert head.fibre is not None
    triangles = head.triangles[locks_of(head)[head.triangles].all(axis=1)]
    corners, across = head.vertices[triangles], head.fibre[triangles, 0]
    # From the middle of a triangle to its corners, weighted by how far across they are.
    offset = corners - corners.mean(axis=1, keepdims=True)
    share = across - across.mean(axis=1, keepdims=True)
    slope = (share[..., None] * offset).sum(axis=1)
    summed = np.zeros((len(head.vertices), 3))
    np.add.at(summed, triangles.ravel(), np.repeat(slope, 3, axis=0))
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    return np.asarray(summed / np.maximum(length, 1e-12))


@cache
def strand_picture() -> tuple[bytes, float]:
    """PNG of grey and alpha, VARIANTS locks side by side, and its mean brightness, linear.

    Each lock is whole in its middle, frayed at its edges and its tip, as in the renderer.
    """
    rng = np.random.default_rng(SEED)
    locks = [_lock(rng) for _ in range(VARIANTS)]
    linear, alpha = (np.concatenate(layer, axis=1) for layer in zip(*locks, strict=True))
    mean = float(linear[alpha > CUTOFF].mean())
    encoded = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    layers = np.stack([encoded, alpha], axis=2)
    pixels = np.rint(np.rint(layers * (LEVELS - 1)) / (LEVELS - 1) * 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels, "LA").save(stream, format="PNG", compress_level=9)
    return stream.getvalue(), mean


def _lock(rng: np.random.Generator) -> tuple[Array, Array]:
    """Linear brightness and alpha, (TALL_PX, WIDE_PX) each, of one lock, its root on top."""
    across = np.linspace(-1, 1, WIDE_PX)[None, :]
    along = np.linspace(0, 1, TALL_PX)[:, None]
    edge = np.maximum(np.abs(across) - 0.35, 0) * 1.5
    tip = np.maximum(along - 0.40, 0) * 2.0
    root = np.maximum(0.20 - along, 0) * 4.6
    away = edge**2 + tip**2 + root**2
    strand, fine = _grain(rng, 14, 3), _grain(rng, 40, 3)
    alpha = np.clip(CUTOFF + 1.2 * (0.62 + 0.75 * (0.75 * strand + 0.45 * fine) - away), 0, 1)
    alpha[away < 0.09] = 1
    alpha[:, [0, -1]] = 0
    rise = np.clip(along / 0.45, 0, 1)
    bright = 1 + 0.30 * strand + 0.30 * fine
    bright = bright * (0.62 + 0.38 * rise * rise * (3 - 2 * rise))
    return np.clip(0.68 * bright, 0, 1), alpha


def _grain(rng: np.random.Generator, columns: int, rows: int) -> Array:
    """(TALL_PX, WIDE_PX) smooth noise in [-1, 1] of so many cells, drawn out along the strands."""
    table = rng.uniform(-1, 1, (rows + 1, columns + 1))
    y, x = np.linspace(0, rows, TALL_PX), np.linspace(0, columns, WIDE_PX)
    i, j = np.minimum(y.astype(int), rows - 1), np.minimum(x.astype(int), columns - 1)
    v, u = _smooth(y - i)[:, None], _smooth(x - j)[None, :]
    i, j = i[:, None], j[None, :]
    upper = table[i, j] * (1 - u) + table[i, j + 1] * u
    lower = table[i + 1, j] * (1 - u) + table[i + 1, j + 1] * u
    return np.asarray(upper * (1 - v) + lower * v)


def _smooth(share: Array) -> Array:
    return np.asarray(share * share * (3 - 2 * share))
