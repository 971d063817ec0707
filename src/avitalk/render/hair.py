"""Hair: a cap combed from the crown, locks of curved ribbons that fray, and how strands shine."""

import math

from avitalk.render.arith import F32, Triple, ambient, dot, into, out_of, smooth, unit
from avitalk.render.compiled import called, inlined
from avitalk.render.noise import grain_at, noise_at
from avitalk.render.tables import BROW, LIP, REST, SCALP, Lighting, Pose, Surface

STRANDS_AROUND = 320.0  # noise cells round the head; whole periods of the noise, so no seam
STRANDS_DOWN = 14.0  # noise cells from the crown, a radian
ACROSS, ALONG, OWN = LIP, SCALP, BROW  # columns of locks
MIDDLE = (0.0, 0.03, -0.085)  # of the skull, from the middle between the eyes, metres
STRANDS_ACROSS = 7.0  # noise cells from a lock's middle to its edge


@inlined
def strands_cover(surface: Surface, a: int, b: int, c: int, u: float, v: float, w: float) -> bool:
    """Whether a lock has a strand here: whole in the middle, frayed at the edges and the tip."""
    table = surface.attributes
    across = u * table[a, ACROSS] + v * table[b, ACROSS] + w * table[c, ACROSS]
    along = u * table[a, ALONG] + v * table[b, ALONG] + w * table[c, ALONG]
    edge = max(abs(across) - 0.35, 0.0) * 1.5
    tip = max(along - 0.40, 0.0) * 2.0
    root = max(0.10 - along, 0.0) * 5.0
    away = edge * edge + tip * tip + root * root
    if away < 0.09:
        return True
    own = table[a, OWN]
    grain = grain_at(surface.grain, STRANDS_ACROSS * across + 7.31 * own, 1.6 * along + 3.77 * own)
    return bool(away < 0.62 + 0.75 * grain)


@called
def lock_colour(
    surface: Surface,
    a: int, b: int, c: int, u: float, v: float, w: float,
    colour: Triple, p: Triple, n: Triple, to_eye: Triple, clear: float, light: Triple, key: float,
    pose: Pose, lighting: Lighting,
) -> Triple:  # fmt: skip
    """Radiance of a lock under diffuse `light`; `key` is the key light's share."""
    table = surface.attributes
    across = u * table[a, ACROSS] + v * table[b, ACROSS] + w * table[c, ACROSS]
    along = u * table[a, ALONG] + v * table[b, ALONG] + w * table[c, ALONG]
    own = table[a, OWN]
    grain = surface.grain
    strand = grain_at(grain, 8.0 * across + 7.31 * own, 1.1 * along + 3.77 * own)
    fine = grain_at(grain, 27.0 * across + 2.17 * own, 1.7 * along + 5.1 * own)
    whole = grain_at(grain, 5.37 * own, 0.5)
    rest = (
        u * table[a, REST] + v * table[b, REST] + w * table[c, REST],
        u * table[a, REST + 1] + v * table[b, REST + 1] + w * table[c, REST + 1],
        u * table[a, REST + 2] + v * table[b, REST + 2] + w * table[c, REST + 2],
    )
    axes, eyes = pose.head_axes, pose.eye_centres
    tangent = out_of(axes, rest)
    # A lock is part of a round mass of hair rather than a leaf of its own; it is itself round.
    x, y, z = into(
        axes,
        (
            p[0] - 0.5 * (eyes[0, 0] + eyes[1, 0]),
            p[1] - 0.5 * (eyes[0, 1] + eyes[1, 1]),
            p[2] - 0.5 * (eyes[0, 2] + eyes[1, 2]),
        ),
    )
    mass = out_of(axes, unit(x - MIDDLE[0], y - MIDDLE[1], z - MIDDLE[2]))
    side = (
        n[1] * tangent[2] - n[2] * tangent[1],
        n[2] * tangent[0] - n[0] * tangent[2],
        n[0] * tangent[1] - n[1] * tangent[0],
    )
    turn = -0.55 * across
    if dot(n, mass) < 0.0:
        n = (-n[0], -n[1], -n[2])
    n = unit(
        n[0] + 1.1 * mass[0] + turn * side[0],
        n[1] + 1.1 * mass[1] + turn * side[1],
        n[2] + 1.1 * mass[2] + turn * side[2],
    )
    # Roots are darker, edges of a lock bend away.
    vary = 1.0 + 0.26 * strand + 0.34 * fine + 0.16 * whole
    vary *= 0.62 + 0.38 * smooth(along, 0.0, 0.45)
    bend = 0.10 * fine + 0.05 * strand
    return _shine(colour, vary, tangent, n, bend, to_eye, clear, light, key, lighting)


