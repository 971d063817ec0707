"""From visible triangles to pixels: shade each picture point once, tone-map, blend, encode."""

import numpy as np
from numpy.typing import NDArray

from avitalk.render.arith import F32, Triple, ambient, between, dot, smooth, unit
from avitalk.render.compiled import inlined, kernel
from avitalk.render.eye import eye_colour
from avitalk.render.hair import cap_colour, lock_colour
from avitalk.render.light import wrapped
from avitalk.render.picture import texel
from avitalk.render.raster import SAMPLE_X, SAMPLE_Y, SAMPLES
from avitalk.render.shadow import reached
from avitalk.render.skin import brow_hairs, cloth_detail, scalp_cover, skin_detail
from avitalk.render.tables import (
    CAP,
    CLEAR,
    CLOTH,
    DETAIL,
    FRECKLE,
    GLOSS,
    LEFT_EYE,
    LIGHT,
    LIP,
    LOCKS,
    NORMAL,
    PICTURE,
    PLACE,
    REACHED,
    RED,
    REST,
    ROUGHNESS,
    SCATTER,
    Frame,
    Lighting,
    Pose,
    Surface,
)

EYE_OFF_M = 0.009
KEY_OFF_M = 0.0025  # how far before the surface the key light's shadow is looked up
LAYER_STEP = 0.004  # samples nearer than this (relative depth) are one surface


@kernel
def shade(
    top: int,
    nearness: F32,
    seen: NDArray[np.int32],
    surface: Surface,
    pose: Pose,
    lighting: Lighting,
    frame: Frame,
    image: NDArray[np.uint8],
) -> None:
    """Fill rows `top` .. of `image` (H, W, 3 or 4); with 4 channels alpha is the coverage."""
    alpha = image.shape[2] == 4
    for row in range(seen.shape[0]):
        y = top + row
        for x in range(seen.shape[1]):
            red = green = blue = 0.0
            covered = 0
            done = 0  # one bit a sample
            for s in range(SAMPLES):
                t = seen[row, x, s]
                if t < 0 or done >> s & 1:
                    continue
                # Samples on one surface are shaded once, at their middle.
                count, dx, dy = 1, SAMPLE_X[s], SAMPLE_Y[s]
                for other in range(s + 1, SAMPLES):
                    t2 = seen[row, x, other]
                    if t2 < 0 or done >> other & 1:
                        continue
                    step = nearness[row, x, other] / nearness[row, x, s] - 1.0
                    same = surface.kind[t2] == surface.kind[t] and abs(step) < LAYER_STEP
                    if t2 == t or same:
                        done |= 1 << other
                        count += 1
                        dx += SAMPLE_X[other]
                        dy += SAMPLE_Y[other]
                at_x, at_y = x + 0.5 + dx / count, y + 0.5 + dy / count
                r, g, b = _point(np.int64(t), at_x, at_y, surface, pose, lighting, frame)
                share = count / SAMPLES
                red += share * _film(r * frame.exposure)
                green += share * _film(g * frame.exposure)
                blue += share * _film(b * frame.exposure)
                covered += count
            if not covered:
                for k in range(3):
                    image[y, x, k] = frame.plain[y, x, k]
                if alpha:
                    image[y, x, 3] = 0
                continue
            rest = 1.0 - covered / SAMPLES
            if alpha:
                image[y, x, 3] = int(covered * 255.0 / SAMPLES + 0.5)
                rest = 0.0
                whole = SAMPLES / covered
                red, green, blue = red * whole, green * whole, blue * whole
            # A fixed fine pattern (interleaved gradient noise) keeps gradients free of bands.
            dither = (52.9829189 * ((0.06711056 * x + 0.00583715 * y) % 1.0)) % 1.0
            behind = frame.behind
            image[y, x, 0] = _encode(red + rest * behind[y, x, 0], dither, frame.encode)
            image[y, x, 1] = _encode(green + rest * behind[y, x, 1], dither, frame.encode)
            image[y, x, 2] = _encode(blue + rest * behind[y, x, 2], dither, frame.encode)


@kernel
def enlarge(image: NDArray[np.uint8], larger: NDArray[np.uint8]) -> None:
    """Twice as large, between the pixels of `image` (H, W, C): `larger` (up to 2 H, 2 W, C)."""
    height, width, channels = image.shape
    for y in range(larger.shape[0]):
        near = y >> 1
        far = min(max(near + 2 * (y & 1) - 1, 0), height - 1)
        for x in range(larger.shape[1]):
            left = x >> 1
            right = min(max(left + 2 * (x & 1) - 1, 0), width - 1)
            for k in range(channels):
                own = 3 * image[near, left, k] + image[near, right, k]
                other = 3 * image[far, left, k] + image[far, right, k]
                larger[y, x, k] = (3 * own + other + 8) >> 4


