"""ARKit <-> FLAME on a synthetic model: residuals in mm, bounds, silence, determinism."""

import numpy as np
import pytest

from avitalk.arkit import ARKIT_52, EYE_LOOK, INDEX
from avitalk.errors import InputError
from avitalk.face import PARTS, inspect_mesh, lip_gap, load_head
from avitalk.face.flame import FlameMotion, FlameSolver, flame_head, load_flame
from avitalk.face.solve import Setting
from miniature_head import miniature_head
from synthetic_flame import EXPRESSION, synthetic_flame, warped

MOUTH = [INDEX[name] for name in ("jawOpen", "mouthFunnel", "mouthPucker", "mouthSmileLeft")]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("flame") / "model.npz"
    np.savez(path, **synthetic_flame().arrays)
    return load_flame(path)


@pytest.fixture(scope="module")
def solver(model) -> FlameSolver:
    return FlameSolver(load_head(), model)


def speech_like(frames: int = 60) -> np.ndarray:
    """Smooth weights of mouth, brows and lids."""
    rng = np.random.default_rng(0)
    t = np.arange(frames)[:, None] / 25
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * (t * rng.uniform(0.5, 3, 52) + rng.uniform(0, 1, 52)))
    weights = wave**3 * rng.uniform(0, 0.8, 52)
    weights[:, [*EYE_LOOK, INDEX["tongueOut"], INDEX["mouthClose"]]] = 0
    return weights


def test_the_face_is_found_on_another_person(solver):
    true = warped(solver.head.vertices[solver.fit.rows].astype(np.float64))
    error_mm = 1000 * np.linalg.norm(true - solver.fit.places.of(solver.model.template), axis=1)
    assert len(solver.points.rows) > 1500
    assert np.median(error_mm) < 1.5
    assert np.quantile(error_mm[solver.points.lips], 0.95) < 2.5
    assert 1.05 < solver.fit.scale < 1.15
    assert solver.points.weight.sum() == pytest.approx(1)


def test_upper_and_lower_lip_are_told_apart(solver):
    head, fit = solver.head, solver.fit
    jaw = solver.model.skinning[fit.places.corners, 2]
    share = (jaw * fit.places.shares).sum(axis=1)
    drop = -head.shapes[INDEX["jawOpen"], fit.rows, 1]
    lips = solver.points.lips
    assert (share[lips & (drop > 0.015)] > 0.5).mean() > 0.97
    assert (share[lips & (drop < 0.004)] < 0.5).mean() > 0.97


def test_each_shape_comes_within_a_millimetre(solver):
    each = np.eye(52)
    found = solver.to_flame(each)
    residual = solver.residual(each, found)
    assert found.expression.shape == (52, EXPRESSION)
    visible = [i for i, name in enumerate(ARKIT_52) if name != "tongueOut"]
    assert residual.face_mm[visible, 0].max() < 1.2
    assert np.median(residual.face_mm[visible, 0]) < 0.3
    assert np.median(residual.lips_mm[visible, 0]) < 0.4


def test_opening_the_jaw_is_a_positive_rotation_about_x(solver):
    shut = solver.to_flame(np.eye(52)[[INDEX["jawOpen"]]]).jaw[0]
    assert 0.15 < shut[0] < 0.4
    assert np.abs(shut[1:]).max() < 0.02
    half = np.zeros((1, 52))
    half[0, INDEX["jawOpen"]] = 0.5
    assert 0.35 < solver.to_flame(half).jaw[0, 0] / shut[0] < 0.65


def test_a_blink_is_expression_not_jaw(solver):
    weights = np.zeros((1, 52))
    weights[0, [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]] = 1
    found = solver.to_flame(weights)
    assert np.abs(found.jaw).max() < 0.01
    assert np.abs(found.expression).max() > 0.3
    residual = solver.residual(weights, found)
    assert residual.face_mm[0, 0] < 0.5 * residual.moved_mm[0]


def test_there_and_back_again(solver):
    weights = speech_like()
    found = solver.to_flame(weights)
    residual = solver.residual(weights, found).summary()
    assert residual["moved_rms_mm"] > 3
    assert residual["face_rms_mm"] < 0.6
    assert residual["lips_rms_mm"] < 0.7
    back = solver.to_weights(found, weights)
    assert back.min() >= 0
    assert back.max() <= 1
    assert np.sqrt(((back - weights) ** 2).mean()) < 0.05
    assert np.abs(back - weights)[:, MOUTH].mean() < 0.04
    moved = np.tensordot(back - weights, solver.carried, 1)
    assert 1000 * np.sqrt((moved**2).sum(axis=2).mean()) < 0.6