@called
def cap_colour(
    surface: Surface,
    rest: Triple,
    n: Triple,
    to_eye: Triple,
    clear: float,
    light: Triple,
    key: float,
    head_axes: F32,
    lighting: Lighting,
) -> Triple:
    """Radiance of short hair at `rest`: combed from the crown down, or cropped and matt."""
    colour = (surface.hair[1, 0], surface.hair[1, 1], surface.hair[1, 2])
    crown, noise = surface.crown, surface.noise
    if crown[3] == 0.0:
        curl = noise_at(noise, 520.0 * rest[0], 520.0 * rest[1], 520.0 * rest[2])
        tuft = noise_at(noise, 170.0 * rest[0], 170.0 * rest[1], 170.0 * rest[2])
        tilt = out_of(
            head_axes,
            (
                0.30 * curl[1] + 0.16 * tuft[1],
                0.30 * curl[2] + 0.16 * tuft[2],
                0.30 * curl[3] + 0.16 * tuft[3],
            ),
        )
        rough = unit(n[0] - tilt[0], n[1] - tilt[1], n[2] - tilt[2])
        vary = 1.0 + 0.45 * curl[0] + 0.20 * tuft[0]
        return _matt(colour, vary, rough, to_eye, clear, light, key, lighting)
    x, y, z = rest[0] - crown[0], rest[1] - crown[1], rest[2] - crown[2]
    level = math.sqrt(x * x + z * z)
    around = math.atan2(x, z) * (STRANDS_AROUND / (2.0 * math.pi))
    down = math.atan2(level, y) * STRANDS_DOWN
    strand = noise_at(noise, around, down, 0.0)
    lock = noise_at(noise, 0.25 * around, 0.5 * down, 9.5)
    vary = 1.0 + 0.45 * strand[0] + 0.35 * lock[0]
    # Along the meridian, away from the crown; locks lean a little to either side.
    radius = math.sqrt(level * level + y * y) + 1e-9
    level += 1e-9
    lean = 0.25 * lock[1] + 0.12 * strand[1]
    tangent = out_of(
        head_axes,
        (
            x * y / (level * radius) + lean * z / level,
            -level / radius,
            z * y / (level * radius) - lean * x / level,
        ),
    )
    return _shine(colour, vary, tangent, n, 0.05 * strand[0], to_eye, clear, light, key, lighting)


@inlined
def _matt(
    colour: Triple,
    vary: float,
    n: Triple,
    to_eye: Triple,
    clear: float,
    light: Triple,
    key: float,
    lighting: Lighting,
) -> Triple:
    """Cropped hair: light from all sides between the hairs, a faint sheen at grazing angles."""
    lamps = lighting.lamps
    facing = max(dot(n, (lamps[0, 0], lamps[0, 1], lamps[0, 2])) * 0.8 + 0.2, 0.0) * key
    sheen = 0.030 * (1.0 - max(dot(n, to_eye), 0.0)) ** 3 + 0.006
    red, green, blue = light[0], light[1], light[2]
    red, green, blue = (
        red + facing * lamps[0, 3],
        green + facing * lamps[0, 4],
        blue + facing * lamps[0, 5],
    )
    return (
        vary * (colour[0] + sheen * clear) * red,
        vary * (colour[1] + sheen * clear) * green,
        vary * (colour[2] + sheen * clear) * blue,
    )


@called
def _shine(
    colour: Triple,
    vary: float,
    tangent: Triple,
    n: Triple,
    bend: float,
    to_eye: Triple,
    clear: float,
    light: Triple,
    key: float,
    lighting: Lighting,
) -> Triple:
    """Strands along `tangent`: a pale highlight towards the root, a coloured one towards the tip.

    After Kajiya and Kay (1989) and Scheuermann (2004): a strand mirrors light into a cone about
    itself; `bend` tilts it, so that highlights break up.
    """
    off = dot(tangent, n)
    along = unit(tangent[0] - off * n[0], tangent[1] - off * n[1], tangent[2] - off * n[2])
    up = unit(along[0] + bend * n[0], along[1] + bend * n[1], along[2] + bend * n[2])
    red = green = blue = 0.0
    soft = (light[0], light[1], light[2])
    lamps = lighting.lamps
    for k in range(lamps.shape[0]):
        towards = (lamps[k, 0], lamps[k, 1], lamps[k, 2])
        cosine = dot(n, towards)
        share = key if k == 0 else clear
        if k == 0:
            # Strands are round: light wraps about them further than about a flat surface.
            slope = dot(up, towards)
            facing = max(cosine * 0.75 + 0.25, 0.0)
            soft_key = share * facing * (0.35 + 0.65 * math.sqrt(max(1.0 - slope * slope, 0.0)))
            soft = (
                soft[0] + soft_key * lamps[0, 3],
                soft[1] + soft_key * lamps[0, 4],
                soft[2] + soft_key * lamps[0, 5],
            )
        lit = min(max(2.0 * cosine + 0.35, 0.0), 1.0) * share
        if lit <= 0.0:
            continue
        half = unit(towards[0] + to_eye[0], towards[1] + to_eye[1], towards[2] + to_eye[2])
        first = _ring(dot(up, half) + 0.10)
        second = _ring(dot(up, half) - 0.14)
        first *= first
        first *= first * first
        pale = lit * 0.055 * first * vary
        warm = lit * 0.95 * second * vary
        red += (pale + warm * colour[0]) * lamps[k, 3]
        green += (pale + warm * colour[1]) * lamps[k, 4]
        blue += (pale + warm * colour[2]) * lamps[k, 5]
    room = ambient(lighting.sky, lighting.ground, 0.5 + 0.5 * n[1])
    glance = 0.010 * clear * vary
    shade = vary * (0.45 + 0.55 * clear)
    return (
        shade * colour[0] * soft[0] + red * clear + glance * room[0],
        shade * colour[1] * soft[1] + green * clear + glance * room[1],
        shade * colour[2] * soft[2] + blue * clear + glance * room[2],
    )


@inlined
def _ring(slant: float) -> float:
    """16th power of the sine of the angle between strand and half vector."""
    ring = max(1.0 - slant * slant, 0.0)
    ring *= ring
    ring *= ring
    ring *= ring
    return ring * ring
