"""How points of a FLAME head move with expression and jaw: a sum of fixed directions.

With M = R - I for the jaw's rotation R, the vertices of a head that only opens its mouth are
(FLAME eq. 1 and 2, other joints at rest)

    v - t = E e + P m + w M (t - J + (E - jE) e + P m),    m = the nine numbers of M

where E, P are the directions of expression and of the jaw's correctives, w the jaw's share of each
vertex, J its joint and jE what expressions move that. So any point moves by fixed directions times
features (e, m, m x e, m x m), and sums over points can be taken once, before any frame is seen.
"""

from typing import Final

import numpy as np

from avitalk.face.flame.model import JAW, FlameModel, rotations
from avitalk.face.solve_nearest import Floats, Places

STEP: Final = 1e-5
"""Radians, for differences of rotations; their error is of its square."""


def directions(model: FlameModel, places: Places) -> Floats:
    """(K, N, 3) directions of points, in the order of `features`; K = 10 E + 90."""
    count = model.expressions
    share = model.skinning[:, JAW]
    joint = model.joint_regressor[JAW]
    expression = places.of(model.expression)
    nine = model.correctives[9 * (JAW - 1) : 9 * JAW]
    correctives = places.of(nine)
    arm = places.of(share[:, None] * (model.template - joint @ model.template))
    by_expression = places.of(
        share[:, None] * (model.expression - (joint @ model.expression)[:, None])
    )
    by_corrective = places.of(share[:, None] * nine)
    points = expression.shape[1]
    turned = np.zeros((9, count, points, 3))
    again = np.zeros((9, 9, points, 3))
    first = correctives.copy()
    for a in range(3):
        for b in range(3):
            # M[a, b] carries coordinate b of what is turned into coordinate a.
            first[3 * a + b, :, a] += arm[:, b]
            turned[3 * a + b, :, :, a] = by_expression[:, :, b]
            again[3 * a + b, :, :, a] = by_corrective[:, :, b]
    parts = (expression, first, turned.reshape(-1, points, 3), again.reshape(-1, points, 3))
    return np.concatenate(parts)


def features(expression: Floats, jaw: Floats) -> Floats:
    """(F, 10 E + 90) for expression (F, E) and jaw rotations (F, 3)."""
    nine = (rotations(jaw) - np.eye(3)).reshape(len(jaw), 9)
    return _joined(expression, nine, nine[:, :, None] * expression[:, None], _outer(nine, nine))


def slopes(expression: Floats, jaw: Floats) -> Floats:
    """(F, 3, 10 E + 90) derivatives of `features` by the jaw's three numbers."""
    nine = (rotations(jaw) - np.eye(3)).reshape(len(jaw), 9)
    found = []
    for axis in np.eye(3):
        ahead, behind = rotations(jaw + STEP * axis), rotations(jaw - STEP * axis)
        turn = (ahead - behind).reshape(len(jaw), 9) / (2 * STEP)
        again = _outer(turn, nine) + _outer(nine, turn)
        by_expression = turn[:, :, None] * expression[:, None]
        found.append(_joined(np.zeros_like(expression), turn, by_expression, again))
    return np.stack(found, axis=1)


def nine_of(jaw: Floats) -> Floats:
    """(F, 9) numbers of M, row by row."""
    return np.asarray((rotations(jaw) - np.eye(3)).reshape(len(jaw), 9))


def _outer(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, :, None] * b[:, None])


def _joined(*parts: Floats) -> Floats:
    return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)
