"""Sessions of the studio: apart from each other, bounded, cleaned up; documents and events."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from avitalk.studio.options import Limits
from avitalk.studio.problems import Refusal
from avitalk.studio.sessions import Sessions
from studio_server import (
    clip,
    document,
    ended,
    events,
    held,
    opened,
    performed,
    recorded,
    running,
    said,
)

SEGMENT = {"start_s": 0.0, "end_s": 1.0, "text": "a smile"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with running(tmp_path_factory.mktemp("sessions"), most_segments=5) as found:
        yield found


def test_a_new_session_says_what_there_is_and_what_is_taken(client: TestClient) -> None:
    found = client.get(opened(client)).json()
    assert found["recording"] is None
    assert found["documents"] == {"a": None, "b": None}
    assert found["jobs"] == found["avatars"] == []
    assert found["limits"]["longest_s"] == Limits().longest_s
    assert 7000 < found["expires_s"] <= 7200


def test_ids_cannot_be_guessed_and_unknown_ones_are_not_found(client: TestClient) -> None:
    assert len({opened(client) for _ in range(5)}) == 5
    said(client.get("/api/sessions/" + "A" * 22), 404)
    for bad in ("x", "..", "A" * 23, "A" * 21 + "%20", "%2e%2e%2f" * 7):
        assert client.get(f"/api/sessions/{bad}").status_code in (404, 422)


def test_documents_are_kept_as_files_keep_them(client: TestClient) -> None:
    session = opened(client)
    sent = {"segments": [{**SEGMENT, "end_s": 1.23456, "strength": 1.00049}], "seed": 7}
    assert client.put(f"{session}/documents/b", json=sent).status_code == 204
    kept = document(client, session, "b")
    assert kept["seed"] == 7
    assert kept["segments"][0]["end_s"] == 1.235
    assert kept["segments"][0]["strength"] == 1.0
    assert kept["settings"]["blinks_per_min"] == 17
    assert document(client, session, "a") is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"segments": [{**SEGMENT, "strength": 3}]}, "segments[0].strength"),
        ({"segments": [{**SEGMENT, "text": ""}]}, "segments[0].text"),
        ({"segments": [{**SEGMENT, "regions": {"ears": 1}}]}, "unknown region 'ears'"),
        ({"segments": [{**SEGMENT, "features": {"wink": 1}}]}, "unknown shape 'wink'"),
        ({"segments": [{**SEGMENT, "take": 1.5}]}, "take"),
        ({"settings": {"guidance": 11}}, "settings.guidance"),
        ({"settings": {"gaze": "much"}}, "settings.gaze"),
        ({"face": {"modes": {"ears": 1}}}, "unknown identity mode 'ears'"),
        ({"face": {"scale": 2}}, "face.scale"),
        ({"seed": -1}, "seed"),
        ({"colour": "red"}, "colour"),
        ({"segments": [SEGMENT] * 6}, "6 segments; at most 5"),
    ],
)
def test_wrong_fields_are_named(client: TestClient, wrong: dict[str, object], words: str) -> None:
    session = opened(client)
    assert words in said(client.put(f"{session}/documents/a", json=wrong), 422)


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff\xfe", b'{"seed": NaN}', b"null"])
def test_what_is_not_json_is_a_problem(client: TestClient, body: bytes) -> None:
    session = opened(client)
    headers = {"content-type": "application/json"}
    answer = client.put(f"{session}/documents/a", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    said(answer, answer.status_code)


def test_without_a_recording_nothing_is_performed(client: TestClient) -> None:
    session = opened(client)
    for path, body in (
        ("documents/a/perform", {"document": {}}),
        ("documents/a/takes", {"document": {}, "segment": 0, "takes": [1]}),
        ("documents/a/write", {"document": {}}),
        ("exports", {"version": "a", "document": {}, "format": "npz"}),
    ):
        assert "no recording" in said(client.post(f"{session}/{path}", json=body), 409)
    said(client.get(f"{session}/recording/audio.wav"), 409)


def test_a_deleted_session_leaves_nothing(client: TestClient, tmp_path: Path) -> None:
    session = recorded(client, clip(tmp_path / "talk.wav", 1.0))
    folder = held(client, session).folder
    assert folder.is_dir()
    assert client.delete(session).status_code == 204
    said(client.get(session), 404)
    assert not folder.exists()


def test_two_sessions_do_not_see_each_other(client: TestClient, tmp_path: Path) -> None:
    path = clip(tmp_path / "talk.wav", 1.0)
    one, two = recorded(client, path), opened(client)
    job = client.get(one).json()["jobs"][0]
    said(client.get(f"{two}/jobs/{job['id']}"), 404)
    said(client.delete(f"{two}/jobs/{job['id']}"), 404)
    exported = client.post(
        f"{one}/exports", json={"version": "a", "document": document(client, one), "format": "npz"}
    )
    file = ended(client, one, exported.json())["result"]["file"]
    assert client.get(f"{one}/files/{file}").status_code == 200
    said(client.get(f"{two}/files/{file}"), 404)
    said(client.get(f"{two}/recording/audio.wav"), 409)
    assert client.get(two).json()["documents"]["a"] is None


def test_pages_are_told_of_their_own_jobs_only(client: TestClient, tmp_path: Path) -> None:
    path = clip(tmp_path / "talk.wav", 1.0)
    one, two = opened(client), opened(client)
    with (
        events(client, f"{one}/events") as page,
        events(client, f"{two}/events") as other,
    ):
        assert page.receive_json() == {"type": "hello", "jobs": []}
        assert other.receive_json() == {"type": "hello", "jobs": []}
        with path.open("rb") as file:
            job = client.put(f"{one}/recording", files={"file": file}).json()
        told = []
        while not told or told[-1]["state"] not in ("done", "failed"):
            message = page.receive_json()
            assert message["type"] == "job"
            assert message["job"]["id"] == job["id"]
            told.append(message["job"])
        assert told[-1]["state"] == "done"
        assert [each["progress"] for each in told] == sorted(each["progress"] for each in told)
        mine = client.put(f"{two}/project", files={"file": b"PK nothing"}).json()
        message = other.receive_json()
        assert message["job"]["id"] == mine["id"]
    with events(client, f"{one}/events") as again:  # a reload finds its jobs
        assert [each["id"] for each in again.receive_json()["jobs"]] == [job["id"]]


def test_a_page_is_told_when_its_session_ends(client: TestClient) -> None:
    session = opened(client)
    with events(client, f"{session}/events") as page:
        page.receive_json()
        assert client.delete(session).status_code == 204
        assert page.receive()["type"] == "websocket.close"


def test_a_page_of_no_session_is_told_so(client: TestClient) -> None:
    with events(client, "/api/sessions/" + "A" * 22 + "/events") as socket:
        assert socket.receive()["code"] == 4404


def test_idle_sessions_are_deleted_but_not_those_with_a_page(tmp_path: Path) -> None:
    with running(tmp_path, idle_s=1.0) as client:
        left, watched = opened(client), opened(client)
        with events(client, f"{watched}/events") as socket:
            socket.receive_json()
            time.sleep(2.6)
            said(client.get(left), 404)
            assert client.get(watched).status_code == 200
            assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []


def test_sessions_are_bounded_and_empty_ones_make_room(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, Limits(sessions=2, empty_s=0.0))
    first, second = sessions.create(), sessions.create()
    second.pages = 1
    first.touched -= 1
    third = sessions.create()
    assert len(sessions) == 2
    assert not first.folder.exists()
    third.pages = 1
    with pytest.raises(Refusal) as full:
        sessions.create()
    assert full.value.status_code == 429
    assert "Retry-After" in (full.value.headers or {})
    sessions.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_queue_and_many_sessions_are_told_to_wait(tmp_path: Path) -> None:
    with running(tmp_path / "studio", sessions=2, waiting_jobs_each=1) as client:
        session, _ = opened(client), opened(client)
        full = client.post("/api/sessions")
        assert "2 sessions are open" in said(full, 429)
        assert full.headers["retry-after"]
        path = clip(tmp_path / "talk.wav", 1.0)
        answers = []
        for _ in range(4):
            with path.open("rb") as file:
                answers.append(client.put(f"{session}/recording", files={"file": file}))
        refused = [answer for answer in answers if answer.status_code != 202]
        assert refused
        for answer in refused:
            assert "more work waiting" in said(answer, 429)
            assert answer.headers["retry-after"]
        for answer in answers:
            if answer.status_code == 202:
                ended(client, session, answer.json())
        found = client.get(session).json()
        assert found["recording"]["name"] == "talk.wav"


def test_memory_is_bounded_and_what_was_dropped_is_heard_again(tmp_path: Path) -> None:
    with running(tmp_path / "studio", heard_s=1.5) as client:
        path = clip(tmp_path / "talk.wav", 1.0)
        one = recorded(client, path)
        before, rows = performed(client, one, document(client, one))
        recorded(client, path)
        found = held(client, one).recorded
        assert found is not None
        assert found.performance is None
        after, again = performed(client, one, document(client, one), before["revision"])
        assert after["count"] == after["frames"]
        assert after["revision"] > before["revision"]
        assert (again == rows).all()


def test_what_is_performed_is_not_dropped_for_a_session_used_since(tmp_path: Path) -> None:
    with running(tmp_path / "studio", heard_s=1.5) as client:
        path = clip(tmp_path / "talk.wav", 1.0)
        one, two = recorded(client, path), recorded(client, path)
        held(client, two).touched += 3600
        performed(client, one, document(client, one))
        mine, other = (held(client, each).recorded for each in (one, two))
        assert mine is not None
        assert mine.performance is not None
        assert other is not None
        assert other.performance is None
