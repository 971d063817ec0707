"""What lies behind the lips, drawn in machine code and softened as photos are."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from avitalk.portrait.kernels import FINE, INSIDE, weights_at, window_at
from avitalk.render.compiled import kernel

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]


class Teeth(NamedTuple):
    """The mouth as the photo shows it between the lips."""

    left: int
    top: int
    picture: F32
    """(h, w, 4) colours, and 1 where there are teeth, 0 where there are none."""


@kernel
def draw_inside(
    screen: F32,
    triangles: I32,
    kind: U8,
    inside: F32,
    left: int,
    top: int,
    seen: I32,
    teeth: Teeth,
    skull: F32,
    soft: F32,
    drawn: F32,
    mouth: F32,
) -> None:
    """Colours (h, w, 3) of the samples `seen` (h, w) that show what is INSIDE, into `mouth`.

    seen: samples of `rasterise` from (left, top). inside: (V, 3) colours. skull: (2, 3) from a
    pixel to the place in the photo of what sits fast on the skull. soft: (2 r + 1,) weights of
    neighbours along each axis, inside only. drawn: (h, w, 3) scratch.
    """
    height, width = seen.shape
    for j in range(height):
        for i in range(width):
            t = seen[j, i]
            if t < 0 or kind[t] != INSIDE:
                continue
            p, q, s = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            at_x, at_y = left + (i + 0.5) / FINE, top + (j + 0.5) / FINE
            u, v, w = weights_at(screen, p, q, s, at_x, at_y)
            for k in range(3):
                drawn[j, i, k] = u * inside[p, k] + v * inside[q, k] + w * inside[s, k]
    reach = soft.shape[0] // 2
    for j in range(height):
        for i in range(width):
            t = seen[j, i]
            if t < 0 or kind[t] != INSIDE:
                continue
            red = green = blue = whole = 0.0
            for n in range(max(0, j - reach), min(height, j + reach + 1)):
                for m in range(max(0, i - reach), min(width, i + reach + 1)):
                    t = seen[n, m]
                    if t < 0 or kind[t] != INSIDE:
                        continue
                    share = soft[n - j + reach] * soft[m - i + reach]
                    red += share * drawn[n, m, 0]
                    green += share * drawn[n, m, 1]
                    blue += share * drawn[n, m, 2]
                    whole += share
            red, green, blue = red / whole, green / whole, blue / whole
            if teeth.picture.shape[0] > 1:
                at_x, at_y = left + (i + 0.5) / FINE, top + (j + 0.5) / FINE
                qx = skull[0, 0] * at_x + skull[0, 1] * at_y + skull[0, 2]
                qy = skull[1, 0] * at_x + skull[1, 1] * at_y + skull[1, 2]
                tx, ty = qx - teeth.left, qy - teeth.top
                cover = 0.0
                # Nothing of the window's edge, which `window_at` holds for ever.
                if 0.0 <= tx < teeth.picture.shape[1] and 0.0 <= ty < teeth.picture.shape[0]:
                    cover = window_at(teeth.picture, tx, ty, 3)
                if cover > 0.0:
                    red += cover * (window_at(teeth.picture, tx, ty, 0) - red)
                    green += cover * (window_at(teeth.picture, tx, ty, 1) - green)
                    blue += cover * (window_at(teeth.picture, tx, ty, 2) - blue)
            mouth[j, i, 0], mouth[j, i, 1], mouth[j, i, 2] = red, green, blue
