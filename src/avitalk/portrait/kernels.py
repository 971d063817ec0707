"""Drawing in machine code: a posed mesh and a photo come in, one frame goes out."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from avitalk.render.compiled import inlined, kernel

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]

FINE = 2
"""Samples of the mesh to a pixel, in each direction."""
APART_PX = 2.5
"""Samples of one pixel whose places in the photo differ by more lie on two surfaces."""
AWAY_PX = 1.2
"""Irises that moved less are still in part the photo's own."""
SKIN, INSIDE, EYE = 0, 1, 2


# Columns of what a skin vertex knows of the photo.
AT_X, AT_Y, SHARE, TRUST, FILL = 0, 1, 2, 3, 4
SKIN_COLUMNS = 7


class Eye(NamedTuple):
    """One eye as three pictures over a window of the photo."""

    left: int
    top: int
    white: F32
    """(h, w, 3) the eye without its iris."""
    iris: F32
    """(h, w, 3) the iris, whole."""
    cover: F32
    """(h, w, 1) 1 where the iris is."""
    still: F32
    """(h, w, 3) the eye as photographed, completed behind the lids."""


@kernel
def rasterise(screen: F32, triangles: I32, left: int, top: int, near: F32, seen: I32) -> None:
    """Find the nearest triangle at each sample: `near` (h, w) 1 / depth, `seen` (h, w) or -1.

    screen: (V, 3) pixels and 1 / depth. Sample (i, j) lies at pixel left + (i + 0.5) / FINE.
    Triangles are seen from outside only.
    """
    height, width = near.shape
    near[:] = 0.0
    seen[:] = -1
    fine = np.float32(FINE)
    half = np.float32(0.5)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        az, bz, cz = screen[a, 2], screen[b, 2], screen[c, 2]
        if az <= 0.0 or bz <= 0.0 or cz <= 0.0:
            continue
        ax, ay = (screen[a, 0] - left) * fine, (screen[a, 1] - top) * fine
        bx, by = (screen[b, 0] - left) * fine, (screen[b, 1] - top) * fine
        cx, cy = (screen[c, 0] - left) * fine, (screen[c, 1] - top) * fine
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area >= 0.0:
            continue
        first_x = max(0, math.ceil(min(ax, bx, cx) - half))
        last_x = min(width - 1, math.floor(max(ax, bx, cx) - half))
        first_y = max(0, math.ceil(min(ay, by, cy) - half))
        last_y = min(height - 1, math.floor(max(ay, by, cy) - half))
        scale = np.float32(1.0) / area
        for y in range(first_y, last_y + 1):
            py = np.float32(y) + half
            for x in range(first_x, last_x + 1):
                px = np.float32(x) + half
                u = ((bx - px) * (cy - py) - (by - py) * (cx - px)) * scale
                v = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) * scale
                w = np.float32(1.0) - u - v
                if u < 0.0 or v < 0.0 or w < 0.0:
                    continue
                z = u * az + v * bz + w * cz
                if z > near[y, x]:
                    near[y, x] = z
                    seen[y, x] = t


@inlined
def weights_at(
    screen: F32, a: int, b: int, c: int, x: float, y: float
) -> tuple[float, float, float]:
    """Perspective-correct weights of the corners at a point of the picture."""
    ax, ay = screen[a, 0] - x, screen[a, 1] - y
    bx, by = screen[b, 0] - x, screen[b, 1] - y
    cx, cy = screen[c, 0] - x, screen[c, 1] - y
    u = -(bx * cy - by * cx) * screen[a, 2]
    v = -(cx * ay - cy * ax) * screen[b, 2]
    w = -(ax * by - ay * bx) * screen[c, 2]
    u, v, w = max(u, 0.0), max(v, 0.0), max(w, 0.0)
    whole = u + v + w
    if whole <= 0.0:
        return (1.0, 0.0, 0.0)
    return (u / whole, v / whole, w / whole)


