"""Pictures that a head wears: packed in every halved size, looked up with both filters."""

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from avitalk.render.background import to_linear
from avitalk.render.compiled import called
from avitalk.render.tables import Pictures

if TYPE_CHECKING:
    from avitalk.face.head import Head

LEVELS: Final = 13
Four = tuple[float, float, float, float]


def pictures_of(head: "Head", order: NDArray[np.intp]) -> Pictures:
    """Pack what `head` wears for its triangles in `order` (T,); a head without wears nothing."""
    decode = to_linear(np.arange(256) / 255.0).astype(np.float32)
    texture = getattr(head, "texture", None)
    if texture is None:
        return Pictures(
            uv=np.zeros((1, 2), np.float32),
            texels=np.zeros((1, 4), np.uint8),
            level=np.zeros((1, LEVELS, 3), np.int64),
            image=np.full(1, -1, np.int32),
            cutoff=np.zeros(1, np.float32),
            decode=decode,
        )
    rows, level, first = [], np.zeros((max(1, len(texture.images)), LEVELS, 3), np.int64), 0
    for number, image in enumerate(texture.images):
        for step, smaller in enumerate(_halved(np.asarray(image, np.uint8))):
            height, width = smaller.shape[:2]
            level[number, step] = first, width, height
            rows.append(smaller.reshape(-1, 4))
            first += height * width
    return Pictures(
        uv=np.array(texture.uv, np.float32, order="C"),
        texels=np.concatenate([*rows, np.zeros((1, 4), np.uint8)]),
        level=level,
        image=np.array(texture.image[order], np.int32),
        cutoff=np.array(texture.cutoff[order], np.float32),
        decode=decode,
    )


def _halved(image: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """`image` (H, W, 4) and its halves down to 1 x 1, `LEVELS` of them: the last one repeats."""
    sizes = [image]
    while len(sizes) < LEVELS:
        height, width = sizes[-1].shape[:2]
        if height == width == 1:
            sizes.append(sizes[-1])
            continue
        smaller = (max(1, width // 2), max(1, height // 2))
        sizes.append(np.asarray(Pillow.fromarray(sizes[-1]).resize(smaller, Pillow.Resampling.BOX)))
    return sizes


@called
def texel(
    pictures: Pictures,
    t: np.int64,
    a: int,
    b: int,
    c: int,
    u: float,
    v: float,
    w: float,
    area: float,
) -> Four:
    """Linear colour and alpha of triangle `t` = (a, b, c) at weights u, v, w.

    `area` is twice the triangle's area on the screen, pixels: it decides how far the picture is
    reduced (between two sizes the values are mixed).
    """
    number = pictures.image[t]
    if number < 0:
        return (1.0, 1.0, 1.0, 1.0)
    uv, level = pictures.uv, pictures.level
    x = u * uv[a, 0] + v * uv[b, 0] + w * uv[c, 0]
    y = u * uv[a, 1] + v * uv[b, 1] + w * uv[c, 1]
    wide = (uv[b, 0] - uv[a, 0]) * (uv[c, 1] - uv[a, 1])
    wide -= (uv[b, 1] - uv[a, 1]) * (uv[c, 0] - uv[a, 0])
    texels = abs(wide) * level[number, 0, 1] * level[number, 0, 2]
    size = 0.5 * math.log2(max(texels / max(abs(area), 1e-6), 1.0))
    size = min(size, LEVELS - 1.001)
    step = int(size)
    share = size - step
    near = _bilinear(pictures, number, step, x, y)
    if share < 0.02:
        return near
    far = _bilinear(pictures, number, step + 1, x, y)
    return (
        near[0] + share * (far[0] - near[0]),
        near[1] + share * (far[1] - near[1]),
        near[2] + share * (far[2] - near[2]),
        near[3] + share * (far[3] - near[3]),
    )


@called
def _bilinear(pictures: Pictures, number: int, step: int, x: float, y: float) -> Four:
    """One size of a picture at (x, y) in pictures, repeated beyond [0, 1)."""
    first, width, height = (
        pictures.level[number, step, 0],
        pictures.level[number, step, 1],
        pictures.level[number, step, 2],
    )
    fx, fy = x * width - 0.5, y * height - 0.5
    left, top = math.floor(fx), math.floor(fy)
    tx, ty = fx - left, fy - top
    i, j = int(left) % width, int(top) % height
    i1, j1 = (i + 1) % width, (j + 1) % height
    texels, decode = pictures.texels, pictures.decode
    p, q = first + j * width + i, first + j * width + i1
    r, s = first + j1 * width + i, first + j1 * width + i1
    a, b, c, d = (1 - tx) * (1 - ty), tx * (1 - ty), (1 - tx) * ty, tx * ty
    return (
        a * decode[texels[p, 0]] + b * decode[texels[q, 0]]
        + c * decode[texels[r, 0]] + d * decode[texels[s, 0]],
        a * decode[texels[p, 1]] + b * decode[texels[q, 1]]
        + c * decode[texels[r, 1]] + d * decode[texels[s, 1]],
        a * decode[texels[p, 2]] + b * decode[texels[q, 2]]
        + c * decode[texels[r, 2]] + d * decode[texels[s, 2]],
        (a * texels[p, 3] + b * texels[q, 3] + c * texels[r, 3] + d * texels[s, 3]) / 255.0,
    )  # fmt: skip
