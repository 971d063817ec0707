"""From visible triangles to colours: light each picture point once, tone-map, blend, encode.

Light is linear and in one unit for diffuse and specular: a lamp of strength 1 facing white matt
paint gives radiance 1. World space throughout; tuples (r, g, b) or (x, y, z).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from avitalk.render.compiled import kernel
from avitalk.render.raster import SAMPLE_X, SAMPLE_Y, SAMPLES

F32 = NDArray[np.float32]
Triple = tuple[float, float, float]

# Columns of Surface.attributes
RED, ROUGHNESS, OCCLUSION, SCATTER, GLOSS, INSIDE, DETAIL, REST = 0, 3, 4, 5, 6, 7, 8, 9
COLUMNS = 12
# Values of Surface.kind
MATTER, LEFT_EYE = 0, 1

IRIS_M = 0.0059
CORNEA_CENTRE_M = 0.0046  # centre of the cornea's sphere before the eye's centre
LAYER_STEP = 0.004  # samples nearer than this (relative depth) are one surface


class Surface(NamedTuple):
    """What never changes about a head."""

    triangles: NDArray[np.int32]  # (T, 3)
    kind: NDArray[np.uint8]  # (T,) MATTER, LEFT_EYE, LEFT_EYE + 1
    attributes: F32  # (V, COLUMNS)
    iris: F32  # (N, N, 3) linear colour over [-IRIS_M, IRIS_M] squared, row 0 at the bottom
    noise: F32  # (M, M, M) periodic, zero mean, about [-1, 1]


class Pose(NamedTuple):
    """One posed head, seen from one camera."""

    vertices: F32  # (V, 3)
    normals: F32  # (V, 3)
    screen: F32  # (V, 3) pixels and 1 / depth
    head_axes: F32  # (3, 3) rows: the head's x, y, z in the world
    eye_centres: F32  # (2, 3)
    eye_axes: F32  # (2, 3, 3) rows: each eye's x, y, z in the world
    lids: F32  # (2, 2, E, 3) eye, upper and lower, margin points
    mouth: F32  # (4,) centre of the opening, its height in metres
    shadow: F32  # (S, S) depth towards the key light


class Lighting(NamedTuple):
    """Lamps in world space; the first is the key light, which casts the shadow."""

    lamps: F32  # (L, 7) direction towards the lamp, colour times strength, size in [0, 1]
    sky: F32  # (3,) light from above
    ground: F32  # (3,) light from below
    shadow: F32  # (3, 4) see raster.shadow_map
    bias_m: float


class Frame(NamedTuple):
    """The picture being made."""

    eye: F32  # (3,)
    axes: F32  # (3, 3) right, up, forward
    lens: F32  # (3,) focal length, centre x, centre y in pixels
    behind: F32  # (H, W, 3) background, display-linear
    plain: NDArray[np.uint8]  # (H, W, 3) the same, encoded
    encode: F32  # (4097,) display-linear [0, 1] to [0, 255]
    exposure: float


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
    used = np.empty(SAMPLES, np.bool_)
    for row in range(seen.shape[0]):
        y = top + row
        for x in range(seen.shape[1]):
            red = green = blue = 0.0
            covered = 0
            for s in range(SAMPLES):
                used[s] = seen[row, x, s] < 0
            for s in range(SAMPLES):
                if used[s]:
                    continue
                # Samples on one surface are shaded once, at their middle.
                t = seen[row, x, s]
                count, dx, dy = 1, SAMPLE_X[s], SAMPLE_Y[s]
                for other in range(s + 1, SAMPLES):
                    if used[other]:
                        continue
                    same = surface.kind[seen[row, x, other]] == surface.kind[t]
                    step = nearness[row, x, other] / nearness[row, x, s] - 1.0
                    if seen[row, x, other] == t or (same and abs(step) < LAYER_STEP):
                        used[other] = True
                        count += 1
                        dx += SAMPLE_X[other]
                        dy += SAMPLE_Y[other]
                at_x, at_y = x + 0.5 + dx / count, y + 0.5 + dy / count
                r, g, b = _point(t, at_x, at_y, surface, pose, lighting, frame)
                share = count / SAMPLES
                red += share * _film(r * frame.exposure)
                green += share * _film(g * frame.exposure)
                blue += share * _film(b * frame.exposure)
                covered += count
            if not covered:
                image[y, x, :3] = frame.plain[y, x]
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
            image[y, x, 0] = _encode(red + rest * frame.behind[y, x, 0], dither, frame.encode)
            image[y, x, 1] = _encode(green + rest * frame.behind[y, x, 1], dither, frame.encode)
            image[y, x, 2] = _encode(blue + rest * frame.behind[y, x, 2], dither, frame.encode)


@kernel
def _point(
    t: int,
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
    u = max(0.0, (bx * cy - by * cx) / area) * screen[a, 2]
    v = max(0.0, (cx * ay - cy * ax) / area) * screen[b, 2]
    w = max(0.0, (ax * by - ay * bx) / area) * screen[c, 2]
    total = u + v + w
    u, v, w = u / total, v / total, w / total
    p = _mix(pose.vertices, 0, a, b, c, u, v, w)
    to_eye = _unit(frame.eye[0] - p[0], frame.eye[1] - p[1], frame.eye[2] - p[2])
    kind = surface.kind[t]
    if kind >= LEFT_EYE:
        return _eye(p, to_eye, kind - LEFT_EYE, surface.iris, pose, lighting)
    n = _mix(pose.normals, 0, a, b, c, u, v, w)
    # Counter-clockwise outside is clockwise on a screen whose y points down: area < 0 is front.
    side = -1.0 if area > 0.0 else 1.0
    n = _unit(side * n[0], side * n[1], side * n[2])
    table = surface.attributes
    colour = _mix(table, RED, a, b, c, u, v, w)
    roughness = u * table[a, ROUGHNESS] + v * table[b, ROUGHNESS] + w * table[c, ROUGHNESS]
    open_ = u * table[a, OCCLUSION] + v * table[b, OCCLUSION] + w * table[c, OCCLUSION]
    scatter = u * table[a, SCATTER] + v * table[b, SCATTER] + w * table[c, SCATTER]
    gloss = u * table[a, GLOSS] + v * table[b, GLOSS] + w * table[c, GLOSS]
    inside = u * table[a, INSIDE] + v * table[b, INSIDE] + w * table[c, INSIDE]
    detail = u * table[a, DETAIL] + v * table[b, DETAIL] + w * table[c, DETAIL]
    light = 1.0
    if inside > 0.0:
        light = 1.0 - inside * (1.0 - _mouth_light(p, pose))
        open_ *= light
    bumped = n
    if detail > 0.0:
        rest = _mix(table, REST, a, b, c, u, v, w)
        coarse = _noise(surface.noise, rest[0] * 180.0, rest[1] * 180.0, rest[2] * 180.0)
        fine = _noise(surface.noise, rest[0] * 700.0, rest[1] * 700.0, rest[2] * 700.0)
        flush = detail * (0.05 * coarse[0] + 0.03 * fine[0])
        # Blood shows in green and blue more than in red; melanin in all.
        colour = (
            colour[0] * (1.0 + 0.4 * flush),
            colour[1] * (1.0 + flush),
            colour[2] * (1.0 + flush),
        )
        bump = 0.06 * detail
        gx, gy, gz = bump * fine[1], bump * fine[2], bump * fine[3]
        axes = pose.head_axes
        bumped = _unit(
            n[0] - (axes[0, 0] * gx + axes[1, 0] * gy + axes[2, 0] * gz),
            n[1] - (axes[0, 1] * gx + axes[1, 1] * gy + axes[2, 1] * gz),
            n[2] - (axes[0, 2] * gx + axes[1, 2] * gy + axes[2, 2] * gz),
        )
        roughness *= 1.0 + 0.15 * detail * coarse[0]
    return _matter(
        p, n, bumped, to_eye, colour, roughness, open_, scatter, gloss, light, pose, lighting
    )


@kernel
def _matter(
    p: Triple,
    n: Triple,
    bumped: Triple,
    to_eye: Triple,
    colour: Triple,
    roughness: float,
    open_: float,
    scatter: float,
    gloss: float,
    light: float,
    pose: Pose,
    lighting: Lighting,
) -> Triple:
    """Skin, lips, teeth: scattering diffuse, two specular lobes, hemispheric ambient."""
    facing = max(_dot(bumped, to_eye), 0.05)
    red = green = blue = shine = 0.0
    shine_r = shine_g = shine_b = 0.0
    for k in range(lighting.lamps.shape[0]):
        lamp = lighting.lamps[k]
        towards = (lamp[0], lamp[1], lamp[2])
        lit = light
        if k == 0:
            lit *= _shadow(p, n, pose.shadow, lighting)
        cosine = _dot(n, towards)
        # Light bleeds past the terminator, red furthest: wrapped diffuse, energy kept by 1 + w.
        size = 0.12 * lamp[6]
        soft = math.sqrt(lit)
        red += (
            lamp[3]
            * _wrapped(cosine, size + 0.32 * scatter)
            * (lit + scatter * 0.55 * (soft - lit))
        )
        green += (
            lamp[4]
            * _wrapped(cosine, size + 0.13 * scatter)
            * (lit + scatter * 0.12 * (soft - lit))
        )
        blue += lamp[5] * _wrapped(cosine, size + 0.08 * scatter) * lit
        cosine = _dot(bumped, towards)
        if cosine > 0.0:
            half = _unit(towards[0] + to_eye[0], towards[1] + to_eye[1], towards[2] + to_eye[2])
            across = max(_dot(half, towards), 0.05)
            rough = min(roughness + 0.08 * lamp[6], 1.0)
            nh = _dot(bumped, half)
            lobes = 0.75 * _ggx(nh, rough) + 0.25 * _ggx(nh, 0.6 * rough)
            fresnel = 0.028 + 0.972 * (1.0 - across) ** 5
            shine = gloss * cosine * lit * lobes * fresnel / (4.0 * across * across)
            shine_r += lamp[3] * shine
            shine_g += lamp[4] * shine
            shine_b += lamp[5] * shine
    up = 0.5 + 0.5 * n[1]
    mirrored = 2.0 * facing * bumped[1] - to_eye[1]
    grazing = (1.0 - facing) ** 5
    glance = gloss * open_ * open_ * (0.028 + max(0.0, 1.0 - roughness - 0.028) * grazing)
    above = min(max(0.5 + 0.9 * mirrored, 0.0), 1.0)
    ambient_r = lighting.ground[0] + (lighting.sky[0] - lighting.ground[0]) * up
    ambient_g = lighting.ground[1] + (lighting.sky[1] - lighting.ground[1]) * up
    ambient_b = lighting.ground[2] + (lighting.sky[2] - lighting.ground[2]) * up
    mirror_r = lighting.ground[0] + (lighting.sky[0] - lighting.ground[0]) * above
    mirror_g = lighting.ground[1] + (lighting.sky[1] - lighting.ground[1]) * above
    mirror_b = lighting.ground[2] + (lighting.sky[2] - lighting.ground[2]) * above
    return (
        colour[0] * (red + ambient_r * _bounced(open_, colour[0])) + shine_r + glance * mirror_r,
        colour[1] * (green + ambient_g * _bounced(open_, colour[1])) + shine_g + glance * mirror_g,
        colour[2] * (blue + ambient_b * _bounced(open_, colour[2])) + shine_b + glance * mirror_b,
    )


@kernel
def _eye(
    p: Triple, to_eye: Triple, which: int, iris: F32, pose: Pose, lighting: Lighting
) -> Triple:
    """A wet eyeball: sclera, refracted iris, lid shadow, sharp mirror image of the key light."""
    axes = pose.eye_axes[which]
    centre = pose.eye_centres[which]
    away = (p[0] - centre[0], p[1] - centre[1], p[2] - centre[2])
    x, y, z = _into(axes, away)
    radius = math.sqrt(x * x + y * y + z * z)
    n = (away[0] / radius, away[1] / radius, away[2] / radius)
    off_axis = math.sqrt(x * x + y * y)
    in_iris = 0.0
    if z > 0.0:
        in_iris = 1.0 - _smooth(off_axis, 0.93 * IRIS_M, 1.07 * IRIS_M)
    r, g, b = 0.76, 0.68, 0.64
    corner = _smooth(off_axis, 0.006, 0.0115)
    r, g, b = r - 0.10 * corner, g - 0.24 * corner, b - 0.24 * corner
    wet = n
    if in_iris > 0.0:
        # The iris lies behind the cornea: seen from aside it shifts towards the viewer.
        ex, ey, ez = _into(axes, to_eye)
        hollow = 0.0016 * max(0.0, 1.0 - (off_axis / IRIS_M) ** 2) / max(ez, 0.3)
        i_r, i_g, i_b = _texture(iris, x - hollow * ex, y - hollow * ey)
        # A bowl facing outwards: the side away from the key light is the brighter one.
        lx, ly, _lz = _into(
            axes, (lighting.lamps[0, 0], lighting.lamps[0, 1], lighting.lamps[0, 2])
        )
        bowl = 1.0 - 0.45 * (lx * x + ly * y) / IRIS_M
        r += in_iris * (i_r * bowl - r)
        g += in_iris * (i_g * bowl - g)
        b += in_iris * (i_b * bowl - b)
        bulge = _unit(x, y, max(z - CORNEA_CENTRE_M, 0.001))
        cornea = (
            axes[0, 0] * bulge[0] + axes[1, 0] * bulge[1] + axes[2, 0] * bulge[2],
            axes[0, 1] * bulge[0] + axes[1, 1] * bulge[1] + axes[2, 1] * bulge[2],
            axes[0, 2] * bulge[0] + axes[1, 2] * bulge[1] + axes[2, 2] * bulge[2],
        )
        wet = _unit(
            n[0] + in_iris * (cornea[0] - n[0]),
            n[1] + in_iris * (cornea[1] - n[1]),
            n[2] + in_iris * (cornea[2] - n[2]),
        )
    upper = _distance(p, pose.lids[which, 0])
    lower = _distance(p, pose.lids[which, 1])
    shade = (0.30 + 0.70 * _smooth(upper, -0.0005, 0.0050)) * (
        0.62 + 0.38 * _smooth(lower, 0.0, 0.0030)
    )
    red = green = blue = 0.0
    mirror = (
        2.0 * _dot(wet, to_eye) * wet[0] - to_eye[0],
        2.0 * _dot(wet, to_eye) * wet[1] - to_eye[1],
        2.0 * _dot(wet, to_eye) * wet[2] - to_eye[2],
    )
    shine_r = shine_g = shine_b = 0.0
    for k in range(lighting.lamps.shape[0]):
        lamp = lighting.lamps[k]
        towards = (lamp[0], lamp[1], lamp[2])
        lit = _shadow(p, n, pose.shadow, lighting) if k == 0 else 1.0
        diffuse = _wrapped(_dot(n, towards), 0.35) * (0.35 + 0.65 * lit)
        red += lamp[3] * diffuse
        green += lamp[4] * diffuse
        blue += lamp[5] * diffuse
        window = _window(mirror, towards, 0.30 * lamp[6], 0.40 * lamp[6]) / (lamp[6] + 0.05)
        shine_r += lamp[3] * window
        shine_g += lamp[4] * window
        shine_b += lamp[5] * window
    facing = max(_dot(wet, to_eye), 0.0)
    fresnel = 0.03 + 0.97 * (1.0 - facing) ** 5
    above = _smooth(mirror[1], -0.2, 0.7)
    up = 0.5 + 0.5 * n[1]
    sky, ground = lighting.sky, lighting.ground
    # Reflections of the bright room stop where lashes and lids stand in the way.
    clear = shade * shade
    glint = 22.0 * fresnel * _smooth(upper, 0.0005, 0.0018)
    return (
        shade * r * (red + ground[0] + (sky[0] - ground[0]) * up)
        + fresnel * clear * (ground[0] + (sky[0] - ground[0]) * above)
        + glint * shine_r,
        shade * g * (green + ground[1] + (sky[1] - ground[1]) * up)
        + fresnel * clear * (ground[1] + (sky[1] - ground[1]) * above)
        + glint * shine_g,
        shade * b * (blue + ground[2] + (sky[2] - ground[2]) * up)
        + fresnel * clear * (ground[2] + (sky[2] - ground[2]) * above)
        + glint * shine_b,
    )


@kernel
def _mouth_light(p: Triple, pose: Pose) -> float:
    """Share of light that reaches `p` through the open lips: less the deeper it lies."""
    forward = pose.head_axes[2]
    depth = (
        (pose.mouth[0] - p[0]) * forward[0]
        + (pose.mouth[1] - p[1]) * forward[1]
        + (pose.mouth[2] - p[2]) * forward[2]
    )
    gap = max(pose.mouth[3], 0.003)
    light = gap / (gap + 0.75 * max(depth - 0.001, 0.0))
    return float(light * math.exp(-20.0 * max(depth - 0.004, 0.0)))


@kernel
def _shadow(p: Triple, n: Triple, depth: F32, lighting: Lighting) -> float:
    """How much of the key light reaches `p`: 5 x 5 texels, weighted so that it varies smoothly."""
    m = lighting.shadow
    density = m[2, 3]
    off = lighting.bias_m
    q = (p[0] + off * n[0], p[1] + off * n[1], p[2] + off * n[2])
    fx = (m[0, 0] * q[0] + m[0, 1] * q[1] + m[0, 2] * q[2] - m[0, 3]) * density - 0.5
    fy = (m[1, 0] * q[0] + m[1, 1] * q[1] + m[1, 2] * q[2] - m[1, 3]) * density - 0.5
    near = m[2, 0] * q[0] + m[2, 1] * q[1] + m[2, 2] * q[2] + off
    x, y = math.floor(fx), math.floor(fy)
    side = depth.shape[0]
    if x < 2 or y < 2 or x >= side - 3 or y >= side - 3:
        return 1.0
    tx, ty = fx - x, fy - y
    lit = 0.0
    for j in range(-2, 4):
        weight_y = 1.0 - ty if j == -2 else (ty if j == 3 else 1.0)
        line = 0.0
        for i in range(-2, 4):
            if depth[y + j, x + i] <= near:
                line += 1.0 - tx if i == -2 else (tx if i == 3 else 1.0)
        lit += weight_y * line
    return lit / 25.0


@kernel
def _window(mirror: Triple, towards: Triple, half_width: float, half_height: float) -> float:
    """Whether a mirrored ray hits the upright soft box hung at `towards`, with soft edges."""
    ahead = _dot(mirror, towards)
    if ahead <= 0.1 or half_width <= 0.0:
        return 0.0
    right = _unit(towards[2], 0.0, -towards[0])
    up = (
        towards[1] * right[2] - towards[2] * right[1],
        towards[2] * right[0] - towards[0] * right[2],
        towards[0] * right[1] - towards[1] * right[0],
    )
    x = abs(_dot(mirror, right) / ahead)
    y = abs(_dot(mirror, up) / ahead)
    edge = 0.10
    return (1.0 - _smooth(x, half_width - edge, half_width + edge)) * (
        1.0 - _smooth(y, half_height - edge, half_height + edge)
    )


@kernel
def _distance(p: Triple, line: F32) -> float:
    """Distance from `p` to a polyline (E, 3); large for an empty one."""
    best = 1.0
    for k in range(line.shape[0] - 1):
        dx = line[k + 1, 0] - line[k, 0]
        dy = line[k + 1, 1] - line[k, 1]
        dz = line[k + 1, 2] - line[k, 2]
        qx, qy, qz = p[0] - line[k, 0], p[1] - line[k, 1], p[2] - line[k, 2]
        along = (qx * dx + qy * dy + qz * dz) / max(dx * dx + dy * dy + dz * dz, 1e-12)
        along = min(max(along, 0.0), 1.0)
        qx, qy, qz = qx - along * dx, qy - along * dy, qz - along * dz
        best = min(best, qx * qx + qy * qy + qz * qz)
    return math.sqrt(best)


@kernel
def _texture(texture: F32, x: float, y: float) -> Triple:
    """Bilinear look-up at (x, y) metres from the iris' centre."""
    side = texture.shape[0]
    fx = min(max((x / IRIS_M * 0.5 + 0.5) * side - 0.5, 0.0), side - 1.001)
    fy = min(max((y / IRIS_M * 0.5 + 0.5) * side - 0.5, 0.0), side - 1.001)
    i, j = int(fx), int(fy)
    tx, ty = fx - i, fy - j
    a, b, c, d = (1 - tx) * (1 - ty), tx * (1 - ty), (1 - tx) * ty, tx * ty
    low, high = texture[j], texture[j + 1]
    return (
        a * low[i, 0] + b * low[i + 1, 0] + c * high[i, 0] + d * high[i + 1, 0],
        a * low[i, 1] + b * low[i + 1, 1] + c * high[i, 1] + d * high[i + 1, 1],
        a * low[i, 2] + b * low[i + 1, 2] + c * high[i, 2] + d * high[i + 1, 2],
    )


