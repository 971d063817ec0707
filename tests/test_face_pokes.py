"""Nothing pokes through lids or lips: single shapes and speech-like mixtures, in all faces."""

import numpy as np
import pytest

pytest.importorskip("scipy", reason="building heads needs the train extra")

from avitalk.arkit import ARKIT_52
from avitalk.face import PARTS, load_head
from avitalk.face.cast import CAST
from avitalk.train.head.measure import single
from avitalk.train.head.pokes import INSIDE, pokes, speech_like

HEAD = load_head()
VIEWS = (0.0, 35.0)


def clean(head, posed, **options) -> bool:
    return not pokes(head, posed, views_deg=VIEWS, **options).any


def test_the_check_sees_teeth_and_eyeballs_that_poke_through():
    posed = HEAD.vertices.copy()
    posed[np.isin(HEAD.part, INSIDE), 2] += 0.01
    assert pokes(HEAD, posed).mouth > 100
    posed = HEAD.vertices.copy()
    posed[HEAD.part == PARTS.index("eye_right"), 2] += 0.004
    assert pokes(HEAD, posed).eyes > 100
    assert not pokes(HEAD, HEAD.vertices).any


@pytest.mark.parametrize("name", ARKIT_52)
def test_no_single_shape_lets_anything_through(name):
    assert clean(HEAD, HEAD.pose_frame(single(name)), tongue=name != "tongueOut")


def test_no_speech_like_mixture_lets_anything_through():
    bad = [
        k
        for k, (w, e) in enumerate(speech_like(200))
        if not clean(HEAD, HEAD.pose_frame(w, eyes=e))
    ]
    assert bad == []


@pytest.mark.parametrize("name", CAST)
def test_nor_in_any_face_of_the_cast(name):
    head = load_head(name)
    assert clean(head, head.vertices)
    for weights, eyes in speech_like(5, seed=1):
        assert clean(head, head.pose_frame(weights, eyes=eyes))


@pytest.mark.slow
@pytest.mark.parametrize("name", CAST)
def test_all_mixtures_and_shapes_in_every_face(name):
    head = load_head(name)
    for shape in ARKIT_52:
        assert clean(head, head.pose_frame(single(shape)), tongue=shape != "tongueOut"), shape
    for weights, eyes in speech_like(200):
        assert clean(head, head.pose_frame(weights, eyes=eyes))


def test_mixtures_are_plausible():
    for weights, eyes in speech_like(50, seed=3):
        assert weights.min() >= 0
        assert weights.max() <= 1
        assert weights[ARKIT_52.index("mouthClose")] <= weights[ARKIT_52.index("jawOpen")]
        assert np.abs(eyes).max() < 0.7
