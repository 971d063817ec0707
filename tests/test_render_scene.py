"""Pictures of a miniature head: geometry, depth, determinism, backgrounds, bad input."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avitalk.errors import InputError
from avitalk.render import CAMERAS, Camera, Look, Renderer, camera_named, render_motion
from avitalk.types import Motion
from render_miniature import EYE_LEFT, RADIUS_M, miniature

FRONT = Camera(distance_m=1.0, target_m=(0.0, 0.0, -0.072))


def coverage(head, size=(128, 128), camera=FRONT) -> np.ndarray:
    renderer = Renderer(head, size=size, camera=camera, background="transparent")
    return renderer.frame(head.vertices)[..., 3] / 255.0


@pytest.mark.parametrize("yaw", [0.0, 0.6, -1.5])
def test_silhouette_of_a_sphere(yaw: float) -> None:
    head = miniature(eyes=False)
    alpha = coverage(head, (128, 128), dataclasses.replace(FRONT, yaw_rad=yaw))
    # A sphere of radius r at distance d: half-angle asin(r / d), seen as a disc.
    radius_px = 85 / 24 * 128 * math.tan(math.asin(RADIUS_M / 1.0))
    assert alpha.sum() == pytest.approx(math.pi * radius_px**2, rel=0.01)
    y, x = np.mgrid[0:128, 0:128] + 0.5
    assert (alpha * x).sum() / alpha.sum() == pytest.approx(64, abs=0.1)
    assert (alpha * y).sum() / alpha.sum() == pytest.approx(64, abs=0.1)


def test_target_left_of_the_head_moves_it_right() -> None:
    head = miniature(eyes=False)
    alpha = coverage(head, camera=dataclasses.replace(FRONT, target_m=(-0.02, -0.02, -0.072)))
    y, x = np.mgrid[0:128, 0:128] + 0.5
    shift_px = 0.02 * 85 / 24 * 128
    assert (alpha * x).sum() / alpha.sum() == pytest.approx(64 + shift_px, rel=0.02)
    assert (alpha * y).sum() / alpha.sum() == pytest.approx(64 - shift_px, rel=0.02)


def test_edges_are_smooth() -> None:
    alpha = coverage(miniature(eyes=False))
    assert {0.25, 0.5, 0.75} <= {round(value, 2) for value in np.unique(alpha)}


def test_nearer_hides_farther() -> None:
    head = miniature(colour=(0.5, 0.05, 0.02))
    look = Look(lamps=Look().lamps[:2])
    white = []
    for yaw in (0.0, math.pi):
        camera = dataclasses.replace(FRONT, yaw_rad=yaw)
        renderer = Renderer(head, size=(96, 96), camera=camera, background="#000000", look=look)
        image = renderer.frame(head.vertices).astype(int)
        white.append(((image[..., 2] > 90) & (image[..., 2] > 0.75 * image[..., 0])).sum())
    # Eyeballs are the only white things; from behind they are hidden.
    assert white[0] > 20
    assert white[1] == 0


def test_inner_side_is_visible() -> None:
    head = miniature(eyes=False)
    bowl = head.vertices[head.triangles].mean(axis=1)[:, 2] < 0
    open_head = dataclasses.replace(head, triangles=head.triangles[bowl])
    renderer = Renderer(open_head, size=(64, 64), camera=FRONT, background="#0000ff")
    red, _, blue = renderer.frame(head.vertices)[32, 32]
    assert red > 30
    assert red > blue


def test_same_bytes_again_and_with_any_number_of_workers() -> None:
    head = miniature()
    weights = np.zeros((7, 52), np.float32)
    weights[:, 0] = np.linspace(0, 1, 7)
    turn = np.linspace(0, 0.3, 21, dtype=np.float32).reshape(7, 3)
    motion = Motion(weights, turn, np.zeros((7, 2, 3), np.float32), 25.0)
    runs = [
        np.stack(list(render_motion(head, motion, size=(64, 48), workers=workers)))
        for workers in (1, 1, 2, 5)
    ]
    assert runs[0].shape == (7, 48, 64, 3)
    assert len(np.unique(runs[0].reshape(7, -1), axis=0)) == 7
    for other in runs[1:]:
        np.testing.assert_array_equal(runs[0], other)


@pytest.mark.parametrize("size", [(96, 64), (97, 63)])
def test_draft_shows_the_same_picture(size: tuple[int, int]) -> None:
    head = miniature()
    full, draft = (
        Renderer(head, size=size, draft=draft).frame(head.vertices).astype(int)
        for draft in (False, True)
    )
    assert draft.shape == full.shape == (size[1], size[0], 3)
    assert np.abs(full - draft).mean() < 5


def test_bands_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    head = miniature()
    whole = Renderer(head, size=(80, 64)).frame(head.vertices)
    monkeypatch.setattr("avitalk.render.scene.BAND_PIXELS", 80 * 7)
    banded = Renderer(head, size=(80, 64)).frame(head.vertices)
    # float32 positions relative to a band differ in the last bit: an edge may move that little.
    assert np.mean(whole != banded) < 0.001


def test_motion_is_resampled_to_the_frame_rate() -> None:
    motion = Motion.still(10, 50.0)
    assert len(list(render_motion(miniature(), motion, size=(32, 32), fps=25))) == 5


def test_abandoned_rendering_stops() -> None:
    frames = render_motion(miniature(), Motion.still(500, 25.0), size=(32, 32))
    next(frames)
    frames.close()


def test_flat_colour_background_is_exact() -> None:
    image = Renderer(miniature(), size=(64, 64), background="#80c0ff").frame(miniature().vertices)
    assert tuple(image[0, 0]) == (0x80, 0xC0, 0xFF)


def test_gradient_background_runs_top_to_bottom() -> None:
    head = miniature()
    image = Renderer(head, size=(64, 64), background="#ffffff/#000000").frame(head.vertices)
    assert image[0, 0].min() > 240
    assert image[-1, 0].max() < 15


def test_default_background_has_no_bands() -> None:
    head = miniature()
    column = Renderer(head, size=(64, 512)).frame(head.vertices)[:, 0, 0].astype(int)
    assert column[0] > column[-1]


def test_image_background_fills_and_crops(tmp_path: Path) -> None:
    path = tmp_path / "фон 1.png"
    halves = np.zeros((50, 200, 3), np.uint8)
    halves[:, :100] = (250, 0, 0)
    halves[:, 100:] = (0, 0, 250)
    Image.fromarray(halves).save(path)
    head = miniature()
    for name in (path, str(path)):
        image = Renderer(head, size=(64, 64), background=name).frame(head.vertices)
        assert image[2, 2, 0] > 240
        assert image[2, 61, 2] > 240


def test_transparent_background() -> None:
    head = miniature()
    image = Renderer(head, size=(64, 64), background="transparent").frame(head.vertices)
    assert image.shape == (64, 64, 4)
    assert image[0, 0, 3] == 0
    assert image[32, 32, 3] == 255
    # Edge colours are the surface's own, not darkened by what is not there.
    edge = (image[..., 3] > 0) & (image[..., 3] < 255)
    assert image[edge][:, 0].min() > 40


@pytest.mark.parametrize("name", ["#12345", "#gggggg", "missing.png"])
def test_bad_backgrounds(name: str) -> None:
    with pytest.raises(InputError, match="transparent"):
        Renderer(miniature(), background=name)


def test_text_file_as_background(tmp_path: Path) -> None:
    path = tmp_path / "fake.png"
    path.write_text("not a picture")
    with pytest.raises(InputError, match="cannot be read as an image"):
        Renderer(miniature(), background=path)


@pytest.mark.parametrize("size", [(15, 64), (64, 5000), (64.5, 64)])
def test_bad_sizes(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="picture size"):
        Renderer(miniature(), size=size)


def test_wrong_number_of_vertices() -> None:
    with pytest.raises(InputError, match="this head has"):
        Renderer(miniature(), size=(32, 32)).frame(np.zeros((5, 3), np.float32))


def test_cameras() -> None:
    assert {"front", "three-quarter", "profile", "close"} <= set(CAMERAS)
    assert camera_named("front") == CAMERAS["front"]
    with pytest.raises(InputError, match="three-quarter"):
        camera_named("side")
    with pytest.raises(InputError, match="distance"):
        Camera(distance_m=0)
    with pytest.raises(InputError, match="finite"):
        Camera(yaw_rad=float("nan"))


def test_profile_shows_the_left_side() -> None:
    head = miniature()
    green = np.where(head.vertices[:, :1] > 0, np.float32([0, 0.8, 0]), np.float32([0.8, 0, 0]))
    image = Renderer(
        dataclasses.replace(head, colour=green), size=(64, 64), camera=CAMERAS["profile"]
    ).frame(head.vertices)
    assert image[32, 28, 1] > image[32, 28, 0]


def test_light_comes_from_the_upper_camera_left_and_mirrors() -> None:
    head = miniature(eyes=False)
    look = Look(shadow=False, detail=0)
    pictures = [
        Renderer(
            head, size=(64, 64), look=look, camera=dataclasses.replace(FRONT, yaw_rad=yaw)
        ).frame(head.vertices)
        for yaw in (0.0, -0.5)
    ]
    assert int(pictures[0][28, 22, 1]) > int(pictures[0][28, 42, 1])
    assert int(pictures[1][28, 22, 1]) < int(pictures[1][28, 42, 1])


def test_eyes_turn() -> None:
    head = miniature()
    renderer = Renderer(head, size=(256, 256), camera=FRONT)
    ahead = renderer.frame(head.vertices)
    turned = head.vertices.copy()
    eye = head.part == EYE_LEFT
    sin, cos = math.sin(0.5), math.cos(0.5)
    turn = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]], np.float32)
    turned[eye] = (turned[eye] - head.eye_pivots[0]) @ turn.T + head.eye_pivots[0]
    aside = renderer.frame(turned)
    dark = []
    for image in (ahead, aside):
        window = image[120:137, 148:174].astype(int)
        dark.append(np.argwhere(window[..., 2] > window[..., 0] + 15))
    assert all(len(found) > 20 for found in dark)
    assert dark[1][:, 1].mean() > dark[0][:, 1].mean() + 2
