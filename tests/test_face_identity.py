"""Other people's heads: identities and the cast, and that everything still closes and hides."""

import json
import math
from importlib import resources

import numpy as np
import pytest
from safetensors import safe_open

from avitalk.arkit import INDEX
from avitalk.errors import InputError
from avitalk.export.glb import export_glb
from avitalk.face import PARTS, inspect_mesh, lip_gap, load_head
from avitalk.face.cast import CAST
from avitalk.face.complexion import COMPLEXIONS
from avitalk.face.identity import LIMIT, MODES, Identity
from avitalk.face.store import half_head, head_of, unfold
from avitalk.types import Motion

BARE = unfold("default", half_head())


def bare(identity: Identity):
    return unfold("someone", half_head(), identity)


def weights(**given: float) -> np.ndarray:
    values = np.zeros(52, np.float32)
    for name, value in given.items():
        for full in (name, f"{name}Left", f"{name}Right"):
            if full in INDEX:
                values[INDEX[full]] = value
    return values


def people() -> list[Identity]:
    """Every mode far out on both sides, and some at random."""
    single = [Identity({name: amount}) for name in MODES for amount in (-2.5, 2.5)]
    return single + [Identity.random(seed, strength=1) for seed in range(4)]


def test_there_are_modes_enough_and_the_file_has_them_all():
    assert len(MODES) >= 10
    assert half_head()["modes"].shape[0] == len(MODES)


def test_every_mode_moves_the_face_and_no_zero_does():
    np.testing.assert_array_equal(bare(Identity()).vertices, BARE.vertices)
    for name in MODES:
        moved = np.linalg.norm(bare(Identity({name: 1.0})).vertices - BARE.vertices, axis=1)
        assert 0.0005 < moved.max() < 0.02, name


def test_modes_do_what_their_names_say():
    def span(head, rows, axis=0):
        return float(np.ptp(head.vertices[rows, axis]))

    lips = BARE.landmarks["lips_outer"]
    assert span(bare(Identity({"mouth_width": 2})), lips) > span(BARE, lips) + 0.002
    assert span(bare(Identity({"lips": 2})), lips, 1) > span(BARE, lips, 1) + 0.002
    jaw = BARE.landmarks["jaw"][[2, 10]]  # the angles of the jaw
    assert span(bare(Identity({"jaw": 2})), jaw) > span(BARE, jaw) + 0.003
    eyes = BARE.lid_upper[0].tolist() + BARE.lid_lower[0].tolist()
    assert span(bare(Identity({"eye_opening": 2})), eyes, 1) > span(BARE, eyes, 1) + 0.001
    apart = bare(Identity({"eye_spacing": 2})).eye_pivots
    assert apart[0, 0] > BARE.eye_pivots[0, 0] + 0.0005
    small = bare(Identity({}, scale=0.9))
    np.testing.assert_allclose(small.vertices, 0.9 * BARE.vertices, atol=1e-6)


@pytest.mark.parametrize("identity", people(), ids=str)
def test_anybody_closes_lips_and_lids_and_keeps_the_eyes_covered(identity):
    head = bare(identity)
    assert inspect_mesh(head.vertices, head.triangles).sound
    apart = head.vertices[head.lip_upper] - head.vertices[head.lip_lower]
    assert np.abs(apart).max() < 0.0003
    assert abs(lip_gap(head.pose_frame(weights(jawOpen=0.7, mouthClose=0.7)), head)) < 0.0005
    mixture = {"eyeSquint": 0.6, "cheekSquint": 0.5, "mouthSmile": 0.7, "noseSneer": 0.3}
    looking = np.array([[0.3, 0.4, 0], [0.25, 0.4, 0]], np.float32)
    skin = head.part == PARTS.index("skin")
    ball = head.vertices[head.part == PARTS.index("eye_left")]
    radius = np.linalg.norm(ball - head.eye_pivots[0], axis=1).max()
    for blink in (0.0, 0.5, 1.0):
        posed = head.pose_frame(weights(eyeBlink=blink, **mixture), eyes=looking)
        away = np.linalg.norm(posed[skin] - head.eye_pivots[0], axis=1)
        assert away.min() > radius - 0.0002  # the wet edge of far-out eyes rests on the ball
    shut = posed[head.lid_upper] - posed[head.lid_lower]
    assert np.linalg.norm(shut, axis=-1).max() < 0.0005


