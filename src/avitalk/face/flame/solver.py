"""ARKit weights <-> FLAME expression and jaw rotation, by least squares over the face's surface.

To FLAME: Gauss-Newton on expression and jaw together, the jaw being a rotation with its blend
skinning and correctives, not a linear stand-in. From FLAME: bounded least squares on the 52
weights. Both work on sums over all points that are taken once (see `features`), so that a frame
costs the same for any number of points.
"""

import copy
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import EYE_LOOK
from avitalk.errors import InputError
from avitalk.face.flame.features import directions, features, nine_of, slopes
from avitalk.face.flame.model import EYE_LEFT, EYE_RIGHT, JAW, FlameModel
from avitalk.face.head import Head
from avitalk.face.solve import FRAMES, Setting, ShapeSolver, weighted
from avitalk.face.solve_nearest import Floats
from avitalk.face.solve_points import FacePoints, displacements, face_points, neutral_of
from avitalk.face.solve_register import Correspondence, Neutral, register
from avitalk.face.solve_residual import Residual

STEPS: Final = 3
PRIOR: Final = 2e-3
"""Square millimetres of mean squared distance that a standard deviation of expression may cost."""
JAW_PRIOR: Final = 0.05
"""Square millimetres a squared radian: only decides what the points leave open."""
SMOOTH_ROUNDS: Final = 6


@dataclass(frozen=True, eq=False)
class FlameMotion:
    """What of FLAME the face's shapes correspond to."""

    expression: Floats
    """(F, E) coefficients, standard deviations."""
    jaw: Floats
    """(F, 3) axis-angle in radians; positive x opens the mouth."""


class FlameSolver:
    """A head and a FLAME model brought together, for both directions."""

    def __init__(self, head: Head, model: FlameModel, *, setting: Setting | None = None) -> None:
        """Find the head's face on the model's (seconds). Raises InputError if they do not fit."""
        self.head, self.model, self.setting = head, model, setting or Setting()
        moved = displacements(head)
        points = face_points(head, moved)
        neutral = neutral_of(head, moved)
        self.lower: NDArray[np.bool_] = neutral.lower
        """(V,) of the head: what moves with its jaw."""
        self.fit: Correspondence = register(neutral, flame_neutral(model), points.rows, points.lips)
        self.points: FacePoints = points.kept(self.fit.rows)
        self.carried: Floats = self.fit.scale * moved[:, self.fit.rows] @ self.fit.turn.T
        """(52, N, 3) what the head's shapes do, in the model's metres and axes."""
        flat = weighted(directions(model, self.fit.places), self.points.weight)
        own = weighted(self.carried, self.points.weight)
        self._gram = flat @ flat.T
        self._cross = own @ flat.T
        self._shapes = ShapeSolver(self.carried, self.points.weight, self.setting)
        self._starts: tuple[Floats, Floats] | None = None

    def with_setting(self, setting: Setting) -> "FlameSolver":
        """The same heads, brought together already, under other prices."""
        other = copy.copy(self)
        other.setting = setting
        other._shapes = ShapeSolver(self.carried, self.points.weight, setting)
        return other

    def to_flame(self, weights: NDArray[np.floating]) -> FlameMotion:
        """Expression and jaw for weights (F, 52); zero weights give exactly zero."""
        given = np.asarray(weights, np.float64)
        if self._starts is None:
            # What each shape is alone: their sums are close to what mixtures are.
            self._starts = self._descend(
                np.eye(len(self.carried)) @ self._cross,
                np.zeros((len(self.carried), self.model.expressions)),
                np.zeros((len(self.carried), 3)),
                2 * STEPS,
            )
        expression, jaw = given @ self._starts[0], given @ self._starts[1]
        wanted = given @ self._cross
        found = self._descend(wanted, expression, jaw, STEPS)
        if self.setting.smooth > 0 and len(given) > 2:
            for _ in range(SMOOTH_ROUNDS):
                found = self._descend(wanted, *found, 1, self.setting.smooth)
        return FlameMotion(*found)

    def to_weights(self, motion: FlameMotion, gaze: NDArray[np.floating] | None = None) -> Floats:
        """Weights (F, 52) for expression and jaw; `gaze` (F, 52) gives the eyeLook weights.

        tongueOut is zero: FLAME has no tongue.
        """
        right = features(motion.expression, motion.jaw) @ self._cross.T
        held = np.zeros((len(right), len(self.carried)))
        if gaze is not None:
            held[:, list(EYE_LOOK)] = np.asarray(gaze)[:, list(EYE_LOOK)]
        return self._shapes.solve(right, held)

    def residual(self, weights: NDArray[np.floating], motion: FlameMotion) -> Residual:
        """Distances between the head's displaced points and the model's, in millimetres.

        The model's are taken from its own vertices, posed by all of the published formula.
        """
        given = np.asarray(weights, np.float64)
        rest = self.fit.places.of(self.model.vertices())
        parts = []
        for start in range(0, len(given), FRAMES):
            span = slice(start, start + FRAMES)
            posed = self.model.vertices(None, motion.expression[span], jaw=motion.jaw[span])
            wanted = np.tensordot(given[span], self.carried, 1)
            gap = self.fit.places.of(posed) - rest - wanted
            parts.append(Residual.of(gap, wanted, self.points.lips))
        return Residual.joined(parts)

    def _descend(
        self, wanted: Floats, expression: Floats, jaw: Floats, steps: int, smooth: float = 0.0
    ) -> tuple[Floats, Floats]:
        """Gauss-Newton from (F, E) and (F, 3); wanted (F, K) are products with the directions."""
        expression, jaw = expression.copy(), jaw.copy()
        calm = _NeighbourPull(smooth, len(jaw))
        for _ in range(steps):
            pulls = calm.pulls(expression), calm.pulls(jaw)
            for start in range(0, len(jaw), FRAMES):
                span = slice(start, start + FRAMES)
                change = self._step(
                    wanted[span], expression[span], jaw[span], calm.strength[span],
                    np.concatenate([pulls[0][span], pulls[1][span]], axis=1),
                )  # fmt: skip
                expression[span] += change[:, :-3]
                jaw[span] += change[:, -3:]
        return expression, jaw

    def _step(
        self, wanted: Floats, expression: Floats, jaw: Floats, calm: Floats, pull: Floats
    ) -> Floats:
        """(F, E + 3) one step of expression and jaw."""
        count = self.model.expressions
        nine, slope = nine_of(jaw), slopes(expression, jaw)
        gradient = features(expression, jaw) @ self._gram - wanted
        # One large product: a stack of small ones would read the table once a frame.
        turned = (slope.reshape(-1, len(self._gram)) @ self._gram).reshape(slope.shape)
        normal = np.empty((len(jaw), count + 3, count + 3))
        normal[:, :count, :count] = self._expression_normal(nine)
        mixed = _by_expression(turned, nine[:, None], count)
        normal[:, count:, :count], normal[:, :count, count:] = mixed, mixed.swapaxes(1, 2)
        normal[:, count:, count:] = turned @ slope.swapaxes(1, 2)
        right = -np.concatenate(
            [_by_expression(gradient, nine, count), np.einsum("fak,fk->fa", slope, gradient)],
            axis=1,
        )
        price = np.concatenate([np.full(count, PRIOR), np.full(3, JAW_PRIOR)]) * 1e-6
        right -= price * np.concatenate([expression, jaw], axis=1)
        # Smoothness is told in units of what a standard deviation, and a tenth of a radian, do.
        scale = np.concatenate([np.diag(self._gram)[:count], np.full(3, 1e-4)])
        right += calm[:, None] * scale * pull
        diagonal = np.arange(count + 3)
        normal[:, diagonal, diagonal] += price + calm[:, None] * scale
        return np.asarray(np.linalg.solve(normal, right[..., None])[..., 0])

    def _expression_normal(self, nine: Floats) -> Floats:
        """(F, E, E) products of the directions of expression, turned by the jaw."""
        count = self.model.expressions
        blocks = [slice(0, count)]
        blocks += [slice(count + 9 + k * count, count + 9 + (k + 1) * count) for k in range(9)]
        table = np.stack([self._gram[a, b] for a in blocks for b in blocks])
        with_one = np.concatenate([np.ones((len(nine), 1)), nine], axis=1)
        products = (with_one[:, :, None] * with_one[:, None]).reshape(len(nine), -1)
        summed = products @ table.reshape(len(table), -1)
        return np.asarray(summed.reshape(-1, count, count))