@inlined
def _cubic(t: float) -> tuple[float, float, float, float]:
    """Catmull-Rom weights: at whole pixels the photo is met exactly."""
    t2 = t * t
    t3 = t2 * t
    return (
        0.5 * (-t3 + 2.0 * t2 - t),
        0.5 * (3.0 * t3 - 5.0 * t2 + 2.0),
        0.5 * (-3.0 * t3 + 4.0 * t2 + t),
        0.5 * (t3 - t2),
    )


@inlined
def photo_at(photo: U8, x: float, y: float) -> tuple[float, float, float]:
    """Colour of the photo at (x, y), pixel centres at .5; its edge goes on for ever."""
    height, width = photo.shape[0], photo.shape[1]
    x = min(max(x - 0.5, 0.0), width - 1.0)
    y = min(max(y - 0.5, 0.0), height - 1.0)
    i, j = int(x), int(y)
    tx, ty = x - i, y - j
    if tx < 1e-4 and ty < 1e-4:
        return (float(photo[j, i, 0]), float(photo[j, i, 1]), float(photo[j, i, 2]))
    wx, wy = _cubic(tx), _cubic(ty)
    red = green = blue = 0.0
    if 1 <= i < width - 2 and 1 <= j < height - 2:
        for n in range(4):
            row = j + n - 1
            a, b, c, d = wy[n] * wx[0], wy[n] * wx[1], wy[n] * wx[2], wy[n] * wx[3]
            red += a * photo[row, i - 1, 0] + b * photo[row, i, 0]
            red += c * photo[row, i + 1, 0] + d * photo[row, i + 2, 0]
            green += a * photo[row, i - 1, 1] + b * photo[row, i, 1]
            green += c * photo[row, i + 1, 1] + d * photo[row, i + 2, 1]
            blue += a * photo[row, i - 1, 2] + b * photo[row, i, 2]
            blue += c * photo[row, i + 1, 2] + d * photo[row, i + 2, 2]
        return (
            min(max(red, 0.0), 255.0),
            min(max(green, 0.0), 255.0),
            min(max(blue, 0.0), 255.0),
        )
    for n in range(4):
        row = min(max(j + n - 1, 0), height - 1)
        r = g = b = 0.0
        for m in range(4):
            column = min(max(i + m - 1, 0), width - 1)
            r += wx[m] * photo[row, column, 0]
            g += wx[m] * photo[row, column, 1]
            b += wx[m] * photo[row, column, 2]
        red += wy[n] * r
        green += wy[n] * g
        blue += wy[n] * b
    return (
        min(max(red, 0.0), 255.0),
        min(max(green, 0.0), 255.0),
        min(max(blue, 0.0), 255.0),
    )


@inlined
def _shift(field: F32, step: int, x: float, y: float) -> tuple[float, float]:
    """Displacement at a point, between the nodes of `field` (h, w, 2)."""
    rows, columns = field.shape[0], field.shape[1]
    x = min(max(x / step, 0.0), columns - 1.001)
    y = min(max(y / step, 0.0), rows - 1.001)
    i, j = int(x), int(y)
    tx, ty = x - i, y - j
    a, b, c, d = (1 - tx) * (1 - ty), tx * (1 - ty), (1 - tx) * ty, tx * ty
    return (
        a * field[j, i, 0] + b * field[j, i + 1, 0]
        + c * field[j + 1, i, 0] + d * field[j + 1, i + 1, 0],
        a * field[j, i, 1] + b * field[j, i + 1, 1]
        + c * field[j + 1, i, 1] + d * field[j + 1, i + 1, 1],
    )  # fmt: skip


@inlined
def window_at(image: F32, x: float, y: float, k: int) -> float:
    """Channel k of a small picture (h, w, n) at (x, y), bilinear, held at its edge."""
    height, width = image.shape[0], image.shape[1]
    x = min(max(x - 0.5, 0.0), width - 1.001)
    y = min(max(y - 0.5, 0.0), height - 1.001)
    i, j = int(x), int(y)
    tx, ty = x - i, y - j
    upper = image[j, i, k] + tx * (image[j, i + 1, k] - image[j, i, k])
    lower = image[j + 1, i, k] + tx * (image[j + 1, i + 1, k] - image[j + 1, i, k])
    return float(upper + ty * (lower - upper))


