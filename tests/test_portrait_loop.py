"""With MediaPipe and its model: a portrait's video is tracked again and says what drove it."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from avitalk.arkit import INDEX
from avitalk.errors import InputError
from avitalk.face import lip_gap, load_head
from avitalk.portrait import Controls, Portrait, find_face, frame_photo
from avitalk.render import Renderer
from avitalk.render.video import write_mp4
from avitalk.track import Landmarker, find_model, track, video_landmarks
from avitalk.types import Motion

FPS = 25.0


def _model() -> Path | None:
    if importlib.util.find_spec("mediapipe") is None:
        return None
    try:
        return find_model()
    except InputError:
        return None


MODEL = _model()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(MODEL is None, reason="needs MediaPipe and AVITALK_FACE_LANDMARKER"),
]


def test_the_lips_open_as_they_were_told(tmp_path: Path) -> None:
    head = load_head("ada")
    picture = Renderer(head, size=(640, 640)).frame(head.vertices)
    time = np.arange(60) / FPS
    weights = np.zeros((60, 52), np.float32)
    weights[:, INDEX["jawOpen"]] = 0.25 * (1 - np.cos(2 * np.pi * 1.7 * time))
    motion = Motion.still(60, FPS).with_weights(weights)
    with Landmarker(MODEL) as looks:
        face = find_face(picture, looks, which=None, source="ada")
        canvas = frame_photo(picture, face, "crop", (512, 512), "ada")
        portrait = Portrait.of(canvas)
        rest = portrait.frame(portrait.drive(Motion.still(1, FPS), Controls(motion="relative")), 0)
        before, after = looks.faces(canvas.pixels)[0], looks.faces(rest)[0]
        away = np.linalg.norm(before.points[:468, :2] - after.points[:468, :2], axis=1)
        assert away.mean() < 1.5
        path = tmp_path / "ada.mp4"
        write_mp4(path, portrait.frames(portrait.drive(motion)), fps=FPS)
        found = track(video_landmarks(path, looks)).motion
    default = load_head()
    slopes = lip_gap(default.shapes, default)
    r = np.corrcoef(weights @ slopes, found.weights[:60] @ slopes)[0, 1]
    assert r > 0.9
