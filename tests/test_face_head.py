"""The shipped head: its shapes, its symmetry, its closing lips and lids, and how it is posed."""

from importlib import resources

import numpy as np
import pytest

from avitalk.arkit import ARKIT_52, INDEX, MIRROR
from avitalk.errors import InputError
from avitalk.face import PARTS, inspect_mesh, lip_gap, lip_width, load_head, rotation
from avitalk.face.store import half_head, unfold
from avitalk.types import Motion

HEAD = load_head()
BARE = unfold("default", half_head())  # without hair and clothes, which are nobody's mirror image


def weights(**given: float) -> np.ndarray:
    """(52,) weights; a name without side sets both sides."""
    values = np.zeros(52, np.float32)
    for name, value in given.items():
        for full in (name, f"{name}Left", f"{name}Right"):
            if full in INDEX:
                values[INDEX[full]] = value
    return values


def rows(part: str) -> np.ndarray:
    return np.nonzero(HEAD.part == PARTS.index(part))[0]


def mirror_twins() -> np.ndarray:
    """(V,) index of each vertex's mirror image; jawOpen tells touching lips apart."""
    flip = np.array([-1, 1, 1], np.float32)
    opened = BARE.shapes[INDEX["jawOpen"]]
    here = np.hstack([BARE.vertices, opened]) + 0.0
    there = np.hstack([BARE.vertices * flip, opened * flip]) + 0.0
    places = {tuple(row): i for i, row in enumerate(here.tolist())}
    return np.array([places[tuple(row)] for row in there.tolist()])


def test_size_on_disk_and_in_memory():
    asset = resources.files("avitalk.face") / "assets" / "default_head.safetensors"
    assert len(asset.read_bytes()) <= 4_000_000
    assert 5_000 <= len(HEAD.vertices) <= 15_000
    assert HEAD.shapes.shape == (52, len(HEAD.vertices), 3)
    assert load_head() is load_head()


def test_mesh_is_sound_and_faces_outward():
    assert inspect_mesh(HEAD.vertices, HEAD.triangles).sound
    a, b, c = (HEAD.vertices[HEAD.triangles[:, k]].astype(np.float64) for k in range(3))
    eye = np.isin(HEAD.triangles[:, 0], rows("eye_left"))
    outward = np.cross(b - a, c - a)[eye] * (a - HEAD.eye_pivots[0])[eye]
    assert (outward.sum(axis=1) > 0).all()


def test_no_triangle_joins_an_eyeball_to_anything_else():
    parts = HEAD.part[HEAD.triangles]
    eyes = np.isin(parts, [PARTS.index("eye_left"), PARTS.index("eye_right")])
    assert (eyes.all(axis=1) == eyes.any(axis=1)).all()


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_there(part):
    assert len(rows(part)) > 50


@pytest.mark.parametrize("name", ARKIT_52)
def test_every_shape_moves_something_and_no_eyeball(name):
    moved = np.linalg.norm(HEAD.shapes[INDEX[name]], axis=1)
    assert 0.001 < moved.max() < 0.06
    assert moved[rows("eye_left")].max() == moved[rows("eye_right")].max() == 0


def test_left_and_right_are_exact_mirror_images():
    twin = mirror_twins()
    flip = np.array([-1, 1, 1], np.float32)
    assert np.array_equal(twin[twin], np.arange(len(twin)))
    for i, j in enumerate(MIRROR):
        difference = BARE.shapes[i] - BARE.shapes[j][twin] * flip
        assert np.abs(difference).max() < 1e-6, ARKIT_52[i]


def test_left_is_the_side_of_positive_x():
    smile = np.linalg.norm(HEAD.shapes[INDEX["mouthSmileLeft"]], axis=1)
    assert HEAD.vertices[smile.argmax(), 0] > 0.01
    assert HEAD.shapes[INDEX["jawLeft"]][HEAD.landmarks["chin"], 0].min() > 0.003
    assert HEAD.eye_pivots[0, 0] == pytest.approx(0.0315, abs=1e-6)