@kernel
def inverted(field: F32, step: int, back: F32) -> None:
    """Where pixels come from: `back` (h, w, 2) is what to take from a node's place to be where the
    displacement `field` (h, w, 2) leads to it.
    """
    for row in range(field.shape[0]):
        for column in range(field.shape[1]):
            x, y = float(column * step), float(row * step)
            fx, fy = x, y
            for _ in range(4):
                dx, dy = _shift(field, step, fx, fy)
                fx, fy = x - dx, y - dy
            back[row, column, 0], back[row, column, 1] = x - fx, y - fy


@kernel
def compose(
    photo: U8,
    field: F32,
    step: int,
    screen: F32,
    triangles: I32,
    kind: U8,
    skin: F32,
    mouth: F32,
    left: int,
    top: int,
    seen: I32,
    eye_left: Eye,
    eye_right: Eye,
    look: F32,
    zone: I32,
    image: U8,
) -> None:
    """Draw into `image` (H, W, 3), which holds the photo, within `zone` (left, top, right, bottom).

    field: from `inverted`, at nodes every `step` pixels. kind: (T,) SKIN,
    INSIDE or EYE + 0 / 1. skin: (V, 7) place in the photo, share of the mesh against the field,
    trust in the photo, colour where it cannot be trusted. seen: samples of `rasterise` from
    (left, top). mouth: (*seen, 3) colours of what is INSIDE. look: (2, 2) shift of the irises in
    pixels.
    """
    for y in range(zone[1], zone[3]):
        for x in range(zone[0], zone[2]):
            px, py = x + 0.5, y + 0.5
            dx, dy = _shift(field, step, px, py)
            fx, fy = px - dx, py - dy
            count = 0
            sx = sy = share = trust = r = g = b = 0.0
            low_x = low_y = 1e9
            high_x = high_y = -1e9
            others = 0
            red = green = blue = 0.0
            row, column = (y - top) * FINE, (x - left) * FINE
            inner = 0 <= row < seen.shape[0] - 1 and 0 <= column < seen.shape[1] - 1
            missed = FINE * FINE
            if inner:
                for n in range(FINE * FINE):
                    t = seen[row + n // FINE, column + n % FINE]
                    if t < 0:
                        continue
                    missed -= 1
                    if kind[t] == INSIDE:
                        red += mouth[row + n // FINE, column + n % FINE, 0]
                        green += mouth[row + n // FINE, column + n % FINE, 1]
                        blue += mouth[row + n // FINE, column + n % FINE, 2]
                        others += 1
                        continue
                    at_x = x + (n % FINE + 0.5) / FINE
                    at_y = y + (n // FINE + 0.5) / FINE
                    p, q, s = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                    u, v, w = weights_at(screen, p, q, s, at_x, at_y)
                    qx = u * skin[p, AT_X] + v * skin[q, AT_X] + w * skin[s, AT_X]
                    qy = u * skin[p, AT_Y] + v * skin[q, AT_Y] + w * skin[s, AT_Y]
                    if kind[t] >= EYE:
                        eye = eye_left if kind[t] == EYE else eye_right
                        k = kind[t] - EYE
                        ex, ey = qx - eye.left, qy - eye.top
                        ix, iy = ex - look[k, 0], ey - look[k, 1]
                        cover = window_at(eye.cover, ix, iy, 0)
                        away = math.hypot(look[k, 0], look[k, 1]) / AWAY_PX
                        away = min(away, 1.0)
                        bare, ringed = away * (1 - cover), away * cover
                        r1 = (1 - away) * window_at(eye.still, ex, ey, 0)
                        g1 = (1 - away) * window_at(eye.still, ex, ey, 1)
                        b1 = (1 - away) * window_at(eye.still, ex, ey, 2)
                        if bare > 0.0:
                            r1 += bare * window_at(eye.white, ex, ey, 0)
                            g1 += bare * window_at(eye.white, ex, ey, 1)
                            b1 += bare * window_at(eye.white, ex, ey, 2)
                        if ringed > 0.0:
                            r1 += ringed * window_at(eye.iris, ix, iy, 0)
                            g1 += ringed * window_at(eye.iris, ix, iy, 1)
                            b1 += ringed * window_at(eye.iris, ix, iy, 2)
                        red += r1
                        green += g1
                        blue += b1
                        others += 1
                        continue
                    # The sample stands for the pixel's middle where it is the only surface.
                    count += 1
                    sx += qx
                    sy += qy
                    share += u * skin[p, SHARE] + v * skin[q, SHARE] + w * skin[s, SHARE]
                    trust += u * skin[p, TRUST] + v * skin[q, TRUST] + w * skin[s, TRUST]
                    r += u * skin[p, FILL] + v * skin[q, FILL] + w * skin[s, FILL]
                    g += u * skin[p, FILL + 1] + v * skin[q, FILL + 1] + w * skin[s, FILL + 1]
                    b += u * skin[p, FILL + 2] + v * skin[q, FILL + 2] + w * skin[s, FILL + 2]
                    low_x, high_x = min(low_x, qx), max(high_x, qx)
                    low_y, high_y = min(low_y, qy), max(high_y, qy)
            if count == 0 and others == 0:
                if fx == px and fy == py:
                    continue
                colour = photo_at(photo, fx, fy)
                for k in range(3):
                    image[y, x, k] = int(colour[k] + 0.5)
                continue
            if max(high_x - low_x, high_y - low_y) > APART_PX:
                # Two surfaces in one pixel: each sample for itself.
                for n in range(FINE * FINE):
                    t = seen[row + n // FINE, column + n % FINE]
                    if t < 0 or kind[t] != SKIN:
                        continue
                    at_x = x + (n % FINE + 0.5) / FINE
                    at_y = y + (n // FINE + 0.5) / FINE
                    p, q, s = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                    u, v, w = weights_at(screen, p, q, s, at_x, at_y)
                    one = u * skin[p, SHARE] + v * skin[q, SHARE] + w * skin[s, SHARE]
                    qx = u * skin[p, AT_X] + v * skin[q, AT_X] + w * skin[s, AT_X]
                    qy = u * skin[p, AT_Y] + v * skin[q, AT_Y] + w * skin[s, AT_Y]
                    fade = one * (1 - u * skin[p, TRUST] - v * skin[q, TRUST] - w * skin[s, TRUST])
                    colour = photo_at(photo, fx + one * (qx - fx), fy + one * (qy - fy))
                    r = u * skin[p, FILL] + v * skin[q, FILL] + w * skin[s, FILL]
                    g = u * skin[p, FILL + 1] + v * skin[q, FILL + 1] + w * skin[s, FILL + 1]
                    b = u * skin[p, FILL + 2] + v * skin[q, FILL + 2] + w * skin[s, FILL + 2]
                    red += colour[0] + fade * (r - colour[0])
                    green += colour[1] + fade * (g - colour[1])
                    blue += colour[2] + fade * (b - colour[2])
            elif count > 0:
                whole = 1.0 / count
                share *= whole
                fade = share * (1.0 - trust * whole)
                at_x = fx + share * (sx * whole - fx)
                at_y = fy + share * (sy * whole - fy)
                colour = photo_at(photo, at_x, at_y)
                red += count * (colour[0] + fade * (r * whole - colour[0]))
                green += count * (colour[1] + fade * (g * whole - colour[1]))
                blue += count * (colour[2] + fade * (b * whole - colour[2]))
            if missed > 0:
                colour = photo_at(photo, fx, fy)
                red += missed * colour[0]
                green += missed * colour[1]
                blue += missed * colour[2]
            image[y, x, 0] = int(min(max(red / (FINE * FINE), 0.0), 255.0) + 0.5)
            image[y, x, 1] = int(min(max(green / (FINE * FINE), 0.0), 255.0) + 0.5)
            image[y, x, 2] = int(min(max(blue / (FINE * FINE), 0.0), 255.0) + 0.5)
