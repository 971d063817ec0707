"""Pictures of heads as they come: the painted default head, and avatars that wear pictures."""

import dataclasses
import math

import numpy as np
import pytest

from avitalk.arkit import INDEX
from avitalk.face import Texture, load_head
from avitalk.face.complexion import COMPLEXIONS, recoloured
from avitalk.render import CAMERAS, Camera, Look, Renderer
from avitalk.render.tables import CAP, LOCKS
from render_miniature import miniature

HEAD = load_head()
NO_LOOP, NO_LID = np.zeros(0, np.int32), np.zeros((2, 0), np.int32)


def textured(head, image: np.ndarray, cutoff: float = 0.0, uv: np.ndarray | None = None):
    """`head` wearing one picture, its colours white, without lips and lids."""
    count = len(head.triangles)
    if uv is None:
        uv = np.full((len(head.vertices), 2), 0.5, np.float32)
    texture = Texture(uv, (image,), np.zeros(count, np.int16), np.full(count, cutoff, np.float32))
    return _Worn(head, texture)


class _Worn:
    """A miniature with a texture: the fields a renderer reads of an avatar."""

    def __init__(self, head, texture) -> None:
        self.__dict__ |= {f.name: getattr(head, f.name) for f in dataclasses.fields(head)}
        self.texture = texture
        self.colour = np.ones_like(head.colour)
        self.lip_upper = self.lip_lower = NO_LOOP
        self.lid_upper = self.lid_lower = NO_LID


def flat(red: int, green: int, blue: int, alpha: int = 255) -> np.ndarray:
    return np.broadcast_to(np.uint8([red, green, blue, alpha]), (8, 8, 4)).copy()


def test_a_picture_gives_its_colour() -> None:
    colours = []
    for image in (flat(220, 40, 40), flat(40, 40, 220)):
        head = textured(miniature(eyes=False), image)
        picture = Renderer(head, size=(64, 64), background="#000000").frame(head.vertices)
        colours.append(picture[28:40, 28:40].reshape(-1, 3).mean(axis=0))
    assert colours[0][0] > 2 * colours[0][2]
    assert colours[1][2] > 2 * colours[1][0]


def test_a_picture_lies_where_its_coordinates_say() -> None:
    image = np.concatenate([flat(220, 30, 30), flat(30, 220, 30)])  # red above green
    head = miniature(eyes=False)
    uv = np.stack([0 * head.vertices[:, 0] + 0.5, 0.5 - 5 * head.vertices[:, 1]], axis=1)
    worn = textured(head, image, uv=uv.astype(np.float32))
    camera = Camera(target_m=(0.0, 0.0, -0.072))
    picture = Renderer(worn, size=(64, 64), camera=camera).frame(worn.vertices).astype(int)
    assert picture[20, 32, 0] > picture[20, 32, 1] + 50
    assert picture[44, 32, 1] > picture[44, 32, 0] + 50


@pytest.mark.parametrize(("cutoff", "covered"), [(0.0, True), (0.4, True), (0.6, False)])
def test_alpha_below_the_cutoff_is_not_there(cutoff: float, covered: bool) -> None:
    worn = textured(miniature(eyes=False), flat(200, 200, 200, 128), cutoff)
    image = Renderer(worn, size=(64, 64), background="transparent").frame(worn.vertices)
    assert bool(image[32, 32, 3] == 255) == covered


def test_heads_without_lips_and_lids_are_drawn(recwarn: pytest.WarningsRecorder) -> None:
    head = dataclasses.replace(
        miniature(), lip_upper=NO_LOOP, lip_lower=NO_LOOP, lid_upper=NO_LID, lid_lower=NO_LID
    )
    image = Renderer(head, size=(64, 64), background="#000000").frame(head.vertices)
    assert image[32, 32].min() > 20
    assert not [w for w in recwarn if issubclass(w.category, RuntimeWarning)]


def test_a_head_far_from_the_origin_looks_the_same() -> None:
    up = np.array([0.4, 1.6, -0.3], np.float32)
    away = dataclasses.replace(
        HEAD,
        vertices=HEAD.vertices + up,
        eye_pivots=HEAD.eye_pivots + up,
        neck_pivot=HEAD.neck_pivot + up,
    )
    look = Look(detail=0)  # pores hang in the rest space, which has moved
    here, there = (
        Renderer(head, size=(128, 128), look=look).frame(head.vertices).astype(int)
        for head in (HEAD, away)
    )
    face = np.s_[45:110, 45:85]
    assert np.abs(here - there)[face].mean() < 1.5


def test_light_changes_continuously_all_round() -> None:
    look = Look()
    yaws = np.radians(np.arange(-181, 182))
    lamps = np.array([look.lighting(yaw, np.zeros(3)).lamps[:, :3] for yaw in yaws])
    steps = np.linalg.norm(np.diff(lamps, axis=0), axis=-1)
    # One degree of the camera turns a lamp by a few degrees at most.
    assert steps.max() < math.radians(13)
    assert lamps[0] == pytest.approx(lamps[360], abs=1e-5)


def test_nothing_is_lost_to_not_a_number() -> None:
    weights = np.zeros(52, np.float32)
    weights[INDEX["jawOpen"]] = 0.5
    for name in CAMERAS:
        image = Renderer(HEAD, size=(96, 96), camera=CAMERAS[name], background="#00ff00").frame(
            HEAD.pose_frame(weights)
        )
        centre = image[40:56, 40:56].astype(int)
        assert (centre[..., 0] > centre[..., 1] * 0.4).all()


def test_a_draft_has_less_to_draw() -> None:
    full, draft = (Renderer(HEAD, size=(256, 256), draft=draft) for draft in (False, True))
    assert full._surface.solid < len(full._surface.triangles)
    assert draft._surface.solid == len(draft._surface.triangles)
    pictures = [draw.frame(HEAD.vertices).astype(int) for draw in (full, draft)]
    assert pictures[0].shape == pictures[1].shape
    assert np.abs(pictures[0] - pictures[1]).mean() < 6


def test_hair_follows_the_head() -> None:
    surface = Renderer(HEAD, size=(64, 64))._surface
    assert {CAP, LOCKS} <= set(surface.kind.tolist())
    draw = Renderer(HEAD, size=(128, 128))
    turned = HEAD.pose_frame(np.zeros(52, np.float32), np.array([0.6, 0, 0], np.float32))
    ahead, aside = draw.frame(HEAD.vertices).astype(int), draw.frame(turned).astype(int)
    brown = [(image[:45].sum(axis=-1) < 200).sum() for image in (ahead, aside)]
    assert min(brown) > 300


@pytest.mark.parametrize("name", COMPLEXIONS)
def test_complexions_show_in_the_picture(name: str) -> None:
    head = recoloured(HEAD, COMPLEXIONS[name])
    image = Renderer(head, size=(96, 96)).frame(head.vertices).astype(float)
    cheek = image[52:58, 38:44].reshape(-1, 3).mean(axis=0)
    assert cheek[0] > cheek[1] > cheek[2]


def test_skin_tones_differ_in_lightness() -> None:
    light = []
    for name in ("porcelain", "tan", "deep"):
        head = recoloured(HEAD, COMPLEXIONS[name])
        light.append(Renderer(head, size=(96, 96)).frame(head.vertices)[52:58, 38:44].mean())
    assert light[0] > light[1] + 30 > light[2] + 60
