"""The studio from a recording to its files: heard, performed, edited, written anew, exported."""

import io
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient

from avatars import person
from avitalk.arkit import ARKIT_52
from avitalk.instruct.document import read_instruction
from avitalk.types import Instruction, Motion
from avitalk.types import Segment as Words
from studio_server import (
    animator,
    clip,
    document,
    ended,
    opened,
    performed,
    recorded,
    running,
    said,
    unpacked,
    uploaded,
)

SECONDS = 3.0


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with running(tmp_path_factory.mktemp("flow"), longest_s=20.0) as found:
        yield found


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip(tmp_path_factory.mktemp("voice") / "mein Gespräch 声.wav", SECONDS)


@pytest.fixture
def session(client: TestClient, voice: Path) -> Iterator[str]:
    found = recorded(client, voice)
    yield found
    client.delete(found)


def halves(kept: dict[str, Any]) -> dict[str, Any]:
    """The document with two segments of a person."""
    changed = deepcopy(kept)
    changed["segments"] = [
        {"start_s": 0.0, "end_s": 1.5, "text": "He smiles warmly, brows raised."},
        {"start_s": 1.5, "end_s": SECONDS, "text": "He is angry, brows lowered."},
    ]
    return changed


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


def test_a_recording_is_heard_written_about_and_performed(client: TestClient, session: str) -> None:
    found = client.get(session).json()
    heard = found["recording"]
    assert heard["name"] == "mein Gespräch 声.wav"
    assert heard["duration_s"] == pytest.approx(SECONDS, abs=0.01)
    assert len(heard["phones"]) > 5
    assert heard["phones"][-1]["end_s"] == pytest.approx(SECONDS, abs=0.05)
    words = found["documents"]["a"]
    assert words["segments"]
    assert all(each["author"] == "model" and each["text"] for each in words["segments"])
    assert words["segments"][0]["emotion"]
    assert found["documents"]["b"] is None
    assert found["jobs"][0]["result"]["version"] == "a"
    header, rows = performed(client, session, words)
    assert header["fps"] == 50
    assert header["frames"] == header["count"] == len(rows)
    assert header["frames"] == pytest.approx(SECONDS * 50, abs=2)


def test_what_the_page_gets_is_what_the_program_performs(
    client: TestClient, session: str, voice: Path
) -> None:
    changed = halves(document(client, session))
    _, rows = performed(client, session, changed)
    words = Instruction(
        tuple(Words(s["start_s"], s["end_s"], s["text"]) for s in changed["segments"]),
        changed["seed"],
    )
    same = animator().animate(voice, instruction=words)
    assert np.abs(rows - same.motion.channels()).max() < 1e-5


def test_only_what_an_edit_touches_comes_back(client: TestClient, tmp_path: Path) -> None:
    session = recorded(client, clip(tmp_path / "long.wav", 7.0))
    asked = document(client, session)
    asked["segments"] = [
        {"start_s": 0.0, "end_s": 3.0, "text": "He smiles warmly, brows raised."},
        {"start_s": 3.0, "end_s": 5.0, "text": "Calm."},
        {"start_s": 5.0, "end_s": 7.0, "text": "He is angry, brows lowered."},
    ]
    first, rows = performed(client, session, asked)
    again, none = performed(client, session, asked, first["revision"])
    assert again["count"] == len(none) == 0
    assert again["revision"] == first["revision"]
    asked["segments"][2]["text"] = "He is sad, the corners of the mouth down."
    patch, part = performed(client, session, asked, first["revision"])
    assert patch["revision"] > first["revision"]
    assert patch["first"] >= 100  # the neighbour changes a little as well
    assert patch["count"] == patch["frames"] - patch["first"]
    merged = rows.copy()
    merged[patch["first"] :] = part
    whole, fresh = performed(client, session, asked, first["revision"])
    assert whole["count"] == whole["frames"]
    assert (merged == fresh).all()


def test_settings_change_the_face_and_versions_are_apart(client: TestClient, session: str) -> None:
    asked = halves(document(client, session))
    _, rows = performed(client, session, asked)
    asked["settings"] |= {"articulation": 0.0, "strength": 0.0, "head": 0.0}
    header, still = performed(client, session, asked, to="b")
    jaw = ARKIT_52.index("jawOpen")
    assert np.abs(still[:, jaw]).max() < 0.2 * rows[:, jaw].max()
    assert document(client, session, "b")["settings"]["articulation"] == 0
    assert document(client, session, "a")["settings"]["articulation"] == 1
    assert header["count"] == header["frames"]
    bad = deepcopy(asked)
    bad["settings"]["speaker"] = "nobody"
    url = f"{session}/documents/a/perform"
    assert "unknown speaker" in said(client.post(url, json={"document": bad}), 422)


@pytest.mark.parametrize(
    ("segments", "words"),
    [
        ([(0.0, 2.0, "a"), (1.0, 3.0, "b")], "begins before"),
        ([(0.0, 9.0, "a smile")], "ends after"),
        ([(2.0, 1.0, "a smile")], "need 0 <= start < end"),
        ([(0.0, 1.0, "   ")], "without text"),
        ([(0.0, 1.0, "a\u0007b")], "control character"),
    ],
)
def test_words_that_cannot_be_are_explained(
    client: TestClient, session: str, segments: list[tuple[float, float, str]], words: str
) -> None:
    asked = {"segments": [{"start_s": a, "end_s": b, "text": text} for a, b, text in segments]}
    answer = client.post(f"{session}/documents/a/perform", json={"document": asked})
    assert words in said(answer, 422)


