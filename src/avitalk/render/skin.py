"""What is finer than the mesh: blotches, pores, freckles, lines, hairs of brows, cloth."""

import math

import numpy as np
from numpy.typing import NDArray

from avitalk.render.arith import F32, Triple, between, out_of, smooth, unit
from avitalk.render.compiled import inlined
from avitalk.render.noise import grain_at, noise_at

BLOTCHES_PER_M = 55.0  # veins and sun
SPOTS_PER_M = 210.0  # blood and melanin
PORES_PER_M = 780.0
GRAIN_PER_M = 2100.0  # seen in large pictures only
FRECKLES_PER_M = 620.0
CREASES_PER_M = 950.0  # down the lips
WEAVE_PER_M = 900.0


@inlined
def skin_detail(
    colour: Triple,
    n: Triple,
    roughness: float,
    rest: Triple,
    detail: float,
    lip: float,
    freckle: float,
    age: float,
    pixel_m: float,
    noise: F32,
    head_axes: F32,
) -> tuple[Triple, Triple, float]:
    """Colour, normal and roughness varied by where on the rest face (metres) a point lies.

    What would be smaller than a pixel, `pixel_m`, fades out instead of flickering.
    """
    x, y, z = rest
    wide = noise_at(noise, x * BLOTCHES_PER_M, y * BLOTCHES_PER_M, z * BLOTCHES_PER_M)
    spot = noise_at(noise, x * SPOTS_PER_M, y * SPOTS_PER_M, z * SPOTS_PER_M)
    pore = noise_at(noise, x * PORES_PER_M, y * PORES_PER_M, z * PORES_PER_M)
    # Blood shows in green and blue more than in red; melanin in all.
    blood = detail * (0.07 * wide[0] + 0.06 * spot[0] + 0.045 * pore[0])
    melanin = 1.0 + detail * (0.030 * wide[1] + 0.02 * spot[1])
    colour = (
        melanin * colour[0] * (1.0 + 0.45 * blood),
        melanin * colour[1] * (1.0 + blood),
        melanin * colour[2] * (1.0 + 0.9 * blood),
    )
    bump = detail * (1.0 - smooth(pixel_m, 0.0006, 0.0016))
    push = 0.05 * bump
    bx, by, bz = push * pore[1], push * pore[2], push * pore[3]
    bx, by, bz = bx + 0.022 * bump * spot[1], by + 0.022 * bump * spot[2], bz + 0.022 * spot[3]
    small = detail * (1.0 - smooth(pixel_m, 0.00018, 0.0004))
    if small > 0.0:
        fine = noise_at(noise, x * GRAIN_PER_M, y * GRAIN_PER_M, z * GRAIN_PER_M)
        push = 0.08 * small
        bx, by, bz = bx + push * fine[1], by + push * fine[2], bz + push * fine[3]
    if lip > 0.0:
        # Lips crease from the opening outwards: noise drawn out up and down.
        bent = x * (1.0 + 9.0 * abs(y + 0.07))
        crease = noise_at(noise, bent * CREASES_PER_M, 60.0 * y, 60.0 * z)
        dip = lip * detail * (1.0 - smooth(pixel_m, 0.0005, 0.0014))
        bx += 0.45 * dip * crease[1]
        tone = 1.0 + 0.30 * dip * crease[0]
        colour = (colour[0] * tone, colour[1] * tone, colour[2] * tone)
    if freckle > 0.0:
        f = noise_at(noise, x * FRECKLES_PER_M, y * FRECKLES_PER_M, z * FRECKLES_PER_M + 5.5)
        share = 0.75 * freckle * smooth(f[0] + 0.25 * wide[0], 0.42, 0.75)
        colour = between(colour, (0.62 * colour[0], 0.46 * colour[1], 0.34 * colour[2]), share)
    if age > 0.0:
        lined = age * (1.0 - smooth(pixel_m, 0.0006, 0.0018))
        by += lined * _forehead_lines(x, y, z, noise)
        foot = lined * _crows_feet(x, y, noise)
        bx, by = bx - 0.4 * foot, by + foot
        colour = between(colour, (0.80 * colour[0], 0.66 * colour[1], 0.60 * colour[2]), abs(foot))
    tilt = out_of(head_axes, (bx, by, bz))
    return (
        colour,
        unit(n[0] - tilt[0], n[1] - tilt[1], n[2] - tilt[2]),
        roughness * (1.0 + detail * (0.10 * wide[0] + 0.12 * pore[0])),
    )


