"""FLAME's vertices: blend skinning, correctives, and the sums the solver works on."""

import numpy as np
import pytest

from avitalk.face.flame import FlameModel, axis_angles, load_flame, rotations
from avitalk.face.flame.features import directions, features, slopes
from avitalk.face.solve_nearest import Places
from synthetic_flame import synthetic_flame


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> FlameModel:
    path = tmp_path_factory.mktemp("flame") / "model.npz"
    np.savez(path, **synthetic_flame().arrays)
    return load_flame(path)


def test_rotations_are_rodrigues():
    quarter = rotations([0, 0, np.pi / 2])
    np.testing.assert_allclose(quarter @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    np.testing.assert_array_equal(rotations(np.zeros((2, 3))), [np.eye(3)] * 2)
    small = rotations([1e-9, 0, 0])
    np.testing.assert_allclose(small[2, 1], 1e-9, rtol=1e-12)


def test_axis_angles_undo_rotations_at_every_angle():
    rng = np.random.default_rng(0)
    axes = rng.normal(size=(400, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    angles = np.concatenate([[0, 1e-9, 1e-4, np.pi - 1e-7], rng.uniform(0, np.pi - 1e-6, 396)])
    vectors = axes * angles[:, None]
    np.testing.assert_allclose(axis_angles(rotations(vectors)), vectors, atol=2e-8)


def test_the_rest_pose_is_the_template(model):
    np.testing.assert_allclose(model.vertices(), model.template, atol=1e-15)
    zeros = model.vertices(np.zeros(100), np.zeros(50), turn=[0, 0, 0], eyes=np.zeros(6))
    np.testing.assert_allclose(zeros, model.template, atol=1e-12)


def test_a_global_rotation_is_rigid(model):
    expression = np.random.default_rng(0).normal(size=model.expressions)
    still = model.vertices(None, expression, jaw=[0.2, 0, 0])
    turned = model.vertices(None, expression, jaw=[0.2, 0, 0], turn=[0.1, 0.7, -0.3])
    root = model.joints(model.template + np.tensordot(expression, model.expression, 1))[0]
    expected = (still - root) @ rotations([0.1, 0.7, -0.3]).T + root
    np.testing.assert_allclose(turned, expected, atol=1e-12)


def test_translation_and_identity_add(model):
    betas = np.random.default_rng(1).normal(size=7)
    moved = model.vertices(betas, translation=[0.1, 0.2, 0.3])
    expected = model.template + np.tensordot(betas, model.identity[:7], 1) + [0.1, 0.2, 0.3]
    np.testing.assert_allclose(moved, expected, atol=1e-12)
    np.testing.assert_allclose(model.with_identity(betas).vertices(), model.vertices(betas))


def test_eyes_turn_alone_and_the_jaw_opens_downwards(model):
    turned = model.vertices(eyes=[0, 0.3, 0, 0, 0, 0]) - model.template
    left = model.skinning[:, 3] > 0.5
    gaze = turned[left][np.argmax(model.template[left, 2])]
    assert gaze[0] > 0.001  # to the character's left, which is +X
    without = model.vertices(eyes=[0, 0.3, 0, 0, 0, 0]) - model.vertices(eyes=[0, 0, 0, 0, 0.3, 0])
    assert np.abs(without[~left & (model.skinning[:, 4] < 0.5)]).max() < 0.01  # correctives only
    opened = model.vertices(jaw=[0.3, 0, 0]) - model.template
    chin = np.argmax(model.skinning[:, 2])
    assert opened[chin, 1] < -0.01


def test_correctives_follow_the_rotation_matrix_row_by_row(model):
    jaw = np.array([0.2, -0.1, 0.05])
    plain = FlameModel(**{**vars(model), "correctives": np.zeros_like(model.correctives)})
    nine = (rotations(jaw) - np.eye(3)).ravel()
    bump = np.tensordot(nine, model.correctives[9:18], 1)
    still = model.skinning[:, 2] == 0  # there the jaw moves nothing else
    moved = model.vertices(jaw=jaw) - plain.vertices(jaw=jaw)
    np.testing.assert_allclose(moved[still], bump[still], atol=1e-12)


def test_frames_broadcast(model):
    expression = np.random.default_rng(2).normal(size=(3, 5))
    all_at_once = model.vertices(None, expression, jaw=np.full((3, 3), 0.1), neck=[0.1, 0, 0])
    each = [model.vertices(None, e, jaw=[0.1] * 3, neck=[0.1, 0, 0]) for e in expression]
    np.testing.assert_allclose(all_at_once, each, atol=1e-12)


def test_features_times_directions_are_the_vertices(model):
    rng = np.random.default_rng(3)
    corners = model.triangles[rng.integers(0, len(model.triangles), 40)].astype(np.int64)
    shares = rng.dirichlet(np.ones(3), 40)
    places = Places(corners, shares)
    expression, jaw = rng.normal(size=(4, model.expressions)), 0.5 * rng.normal(size=(4, 3))
    by_sums = np.tensordot(features(expression, jaw), directions(model, places), 1)
    posed = model.vertices(None, expression, jaw=jaw) - model.template
    np.testing.assert_allclose(by_sums, places.of(posed), atol=1e-12)
    ahead, behind = (features(expression, jaw + step) for step in ([1e-4, 0, 0], [-1e-4, 0, 0]))
    np.testing.assert_allclose(slopes(expression, jaw)[:, 0], (ahead - behind) / 2e-4, atol=1e-7)
