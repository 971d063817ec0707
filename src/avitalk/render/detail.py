"""What is finer than the mesh: skin's blotches and pores, the strands of short hair."""

import math

from avitalk.render.arith import F32, Triple, ambient, dot, out_of, smooth, unit
from avitalk.render.compiled import inlined
from avitalk.render.tables import Lighting

COARSE_PER_M = 180.0  # blotches of blood and melanin
FINE_PER_M = 700.0  # pores
STRANDS_AROUND = 320.0  # noise cells round the head; whole periods of the noise, so no seam
STRANDS_DOWN = 14.0  # noise cells from the crown, a radian


@inlined
def skin_detail(
    colour: Triple,
    n: Triple,
    roughness: float,
    rest: Triple,
    detail: float,
    noise: F32,
    head_axes: F32,
) -> tuple[Triple, Triple, float]:
    """Colour, normal and roughness varied by where on the rest face (metres) a point lies."""
    x, y, z = rest
    coarse = _noise(noise, x * COARSE_PER_M, y * COARSE_PER_M, z * COARSE_PER_M)
    fine = _noise(noise, x * FINE_PER_M, y * FINE_PER_M, z * FINE_PER_M)
    # Blood shows in green and blue more than in red; melanin in all.
    flush = detail * (0.05 * coarse[0] + 0.03 * fine[0])
    bump = 0.03 * detail
    tilt = out_of(head_axes, (bump * fine[1], bump * fine[2], bump * fine[3]))
    return (
        (colour[0] * (1.0 + 0.4 * flush), colour[1] * (1.0 + flush), colour[2] * (1.0 + flush)),
        unit(n[0] - tilt[0], n[1] - tilt[1], n[2] - tilt[2]),
        roughness * (1.0 + 0.05 * detail * coarse[0]),
    )


@inlined
def hair_colour(
    colour: Triple,
    n: Triple,
    to_eye: Triple,
    from_crown: Triple,
    detail: float,
    clear: float,
    light: Triple,
    noise: F32,
    head_axes: F32,
    lighting: Lighting,
) -> Triple:
    """Radiance of combed hair: strands run from the crown down, and shine across themselves.

    Highlights after Kajiya and Kay (1989): a strand mirrors light into a cone about itself.
    """
    x, y, z = from_crown
    level = math.sqrt(x * x + z * z)
    around = math.atan2(x, z) * (STRANDS_AROUND / (2.0 * math.pi))
    down = math.atan2(level, y) * STRANDS_DOWN
    # Where hair thins out into the skin's colour, it has neither strands nor gloss.
    dense = 1.0 - smooth(colour[0], 0.12, 0.30)
    strand = _noise(noise, around, down, 0.0)
    lock = _noise(noise, 0.25 * around, 0.5 * down, 9.5)
    vary = 1.0 + dense * detail * (0.45 * strand[0] + 0.35 * lock[0])
    # Along the meridian, away from the crown; locks lean a little to either side.
    radius = math.sqrt(level * level + y * y) + 1e-9
    level += 1e-9
    lean = 0.25 * lock[1] + 0.12 * strand[1]
    along = out_of(
        head_axes,
        (
            x * y / (level * radius) + lean * z / level,
            -level / radius,
            z * y / (level * radius) - lean * x / level,
        ),
    )
    off = dot(along, n)
    along = unit(along[0] - off * n[0], along[1] - off * n[1], along[2] - off * n[2])
    red = green = blue = 0.0
    lamps = lighting.lamps
    for k in range(lamps.shape[0]):
        towards = (lamps[k, 0], lamps[k, 1], lamps[k, 2])
        cosine = dot(n, towards)
        if cosine <= 0.0:
            continue
        half = unit(towards[0] + to_eye[0], towards[1] + to_eye[1], towards[2] + to_eye[2])
        slant = dot(along, half)
        ring = max(1.0 - slant * slant, 0.0)
        ring *= ring
        ring *= ring
        wide = ring * ring * ring  # 24th power of the sine
        narrow = wide * wide * wide
        shine = (
            dense * clear * min(2.0 * cosine, 1.0) * (0.05 * narrow + 0.7 * colour[0] * wide) * vary
        )
        red += shine * lamps[k, 3]
        green += shine * lamps[k, 4]
        blue += shine * lamps[k, 5]
    room = ambient(lighting.sky, lighting.ground, 0.5 + 0.5 * n[1])
    glance = 0.02 * clear * vary
    return (
        vary * colour[0] * light[0] + red + glance * room[0],
        vary * colour[1] * light[1] + 0.80 * green + glance * room[1],
        vary * colour[2] * light[2] + 0.62 * blue + glance * room[2],
    )


@inlined
def _noise(volume: F32, x: float, y: float, z: float) -> tuple[float, float, float, float]:
    """Trilinear value and gradient of periodic noise, one cell per unit."""
    mask = volume.shape[0] - 1
    fx, fy, fz = math.floor(x), math.floor(y), math.floor(z)
    tx, ty, tz = x - fx, y - fy, z - fz
    i, j, k = int(fx) & mask, int(fy) & mask, int(fz) & mask
    i1, j1, k1 = (i + 1) & mask, (j + 1) & mask, (k + 1) & mask
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
