"""Another's face on a video, and what portraits take from other films; both say what they did."""

import json
from pathlib import Path

import numpy as np
import pytest

from avitalk.arkit import INDEX
from avitalk.errors import InputError
from avitalk.portrait import Canvas, Portrait
from avitalk.portrait.disclosure import Disclosure, Part
from avitalk.portrait.drivers import expression_in, from_rest, is_picture, mixed
from avitalk.portrait.swap import Swap
from avitalk.track import Landmarks
from avitalk.track.mesh import POINTS
from avitalk.types import Motion
from portrait_faces import SIDE_PX, drawn, resting


def filmed(frames: int = 6) -> Landmarks:
    """Somebody who hardly moves, filmed."""
    canvas = drawn(yaw_deg=0.0)
    sway = np.linspace(0, 2, frames)[:, None, None] * np.array([1.0, 0.0, 0.0])
    points = canvas.points + sway
    return Landmarks(
        points, np.arange(POINTS), np.ones(frames, bool), (SIDE_PX, SIDE_PX), 25.0, None, "film"
    )


def test_a_swapped_face_is_the_donors_in_the_frames_light_and_nowhere_else() -> None:
    donor = resting()
    film = filmed()
    made = Swap.of(donor, film)
    grey = drawn(yaw_deg=0.0).pixels // 2  # the film is darker than the photo
    frame = next(iter(made.frames([grey])))
    points = film.points[0, :, :2].astype(int)
    change = np.abs(frame.astype(int) - grey).max(axis=2)
    x, y = points[4]
    assert change[y - 25 : y + 25, x - 25 : x + 25].mean() > 1.5
    low, high = points.min(axis=0) - 8, points.max(axis=0) + 8
    outside = np.ones(change.shape, bool)
    outside[low[1] : high[1], low[0] : high[0]] = False
    assert change[outside].max() <= 1
    cheek = frame[points[101, 1] - 4 : points[101, 1] + 4, points[101, 0] - 4 : points[101, 0] + 4]
    there = grey[points[101, 1] - 4 : points[101, 1] + 4, points[101, 0] - 4 : points[101, 0] + 4]
    assert cheek.mean() == pytest.approx(there.mean(), rel=0.25)


def test_a_fringe_stays_out_of_the_video() -> None:
    canvas = drawn()
    x, y = canvas.points[151, :2].astype(int)  # the middle of the forehead
    fringed = canvas.pixels.copy()
    fringed[y - 90 : y + 1, x - 70 : x + 70] = (30, 25, 20)
    donor = Portrait.of(Canvas(fringed, canvas.points, canvas.scores, "fringed"))
    film, picture = filmed(), drawn(yaw_deg=0.0).pixels
    frame = next(iter(Swap.of(donor, film).frames([picture])))
    x, y = film.points[0, 151, :2].astype(int)
    window = slice(y - 20, y), slice(x - 20, x + 20)
    assert np.abs(frame[window].astype(int) - picture[window]).mean() < 3
    x, y = film.points[0, 4, :2].astype(int)
    window = slice(y - 25, y + 25), slice(x - 25, x + 25)
    assert np.abs(frame[window].astype(int) - picture[window]).mean() > 1


def test_frames_without_a_face_stay_as_they_are() -> None:
    film = filmed()
    found = film.found.copy()
    found[5] = False
    lost = Landmarks(film.points, film.index, found, film.size, film.fps, None, "film")
    made = Swap.of(resting(), lost)
    grey = np.full((SIDE_PX, SIDE_PX, 3), 90, np.uint8)
    last = list(made.frames([grey] * 6))[5]
    assert np.array_equal(last, grey)


def test_a_swap_says_so_in_the_tags_and_the_file(tmp_path: Path) -> None:
    photo, video = tmp_path / "donor.jpg", tmp_path / "out.mp4"
    photo.write_bytes(b"photo")
    video.write_bytes(b"video")
    told = Disclosure((Part.of("face of", photo),), {"fps": 25.0}, swapped=True)
    assert "replaced by that of another photo" in told.tags()["comment"]
    assert "swapped face" in told.tags()["title"]
    document = json.loads(told.export([video]))
    assert document["face_swapped"] is True
    assert document["statement"].startswith("Synthetic")
    assert document["outputs"][0]["name"] == "out.mp4"


def test_regions_are_taken_from_other_motions() -> None:
    jaw, brows = np.zeros((2, 10, 52), np.float32)
    jaw[:, INDEX["jawOpen"]] = 0.5
    brows[:, INDEX["browInnerUp"]] = 0.7
    brows[:, INDEX["jawOpen"]] = 0.1
    voice = Motion.still(10, 25.0).with_weights(jaw)
    other = Motion.still(10, 25.0).with_weights(brows)
    both = mixed(voice, {"brows": other})
    assert both.weights[0, INDEX["jawOpen"]] == pytest.approx(0.5)
    assert both.weights[0, INDEX["browInnerUp"]] == pytest.approx(0.7)
    with pytest.raises(InputError, match="available: mouth"):
        mixed(voice, {"ears": other})


def test_filmed_heads_are_taken_from_their_usual_place() -> None:
    head = np.tile(np.array([0.4, 0.1, 0.0], np.float32), (9, 1))
    head[4] += 0.2
    motion = Motion(np.zeros((9, 52), np.float32), head, np.zeros((9, 2, 3), np.float32), 25.0)
    taken = from_rest(motion)
    assert np.median(taken.head, axis=0) == pytest.approx(np.zeros(3), abs=1e-6)
    assert taken.head[4] == pytest.approx(np.full(3, 0.2), abs=1e-6)


def test_a_pictures_expression_is_held(tmp_path: Path) -> None:
    from PIL import Image

    from avitalk.track.landmarker import Face
    from portrait_faces import Finds

    smiling = drawn({"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9, "jawOpen": 0.4})
    path = tmp_path / "smile.png"
    Image.fromarray(smiling.pixels).save(path)
    assert is_picture(path)
    looks = Finds(smiling.pixels, Face(smiling.points, smiling.scores))
    held = expression_in(path, looks, frames=4, fps=25.0)
    assert held.frames == 4
    smile, frown = INDEX["mouthSmileLeft"], INDEX["mouthFrownLeft"]
    assert held.weights[0, smile] > held.weights[0, frown] + 0.3
    assert np.array_equal(held.weights[0], held.weights[3])