@kernel
def _noise(volume: F32, x: float, y: float, z: float) -> tuple[float, float, float, float]:
    """Trilinear value and gradient of periodic noise, one cell per unit."""
    side = volume.shape[0]
    fx, fy, fz = math.floor(x), math.floor(y), math.floor(z)
    tx, ty, tz = x - fx, y - fy, z - fz
    i, j, k = int(fx) % side, int(fy) % side, int(fz) % side
    i1, j1, k1 = (i + 1) % side, (j + 1) % side, (k + 1) % side
    a, b = volume[i, j, k], volume[i1, j, k]
    c, d = volume[i, j1, k], volume[i1, j1, k]
    e, f = volume[i, j, k1], volume[i1, j, k1]
    g, h = volume[i, j1, k1], volume[i1, j1, k1]
    ab, cd, ef, gh = a + tx * (b - a), c + tx * (d - c), e + tx * (f - e), g + tx * (h - g)
    low, high = ab + ty * (cd - ab), ef + ty * (gh - ef)
    dx0, dx1 = (b - a) + ty * ((d - c) - (b - a)), (f - e) + ty * ((h - g) - (f - e))
    dy0, dy1 = cd - ab, gh - ef
    return (
        low + tz * (high - low),
        dx0 + tz * (dx1 - dx0),
        dy0 + tz * (dy1 - dy0),
        high - low,
    )