@inlined
def _point(
    t: np.int64,
    at_x: float,
    at_y: float,
    surface: Surface,
    pose: Pose,
    lighting: Lighting,
    frame: Frame,
) -> Triple:
    """Radiance towards the camera from triangle `t` at a picture point."""
    a, b, c = surface.triangles[t, 0], surface.triangles[t, 1], surface.triangles[t, 2]
    screen = pose.screen
    ax, ay = screen[a, 0] - at_x, screen[a, 1] - at_y
    bx, by = screen[b, 0] - at_x, screen[b, 1] - at_y
    cx, cy = screen[c, 0] - at_x, screen[c, 1] - at_y
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    # Perspective-correct weights; the point may lie a fraction of a pixel outside: clamp.
    orientation = 1.0 if area > 0.0 else -1.0
    u = max(0.0, orientation * (bx * cy - by * cx)) * screen[a, 2]
    v = max(0.0, orientation * (cx * ay - cy * ax)) * screen[b, 2]
    w = max(0.0, orientation * (ax * by - ay * bx)) * screen[c, 2]
    whole = 1.0 / (u + v + w)
    u, v, w = u * whole, v * whole, w * whole
    # Rows are not sliced here: a view of a row costs more than reading it.
    lit, table, lamps = pose.lit, surface.attributes, lighting.lamps
    p = _mix(lit, np.int64(PLACE), a, b, c, u, v, w)
    light = _mix(lit, np.int64(LIGHT), a, b, c, u, v, w)
    to_eye = unit(frame.eye[0] - p[0], frame.eye[1] - p[1], frame.eye[2] - p[2])
    n = _mix(lit, np.int64(NORMAL), a, b, c, u, v, w)
    # Counter-clockwise outside is clockwise on a screen whose y points down.
    side = -orientation
    n = unit(side * n[0], side * n[1], side * n[2])
    key = u * lit[a, REACHED] + v * lit[b, REACHED] + w * lit[c, REACHED]
    kind = surface.kind[t]
    if pose.shadow.shape[0] > 1:
        # The lids' own soft shadow on the eye is finer than the map.
        off_m = EYE_OFF_M if kind >= LEFT_EYE else KEY_OFF_M
        key *= reached(p, n, off_m, pose.shadow, lighting.shadow[0])
    if kind >= LEFT_EYE:
        return eye_colour(p, to_eye, light, key, kind - LEFT_EYE, surface.iris, pose, lighting)
    colour = _mix(table, np.int64(RED), a, b, c, u, v, w)
    clear = u * lit[a, CLEAR] + v * lit[b, CLEAR] + w * lit[c, CLEAR]
    if kind == LOCKS:
        return lock_colour(
            surface, a, b, c, u, v, w, colour, p, n, to_eye, clear, light, key, pose, lighting,
        )  # fmt: skip
    rest = _mix(table, np.int64(REST), a, b, c, u, v, w)
    detail = u * table[a, DETAIL] + v * table[b, DETAIL] + w * table[c, DETAIL]
    masks = _mix(table, np.int64(LIP), a, b, c, u, v, w)
    pixel_m = 1.0 / (frame.lens[0] * (u * screen[a, 2] + v * screen[b, 2] + w * screen[c, 2]))
    cover = 0.0
    hair = (0.0, 0.0, 0.0)
    if kind == CAP:
        cover = scalp_cover(rest, masks[1], surface.grain, pixel_m)
        if cover > 0.0:
            hair = cap_colour(surface, rest, n, to_eye, clear, light, key, pose.head_axes, lighting)
        if cover == 1.0:
            return hair
    smooth_n = n
    roughness = u * table[a, ROUGHNESS] + v * table[b, ROUGHNESS] + w * table[c, ROUGHNESS]
    gloss = u * table[a, GLOSS] + v * table[b, GLOSS] + w * table[c, GLOSS]
    bleed = u * table[a, SCATTER] + v * table[b, SCATTER] + w * table[c, SCATTER]
    if kind == PICTURE:
        paint = texel(surface.pictures, t, a, b, c, u, v, w, area)
        colour = (colour[0] * paint[0], colour[1] * paint[1], colour[2] * paint[2])
    elif kind == CLOTH:
        colour, n = cloth_detail(colour, n, rest, surface.noise, surface.grain)
        smooth_n = n
    elif masks[2] > 0.02:
        colour = brow_hairs(colour, surface.hair, rest, masks[2], surface.grain, pixel_m)
    if detail > 0.0 and kind < CLOTH:
        freckle = u * table[a, FRECKLE] + v * table[b, FRECKLE] + w * table[c, FRECKLE]
        colour, n, roughness = skin_detail(
            colour, n, roughness, rest, detail, masks[0], freckle, surface.age, pixel_m,
            surface.noise, pose.head_axes,
        )  # fmt: skip
    # The key light: blue and green show the fine relief, red comes from further under the skin,
    # past the terminator and into the shadow's edge.
    towards = (lamps[0, 0], lamps[0, 1], lamps[0, 2])
    spread = 0.18 * lamps[0, 6]
    rough_cosine, soft_cosine = dot(n, towards), dot(smooth_n, towards)
    seep = bleed * key * (1.0 - key)
    light = (
        light[0] + (key + 0.15 * seep) * lamps[0, 3] * wrapped(soft_cosine, spread + 0.22 * bleed),
        light[1] + (key + 0.06 * seep) * lamps[0, 4] * wrapped(rough_cosine, spread + 0.06 * bleed),
        light[2] + (key - 0.02 * seep) * lamps[0, 5] * wrapped(rough_cosine, spread + 0.02 * bleed),
    )
    facing = max(dot(n, to_eye), 0.05)
    open_ = smooth(clear, 0.15, 0.75)
    red = green = blue = 0.0
    for k in range(lamps.shape[0]):
        share = key
        if k > 0:
            share = u * lit[a, REACHED + k] + v * lit[b, REACHED + k] + w * lit[c, REACHED + k]
        towards = (lamps[k, 0], lamps[k, 1], lamps[k, 2])
        shine = share * _shine(n, to_eye, towards, lamps[k, 6], roughness)
        red += shine * lamps[k, 3]
        green += shine * lamps[k, 4]
        blue += shine * lamps[k, 5]
    # The room mirrored at a rough surface: stronger at grazing angles.
    grazing = (1.0 - facing) ** 5
    glance = 0.028 + max(0.0, 1.0 - roughness - 0.028) * grazing
    above = min(max(0.5 + 0.9 * (2.0 * facing * n[1] - to_eye[1]), 0.0), 1.0)
    room = ambient(lighting.sky, lighting.ground, above)
    gloss *= open_
    seen = (
        colour[0] * light[0] + gloss * (red + glance * room[0]),
        colour[1] * light[1] + gloss * (green + glance * room[1]),
        colour[2] * light[2] + gloss * (blue + glance * room[2]),
    )
    return between(seen, hair, cover)


