"""What pokes through: hidden parts of a posed head that are seen outside mouth and lids.

A small window about the mouth and one about each eye are drawn into depth buffers; a pixel that
shows an eyeball outside the lids' loop, or tooth, gum or tongue outside the inner lips' loop,
counts. Views are orthographic.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from avitalk.arkit import INDEX
from avitalk.face.head import PARTS, Head

Array = NDArray[np.float32]

VIEWS_DEG: Final = (0.0, 35.0, -35.0)
"""Turns of the camera about +Y."""
INSIDE: Final = tuple(PARTS.index(p) for p in ("gums", "teeth_upper", "teeth_lower", "tongue"))
UNDRAWN: Final = tuple(PARTS.index(p) for p in ("lashes", "hair", "garment"))
PIXEL_M: Final = 0.0004
MOUTH_PIXELS: Final = (225, 170)
EYE_PIXELS: Final = (120, 100)
"""Width and height of the windows."""
SLACK_M: Final = 0.0006
"""How far outside the loop a hidden part may be seen: loops are the middle of rounded edges."""
ALLOWED_PIXELS: Final = 1
"""Hidden parts seen in fewer pixels than these are rounding."""


@dataclass(frozen=True)
class Pokes:
    """Pixels of 0.4 mm that show what should be hidden, over all views."""

    mouth: int
    eyes: int

    @property
    def any(self) -> bool:
        """Whether more is seen than rounding explains."""
        return max(self.mouth, self.eyes) > ALLOWED_PIXELS


def pokes(
    head: Head, posed: Array, *, tongue: bool = True, views_deg: tuple[float, ...] = VIEWS_DEG
) -> Pokes:
    """Count what is seen of `posed` (V, 3); `tongue` False where it is put out on purpose."""
    hidden = np.zeros((2, len(PARTS)), np.bool_)
    hidden[0, list(INSIDE)] = True
    hidden[0, PARTS.index("tongue")] &= tongue
    hidden[1, [PARTS.index("eye_left"), PARTS.index("eye_right")]] = True
    drawn = head.triangles[~np.isin(head.part[head.triangles[:, 0]], UNDRAWN)]
    loops = [np.concatenate([head.lip_upper, head.lip_lower[-2:0:-1]])]
    loops += [
        np.concatenate([upper, lower[-2:0:-1]])
        for upper, lower in zip(head.lid_upper, head.lid_lower, strict=True)
    ]
    seen = [0, 0]
    for degrees in views_deg:
        turn = math.radians(degrees)
        axes = np.array(
            [[math.cos(turn), 0, -math.sin(turn)], [0, 1, 0], [math.sin(turn), 0, math.cos(turn)]]
        )
        flat = posed.astype(np.float64) @ axes.T / PIXEL_M
        for k, loop in enumerate(loops):
            side = EYE_PIXELS if k else MOUTH_PIXELS
            middle = (flat[loop].max(axis=0) + flat[loop].min(axis=0)) / 2
            place = flat - middle + [side[0] / 2 + 0.37, side[1] / 2 + 0.21, 0]
            which = _nearest_part(place, drawn, head.part, *side)
            rows, columns = np.nonzero(hidden[min(k, 1)][which])
            spots = np.stack([columns, rows], axis=1).astype(np.float64)
            out = _outside(spots, place[loop][:, :2], SLACK_M / PIXEL_M)
            seen[min(k, 1)] += int(out)
    return Pokes(*seen)


def speech_like(count: int, seed: int = 0) -> Iterator[tuple[Array, Array]]:
    """Random weights (52,) and eye angles (2, 3) as a speaking face mixes them.

    A few mouth shapes at a time, `mouthClose` never over `jawOpen`, blinks, brows and gaze.
    """
    rng = np.random.default_rng(seed)
    for _ in range(count):
        weights = np.zeros(len(INDEX), np.float32)

        def both(name: str, most: float, chance: float, weights: Array = weights) -> None:
            if rng.random() > chance:
                return
            amount = most * rng.random()
            for side in ("", "Left", "Right"):
                if name + side in INDEX:
                    tilt = 1.0 if side == "" else rng.uniform(0.8, 1.0)
                    weights[INDEX[name + side]] = amount * tilt

        for name, most, chance in MOUTH_USE:
            both(name, most, chance)
        if rng.random() < 0.3:
            weights[INDEX["mouthClose"]] = weights[INDEX["jawOpen"]] * rng.random()
        for one, other in (("jawLeft", "jawRight"), ("mouthLeft", "mouthRight")):
            if rng.random() < 0.2:
                weights[INDEX[one if rng.random() < 0.5 else other]] = 0.3 * rng.random()
        for name, most, chance in UPPER_USE:
            both(name, most, chance)
        if rng.random() < 0.4:
            weights[[INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]] = rng.choice([0.3, 0.7, 1.0])
        eyes = np.zeros((2, 3), np.float32)
        eyes[:, :2] = rng.uniform([-0.5, -0.35], [0.5, 0.5])
        eyes[:, 0] += rng.uniform(0, 0.05) * np.array([-1, 1])
        yield weights, eyes


# Shape without side, largest weight, share of frames.
MOUTH_USE: Final = (
    ("jawOpen", 0.6, 0.8), ("jawForward", 0.25, 0.15), ("mouthFunnel", 0.7, 0.3),
    ("mouthPucker", 0.8, 0.3), ("mouthSmile", 0.9, 0.35), ("mouthFrown", 0.7, 0.2),
    ("mouthDimple", 0.5, 0.2), ("mouthStretch", 0.6, 0.25), ("mouthRollLower", 0.6, 0.25),
    ("mouthRollUpper", 0.5, 0.2), ("mouthShrugLower", 0.5, 0.25), ("mouthShrugUpper", 0.4, 0.2),
    ("mouthPress", 0.6, 0.25), ("mouthLowerDown", 0.7, 0.3), ("mouthUpperUp", 0.6, 0.3),
    ("cheekPuff", 0.3, 0.05),
)  # fmt: skip
UPPER_USE: Final = (
    ("eyeSquint", 0.8, 0.3), ("eyeWide", 0.7, 0.15), ("cheekSquint", 0.8, 0.3),
    ("browDown", 0.8, 0.25), ("browInnerUp", 0.8, 0.25), ("browOuterUp", 0.8, 0.2),
    ("noseSneer", 0.6, 0.15),
)  # fmt: skip


@njit(cache=True)
def _nearest_part(
    place: NDArray[np.float64],
    triangles: NDArray[np.int32],
    part: NDArray[np.uint8],
    width: int,
    height: int,
) -> NDArray[np.int64]:
    depth = np.full((height, width), -1e30)
    which = np.zeros((height, width), np.int64)
    for t in range(len(triangles)):
        a, b, c = triangles[t]
        low_x = min(place[a, 0], place[b, 0], place[c, 0])
        high_x = max(place[a, 0], place[b, 0], place[c, 0])
        low_y = min(place[a, 1], place[b, 1], place[c, 1])
        high_y = max(place[a, 1], place[b, 1], place[c, 1])
        if high_x < 0 or high_y < 0 or low_x > width - 1 or low_y > height - 1:
            continue
        ux, uy = place[b, 0] - place[a, 0], place[b, 1] - place[a, 1]
        wx, wy = place[c, 0] - place[a, 0], place[c, 1] - place[a, 1]
        area = ux * wy - uy * wx
        if abs(area) < 1e-12:
            continue
        step = 1 / area
        for y in range(max(0, math.ceil(low_y)), min(height - 1, int(high_y)) + 1):
            for x in range(max(0, math.ceil(low_x)), min(width - 1, int(high_x)) + 1):
                px, py = x - place[a, 0], y - place[a, 1]
                v = (px * wy - py * wx) * step
                w = (ux * py - uy * px) * step
                if v >= -1e-6 and w >= -1e-6 and v + w <= 1 + 1e-6:
                    z = place[a, 2]
                    z += v * (place[b, 2] - place[a, 2]) + w * (place[c, 2] - place[a, 2])
                    if z > depth[y, x]:
                        depth[y, x] = z
                        which[y, x] = part[a]
    return which


@njit(cache=True)
def _outside(spots: NDArray[np.float64], loop: NDArray[np.float64], slack: float) -> int:
    """How many of `spots` (n, 2) lie outside a closed `loop` (m, 2) and further than `slack`."""
    count = 0
    for s in range(len(spots)):
        x, y = spots[s]
        within = False
        near = 1e30
        for k in range(len(loop)):
            ax, ay = loop[k]
            bx, by = loop[(k + 1) % len(loop)]
            if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
                within = not within
            dx, dy = bx - ax, by - ay
            share = ((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-12)
            share = min(1.0, max(0.0, share))
            away = math.hypot(x - ax - share * dx, y - ay - share * dy)
            near = min(near, away)
        if not within and near > slack:
            count += 1
    return count
