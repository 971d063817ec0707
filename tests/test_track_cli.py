"""`avitalk track` as a user runs it, with a scripted landmarker: files, notes, bad input."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from avitalk.arkit import INDEX
from avitalk.cli import main
from avitalk.errors import InputError
from avitalk.render import write_mp4
from avitalk.track.landmarker import Face
from avitalk.types import Motion
from test_track_solver import film, performance

FRAMES = 40


class Scripted:
    """Sees a talking face in every frame but the fourth; refuses models called 'absent'."""

    def __init__(self, model: Path | None = None) -> None:
        if model is not None and "absent" in model.name:
            raise InputError(f"{model}: no face landmarker model")
        weights, head = performance(FRAMES)
        self.points = film(weights, head).points
        self.frame = 0

    def __enter__(self) -> "Scripted":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def faces(self, picture: np.ndarray) -> list[Face]:
        if picture.max() < 50:
            return []
        self.frame += 1
        missing = self.frame == 4
        return [] if missing else [Face(self.points[self.frame - 1], np.zeros(52))]


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avitalk.track.Landmarker", Scripted)
    monkeypatch.setattr("avitalk.track.tracker.FOCAL_SHARES", (1.8,))  # one will do here


def clip(path: Path, frames: int = FRAMES, level: int = 200) -> Path:
    write_mp4(path, [np.full((480, 640, 3), level, np.uint8)] * frames, fps=25)
    return path


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["avitalk", "track", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out, said.err


def test_a_video_becomes_motion_and_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    video = clip(tmp_path / "mein Gespräch 声.mp4")
    out = tmp_path / "out"
    code, said, _ = run(capsys, monkeypatch, video, "-o", out, "-f", "npz,csv", "--json")
    assert code == 0
    told = json.loads(said)["results"][0]
    assert told["frames"] == FRAMES
    assert told["frames_with_face"] == FRAMES - 1
    names = sorted(path.name.removeprefix(video.stem) for path in out.iterdir())
    assert names == [".csv", ".motion.npz", ".track-report.json"]
    motion = Motion.load(out / f"{video.stem}.motion.npz")
    assert motion.frames == FRAMES
    assert motion.weights[:, INDEX["jawOpen"]].max() > 0.05
    report = json.loads((out / f"{video.stem}.track-report.json").read_text(encoding="utf-8"))
    assert report["frames_without_face"] == [[3, 3]]


@pytest.mark.parametrize("kind", ["text", "empty", "sound", "nobody", "short", "absent"])
def test_bad_videos_are_refused_in_one_line(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import soundfile

    video, expected = tmp_path / "a.mp4", "not a readable video"
    if kind == "text":
        video.write_text("hello")
    elif kind == "empty":
        video.write_bytes(b"")
    elif kind == "sound":
        video, expected = tmp_path / "a.wav", "has no video track"
        soundfile.write(video, np.zeros(1600), 16000)
    elif kind == "nobody":
        expected = "no face found in 10 frames"
        clip(video, 10, level=0)
    elif kind == "short":
        expected = "a face in 1 of 1 frames; at least 5 are needed"
        clip(video, 1)
    else:
        expected = "no such file"
    code, said, error = run(capsys, monkeypatch, video, "-o", tmp_path / "out")
    assert code == 2
    assert not said
    assert len(error.strip().splitlines()) == 1
    assert expected in error
    assert not (tmp_path / "out").exists()


def test_one_bad_video_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = clip(tmp_path / "good.mp4"), tmp_path / "bad.mp4"
    bad.write_text("hello")
    code, said, error = run(capsys, monkeypatch, bad, good, "-o", tmp_path / "out")
    assert code == 2
    assert "bad.mp4" in error
    assert "good.mp4" in said
    assert (tmp_path / "out" / "good.motion.npz").is_file()


def test_a_missing_model_and_a_wrong_format_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    video = clip(tmp_path / "a.mp4", 6)
    code, _, error = run(capsys, monkeypatch, video, "--model", tmp_path / "absent.task")
    assert code == 2
    assert "no face landmarker model" in error
    code, _, error = run(capsys, monkeypatch, video, "-f", "mp5", "-o", tmp_path / "out")
    assert code == 2
    assert "unknown format 'mp5'" in error
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_if_one_of_the_files_cannot_be_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise InputError("a.mp4: no report today")

    monkeypatch.setattr("avitalk.track.export_report", broken)
    code, _, error = run(capsys, monkeypatch, clip(tmp_path / "a.mp4"), "-o", tmp_path / "out")
    assert code == 2
    assert "no report today" in error
    assert not (tmp_path / "out").exists()