@inlined
def _shine(n: Triple, to_eye: Triple, towards: Triple, size: float, roughness: float) -> float:
    """Reflection of a lamp: two GGX lobes (skin and its oily film), Kelemen's visibility."""
    cosine = dot(n, towards)
    if cosine <= 0.0:
        return 0.0
    half = unit(towards[0] + to_eye[0], towards[1] + to_eye[1], towards[2] + to_eye[2])
    across = max(dot(half, towards), 0.05)
    rough = min(roughness + 0.08 * size, 1.0)
    nh = dot(n, half)
    lobes = 0.75 * _ggx(nh, rough) + 0.25 * _ggx(nh, 0.6 * rough)
    fresnel = 0.028 + 0.972 * (1.0 - across) ** 5
    return cosine * lobes * fresnel / (4.0 * across * across)


@inlined
def _ggx(cosine: float, roughness: float) -> float:
    """GGX distribution times pi (the unit of light in `light.py`)."""
    a = roughness * roughness * roughness * roughness
    d = cosine * cosine * (a - 1.0) + 1.0
    return a / (d * d)


@inlined
def _film(x: float) -> float:
    """Filmic curve: linear up to a knee, then a soft shoulder reaching white at radiance 6."""
    knee = 0.55
    if x <= knee:
        return x
    t = (x - knee) / (1.0 - knee)
    return min(knee + (1.0 - knee) * (t / (1.0 + t)) * 1.0826, 1.0)


@inlined
def _encode(value: float, dither: float, table: F32) -> int:
    at = min(max(value, 0.0), 1.0) * 4096.0
    k = min(int(at), 4095)
    return int(min(table[k] + (at - k) * (table[k + 1] - table[k]) + dither, 255.0))


@inlined
def _mix(table: F32, k: np.int64, a: int, b: int, c: int, u: float, v: float, w: float) -> Triple:
    """Three columns from `k`, interpolated between three vertices."""
    return (
        u * table[a, k] + v * table[b, k] + w * table[c, k],
        u * table[a, k + 1] + v * table[b, k + 1] + w * table[c, k + 1],
        u * table[a, k + 2] + v * table[b, k + 2] + w * table[c, k + 2],
    )
