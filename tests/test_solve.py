"""The solver's parts: bounded least squares, closest places, and weights from head to head."""

import numpy as np
import pytest

from avitalk.arkit import INDEX
from avitalk.face import load_head
from avitalk.face.solve import Retarget, Setting
from avitalk.face.solve_bounded import bounded_least_squares
from avitalk.face.solve_nearest import Mesh, closest_shares
from avitalk.face.solve_register import similarity


def test_bounded_least_squares_agrees_with_scipy():
    from scipy.optimize import lsq_linear

    rng = np.random.default_rng(0)
    design = rng.normal(size=(60, 12)) + 2 * rng.normal(size=(60, 1))  # far from orthogonal
    wanted = rng.normal(size=(25, 60)) * 3
    found = bounded_least_squares(design.T @ design, wanted @ design)
    for row, target in zip(found, wanted, strict=True):
        expected = lsq_linear(design, target, (0, 1), tol=1e-12).x
        np.testing.assert_allclose(row, expected, atol=2e-3)
    assert found.min() >= 0
    assert found.max() <= 1


def test_a_coordinate_that_does_nothing_stays_at_zero():
    normal = np.diag([1.0, 0.0])
    found = bounded_least_squares(normal, np.array([[0.4, 0.0], [2.0, 0.0]]))
    np.testing.assert_allclose(found, [[0.4, 0], [1, 0]])


def test_smoothness_couples_frames():
    right = np.zeros((9, 1))
    right[4] = 0.8
    sharp = bounded_least_squares(np.eye(1), right, smooth=np.zeros(1))
    soft = bounded_least_squares(np.eye(1), right, smooth=np.ones(1), low=-1)[:, 0]
    np.testing.assert_allclose(sharp, right)
    system = 3 * np.eye(9) - np.eye(9, k=1) - np.eye(9, k=-1)
    system[0, 0] = system[8, 8] = 2
    np.testing.assert_allclose(soft, np.linalg.solve(system, right[:, 0]), atol=1e-3)


def test_frames_may_have_equations_of_their_own_and_one_coordinate_stay_under_another():
    rng = np.random.default_rng(1)
    designs, wanted = rng.normal(size=(6, 20, 5)), rng.normal(size=(6, 20))
    normal = np.einsum("fni,fnj->fij", designs, designs)
    right = np.einsum("fni,fn->fi", designs, wanted)
    found = bounded_least_squares(normal, right)
    for i in range(6):
        alone = bounded_least_squares(normal[i], right[i : i + 1])[0]
        np.testing.assert_allclose(found[i], alone, atol=1e-4)
    kept = bounded_least_squares(np.eye(2), np.array([[0.9, 0.5], [0.2, 0.6]]), under=(0, 1))
    assert np.all(kept[:, 0] <= kept[:, 1])
    np.testing.assert_allclose(kept[1], [0.2, 0.6])


def test_closest_places_of_a_triangle():
    triangle = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    points = np.array([[0.2, 0.3, 5], [-1, -1, 0], [0.5, -2, 1], [2, 2, 0], [-3, 0.25, 0]])
    there = closest_shares(points, np.tile(triangle, (5, 1, 1))) @ triangle
    np.testing.assert_allclose(
        there, [[0.2, 0.3, 0], [0, 0, 0], [0.5, 0, 0], [0.5, 0.5, 0], [0, 0.25, 0]], atol=1e-12
    )


def test_closest_places_respect_normals():
    sheet = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    both = np.vstack([sheet, sheet - np.array([0, 0, 0.002])])
    mesh = Mesh(both, np.array([[0, 1, 2], [3, 5, 4]]), np.ones(6, bool))  # back to back
    point = np.array([[0.2, 0.2, -0.0015]])
    front = mesh.closest(point, np.array([[0, 0, 1.0]]), mesh.rows)
    back = mesh.closest(point, np.array([[0, 0, -1.0]]), mesh.rows)
    assert front.of(both)[0, 2] == 0
    assert back.of(both)[0, 2] == pytest.approx(-0.002)


def test_similarity_is_found_exactly():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(20, 3))
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    scale, found, shift = similarity(points, 1.7 * points @ turn.T + [1, 2, 3])
    assert scale == pytest.approx(1.7)
    np.testing.assert_allclose(found, turn, atol=1e-12)
    np.testing.assert_allclose(shift, [1, 2, 3], atol=1e-12)


def test_a_head_to_itself_changes_nothing():
    head = load_head()
    pair = Retarget.between(head, head)
    weights = np.random.default_rng(0).uniform(0, 0.6, (10, 52)) ** 2
    weights[:, [INDEX["tongueOut"], INDEX["mouthClose"]]] = 0
    found, residual = pair.forward(weights)
    np.testing.assert_allclose(found, weights, atol=0.12)
    assert np.sqrt(((found - weights) ** 2).mean()) < 0.02
    summary = residual.summary()
    assert summary["face_rms_mm"] < 0.15
    assert summary["face_rms_mm"] < 0.05 * summary["moved_rms_mm"]
    silent, _ = pair.back(np.zeros((2, 52)))
    assert not silent.any()
    gaze = np.zeros((1, 52))
    gaze[0, INDEX["eyeLookDownLeft"]] = 0.7
    assert pair.forward(gaze)[0][0, INDEX["eyeLookDownLeft"]] == pytest.approx(0.7)
    free = Retarget(**{**vars(pair), "setting": Setting(hold_gaze=False)})
    assert 0.6 < free.forward(gaze)[0][0, INDEX["eyeLookDownLeft"]] < 0.75