def test_takes_of_a_segment_differ_and_nothing_is_kept(client: TestClient, session: str) -> None:
    asked = halves(document(client, session))
    header, _ = performed(client, session, asked)
    body = {"document": asked, "segment": 1, "takes": [0, 1, 5]}
    answer = client.post(f"{session}/documents/a/takes", json=body)
    assert answer.status_code == 200, answer.text
    told, rows = unpacked(answer.content)
    assert [part["take"] for part in told["parts"]] == [0, 1, 5]
    assert sum(part["rows"] for part in told["parts"]) == len(rows)
    assert told["frames"] == header["frames"]
    takes = np.split(rows, np.cumsum([part["rows"] for part in told["parts"]])[:-1])
    assert np.abs(takes[0] - takes[1]).max() > 0.01
    again, none = performed(client, session, asked, header["revision"])
    assert again["count"] == len(none) == 0
    backwards = {**asked, "segments": asked["segments"][::-1]}
    same = client.post(
        f"{session}/documents/a/takes", json={**body, "document": backwards, "segment": 0}
    )
    assert (unpacked(same.content)[1] == rows).all()
    wrong = client.post(f"{session}/documents/a/takes", json={**body, "segment": 2})
    assert "segment 2" in said(wrong, 422)


def test_words_are_written_anew_and_peoples_stay(client: TestClient, session: str) -> None:
    asked = document(client, session)
    mine = {"start_s": 0.2, "end_s": 1.4, "text": "My own words.", "author": "person"}
    asked["segments"] = [mine]
    body = {"document": asked, "seed": 3, "keep": True}
    job = ended(client, session, client.post(f"{session}/documents/b/write", json=body).json())
    assert job["result"]["version"] == "b"
    written = document(client, session, "b")
    assert written["seed"] == 3
    texts = {each["text"]: each["author"] for each in written["segments"]}
    assert texts.pop("My own words.") == "person"
    assert set(texts.values()) == {"model"}
    body["keep"] = False
    ended(client, session, client.post(f"{session}/documents/b/write", json=body).json())
    others = document(client, session, "b")["segments"]
    assert {each["author"] for each in others} == {"model"}


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
    folder = client.app.state.studio.sessions.find(session.rsplit("/", 1)[1]).folder  # type: ignore[attr-defined]
    assert list(folder.iterdir()) == []


def test_uploaded_names_are_no_paths(client: TestClient, voice: Path) -> None:
    session = opened(client)
    files = {"file": ("../../../tmp/evil\u202e.wav", voice.read_bytes())}
    job = ended(client, session, client.put(f"{session}/recording", files=files).json())
    assert job["state"] == "done"
    assert client.get(session).json()["recording"]["name"] == "evil.wav"
    folder = client.app.state.studio.sessions.find(session.rsplit("/", 1)[1]).folder  # type: ignore[attr-defined]
    inside = sorted(path.name for path in folder.rglob("*") if path.is_file())
    assert inside == ["recording.wav", "sound.wav"]


def test_a_transcript_gives_words_and_one_that_does_not_fit_a_note(
    client: TestClient, tmp_path: Path
) -> None:
    path = clip(tmp_path / "talk.wav", 4.0)
    session = recorded(client, path, transcript="completely different words of something else")
    found = client.get(session).json()["recording"]
    assert found["transcript"] == "completely different words of something else"
    assert found["words"] or found["notes"]
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
    folder = client.app.state.studio.sessions.find(session.rsplit("/", 1)[1]).folder  # type: ignore[attr-defined]
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


def test_heads_are_sent_once(client: TestClient) -> None:
    answer = client.post("/api/faces/model", json={"face": {"name": "ada"}})
    assert answer.headers["content-type"] == "model/gltf-binary"
    assert answer.content[:4] == b"glTF"
    known = {"if-none-match": answer.headers["etag"]}
    same = client.post("/api/faces/model", json={"face": {"name": "ada"}}, headers=known)
    assert same.status_code == 304
    other = {"face": {"name": "ada", "modes": {"jaw": 1.0}}}
    changed = client.post("/api/faces/model", json=other, headers=known)
    assert changed.status_code == 200
    assert changed.content != answer.content
    assert "unknown face" in said(
        client.post("/api/faces/model", json={"face": {"name": "nobody"}}), 422
    )


def test_choices_name_what_documents_take(client: TestClient) -> None:
    found = client.get("/api/faces").json()
    assert found["shapes"] == list(ARKIT_52)
    assert {"default", "ada"} <= {face["name"] for face in found["faces"]}
    assert len(found["modes"]) == 19
    assert found["speakers"] == list(animator().talker.styles)
    assert found["regions"] == ["mouth", "eyes", "brows", "cheeks", "head"]


def test_words_are_read_aloud(client: TestClient) -> None:
    def read(text: str) -> dict[str, Any]:
        found: dict[str, Any] = client.post("/api/reading", json={"text": text}).json()
        return found

    happy = read("a broad happy smile, but do not raise the brows")
    assert happy["emotions"][0]["name"] == "happiness"
    assert {"AU12"} <= {each["unit"] for each in happy["movements"] if not each["absent"]}
    assert any(each["absent"] for each in happy["movements"])
    assert happy["understood"]
    assert not read("qwertz uiop")["understood"]
    assert read("raise only the left eyebrow")["movements"][0]["side"] == "left"