def test_silence_is_exactly_zero(solver):
    found = solver.to_flame(np.zeros((3, 52)))
    assert not found.expression.any()
    assert not found.jaw.any()
    assert not solver.to_weights(found).any()


def test_the_same_in_the_same_out_and_frames_do_not_mix(solver):
    weights = speech_like(5)
    first, again = solver.to_flame(weights), solver.to_flame(weights)
    np.testing.assert_array_equal(first.expression, again.expression)
    alone = solver.to_flame(weights[2:3])
    np.testing.assert_allclose(alone.jaw[0], first.jaw[2], atol=1e-9)
    np.testing.assert_allclose(alone.expression[0], first.expression[2], atol=1e-6)


def test_the_solution_is_a_minimum(solver):
    weights = speech_like(4)
    found = solver.to_flame(weights)
    rng = np.random.default_rng(1)

    def cost(expression, jaw):
        rest = solver.fit.places.of(solver.model.vertices())
        posed = solver.fit.places.of(solver.model.vertices(None, expression, jaw=jaw)) - rest
        gap = posed - np.tensordot(weights, solver.carried, 1)
        squared = 1e6 * (gap**2).sum(axis=2) @ solver.points.weight
        return squared + 2e-3 * (expression**2).sum(axis=1) + 0.05 * (jaw**2).sum(axis=1)

    best = cost(found.expression, found.jaw)
    for _ in range(10):
        nudged = cost(
            found.expression + 0.05 * rng.normal(size=found.expression.shape),
            found.jaw + 0.005 * rng.normal(size=found.jaw.shape),
        )
        assert (nudged > best).all()


def test_smoothness_calms_what_jitters(solver):
    weights = speech_like(40)
    weights += 0.1 * np.random.default_rng(2).uniform(0, 1, weights.shape)
    weights[:, list(EYE_LOOK)] = 0
    rough, calm = solver, solver.with_setting(Setting(smooth=0.5))
    one, other = rough.to_flame(weights), calm.to_flame(weights)

    def jitter(values):
        return np.abs(np.diff(values, 2, axis=0)).mean()

    assert jitter(other.expression) < 0.75 * jitter(one.expression)
    assert jitter(calm.to_weights(one, weights)) < 0.85 * jitter(rough.to_weights(one, weights))


def test_gaze_is_held(solver):
    weights = np.zeros((1, 52))
    weights[0, list(EYE_LOOK)] = 0.5
    back = solver.to_weights(FlameMotion(np.zeros((1, EXPRESSION)), np.zeros((1, 3))), weights)
    np.testing.assert_array_equal(back[:, list(EYE_LOOK)], 0.5)


def test_what_is_no_head_or_looks_elsewhere_is_refused(model):
    head = load_head()
    flipped = model.with_identity([])
    object.__setattr__(flipped, "template", flipped.template * [-1, 1, -1])
    with pytest.raises(InputError, match="left eye"):
        FlameSolver(head, flipped)
    lying = model.with_identity([])
    object.__setattr__(lying, "template", lying.template[:, [0, 2, 1]] * [1, 1, -1])
    with pytest.raises(InputError, match=r"fit together|were found"):
        FlameSolver(head, lying)
    still = miniature_head()
    object.__setattr__(still, "shapes", np.zeros_like(still.shapes))
    with pytest.raises(InputError, match="no shape moves"):
        FlameSolver(still, model)


def test_a_flame_file_is_a_face(model):
    head = flame_head(model)
    assert head.shapes.shape == (52, len(head.vertices), 3)
    assert np.linalg.norm(head.eye_pivots[0] - head.eye_pivots[1]) == pytest.approx(0.063, 1e-4)
    assert {PARTS[i] for i in np.unique(head.part)} >= {"skin", "lips", "eye_left", "eye_right"}
    balls = np.isin(head.part, [PARTS.index("eye_left"), PARTS.index("eye_right")])
    assert not head.shapes[:, balls].any()
    assert not head.shapes[INDEX["tongueOut"]].any()
    report = inspect_mesh(head.vertices, head.triangles)
    assert (report.degenerate, report.crowded_edges, report.flipped_edges) == (0, 0, 0)
    weights = np.zeros(52, np.float32)
    weights[INDEX["jawOpen"]] = 0.7
    still = lip_gap(head.pose_frame(np.zeros(52, np.float32)), head)
    assert lip_gap(head.pose_frame(weights), head) - still > 0.008