class _NeighbourPull:
    """What pulls each frame towards the mean of its neighbours."""

    def __init__(self, smooth: float, frames: int) -> None:
        joined = np.full(frames, 2.0)
        joined[[0, -1]] = 1.0 if frames > 1 else 0.0
        self.strength: Floats = smooth * joined
        self._joined = joined

    def pulls(self, values: Floats) -> Floats:
        """(F, C) way from each frame to its neighbours' mean."""
        if not self.strength.any():
            return np.zeros_like(values)
        total = np.zeros_like(values)
        total[1:] += values[:-1]
        total[:-1] += values[1:]
        return np.asarray(total / np.maximum(self._joined, 1)[:, None] - values)


def _by_expression(products: Floats, nine: Floats, count: int) -> Floats:
    """(..., E) from products (..., K) with all directions: those of expression as M turns them."""
    turned = products[..., count + 9 : count + 9 + 9 * count]
    turned = turned.reshape(*turned.shape[:-1], 9, count)
    return np.asarray(products[..., :count] + np.einsum("...m,...me->...e", nine, turned))


def flame_neutral(model: FlameModel) -> Neutral:
    """What registration needs of a FLAME model: eyes, jaw and skin by its joints and weights."""
    eyes = model.joints(model.template)[[EYE_LEFT, EYE_RIGHT]]
    ball = model.skinning[:, [EYE_LEFT, EYE_RIGHT]].max(axis=1) > 0.5
    if not (eyes[0, 0] > eyes[1, 0] and np.linalg.norm(eyes[0] - eyes[1]) > 1e-6):
        raise InputError(f"{model.name}: its left eye is not to the left (+X) of its right eye")
    return Neutral(
        vertices=model.template,
        triangles=model.triangles,
        skin=~ball,
        lower=model.skinning[:, JAW] > 0.5,
        eyes=eyes,
    )
