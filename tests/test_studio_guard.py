"""The studio's door: hosts, origins, tokens, headers, sizes; nothing passes that should not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from avitalk.errors import InputError
from avitalk.studio.options import Options
from studio_server import ORIGIN, events, opened, running, said

TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("guard")
    with running(folder, upload_bytes=100_000, json_bytes=50_000) as found:
        yield found


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "[::1]:8765"])
def test_names_of_this_machine_are_served(client: TestClient, host: str) -> None:
    assert client.get("/api/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8765", "127.0.0.1:80", "127.0.0.1", "", "a b", "localhost:x",
     "127.0.0.1.evil.example:8765", "localhost:8765@evil.example"],
)  # fmt: skip
def test_a_rebound_name_is_refused(client: TestClient, host: str) -> None:
    for path in ("/api/health", "/"):
        assert "127.0.0.1" in said(client.get(path, headers={"host": host}), 421)


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:3000"},
     {"origin": "https://127.0.0.1:8765"}, {"sec-fetch-site": "cross-site"},
     {"sec-fetch-site": "same-site"}, {"origin": ORIGIN, "sec-fetch-site": "cross-site"}],
)  # fmt: skip
def test_other_pages_cannot_change_anything(client: TestClient, headers: dict[str, str]) -> None:
    session = opened(client)
    assert "own page" in said(client.post("/api/sessions", headers=headers), 403)
    said(client.delete(session, headers=headers), 403)
    said(client.put(f"{session}/recording", headers=headers, files={"file": b"x"}), 403)
    assert client.get(session).status_code == 200
    with (
        pytest.raises(WebSocketDisconnect),
        events(client, f"{session}/events", headers=headers) as socket,
    ):
        socket.receive_json()


def test_the_own_page_can(client: TestClient) -> None:
    headers = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
    answer = client.post("/api/sessions", headers=headers)
    assert answer.status_code == 201
    session = answer.json()["id"]
    path = f"/api/sessions/{session}/events"
    with events(client, path, headers={"origin": ORIGIN}) as socket:
        assert socket.receive_json() == {"type": "hello", "jobs": []}


def test_no_other_page_may_read(client: TestClient) -> None:
    headers = {"origin": "https://evil.example", "access-control-request-method": "PUT"}
    for answer in (
        client.get("/api/health", headers=headers),
        client.options("/api/sessions", headers=headers),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/api/health", "/", "/api/nothing", "/api/sessions/x"])
def test_headers_of_safety_are_on_every_answer(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_a_bug_is_told_without_its_trace(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(text: str) -> None:
        raise ZeroDivisionError("secret " + text)

    monkeypatch.setattr("avitalk.studio.routes.about.reading_of", broken)
    answer = client.post("/api/reading", json={"text": "a smile"})
    assert "went wrong" in said(answer, 500)
    assert "secret" not in answer.text
    assert "content-security-policy" in answer.headers


def test_unknown_addresses_and_methods_are_problems(client: TestClient) -> None:
    said(client.get("/api/nothing"), 404)
    said(client.patch("/api/sessions"), 405)
    said(client.get("/api/../../etc/passwd"), 404)
    said(client.get("/api/sessions/..%2f..%2fetc/files/passwd"), 404)


def test_bodies_are_refused_as_soon_as_they_are_too_large(client: TestClient) -> None:
    session = opened(client)
    huge = b"\0" * 2_000_000
    assert "allowed" in said(client.put(f"{session}/recording", files={"file": huge}), 413)
    assert "allowed" in said(client.post("/api/reading", content=b" " * 60_000), 413)

    def in_pieces() -> Iterator[bytes]:  # without a Content-Length
        for _ in range(40):
            yield b" " * 10_000

    said(client.post("/api/reading", content=in_pieces()), 413)
    form = {"content-type": "multipart/form-data; boundary=x"}

    def recording() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        for _ in range(300):
            yield b"\0" * 10_000

    answer = client.put(f"{session}/recording", content=recording(), headers=form)
    assert "allowed" in said(answer, 413)
    within = client.put(f"{session}/recording", files={"file": b"\0" * 150_000})
    assert "allowed" in said(within, 413)


def test_a_token_is_asked_for_everywhere(tmp_path: Path) -> None:
    with running(tmp_path, token=TOKEN) as client:
        for path in ("/", "/api/health", "/assets/x.js"):
            answer = client.get(path)
            said(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"
        said(client.get("/?token=wrong-wrong-wrong-wrong"), 401)
        said(client.get("/api/health", headers={"authorization": f"Bearer {TOKEN}x"}), 401)
        said(client.get("/api/health", headers={"authorization": TOKEN}), 401)
        said(client.get(f"/api/health?token={TOKEN}"), 401)
        with (
            pytest.raises(WebSocketDisconnect),
            events(client, "/api/sessions/x/events") as socket,
        ):
            socket.receive_json()
        bearer = {"authorization": f"Bearer {TOKEN}", "host": "anything.example"}
        assert client.get("/api/health", headers=bearer).status_code == 200


def test_the_address_with_the_token_opens_the_door_once(tmp_path: Path) -> None:
    with running(tmp_path, token=TOKEN) as client:
        entered = client.get(f"/?token={TOKEN}", follow_redirects=False)
        assert entered.status_code == 303
        assert entered.headers["location"] == "/"
        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert TOKEN not in cookie
        assert client.get("/api/health").status_code == 200  # the client keeps cookies


def test_nothing_but_this_machine_without_a_token() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.org"):
        with pytest.raises(InputError, match="token"):
            Options(host=host)
        assert Options(host=host, token=TOKEN).token == TOKEN
    for host in ("127.0.0.1", "localhost", "::1"):
        assert Options(host=host).token is None
    with pytest.raises(InputError, match="16 to 128"):
        Options(token="short")
    with pytest.raises(InputError, match="port 70000"):
        Options(port=70000)
