"""Videos in: times, turned pictures, several faces, clear errors; the landmarker if present."""

import importlib.util
import struct
from pathlib import Path

import numpy as np
import pytest

from avitalk.errors import InputError
from avitalk.footage import read_footage
from avitalk.render import write_mp4
from avitalk.track import find_model, video_landmarks
from avitalk.track.landmarker import MODEL_ENV, Face
from avitalk.track.video import Filmed, at_rate, choose_face, joined_spans, read_frames

PICTURE = np.zeros((48, 64, 3), np.uint8)
PICTURE[:24, :32] = 255  # upper left corner is white


class Scripted:
    """A landmarker that sees what it is told to, frame by frame."""

    def __init__(self, *frames: list[Face]) -> None:
        self.frames = iter(frames)

    def faces(self, _image: np.ndarray) -> list[Face]:
        return next(self.frames)


def face_at(x: float, y: float = 0.0, size: float = 20.0) -> Face:
    rng = np.random.default_rng(0)
    points = rng.uniform(0, size, (478, 3)) + np.array([x, y, 0])
    return Face(points, np.zeros(52))


def clip(path: Path, frames: int = 10, fps: float = 25) -> Path:
    write_mp4(path, [PICTURE] * frames, fps=fps)
    return path


def turned(path: Path) -> Path:
    """Mark a clip as filmed upright: players turn it by 90 degrees clockwise."""
    data = bytearray(path.read_bytes())
    box = data.index(b"tkhd")
    matrix = box + 4 + 4 + 20 + 16  # version, times and ids, reserved to volume
    one = 1 << 16
    data[matrix : matrix + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 48 << 16, 0, 1 << 30)
    path.write_bytes(bytes(data))
    return path


def test_frames_come_with_their_times_and_upright(tmp_path: Path) -> None:
    times, pictures = zip(*read_frames(clip(tmp_path / "a.mp4")), strict=True)
    assert np.allclose(times, np.arange(10) / 25, atol=1e-3)
    assert pictures[0].shape == PICTURE.shape
    upright = next(read_frames(turned(tmp_path / "a.mp4")))[1]
    assert upright.shape == (64, 48, 3)
    assert upright[5, 40].mean() > 200  # the white corner is at the upper right now
    assert upright[60, 5].mean() < 50


def test_the_largest_and_steadiest_face_is_chosen() -> None:
    big, small = face_at(0, size=40), face_at(200, size=15)
    passer = face_at(100, size=60)
    frames = [[big, small]] * 4 + [[passer, big, small]] + [[small]] * 2 + [[big, small]] * 3
    chosen = choose_face(Filmed([i / 25 for i in range(10)], frames, (300, 100)))
    assert [face is big for face in chosen] == [True] * 5 + [False] * 2 + [True] * 3
    assert chosen[5] is None  # not somebody else for two frames


def test_after_a_cut_the_next_face_is_followed() -> None:
    frames = [[face_at(0)]] * 5 + [[face_at(100)]] * 6
    chosen = choose_face(Filmed([i / 25 for i in range(11)], frames, (200, 100)))
    assert all(chosen)


def test_a_variable_rate_is_brought_to_a_constant_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = [0.0, 0.04, 0.12, 0.16, 0.20]
    monkeypatch.setattr("avitalk.track.video.read_frames", lambda _: ((t, PICTURE) for t in times))
    seen = [face_at(100 * t) for t in times]
    landmarks = video_landmarks(tmp_path / "x.mp4", Scripted(*[[face] for face in seen]), fps=25)
    assert landmarks.frames == 6
    assert np.allclose(np.diff(landmarks.points[:, 0, 0]), 4, atol=0.01)


def test_pictures_come_at_a_constant_rate() -> None:
    uneven = [(3.0, "a"), (3.04, "b"), (3.2, "c"), (3.24, "d")]
    found = list(at_rate(iter(uneven), 25.0, 7))  # type: ignore[arg-type]
    assert found == ["a", "b", "b", "b", "b", "c", "d"]
    even = [(k / 30, k) for k in range(9)]
    assert list(at_rate(iter(even), 30.0, 9)) == list(range(9))  # type: ignore[arg-type]


def test_a_given_landmarker_looks_at_footage(tmp_path: Path) -> None:
    looks = Scripted(*[[] for _ in range(10)])
    with pytest.raises(InputError, match="no face found in 10 frames"):
        read_footage(clip(tmp_path / "a.mp4"), looks)


def test_no_face_no_video_no_file(tmp_path: Path) -> None:
    nobody = Scripted(*[[]] * 10)
    with pytest.raises(InputError, match=r"a\.mp4: no face found in 10 frames"):
        video_landmarks(clip(tmp_path / "a.mp4"), nobody)
    with pytest.raises(InputError, match="no such file"):
        list(read_frames(tmp_path / "absent.mp4"))
    (tmp_path / "text.mp4").write_text("hello")
    with pytest.raises(InputError, match="not a readable video"):
        list(read_frames(tmp_path / "text.mp4"))
    import soundfile

    soundfile.write(tmp_path / "voice.wav", np.zeros(1600), 16000)
    with pytest.raises(InputError, match="has no video track"):
        list(read_frames(tmp_path / "voice.wav"))


def test_the_model_is_asked_for_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(MODEL_ENV, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(InputError, match=r"'avitalk faces fetch' .*face_landmarker\.task"):
        find_model()
    (tmp_path / "avitalk").mkdir()
    (tmp_path / "avitalk" / "face_landmarker.task").write_bytes(b"x")
    assert find_model() == tmp_path / "avitalk" / "face_landmarker.task"
    monkeypatch.setenv(MODEL_ENV, str(tmp_path / "mine.task"))
    with pytest.raises(InputError, match=r"mine\.task"):
        find_model()


def test_spans_of_missing_frames() -> None:
    assert joined_spans(np.array([1, 1, 0, 1, 0, 0, 1], bool)) == [(0, 1), (3, 3), (6, 6)]
    assert joined_spans(np.zeros(4, bool)) == []


def _real_model() -> Path | None:
    try:
        return find_model() if importlib.util.find_spec("mediapipe") else None
    except InputError:
        return None


# Run it with AVITALK_FACE_LANDMARKER=face_landmarker.task pytest -m slow tests/test_track_video.py
@pytest.mark.slow
@pytest.mark.skipif(_real_model() is None, reason="needs MediaPipe and its model file")
def test_a_drawn_face_is_tracked(tmp_path: Path) -> None:
    from avitalk.arkit import INDEX
    from avitalk.face import load_head
    from avitalk.render import render_motion
    from avitalk.track import Landmarker, track
    from avitalk.types import Motion

    frames = 40
    motion = Motion.still(frames, 25)
    weights = np.zeros((frames, 52), np.float32)
    weights[:, INDEX["jawOpen"]] = 0.3 - 0.3 * np.cos(np.arange(frames) / 3)
    pictures = render_motion(load_head(), motion.with_weights(weights), size=(256, 256), fps=25)
    write_mp4(tmp_path / "face.mp4", pictures, fps=25)
    with Landmarker() as landmarker:
        landmarks = video_landmarks(tmp_path / "face.mp4", landmarker)
    found = track(landmarks).motion
    assert found.frames == frames
    jaw = INDEX["jawOpen"]
    assert np.corrcoef(found.weights[:, jaw], weights[:, jaw])[0, 1] > 0.95
    assert np.degrees(np.abs(found.head)).max() < 4
