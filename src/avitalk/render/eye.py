"""A wet eyeball: sclera, refracted iris, the lids' shadow, sharp mirror image of the lamps."""

import math

from avitalk.render.arith import (
    F32,
    Triple,
    ambient,
    between,
    dot,
    into,
    mirrored,
    out_of,
    smooth,
    unit,
)
from avitalk.render.compiled import called, inlined
from avitalk.render.light import wrapped
from avitalk.render.tables import IRIS_M, Lighting, Pose

CORNEA_CENTRE_M = 0.0046  # centre of the cornea's sphere, before the eye's centre
IRIS_DEPTH_M = 0.0016  # apparent depth of the pupil's plane behind the surface
SCLERA = (0.54, 0.475, 0.44)
SCLERA_CORNER = (0.44, 0.255, 0.225)
WINDOW_EDGE = 0.10


@called
def eye_colour(
    p: Triple,
    to_eye: Triple,
    light: Triple,
    key: float,
    which: int,
    iris: F32,
    pose: Pose,
    lighting: Lighting,
) -> Triple:
    """Radiance from `p` on eyeball `which` towards `to_eye`, under diffuse `light`."""
    lamps = lighting.lamps
    axes = pose.eye_axes[which]
    centre = pose.eye_centres[which]
    x, y, z = into(axes, (p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]))
    off_axis = math.sqrt(x * x + y * y)
    colour = between(SCLERA, SCLERA_CORNER, smooth(off_axis, 0.0065, 0.0115))
    ball = unit(x, y, z)
    wet = ball
    in_iris = 0.0
    if z > 0.0:
        in_iris = 1.0 - smooth(off_axis, 0.93 * IRIS_M, 1.07 * IRIS_M)
    if in_iris > 0.0:
        lamp = into(axes, (lamps[0, 0], lamps[0, 1], lamps[0, 2]))
        seen = into(axes, to_eye)
        colour = between(colour, _iris_colour(x, y, off_axis, lamp, seen, iris), in_iris)
        cornea = unit(x, y, max(z - CORNEA_CENTRE_M, 0.001))
        wet = between(ball, cornea, in_iris)
    n = out_of(axes, wet)
    n = unit(n[0], n[1], n[2])
    # The white is matt under its film: lit like a ball, softly, for light spreads in it.
    round_ = out_of(axes, ball)
    cosine = wrapped(dot(round_, (lamps[0, 0], lamps[0, 1], lamps[0, 2])), 0.45)
    light = (
        light[0] + key * cosine * lamps[0, 3],
        light[1] + key * cosine * lamps[0, 4],
        light[2] + key * cosine * lamps[0, 5],
    )
    upper = _distance(p, pose.lids[which, 0])
    lower = _distance(p, pose.lids[which, 1])
    # The upper lid and its lashes shade the ball; light that passes them is warm.
    under = smooth(upper, -0.0006, 0.0068)
    over = smooth(lower, -0.0004, 0.0022)
    shade = (0.14 + 0.86 * under) * (0.52 + 0.48 * over)
    warm = 1.0 - shade
    colour = (colour[0], colour[1] * (1.0 - 0.22 * warm), colour[2] * (1.0 - 0.30 * warm))
    # A line of tears along the lower lid mirrors the room.
    tear = smooth(lower, 0.0, 0.0003) * (1.0 - smooth(lower, 0.0004, 0.0011))
    bounce = mirrored(to_eye, n)
    red = green = blue = 0.0
    for k in range(lamps.shape[0]):
        window = _window(bounce, (lamps[k, 0], lamps[k, 1], lamps[k, 2]), lamps[k, 6])
        if window > 0.0:
            red += lamps[k, 3] * window
            green += lamps[k, 4] * window
            blue += lamps[k, 5] * window
    fresnel = 0.03 + 0.97 * (1.0 - max(dot(n, to_eye), 0.0)) ** 5
    room = ambient(lighting.sky, lighting.ground, smooth(bounce[1], -0.2, 0.7))
    # Mirror images of the room and the lamps stop where lids and lashes stand in the way.
    clear = (fresnel + 0.22 * tear) * shade * shade
    glint = 24.0 * fresnel * smooth(upper, 0.0003, 0.0014)
    return (
        shade * colour[0] * light[0] + clear * room[0] + glint * red,
        shade * colour[1] * light[1] + clear * room[1] + glint * green,
        shade * colour[2] * light[2] + clear * room[2] + glint * blue,
    )


@inlined
def _iris_colour(
    x: float, y: float, off_axis: float, key: Triple, seen: Triple, iris: F32
) -> Triple:
    # Seen from aside through the cornea, the iris shifts towards the viewer.
    rim = off_axis / IRIS_M
    shift = IRIS_DEPTH_M * max(0.0, 1.0 - rim * rim) / max(seen[2], 0.3)
    red, green, blue = _texture(iris, x - shift * seen[0], y - shift * seen[1])
    # A bowl facing outwards: the side away from the key light is the brighter one.
    bowl = 1.0 - 0.5 * (key[0] * x + key[1] * y) / IRIS_M
    return (bowl * red, bowl * green, bowl * blue)


@inlined
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


@inlined
def _window(bounce: Triple, towards: Triple, size: float) -> float:
    """Brightness of the upright soft box at `towards` where a mirrored ray hits it.

    The same strength from a larger box is dimmer at each point.
    """
    ahead = dot(bounce, towards)
    if ahead <= 0.5:
        return 0.0
    right = unit(towards[2], 0.0, -towards[0])
    up = (
        towards[1] * right[2] - towards[2] * right[1],
        towards[2] * right[0] - towards[0] * right[2],
        towards[0] * right[1] - towards[1] * right[0],
    )
    wide, high = 0.12 + 0.18 * size, 0.12 + 0.26 * size
    across = abs(dot(bounce, right) / ahead)
    along = abs(dot(bounce, up) / ahead)
    hit = (1.0 - smooth(across, wide - WINDOW_EDGE, wide + WINDOW_EDGE)) * (
        1.0 - smooth(along, high - WINDOW_EDGE, high + WINDOW_EDGE)
    )
    return hit * 0.09 / (wide * high)


@called
def _distance(p: Triple, line: F32) -> float:
    """Distance in metres from `p` to a polyline (E, 3); 1 for an empty one."""
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
