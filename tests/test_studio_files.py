"""Files of the studio: recordings and avatars come in, sound, videos and exports go out."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient

from avatars import person
from avitalk.instruct.document import read_instruction
from avitalk.types import Motion
from studio_server import (
    clip,
    document,
    ended,
    held,
    opened,
    performed,
    recorded,
    running,
    said,
    uploaded,
)

SECONDS = 3.0


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with running(tmp_path_factory.mktemp("files"), longest_s=20.0) as found:
        yield found


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip(tmp_path_factory.mktemp("voice") / "mein Gespräch 声.wav", SECONDS)


@pytest.fixture
def session(client: TestClient, voice: Path) -> Iterator[str]:
    found = recorded(client, voice)
    yield found
    client.delete(found)


def export(client: TestClient, session: str, kind: str, **more: Any) -> dict[str, Any]:
    body = {"version": "a", "document": document(client, session), "format": kind, **more}
    answer = client.post(f"{session}/exports", json=body)
    assert answer.status_code == 202, answer.text
    return ended(client, session, answer.json())


def downloaded(client: TestClient, job: dict[str, Any]) -> bytes:
    assert job["state"] == "done", job
    answer = client.get(job["result"]["url"])
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert len(answer.content) == job["result"]["bytes"]
    return answer.content


def test_sound_is_sent_whole_and_in_ranges(client: TestClient, session: str) -> None:
    url = f"{session}/recording/audio.wav"
    whole = client.get(url)
    assert whole.headers["content-type"] == "audio/wav"
    samples, rate_hz = soundfile.read(io.BytesIO(whole.content), dtype="int16")
    assert rate_hz == 16_000
    assert len(samples) == pytest.approx(SECONDS * 16_000, abs=2)
    size = len(whole.content)
    part = client.get(url, headers={"range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 100-199/{size}"
    assert part.content == whole.content[100:200]
    assert client.get(url, headers={"range": "bytes=-10"}).content == whole.content[-10:]
    for odd in ("bytes=", "bytes=-", "bytes=9-3", "lines=1-2", "bytes=a-b", "bytes=1-2,5-6"):
        assert client.get(url, headers={"range": odd}).content == whole.content
    outside = client.get(url, headers={"range": f"bytes={size}-"})
    said(outside, 416)
    assert outside.headers["content-range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    ("name", "data", "status", "words"),
    [
        ("talk.wav", b"", 422, "empty"),
        ("talk.wav", b"These are words, and no sound at all.\n", 415, "holds text"),
        ("../../etc/passwd", b"root:x:0:0:root:/root:/bin/bash\n", 415, "passwd: holds text"),
    ],
)
def test_what_is_no_recording_is_refused_at_once(
    client: TestClient, name: str, data: bytes, status: int, words: str
) -> None:
    session = opened(client)
    answer = client.put(f"{session}/recording", files={"file": (name, data)})
    assert words in said(answer, status)


def test_damaged_and_long_recordings_fail_in_plain_words(
    client: TestClient, voice: Path, tmp_path: Path
) -> None:
    session = opened(client)
    junk = tmp_path / "..junk.mp3"
    junk.write_bytes(bytes(range(256)) * 40)
    cut = tmp_path / "cut.wav"
    cut.write_bytes(voice.read_bytes()[:-30_000])
    long = tmp_path / "long.flac"
    soundfile.write(long, np.zeros(8000 * 60, np.float32), 8000)
    short = tmp_path / "short.wav"
    soundfile.write(short, np.zeros(100, np.float32), 16_000)
    for path, words in (
        (junk, "..junk.mp3: not a readable"), (cut, "cut.wav: truncated"),
        (long, "long.flac: longer than 20 s"), (short, "short.wav: 0.006 s"),
    ):  # fmt: skip
        job = uploaded(client, session, path)
        assert job["state"] == "failed"
        assert words in job["error"]["detail"]
        assert str(tmp_path) not in job["error"]["detail"]
        assert job["error"]["status"] == 422
    assert client.get(session).json()["recording"] is None
    folder = held(client, session).folder
    assert list(folder.iterdir()) == []


def test_uploaded_names_are_no_paths(client: TestClient, voice: Path) -> None:
    session = opened(client)
    files = {"file": ("../../../tmp/evil\u202e.wav", voice.read_bytes())}
    job = ended(client, session, client.put(f"{session}/recording", files=files).json())
    assert job["state"] == "done"
    assert client.get(session).json()["recording"]["name"] == "evil.wav"
    folder = held(client, session).folder
    inside = sorted(path.name for path in folder.rglob("*") if path.is_file())
    assert inside == ["recording.wav", "sound.wav"]


def test_a_transcript_gives_words_and_one_that_does_not_fit_a_note(
    client: TestClient, tmp_path: Path
) -> None:
    path = clip(tmp_path / "talk.wav", 4.0)
    session = recorded(client, path, transcript="completely different words of something else")
    found = client.get(session).json()["recording"]
    assert found["transcript"] == "completely different words of something else"
    assert found["words"] == []
    assert "the transcript is not what is heard" in found["notes"][0]
    assert str(tmp_path) not in " ".join(found["notes"])


def test_exports_are_what_the_program_writes(
    client: TestClient, session: str, tmp_path: Path
) -> None:
    _, rows = performed(client, session, document(client, session))
    motion = Motion.from_bytes(downloaded(client, export(client, session, "npz")))
    assert (motion.channels() == rows).all()
    assert downloaded(client, export(client, session, "csv")).startswith(b"Timecode,")
    assert downloaded(client, export(client, session, "glb"))[:4] == b"glTF"
    job = export(client, session, "yaml")
    assert job["result"]["name"] == "mein Gespräch 声.instruction.yaml"
    path = tmp_path / "words.instruction.yaml"
    path.write_bytes(downloaded(client, job))
    words = read_instruction(path)
    assert [s.text for s in words.segments] == [
        s["text"] for s in document(client, session)["segments"]
    ]
    assert words.audio_name == "mein Gespräch 声.wav"


def test_a_video_tells_its_progress_and_is_cancelled_while_it_is_drawn(
    client: TestClient, session: str
) -> None:
    video = {"size": 256, "fps": 24, "draft": True, "background": "#102030/#405060"}
    data = downloaded(client, export(client, session, "mp4", video=video))
    with av.open(io.BytesIO(data)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (256, 256)
        assert container.streams.audio
    body = {"version": "a", "document": document(client, session), "format": "mp4",
            "video": {"size": 512, "fps": 60}}  # fmt: skip
    job = client.post(f"{session}/exports", json=body).json()
    while not (job["state"] == "running" and job["progress"] > 0.06):
        assert job["state"] in ("queued", "running"), job
        job = client.get(f"{session}/jobs/{job['id']}").json()
    assert "frame" in job["detail"]
    assert client.delete(f"{session}/jobs/{job['id']}").status_code == 200
    job = ended(client, session, job)
    assert job["state"] == "cancelled"
    assert job["result"] is None
    folder = held(client, session).folder
    assert len(list(folder.glob("export-*"))) == 1  # that of the first
    again = client.delete(f"{session}/jobs/{job['id']}")
    assert again.json()["state"] == "cancelled"


@pytest.mark.parametrize(
    "video",
    [{"size": 4096}, {"size": 257}, {"fps": 12}, {"camera": "spy"}, {"background": "/etc/passwd"},
     {"background": "../../secret.png"}],
)  # fmt: skip
def test_videos_that_cannot_be_are_refused(
    client: TestClient, session: str, video: dict[str, Any]
) -> None:
    body = {"version": "a", "document": {}, "format": "mp4", "video": video}
    assert "video" in said(client.post(f"{session}/exports", json=body), 422)


def test_an_avatar_is_bound_sent_back_and_exported(
    client: TestClient, session: str, tmp_path: Path
) -> None:
    data = person().glb()
    answer = client.post(f"{session}/avatars", files={"file": ("mia.glb", data)})
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert found["name"] == "mia.glb"
    assert "jawOpen" in found["drives"]
    row = next(each for each in found["binding"] if "jawOpen" in each["weights"])
    assert row["weights"]["jawOpen"] == 1
    assert client.get(found["url"]).content == data
    assert client.get(session).json()["avatars"] == [found]
    asked = document(client, session)
    asked["face"]["avatar"] = found["id"]
    body = {"version": "a", "document": asked, "format": "glb"}
    job = ended(client, session, client.post(f"{session}/exports", json=body).json())
    assert b"jawOpen" in downloaded(client, job)
    assert job["result"]["name"].endswith(".glb")
    asked["face"]["avatar"] = "A" * 22
    job = ended(
        client, session, client.post(f"{session}/exports", json={**body, "document": asked}).json()
    )
    assert "not in this session" in job["error"]["detail"]


@pytest.mark.parametrize(
    ("name", "data", "status", "words"),
    [
        ("mia.fbx", b"FBX", 415, ".glb, .gltf, .vrm"),
        ("mia.glb", b"", 422, "empty"),
        ("mia.glb", b"glTF nonsense" * 9, 422, "mia.glb: cannot read"),
        ("mia.gltf", b'{"asset": {"version": "2.0"}}', 422, "no mesh has morph targets"),
        ("../mia.vrm", b"\0" * 500, 422, "mia.vrm: cannot read"),
    ],
)
def test_what_is_no_avatar_is_refused(
    client: TestClient, name: str, data: bytes, status: int, words: str
) -> None:
    session = opened(client)
    assert words in said(client.post(f"{session}/avatars", files={"file": (name, data)}), status)
    assert client.get(session).json()["avatars"] == []