def test_sides_stay_mirror_images():
    head = bare(Identity.random(5))
    count = len(half_head()["vertices"])
    off_seam = BARE.vertices[:count, 0] != 0
    twin = head.vertices[count:]
    np.testing.assert_allclose(head.vertices[:count][off_seam], twin * [-1, 1, 1], atol=1e-6)


def test_random_people_are_repeatable_different_and_bounded():
    assert Identity.random(7) == Identity.random(7)
    assert Identity.random(7) != Identity.random(8)
    for seed in range(20):
        assert np.abs(Identity.random(seed, strength=1).vector).max() <= 2
    assert not Identity.random(3, strength=0).vector.any()


def test_the_vector_is_in_the_order_of_the_modes():
    vector = Identity({"lips": 1.5}).vector
    assert vector[MODES.index("lips")] == 1.5
    assert np.count_nonzero(vector) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"coefficients": {"nose": 1.0}}, "unknown identity mode 'nose'; available: .*nose_tip"),
        ({"coefficients": {"jaw": 3.5}}, "jaw = 3.5; allowed: -3 to 3"),
        ({"coefficients": {"jaw": math.nan}}, "jaw = nan; allowed: -3 to 3"),
        ({"scale": 2.0}, "scale 2; allowed: 0.8 to 1.2"),
    ],
)
def test_bad_identities_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        Identity(**given)


def test_a_strength_out_of_range_is_refused():
    with pytest.raises(InputError, match="strength of a random identity is 2; allowed: 0 to 1"):
        Identity.random(1, strength=2)


def test_the_cast_is_a_handful_of_different_people():
    assert len(CAST) >= 8
    shapes = np.array([face.identity.vector for face in CAST.values()])
    apart = np.linalg.norm(shapes[:, None] - shapes, axis=-1) + 9 * np.eye(len(CAST))
    assert apart.min() > 1.5
    assert np.abs(shapes).max() <= LIMIT
    assert len({face.complexion.skin for face in CAST.values()}) >= 5


@pytest.mark.parametrize("name", CAST)
def test_named_faces_load_with_their_own_shape_and_colours(name):
    head, default = load_head(name), load_head()
    assert head.name == name
    assert 5_000 <= len(head.vertices) <= 15_000
    assert np.abs(head.vertices[:1000] - default.vertices[:1000]).max() > 0.002
    skin = head.part == PARTS.index("skin")
    assert head.colour[skin].min() >= 0
    assert head.colour[skin].max() <= 1
    assert head.complexion == CAST[name].complexion


def test_a_head_of_ones_own():
    head = head_of(Identity.random(11), COMPLEXIONS["deep"], name="eleven")
    assert head.name == "eleven"
    assert head.complexion == COMPLEXIONS["deep"]
    assert not head.vertices.flags.writeable


def test_an_unknown_face_lists_those_there_are():
    with pytest.raises(InputError, match=r"unknown head 'nobody'; available: .*default.*leo"):
        load_head("nobody")


def test_a_named_face_goes_out_as_gltf():
    still = np.zeros((2, 3), np.float32)
    motion = Motion(np.zeros((2, 52)), still, np.zeros((2, 2, 3)), 25.0)
    data = export_glb(motion, load_head("leo")).data
    assert data[:4] == b"glTF"
    assert len(data) > 1_000_000


def test_the_head_and_its_card_tell_the_same():
    folder = resources.files("avitalk.face") / "assets"
    card = json.loads((folder / "default_head.json").read_text())
    with safe_open(str(folder / "default_head.safetensors"), "numpy") as file:
        assert json.loads(file.metadata()["card"]) == card
    found = card["metrics"]
    assert found["vertices"] == len(load_head().vertices)
    assert found["triangles"] == len(load_head().triangles)
    assert found["identity_modes"] == len(MODES)
    assert found["surface_median_mm"] <= 1.0
    assert found["shape_correlation_min"] >= 0.9
    assert found["identity_correlation_min"] >= 0.9
    assert {source["licence"] for source in card["data"]} == {"MIT"}
