"""`avitalk studio` as a user runs it: it listens, ends cleanly, refuses what is unsafe."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from studio_server import clip

COMMAND = (sys.executable, "-m", "avitalk.cli", "studio", "--no-browser")
PATIENCE_S = 90.0


@contextmanager
def studio(tmp: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, and the address that it printed; its sessions lie below `tmp`."""
    environment = {**os.environ, "TMPDIR": str(tmp), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        yield process, found[0]
    finally:
        process.kill()
        process.wait()


def get(address: str, method: str = "GET", **headers: str) -> tuple[int, Any]:
    request = urllib.request.Request(address, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_listens_says_where_and_leaves_nothing(tmp_path: Path, stop: signal.Signals) -> None:
    with studio(tmp_path) as (process, address):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
        status, found = get(f"{address}api/health")
        assert (status, set(found)) == (200, {"version", "ready", "sessions", "jobs_waiting"})
        assert get(f"{address}api/sessions", "POST")[0] == 201
        assert list(tmp_path.glob("avitalk-studio-*/*"))
        process.send_signal(stop)
        _, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, errors
        assert "Traceback" not in errors
        assert "ended" in errors
    assert not list(tmp_path.glob("avitalk-studio-*"))


def test_it_begins_with_a_recording(tmp_path: Path) -> None:
    voice = clip(tmp_path / "talk.wav", 1.0)
    with studio(tmp_path, str(voice)) as (_, address):
        page, session = address.split("#session=")
        until = time.monotonic() + PATIENCE_S
        found: dict[str, Any] = {}
        while not found.get("recording"):
            assert time.monotonic() < until, found
            time.sleep(0.3)
            found = get(f"{page}api/sessions/{session}")[1]
        assert found["recording"]["name"] == "talk.wav"


def test_with_a_token_the_address_holds_it(tmp_path: Path) -> None:
    token = "some-token-of-enough-length"
    with studio(tmp_path, "--host", "0.0.0.0", "--token", token) as (_, address):
        page, _, given = address.partition("?token=")
        assert given == token
        assert get(f"{page}api/health")[0] == 401
        assert get(f"{page}api/health", authorization=f"Bearer {token}")[0] == 200


def refused(*words: str) -> str:
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.strip().splitlines()
    return line


def test_what_is_unsafe_or_cannot_be_is_one_line(tmp_path: Path) -> None:
    assert "--token" in refused("--host", "0.0.0.0")
    assert "16 to 128" in refused("--token", "short")
    assert "no such file" in refused(str(tmp_path / "missing.wav"))
    assert "host no.such.host.invalid" in refused(
        "--host", "no.such.host.invalid", "--token", "x" * 20
    )
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port} on 127.0.0.1 cannot be had" in refused("--port", str(port))