def test_lips_touch_at_rest_along_their_whole_length():
    apart = np.linalg.norm(HEAD.vertices[HEAD.lip_upper] - HEAD.vertices[HEAD.lip_lower], axis=1)
    assert apart.max() < 0.0003
    assert HEAD.lip_upper[0] == HEAD.lip_lower[0]
    assert HEAD.lip_upper[-1] == HEAD.lip_lower[-1]
    assert (np.diff(HEAD.vertices[HEAD.lip_upper, 0]) > 0).all()


def test_jaw_opens_and_mouth_close_closes_over_it():
    opened = HEAD.pose_frame(weights(jawOpen=1))
    assert lip_gap(opened, HEAD) > 0.015
    for amount in (0.3, 1.0):
        closed = HEAD.pose_frame(weights(jawOpen=amount, mouthClose=amount))
        assert abs(lip_gap(closed, HEAD)) < 0.0005


NEVER_PARTING = [
    "mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch", "mouthPress", "mouthPucker",
    "mouthLeft", "jawRight", "cheekPuff", "cheekSquint", "eyeSquint", "eyeBlink", "browDown",
]  # fmt: skip


def test_any_mixture_of_shapes_of_closed_lips_keeps_them_closed():
    rng = np.random.default_rng(4)
    for _ in range(20):
        mixture = weights(**{name: rng.uniform(0, 1) for name in NEVER_PARTING})
        posed = HEAD.pose_frame(mixture)
        apart = np.linalg.norm(posed[HEAD.lip_upper] - posed[HEAD.lip_lower], axis=1)
        assert apart.max() < 0.0003


def test_smile_widens_and_pucker_narrows():
    rest = lip_width(HEAD.vertices, HEAD)
    assert lip_width(HEAD.pose_frame(weights(mouthSmile=1)), HEAD) > rest + 0.006
    assert lip_width(HEAD.pose_frame(weights(mouthPucker=1)), HEAD) < rest - 0.006


def test_gap_and_width_are_linear_in_the_weights():
    one, other = weights(jawOpen=0.4), weights(mouthFunnel=0.6)
    for measure in (lip_gap, lip_width):
        rest = measure(HEAD.vertices, HEAD)
        parts = [measure(HEAD.pose_frame(w), HEAD) - rest for w in (one, other)]
        both = measure(HEAD.pose_frame(one + other), HEAD) - rest
        assert both == pytest.approx(sum(parts), abs=1e-6)


def test_lip_basis_reproduces_the_posed_lips():
    rest, moves = HEAD.lip_basis()
    given = weights(jawOpen=0.5, mouthSmile=0.3, mouthRollLower=0.2)
    posed = HEAD.pose_frame(given)
    lips = np.concatenate([HEAD.lip_upper, HEAD.lip_lower])
    expected = rest + np.einsum("k,knd->nd", given, moves)
    np.testing.assert_allclose(posed[lips], expected, atol=1e-6)


def test_lids_close_and_stay_before_the_eyeball():
    radius = np.linalg.norm(HEAD.vertices[rows("eye_left")] - HEAD.eye_pivots[0], axis=1).max()
    for amount in (0.0, 0.25, 0.5, 0.75, 1.0):
        posed = HEAD.pose_frame(weights(eyeBlink=amount))
        away = np.linalg.norm(posed[rows("skin")] - HEAD.eye_pivots[0], axis=1)
        assert away.min() > radius - 0.0001, amount
    apart = np.linalg.norm(posed[HEAD.lid_upper] - posed[HEAD.lid_lower], axis=-1)
    assert apart.max() < 0.0005


def test_lower_teeth_and_tongue_ride_on_the_jaw_and_upper_teeth_do_not():
    opened = HEAD.pose_frame(weights(jawOpen=1)) - HEAD.vertices
    assert opened[rows("teeth_lower"), 1].max() < -0.005
    assert opened[rows("tongue"), 1].mean() < -0.005
    assert np.abs(opened[rows("teeth_upper")]).max() == 0


