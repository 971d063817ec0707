"""What lies behind the lips, drawn in machine code and softened as photos are."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from avitalk.portrait.kernels import FINE, INSIDE, weights_at, window_at
from avitalk.render.compiled import kernel

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]


class Shown(NamedTuple):
    """What the photo shows between the lips, in a window of it; one pixel where lips are closed."""

    left: int
    top: int
    still: F32
    """(h, w, 4) colours, and 1 where they are of the inside, 0 where not: while lips are as in the
    photo."""
    teeth: F32
    """(h, w, 4) the same of upper teeth, whatever lips do."""


@kernel
def draw_inside(
    screen: F32,
    triangles: I32,
    kind: U8,
    inside: F32,
    left: int,
    top: int,
    seen: I32,
    shown: Shown,
    share: float,
    skull: F32,
    soft: F32,
    drawn: F32,
    mouth: F32,
) -> None:
    """Colours (h, w, 3) of the samples `seen` (h, w) that show what is INSIDE, into `mouth`.

    seen: samples of `rasterise` from (left, top). inside: (V, 3) colours. skull: (2, 3) from a
    pixel to the place in the photo of what sits fast on the skull. share: of `shown.still`. soft:
    (2 r + 1,) weights of neighbours along each axis, inside only. drawn: (h, w, 3) scratch.
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
                    near = soft[n - j + reach] * soft[m - i + reach]
                    red += near * drawn[n, m, 0]
                    green += near * drawn[n, m, 1]
                    blue += near * drawn[n, m, 2]
                    whole += near
            red, green, blue = red / whole, green / whole, blue / whole
            at_x, at_y = left + (i + 0.5) / FINE, top + (j + 0.5) / FINE
            qx = skull[0, 0] * at_x + skull[0, 1] * at_y + skull[0, 2] - shown.left
            qy = skull[1, 0] * at_x + skull[1, 1] * at_y + skull[1, 2] - shown.top
            # Nothing of the window's edge, which `window_at` holds for ever.
            if 0.0 <= qx < shown.still.shape[1] and 0.0 <= qy < shown.still.shape[0]:
                cover = window_at(shown.teeth, qx, qy, 3)
                if cover > 0.0:
                    red += cover * (window_at(shown.teeth, qx, qy, 0) - red)
                    green += cover * (window_at(shown.teeth, qx, qy, 1) - green)
                    blue += cover * (window_at(shown.teeth, qx, qy, 2) - blue)
                cover = share * window_at(shown.still, qx, qy, 3)
                if cover > 0.0:
                    red += cover * (window_at(shown.still, qx, qy, 0) - red)
                    green += cover * (window_at(shown.still, qx, qy, 1) - green)
                    blue += cover * (window_at(shown.still, qx, qy, 2) - blue)
            mouth[j, i, 0], mouth[j, i, 1], mouth[j, i, 2] = red, green, blue
