"""A studio of its own process and a real Chromium before it, for tests of the whole page."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

VOICE = Path(__file__).resolve().parent.parent / "examples" / "dashwood.wav"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox", "--use-gl=angle", "--use-angle=gl-egl", "--ignore-gpu-blocklist",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip
PATIENCE_S = 180.0
READY = re.compile(r"http://127\.0\.0\.1:(\d+)/")


@contextmanager
def studio(*given: str) -> Iterator[str]:
    """The address of `avitalk studio`, started as a user would."""
    command = [sys.executable, "-m", "avitalk.cli", "studio", "--no-browser", "--port", "0", *given]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := READY.search(line):
                yield f"http://127.0.0.1:{found[1]}"
                break
        else:
            raise AssertionError("the studio ended before it listened")
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


class Page:
    """A tab of the studio; `page` is Playwright's."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def go(self, address: str) -> None:
        """Open the page and wait until it has a session."""
        self.page.goto(address)
        self.until(lambda: self.ready and self.state()["start"] == "ready")

    @property
    def ready(self) -> bool:
        """Whether the page's script runs."""
        return bool(self.page.evaluate("typeof window.avitalk === 'object'"))

    def state(self) -> dict[str, Any]:
        """What the page is at."""
        found: dict[str, Any] = self.page.evaluate("window.avitalk.state()")
        return found

    def until(self, done: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
        """Wait until something holds; polled from outside, since the page forbids eval."""
        end = time.monotonic() + patience_s
        while not (found := done()):
            assert time.monotonic() < end, f"waited too long; page: {self.tail()}"
            time.sleep(0.05)
        return found

    def tail(self) -> str:
        """The page's state in short."""
        state = self.state() if self.ready else {}
        told = {k: v for k, v in state.items() if k not in ("recording", "documents")}
        return json.dumps(told)[:1500]

    def settle(self) -> None:
        """Wait until nothing is under way and a motion is there."""
        self.until(lambda: self.state()["settled"] and self.state()["frames"]["a"])

    def at(self, name: str) -> Any:
        """The element with a test id."""
        return self.page.get_by_test_id(name)

    def open(self, file: Path) -> None:
        """Choose a file on the welcome page."""
        self.at("file-input").set_input_files(str(file))

    def weights(self, version: str, times_s: list[float]) -> np.ndarray:
        """(T, 64) channels that the face wears."""
        script = "([v, times]) => times.map((t) => window.avitalk.weightsAt(v, t))"
        return np.array(self.page.evaluate(script, [version, times_s]))

    def texts(self, version: str = "a") -> list[str]:
        """What the segments say."""
        document = self.state()["documents"][version]
        return [segment["text"] for segment in document["segments"]]