def test_tongue_comes_out_past_the_lips():
    out = HEAD.pose_frame(weights(tongueOut=1, jawOpen=0.3))
    assert out[rows("tongue"), 2].max() > out[rows("lips"), 2].max() + 0.008
    assert HEAD.vertices[rows("tongue"), 2].max() < HEAD.vertices[rows("lips"), 2].max()


def test_eyeballs_turn_about_their_pivots():
    eyes = np.array([[0.3, 0.2, 0], [0, 0, 0]], np.float32)
    posed = HEAD.pose_frame(weights(), eyes=eyes)
    left, right = rows("eye_left"), rows("eye_right")
    assert np.array_equal(posed[right], HEAD.vertices[right])
    before = np.linalg.norm(HEAD.vertices[left] - HEAD.eye_pivots[0], axis=1)
    after = np.linalg.norm(posed[left] - HEAD.eye_pivots[0], axis=1)
    np.testing.assert_allclose(before, after, atol=1e-6)
    pupil = left[HEAD.vertices[left, 2].argmax()]
    assert posed[pupil, 0] > HEAD.vertices[pupil, 0] + 0.003  # yaw > 0: to the character's left
    assert posed[pupil, 1] < -0.002  # pitch > 0: down


def test_head_turns_with_its_eyes_while_the_neck_stays():
    turn = np.array([0.4, -0.2, 0.1], np.float32)
    posed = HEAD.pose_frame(weights(), head=turn)
    eye = rows("eye_right")
    expected = (HEAD.vertices[eye] - HEAD.neck_pivot) @ rotation(turn).T + HEAD.neck_pivot
    np.testing.assert_allclose(posed[eye], expected, atol=1e-5)
    bottom = HEAD.vertices[:, 1].argmin()
    np.testing.assert_allclose(posed[bottom], HEAD.vertices[bottom], atol=1e-6)
    assert HEAD.head_weight.min() == 0
    assert HEAD.head_weight[HEAD.landmarks["chin"]].min() == 1


def test_pose_yields_every_frame_of_a_motion_with_its_translation():
    values = np.stack([weights(jawOpen=a) for a in (0, 0.5, 1)])
    moved = np.array([[0, 0, 0], [0.01, 0, 0], [0, 0.02, 0]], np.float32)
    still = np.zeros((3, 3), np.float32)
    frames = list(HEAD.pose(Motion(values, still, np.zeros((3, 2, 3)), 25.0, moved)))
    assert len(frames) == 3
    np.testing.assert_allclose(frames[2], HEAD.pose_frame(values[2]) + moved[2], atol=1e-6)
    assert np.array_equal(frames[0], HEAD.vertices)


def test_landmarks_lie_where_their_names_say():
    outer, inner = HEAD.landmarks["lips_outer"], HEAD.landmarks["lips_inner"]
    assert len(outer) == len(inner) == len(set(outer.tolist())) == len(set(inner.tolist())) == 20
    points = HEAD.vertices[outer]
    assert points[0, 0] < -0.015 < 0.015 < points[10, 0]  # right corner first
    assert points[5, 1] > points[15, 1] + 0.01  # middle of the upper and of the lower lip
    assert points[5, 0] == points[15, 0] == 0
    nose, chin = (HEAD.vertices[HEAD.landmarks[name][0]] for name in ("nose_tip", "chin"))
    assert nose[2] > HEAD.vertices[outer, 2].max() > chin[2] - 0.005
    assert HEAD.vertices[HEAD.landmarks["brow_left"], 1].min() > 0.008
    assert (HEAD.vertices[HEAD.landmarks["brow_right"], 0] < 0).all()


def test_arrays_are_read_only_and_colours_in_range():
    assert not HEAD.vertices.flags.writeable
    for values in (HEAD.colour, HEAD.occlusion, HEAD.roughness, HEAD.head_weight):
        assert values.min() >= 0
        assert values.max() <= 1


def test_unknown_head_is_named():
    with pytest.raises(InputError, match=r"unknown head 'nobody'; available: .*default"):
        load_head("nobody")
