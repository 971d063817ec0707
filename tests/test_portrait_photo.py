"""Photos of all kinds come in upright; the face meant is found, or refused with a reason."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avitalk.errors import InputError
from avitalk.portrait import find_face, frame_photo, read_photo
from avitalk.portrait.hidden import refuse_hidden_mouth
from avitalk.portrait.photo import MOST_SIDE_PX, Canvas
from avitalk.track.landmarker import Face
from portrait_faces import SIDE_PX, Finds, drawn


def corner_picture() -> Image.Image:
    """Red in the upper left corner, else grey."""
    pixels = np.full((40, 60, 3), 128, np.uint8)
    pixels[:10, :10] = (255, 0, 0)
    return Image.fromarray(pixels)


def red_corner(picture: np.ndarray) -> bool:
    return bool(picture[3, 3, 0] > 200 and picture[3, 3, 1] < 60)


def test_exif_rotation_is_heeded(tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned clockwise
    corner_picture().rotate(90, expand=True).save(path, exif=exif, quality=95)
    picture = read_photo(path)
    assert picture.shape == (40, 60, 3)
    assert red_corner(picture)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "I;16", "CMYK", "RGBA", "1"])
def test_pictures_of_every_mode_become_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("photo.tif" if mode == "CMYK" else "photo.png")
    if mode == "I;16":
        Image.fromarray(np.full((30, 30), 40_000, np.uint16)).save(path)
    else:
        corner_picture().convert(mode).save(path)
    picture = read_photo(path)
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3
    if mode == "I;16":
        assert abs(int(picture[5, 5, 0]) - 40_000 * 255 // 65_535) <= 1


def test_transparency_shows_the_background(tmp_path: Path) -> None:
    layer = corner_picture().convert("RGBA")
    layer.putalpha(Image.fromarray(np.pad(np.full((40, 30), 255, np.uint8), ((0, 0), (0, 30)))))
    layer.save(tmp_path / "layer.png")
    picture = read_photo(tmp_path / "layer.png", "#00ff00")
    assert picture[20, 50].tolist() == [0, 255, 0]
    assert picture[20, 20].tolist() == [128, 128, 128]


def test_large_pictures_are_worked_on_smaller(tmp_path: Path) -> None:
    Image.new("RGB", (8000, 6000), "#808080").save(tmp_path / "large.jpg")
    assert max(read_photo(tmp_path / "large.jpg").shape) <= 2 * MOST_SIDE_PX


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(InputError, match=r"text\.jpg: not a readable picture"):
        read_photo(tmp_path / "text.jpg")
    with pytest.raises(InputError, match="no such file"):
        read_photo(tmp_path / "none.jpg")


def test_no_face_several_faces_and_tiny_faces_are_refused() -> None:
    canvas = drawn()
    face = Face(canvas.points, canvas.scores)
    aside = Face(canvas.points + np.array([300.0, 0, 0]), canvas.scores)
    wide = np.zeros((SIDE_PX, 2 * SIDE_PX, 3), np.uint8)
    with pytest.raises(InputError, match="no face found"):
        find_face(wide, Finds(wide), which=None, source="photo")
    both = Finds(wide, aside, face)
    with pytest.raises(InputError, match=r"2 faces; choose one with --which"):
        find_face(wide, both, which=None, source="photo")
    with pytest.raises(InputError, match="--which can be 1 to 2"):
        find_face(wide, both, which=3, source="photo")
    right = find_face(wide, both, which=2, source="photo")
    assert right.middle[0] == pytest.approx(aside.middle[0])
    small = Face(canvas.points * 0.1, canvas.scores)
    with pytest.raises(InputError, match="pixels wide; at least 48"):
        find_face(wide, Finds(wide, small), which=None, source="photo")


@pytest.mark.parametrize(("framing", "size"), [("crop", 256), ("resize", 384), ("full", 256)])
def test_points_stay_on_the_face_in_every_framing(framing: str, size: int) -> None:
    canvas = drawn()
    photo = np.full((700, 900, 3), 60, np.uint8)
    points = canvas.points + np.array([250.0, 90.0, 0.0])
    for point in (1, 61, 291, 152, 10):
        x, y = np.round(points[point, :2]).astype(int)
        photo[y - 3 : y + 3, x - 3 : x + 3] = 255
    framed = frame_photo(photo, Face(points, canvas.scores), framing, (size, size), "photo")
    assert all(side % 2 == 0 for side in framed.size)
    for point in (1, 61, 291, 152, 10):
        x, y = framed.points[point, :2].astype(int)
        window = framed.pixels[y - 7 : y + 8, x - 7 : x + 8].mean(axis=2) - 60
        rows, columns = np.mgrid[y - 7 : y + 8, x - 7 : x + 8] + 0.5
        found = np.array([(columns * window).sum(), (rows * window).sum()]) / window.sum()
        assert np.abs(found - framed.points[point, :2]).max() < 1.0


def test_unknown_framing_is_named() -> None:
    canvas = drawn()
    with pytest.raises(InputError, match=r"available: crop, resize, full"):
        frame_photo(canvas.pixels, Face(canvas.points, canvas.scores), "fit", (64, 64), "photo")


def test_hidden_mouths_are_refused_and_open_ones_are_not() -> None:
    canvas = drawn()
    refuse_hidden_mouth(canvas)
    x, y = canvas.points[14, :2].astype(int)
    for colour in ((120, 160, 210), (222, 184, 160)):  # a mask, a hand
        pixels = canvas.pixels.copy()
        pixels[y - 35 : y + 60, x - 60 : x + 60] = colour
        covered = Canvas(pixels, canvas.points, canvas.scores, "photo")
        with pytest.raises(InputError, match="the mouth is hidden"):
            refuse_hidden_mouth(covered)


def test_a_lit_forehead_over_a_warm_chin_hides_no_mouth() -> None:
    canvas = drawn()
    y = canvas.points[4, 1]
    below = np.clip((np.arange(canvas.size[1]) - y) / 30, 0, 1)[:, None, None]
    tint = 1 - below * np.array([0.1, 0.35, 0.5])
    pixels = np.clip(canvas.pixels * tint, 0, 255).astype(np.uint8)
    refuse_hidden_mouth(Canvas(pixels, canvas.points, canvas.scores, "photo"))


def test_faces_beyond_the_border_are_refused() -> None:
    canvas = drawn()
    face = Face(canvas.points, canvas.scores)
    looks = Finds(canvas.pixels, face)
    assert find_face(canvas.pixels, looks, which=None, source="photo").width > 0
    left = int(canvas.points[4, 0])  # through the nose
    rest = canvas.pixels[:, left:]
    cut = Face(canvas.points - np.array([left, 0.0, 0.0]), canvas.scores)
    with pytest.raises(InputError, match=r"% of the face's outline is beyond the photo's border"):
        find_face(rest, Finds(rest, cut), which=None, source="photo")


class Marked:
    """A landmarker that knows where three coloured marks are, and the face's points beside them."""

    colours = ((255, 0, 0), (0, 255, 0), (0, 0, 255))

    def __init__(self, points: np.ndarray, marks: np.ndarray) -> None:
        self.points, self.marks = points, marks
        self.looks = 0

    def faces(self, image: np.ndarray) -> list[Face]:
        """The face as it lies in `image`."""
        self.looks += 1
        seen = []
        for colour in self.colours:
            away = np.abs(image.astype(int) - colour).max(axis=2)
            y, x = np.nonzero(away < 60)
            seen.append([x.mean() + 0.5, y.mean() + 0.5])
        known = np.column_stack([self.marks, np.ones(3)])
        turn = np.linalg.solve(known, np.array(seen))
        flat = np.column_stack([self.points[:, :2], np.ones(len(self.points))]) @ turn
        zoom = np.sqrt(abs(np.linalg.det(turn[:2])))
        return [Face(np.column_stack([flat, self.points[:, 2] * zoom]), np.zeros(52))]


@pytest.mark.parametrize("turned_deg", [0, 25])
def test_points_of_the_closer_look_come_back_into_the_photo(turned_deg: float) -> None:
    angle = np.radians(turned_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = drawn().points.copy()
    middle = points[:, :2].mean(axis=0)
    points[:, :2] = (points[:, :2] - middle) @ turn.T * 1.7 + [520, 430]
    marks = np.array([[430.0, 330.0], [610.0, 350.0], [520.0, 540.0]])
    picture = np.full((900, 1100, 3), 128, np.uint8)
    for (x, y), colour in zip(marks.astype(int), Marked.colours, strict=True):
        picture[y - 8 : y + 8, x - 8 : x + 8] = colour
    looks = Marked(points, marks)
    found = find_face(picture, looks, which=None, source="photo")
    assert looks.looks == 2
    assert np.abs(found.points - points).max() < 1.0