@kernel
def _ggx(cosine: float, roughness: float) -> float:
    """GGX distribution times pi (the unit of light above)."""
    a = roughness**4
    d = cosine * cosine * (a - 1.0) + 1.0
    return a / (d * d)


@kernel
def _wrapped(cosine: float, wrap: float) -> float:
    value = max(cosine + wrap, 0.0) / (1.0 + wrap)
    return value / (1.0 + wrap)


@kernel
def _bounced(open_: float, albedo: float) -> float:
    """Ambient light with its bounces in a cavity of this albedo (Jimenez et al. 2016, eq. 10)."""
    a = 2.0404 * albedo - 0.3324
    b = -4.7951 * albedo + 0.6417
    c = 2.7552 * albedo + 0.6903
    return max(open_, ((open_ * a + b) * open_ + c) * open_)


@kernel
def _film(x: float) -> float:
    """Filmic curve: linear shadows, a soft shoulder reaching white at radiance 6."""
    knee = 0.55
    if x <= knee:
        return x
    t = (x - knee) / (1.0 - knee)
    return min(knee + (1.0 - knee) * (t / (1.0 + t)) * 1.0826, 1.0)


@kernel
def _encode(value: float, dither: float, table: F32) -> int:
    at = min(max(value, 0.0), 1.0) * 4096.0
    k = min(int(at), 4095)
    return int(min(table[k] + (at - k) * (table[k + 1] - table[k]) + dither, 255.0))


@kernel
def _into(axes: F32, v: Triple) -> Triple:
    return (
        axes[0, 0] * v[0] + axes[0, 1] * v[1] + axes[0, 2] * v[2],
        axes[1, 0] * v[0] + axes[1, 1] * v[1] + axes[1, 2] * v[2],
        axes[2, 0] * v[0] + axes[2, 1] * v[1] + axes[2, 2] * v[2],
    )


@kernel
def _mix(table: F32, k: int, a: int, b: int, c: int, u: float, v: float, w: float) -> Triple:
    return (
        u * table[a, k] + v * table[b, k] + w * table[c, k],
        u * table[a, k + 1] + v * table[b, k + 1] + w * table[c, k + 1],
        u * table[a, k + 2] + v * table[b, k + 2] + w * table[c, k + 2],
    )


@kernel
def _smooth(x: float, low: float, high: float) -> float:
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@kernel
def _dot(a: Triple, b: Triple) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@kernel
def _unit(x: float, y: float, z: float) -> Triple:
    length = math.sqrt(x * x + y * y + z * z)
    scale = 1.0 / length if length > 1e-12 else 0.0
    return (x * scale, y * scale, z * scale)
