"""A studio for tests: the real application with the real models, loaded once a process."""

import json
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketTestSession

from avitalk.pipeline import Animator
from avitalk.studio.app import create_app
from avitalk.studio.options import Limits, Options
from avitalk.studio.sessions import Session

VOICE = Path(__file__).resolve().parent.parent / "examples" / "dashwood.wav"
ORIGIN = "http://127.0.0.1:8765"
PATIENCE_S = 240.0


@cache
def animator() -> Animator:
    """The models of all tests."""
    return Animator()


@contextmanager
def running(
    folder: Path, *, token: str | None = None, host: str = "127.0.0.1", **limits: Any
) -> Iterator[TestClient]:
    """A client of a studio that keeps its sessions in `folder`."""
    options = Options(host, token=token, folder=folder, limits=replace(Limits(), **limits))
    app = create_app(options, animator)
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
        yield client


def clip(path: Path, seconds: float = 2.0) -> Path:
    """The beginning of the example recording."""
    samples, rate_hz = soundfile.read(VOICE)
    soundfile.write(path, samples[: int(seconds * rate_hz)], rate_hz)
    return path


def opened(client: TestClient) -> str:
    """The address of a new session."""
    answer = client.post("/api/sessions")
    assert answer.status_code == 201, answer.text
    return f"/api/sessions/{answer.json()['id']}"


def held(client: TestClient, session: str) -> Session:
    """What the studio holds of a session, by its address."""
    found: Session = client.app.state.studio.sessions.find(session.rsplit("/", 1)[1])  # type: ignore[attr-defined]
    return found


def recorded(client: TestClient, path: Path, **fields: str) -> str:
    """The address of a session with a recording in it."""
    session = opened(client)
    job = uploaded(client, session, path, **fields)
    assert job["state"] == "done", job
    return session


def uploaded(client: TestClient, session: str, path: Path, **fields: str) -> dict[str, Any]:
    """Put a recording; the job, ended."""
    with path.open("rb") as file:
        answer = client.put(f"{session}/recording", files={"file": (path.name, file)}, data=fields)
    assert answer.status_code == 202, answer.text
    return ended(client, session, answer.json())


def ended(client: TestClient, session: str, job: dict[str, Any]) -> dict[str, Any]:
    """Wait until a job is done, failed or cancelled."""
    until = time.monotonic() + PATIENCE_S
    while job["state"] in ("queued", "running"):
        assert time.monotonic() < until, job
        time.sleep(0.05)
        job = client.get(f"{session}/jobs/{job['id']}").json()
    return job


def events(client: TestClient, path: str, **more: Any) -> WebSocketTestSession:
    """The WebSocket at a path, by the studio's own name."""
    return client.websocket_connect(f"{ORIGIN.replace('http', 'ws')}{path}", **more)


def document(client: TestClient, session: str, version: str = "a") -> dict[str, Any]:
    """A version's document."""
    found: dict[str, Any] = client.get(session).json()["documents"][version]
    return found


def performed(
    client: TestClient, session: str, asked: dict[str, Any], have: int | None = None, to: str = "a"
) -> tuple[dict[str, Any], np.ndarray]:
    """Perform a document; header and rows of the answer."""
    answer = client.post(
        f"{session}/documents/{to}/perform", json={"document": asked, "have": have}
    )
    assert answer.status_code == 200, answer.text
    return unpacked(answer.content)


def unpacked(data: bytes) -> tuple[dict[str, Any], np.ndarray]:
    """Header and (rows, 64) of motion bytes, read as the page does."""
    assert data[:4] == b"AVM1"
    (length,) = struct.unpack_from("<I", data, 4)
    assert (8 + length) % 4 == 0
    header = json.loads(data[8 : 8 + length])
    rows = np.frombuffer(data, "<f4", offset=8 + length).reshape(-1, header["channels"])
    assert len(rows) == header["count"]
    return header, rows


def said(answer: Any, status: int) -> str:
    """The sentence of a problem; fails unless the answer is one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert "Traceback" not in answer.text
    detail: str = body["detail"]
    assert detail
    return detail
