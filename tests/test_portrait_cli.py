"""`avitalk portrait` and `avitalk faces fetch`: files, tags, refusals."""

import functools
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from avitalk.arkit import INDEX
from avitalk.cli.entry import app, register
from avitalk.errors import InputError
from avitalk.track.fetch import fetch_model
from avitalk.track.landmarker import Face, find_model
from avitalk.types import Motion
from portrait_faces import Finds, drawn

runner = CliRunner()
if not app.registered_commands:
    register()


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A picture file, and a landmarker that knows it."""
    canvas = drawn()
    path = tmp_path / "somebody.png"
    Image.fromarray(canvas.pixels).save(path)
    model = tmp_path / "face_landmarker.task"
    model.write_bytes(b"model")
    monkeypatch.setenv("AVITALK_FACE_LANDMARKER", str(model))
    known = Finds(canvas.pixels, Face(canvas.points, canvas.scores))
    monkeypatch.setattr("avitalk.track.Landmarker", lambda model=None: known)
    return path


@pytest.fixture
def moves(tmp_path: Path) -> Path:
    """A short motion file."""
    weights = np.zeros((6, 52), np.float32)
    weights[:, INDEX["jawOpen"]] = [0, 0.2, 0.4, 0.4, 0.2, 0]
    path = tmp_path / "talk.motion.npz"
    Motion.still(6, 25.0).with_weights(weights).save(path)
    return path


def test_a_motion_file_drives_a_photo(photo: Path, moves: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "talk.mp4"
    folder = tmp_path / "conditions"
    given = ["portrait", str(photo), "--driving", str(moves), "-o", str(out), "--json",
             "--conditions", str(folder), "--size", "256"]  # fmt: skip
    result = runner.invoke(app, given)
    assert result.exit_code == 0, result.output
    with av.open(str(out)) as video:
        assert sum(1 for _ in video.decode(video=0)) == 6
        assert video.metadata["comment"].startswith("Synthetic")
        assert hashlib.sha256(photo.read_bytes()).hexdigest() in video.metadata["description"]
    beside = json.loads(out.with_suffix(".provenance.json").read_text())
    assert beside["synthetic"] is True
    assert {part["role"] for part in beside["made_from"]} == {"photo", "driving"}
    assert beside["outputs"][0]["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert np.load(folder / "landmarks.npy").shape == (6, 468, 2)
    for kind in ("target", "texture", "normals", "depth", "mask"):
        assert len(list((folder / kind).glob("*.png"))) == 6
    card = json.loads((folder / "conditions.json").read_text())
    assert card["frames"] == 6
    again = runner.invoke(app, given)
    assert again.exception is not None
    assert "not an empty folder" in str(again.exception)


def test_regions_come_from_files_and_provenance_can_be_left_out(
    photo: Path, moves: Path, tmp_path: Path
) -> None:
    out = tmp_path / "talk.mp4"
    result = runner.invoke(
        app,
        ["portrait", str(photo), "--driving", str(moves), "--from", f"head={moves}", "--still",
         "-o", str(out), "--no-provenance", "--size", "128", "--strength", "mouth=0.5"],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert not out.with_suffix(".provenance.json").exists()
    with av.open(str(out)) as video:
        assert video.metadata["comment"].startswith("Synthetic")


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ([], "nothing to perform"),
        (["--strength", "mouth"], "write mouth=1.2"),
        (["--strength", "ears=1"], "available: mouth"),
        (["--from", "nose=a.mp4"], "REGION one of"),
        (["--from", "mouth=none.mp4"], "no such file"),
        (["--preprocess", "fit"], "available: crop, resize, full"),
        (["--motion", "wild"], "available: natural"),
        (["--which", "2", "--instruction", "calm"], "--which can be 1 to 1"),
        (["--driving", "x.npz"], "no such file"),
        (["-o", "talk.gif"], "available: .mp4"),
        (["--driving", "a.npz", "voice.wav"], "take one"),
        (["--swap-into", "a.mp4", "voice.wav"], "do not go with it"),
        (["--swap-into", "a.mp4"], "no such file"),
    ],
)
def test_bad_options_are_one_clear_line(photo: Path, extra: list[str], said: str) -> None:
    result = runner.invoke(app, ["portrait", str(photo), *extra])
    assert isinstance(result.exception, InputError)
    assert said in str(result.exception)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A folder on this machine's own address."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "model.task").write_bytes(b"a model" * 1000)
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_model_is_fetched_and_found(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("AVITALK_FACE_LANDMARKER", raising=False)
    right = hashlib.sha256(b"a model" * 1000).hexdigest()
    path = fetch_model(url=f"{server}/model.task", sha256=right)
    assert find_model() == path
    # It is there already: no server is asked.
    assert fetch_model(url="http://127.0.0.1:1/model.task", sha256=right) == path


@pytest.mark.parametrize(
    ("name", "said"), [("model.task", "another checksum"), ("none.task", "cannot be fetched")]
)
def test_other_files_are_not_kept(server: str, tmp_path: Path, name: str, said: str) -> None:
    result = runner.invoke(
        app, ["faces", "fetch", "--url", f"{server}/{name}", "--to", str(tmp_path / "got.task")]
    )
    assert isinstance(result.exception, InputError)
    assert said in str(result.exception)
    assert not list(tmp_path.glob("*.task"))
