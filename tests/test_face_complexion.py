"""Complexions and hairstyles: checked values, heads recoloured and dressed."""

import dataclasses

import numpy as np
import pytest

from avitalk.errors import InputError
from avitalk.face import PARTS, inspect_mesh, load_head
from avitalk.face.complexion import COMPLEXIONS, Complexion, complexion_named, recoloured
from avitalk.face.identity import Identity
from avitalk.face.store import half_head, head_of, unfold
from avitalk.face.wardrobe import HAIRSTYLES, dressed

HEAD = load_head()
BARE = unfold("default", half_head())


def test_skin_lips_and_iris_take_their_colours():
    colours = Complexion(skin=(0.2, 0.1, 0.06), iris=(0.01, 0.3, 0.02))
    head = recoloured(HEAD, colours)
    skin = np.median(head.colour[head.part == PARTS.index("skin")], axis=0)
    assert skin == pytest.approx(colours.skin, rel=0.25)
    eye = head.colour[head.part == PARTS.index("eye_left")]
    assert (eye[:, 1] > 5 * eye[:, 0]).any()
    assert head.complexion == colours
    assert HEAD.complexion != colours


def test_there_are_presets_from_fair_to_dark():
    light = sorted(sum(c.skin) for c in COMPLEXIONS.values())
    assert len(COMPLEXIONS) >= 8
    assert light[-1] > 8 * light[0]
    assert complexion_named("fair") is COMPLEXIONS["fair"]


def test_bad_complexions_say_what_is_allowed():
    with pytest.raises(InputError, match="porcelain"):
        complexion_named("green")
    with pytest.raises(InputError, match=r"skin must be linear RGB in \[0, 1\]"):
        Complexion(skin=(1.2, 0.5, 0.5))
    with pytest.raises(InputError, match="age must lie in"):
        Complexion(age=2.0)
    with pytest.raises(InputError, match="cannot be recoloured"):
        recoloured(dataclasses.replace(HEAD, paint=None), Complexion())


@pytest.mark.parametrize("style", HAIRSTYLES)
def test_every_hairstyle_fits_any_head(style):
    colours = dataclasses.replace(Complexion(), hairstyle=style)
    for identity in (Identity(), Identity({"size": 1.5, "width": -1.0})):
        head = head_of(identity, colours)
        assert 5_000 <= len(head.vertices) <= 15_000
        assert inspect_mesh(head.vertices, head.triangles).sound
        assert np.isfinite(head.vertices).all()
        assert head.shapes.shape == (52, len(head.vertices), 3)
        for rows in (head.colour, head.roughness, head.occlusion, head.paint, head.fibre):
            assert len(rows) == len(head.vertices)
    assert np.array_equal(head.triangles[: len(BARE.triangles)], BARE.triangles)


def test_the_shirt_stays_and_hair_turns_with_the_head():
    assert HEAD.head_weight[HEAD.part == PARTS.index("hair")].min() > 0.9
    assert HEAD.head_weight[HEAD.part == PARTS.index("garment")].max() < 0.1


def test_hair_is_not_its_own_mirror_image():
    locks = HEAD.vertices[HEAD.fibre[:, 2] > 0]
    mirrored = {tuple(row) for row in np.round(locks * [-1, 1, 1], 3).tolist()}
    same = [tuple(row) in mirrored for row in np.round(locks, 3).tolist()]
    assert np.mean(same) < 0.1


def test_unknown_hairstyle():
    with pytest.raises(InputError, match="available: short, bob"):
        dressed(BARE, BARE.vertices, half_head(), "mohawk")