@inlined
def _forehead_lines(x: float, y: float, z: float, noise: F32) -> float:
    """Slope of the level lines that raised brows have left on the forehead."""
    where = smooth(y, 0.026, 0.038) * (1.0 - smooth(y, 0.054, 0.066))
    where *= 1.0 - smooth(abs(x), 0.028, 0.048)
    if where <= 0.0:
        return 0.0
    line = noise_at(noise, 34.0 * x, 230.0 * (y + 3.0 * x * x), 20.0 * z)
    return 0.50 * where * line[2]


@inlined
def _crows_feet(x: float, y: float, noise: F32) -> float:
    """Slope of the lines that fan out from the eyes' outer corners."""
    side = abs(x) - 0.043
    away = math.sqrt(side * side + y * y)
    if side <= 0.0 or away > 0.026:
        return 0.0
    where = smooth(away, 0.004, 0.010) * (1.0 - smooth(away, 0.015, 0.026))
    line = noise_at(noise, 5.5 * math.atan2(y, side) + 3.3, 40.0 * away, 1.5)
    return 0.42 * where * line[1]


@inlined
def brow_hairs(
    colour: Triple, hair: NDArray[np.float64], rest: Triple, brow: float, grain: F32, pixel_m: float
) -> Triple:
    """Hairs too short for a mesh: upright next to the nose, lying outwards along the arch."""
    x, y = rest[0], rest[1]
    sharp = 1.0 - 0.6 * smooth(pixel_m, 0.0003, 0.0012)
    side = abs(x)
    lean = 0.25 + 22.0 * min(max(side - 0.010, 0.0), 0.03)
    run = side * 2300.0 - (y * 2300.0) * lean
    strand = grain_at(grain, run, 260.0 * (y + side) + (0.5 if x > 0.0 else 31.5))
    share = smooth(brow * (1.0 + 0.9 * sharp * strand), 0.18, 0.72)
    return between(colour, (hair[0, 0], hair[0, 1], hair[0, 2]), 0.75 * share)


@inlined
def scalp_cover(rest: Triple, distance: float, grain: F32, pixel_m: float) -> float:
    """Share of hair on the scalp at `distance` (0.5: on the hairline), thinning out in hairs."""
    x, y, z = rest
    sharp = 1.0 - 0.6 * smooth(pixel_m, 0.0003, 0.0012)
    strand = grain_at(grain, 1300.0 * (x + 0.4 * z), 260.0 * y + 500.0 * z)
    clump = grain_at(grain, 330.0 * (x + 0.4 * z) + 9.0, 120.0 * y + 150.0 * z)
    return smooth(distance + 0.07 * sharp * strand + 0.06 * clump, 0.36, 0.60)


@inlined
def cloth_detail(
    colour: Triple, n: Triple, rest: Triple, noise: F32, grain: F32
) -> tuple[Triple, Triple]:
    """Soft folds that hang from the shoulders, and a knitted weave."""
    x, y, z = rest
    fold = noise_at(noise, 26.0 * x + 9.0 * y, 9.0 * y + 3.3, 22.0 * z)
    weave = grain_at(grain, WEAVE_PER_M * x, 0.6 * WEAVE_PER_M * (y + 0.5 * z))
    tone = 1.0 + 0.05 * weave + 0.03 * fold[0]
    push = 0.26
    return (
        (colour[0] * tone, colour[1] * tone, colour[2] * tone),
        unit(n[0] - push * fold[1], n[1] - 0.5 * push * fold[2], n[2] - push * fold[3]),
    )
