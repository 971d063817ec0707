"""Lids that meet in every blink and keep the eyeball covered, whatever else the face does.

Many shapes close the lids a little: looking down, squinting, a raised cheek. In this head each of
them narrows the gap between paired lid vertices by one share of it all along the lids, its
*closure* k. A blink then has 1 - sum(w k) left to do, and its weight is scaled by that: lids meet
at a full blink in any mixture, and never cross.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import INDEX

Floats = NDArray[np.float64]
Reals = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]
Places = NDArray[np.integer[Any]]

LID_SHAPES: Final = (
    "eyeBlink", "eyeSquint", "eyeWide", "eyeLookUp", "eyeLookDown", "eyeLookIn", "eyeLookOut",
    "cheekSquint", "browDown", "browOuterUp", "browInnerUp", "noseSneer", "mouthSmile",
    "mouthUpperUp", "jawOpen",
)  # fmt: skip
"""Shapes that move lids, the blink first; without sides, those of the same side as the eye."""
LID_ROWS: Final = tuple(
    INDEX[name] if name in INDEX else INDEX[f"{name}Left"] for name in LID_SHAPES
)
"""Their indices for the left eye."""
BLINKS: Final = (INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"])
STAGES: Final = (0.0, 0.3, 0.45, 0.6, 0.75, 0.9, 1.0, 0.15, 0.82)
"""Shares of a blink at which lids are checked."""
CLEARANCE_M: Final = 0.0003
"""Between the eyeball and the skin about it."""
EDGE_M: Final = 0.00044
"""The eyeball's radius is this much less than the lids' edges are away from its centre."""
REACH_M: Final = 0.0118
"""Skin this far from the eyeball is kept out of it."""
NO_CLOSURE: Final = 0.01
"""Closure below which a shape does not count as one that moves lids."""
DEPTH_M: Final = 0.0148
"""Skin further behind the eyeball's centre than this is not."""


def eye_radius(edges: Reals, centre: Reals, metre: float = 1.0) -> float:
    """Radius of the eyeball that fits lids with `edges` (n, 3) about `centre` (3,).

    `metre` is the length of a metre in the unit of the points, here and below.
    """
    reach = np.linalg.norm(edges - centre, axis=1)
    return float(np.percentile(reach, 10)) - EDGE_M * metre


def about_eye(points: Reals, centre: Reals, radius: float, metre: float = 1.0) -> Ints:
    """Rows of `points` (n, 3) near the eyeball, its back left out."""
    near = np.linalg.norm(points - centre, axis=1) < radius + REACH_M * metre
    return np.nonzero(near & (points[:, 2] > centre[2] - DEPTH_M * metre))[0]


def closure(rest: Reals, moves: Reals, upper: Places, lower: Places) -> Floats:
    """(K,) share of the gap between paired vertices that each of `moves` (K, n, 3) closes."""
    gap = rest[upper] - rest[lower]
    narrowing = (moves[:, lower] - moves[:, upper]) * gap
    return np.asarray(narrowing.sum(axis=(1, 2)) / max(float((gap**2).sum()), 1e-30))


def uneven(rest: Floats, moves: Floats, share: Floats, upper: Ints, lower: Ints) -> Floats:
    """(K, p, 3) by how much each pair is to be brought closer for an even closure `share` (K,)."""
    gap = rest[upper] - rest[lower]
    return np.asarray(moves[:, upper] - moves[:, lower] + share[:, None, None] * gap)


def even_out(rest: Floats, moves: Floats, share: Floats, upper: Ints, lower: Ints) -> None:
    """Make the closure of every pair exactly `share` (K,), in place; both vertices give way.

    Pairs must be of different vertices: the lids' corners are left out.
    """
    excess = uneven(rest, moves, share, upper, lower)
    moves[:, upper] -= 0.5 * excess
    moves[:, lower] += 0.5 * excess


def mixtures(share: Floats, count: int = 120) -> Floats:
    """(count, K) weights of LID_SHAPES as faces mix them: blinks at every stage among the rest."""
    rng = np.random.default_rng(2)
    number = len(LID_SHAPES)
    weights = rng.uniform(0, 1, (count, number)) ** 0.5
    weights[:, 1:] *= rng.uniform(size=(count, number - 1)) < 0.3
    some = np.arange(count) % 4 == 0
    weights[some, 1:] = np.eye(number - 1)[rng.choice(number - 1, some.sum())]
    for one, other in (("eyeLookUp", "eyeLookDown"), ("eyeLookIn", "eyeLookOut")):
        weights[weights[:, LID_SHAPES.index(one)] > 0, LID_SHAPES.index(other)] = 0
    weights[: len(STAGES), 1:] = 0  # the blink alone
    weights[:, 0] = np.resize(STAGES, count)
    weights[:, 0] *= np.clip(1 - weights[:, 1:] @ share[1:], 0, None)
    return weights


def lift_rest(rest: Floats, centre: Reals, radius: float) -> None:
    """Push points (n, 3) out of the eyeball, in place."""
    away = rest - centre
    distance = np.linalg.norm(away, axis=1)
    rest += (np.clip(radius - distance, 0, None) / distance)[:, None] * away


def lift_moves(
    rest: Floats, moves: Floats, weights: Floats, centre: Reals, radius: float, rounds: int = 4
) -> None:
    """Change `moves` (K, n, 3) in place so that no mixture in `weights` (S, K) enters the ball.

    What lifts a point is shared among the shapes of the mixture by their weights.
    """
    power = (weights**2).sum(axis=1)
    for _ in range(rounds):
        for mixture, strength in zip(weights, power, strict=True):
            if strength < 1e-6:
                continue
            away = rest + np.tensordot(mixture, moves, 1) - centre
            distance = np.linalg.norm(away, axis=1)
            inside = np.nonzero(distance < radius)[0]
            if len(inside):
                push = (radius / distance[inside] - 1)[:, None] * away[inside]
                moves[:, inside] += (mixture / strength)[:, None, None] * push


def settle(weights: NDArray[np.float32], share: NDArray[np.float32]) -> NDArray[np.float32]:
    """(52,) weights whose blinks go only as far as the lids are still apart.

    `share` (2, 52) is the closure of every shape at the left and the right eye, 0 for the blinks.
    """
    if not (weights[BLINKS[0]] or weights[BLINKS[1]]):
        return weights
    settled = np.array(weights, np.float32)
    for blink, closed in zip(BLINKS, share @ settled, strict=True):
        settled[blink] *= max(0.0, 1.0 - float(closed))
    return settled
