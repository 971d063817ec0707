"""The studio from a recording to its motion: heard, performed, edited, written anew."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from avitalk.arkit import ARKIT_52
from avitalk.types import Instruction
from avitalk.types import Segment as Words
from studio_server import (
    animator,
    clip,
    document,
    ended,
    performed,
    recorded,
    running,
    said,
    unpacked,
)

SECONDS = 3.0


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with running(tmp_path_factory.mktemp("flow")) as found:
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
