"""Twenty pages at once: each uploads a recording, performs five edits and exports its motion.

    python benchmarks/studio.py            prints, exit code 1 if a gate fails
    python benchmarks/studio.py --write    also writes docs/results/studio.md and .json

A real server in a process of its own, real HTTP, the example recording at 10 s. Latencies are those
of the pages; memory is the server's largest resident size. One page alone is measured first. Needs
the extras `studio` and `dev`.
"""

import argparse
import asyncio
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parent.parent
VOICE = ROOT / "examples" / "dashwood.wav"
RESULTS = ROOT / "docs" / "results" / "studio"
SECONDS, PAGES, EDITS = 10.0, 20, 5
GATE_EDIT_S = 1.0  # one page alone, on two cores
PATIENCE_S = 900.0
TEXTS = (
    "He smiles warmly, brows raised.",
    "He is angry, brows lowered, lips pressed.",
    "Sad, the corners of the mouth down.",
    "Calm and relaxed, a hint of a smile.",
    "Surprised, eyes wide open.",
)
ROWS = {
    "page": "first page (health)",
    "hear": "upload to first face",
    "whole": "first motion, whole",
    "edit": "edit of a segment",
    "export": "export of the motion (npz)",
}


class Server:
    """`avitalk studio` on a free port."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "avitalk.cli", "studio", "--no-browser", "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        found = re.search(r"http://\S+", self.process.stdout.readline())
        assert found is not None
        self.address = found[0]

    def memory_mb(self) -> float:
        """Largest resident size so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else float("nan")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


class Page:
    """One page: what it does, how long that took, what failed."""

    def __init__(self, address: str, voice: bytes, number: int) -> None:
        self.client = httpx.AsyncClient(base_url=address, timeout=PATIENCE_S)
        self.voice, self.number = voice, number
        self.spent: dict[str, list[float]] = {key: [] for key in ROWS}
        self.failures: list[str] = []

    async def live(self) -> None:
        try:
            async with self.client:
                await self._flow()
        except Exception as error:  # a failure is what is counted
            self.failures.append(f"page {self.number}: {type(error).__name__}: {error}")

    async def _timed(self, key: str, method: str, path: str, **sent: Any) -> httpx.Response:
        started = time.perf_counter()
        answer = await self.client.request(method, path, **sent)
        while answer.status_code == 429:
            await asyncio.sleep(float(answer.headers["retry-after"]))
            answer = await self.client.request(method, path, **sent)
        if key:
            self.spent[key].append(time.perf_counter() - started)
        answer.raise_for_status()
        return answer

    async def _done(self, session: str, job: dict[str, Any]) -> dict[str, Any]:
        while job["state"] in ("queued", "running"):
            await asyncio.sleep(0.2)
            answer = await self._timed("", "GET", f"{session}/jobs/{job['id']}")
            job = answer.json()
        if job["state"] != "done":
            raise RuntimeError(str(job["error"]))
        return job

    async def _flow(self) -> None:
        await self._timed("page", "GET", "/api/health")
        made = (await self._timed("", "POST", "/api/sessions")).json()
        session = f"/api/sessions/{made['id']}"
        started = time.perf_counter()
        sent = {"file": (f"talk{self.number}.wav", self.voice)}
        job = (await self._timed("", "PUT", f"{session}/recording", files=sent)).json()
        await self._done(session, job)
        self.spent["hear"].append(time.perf_counter() - started)
        document = (await self._timed("", "GET", session)).json()["documents"]["a"]
        document["segments"] = [
            {"start_s": 2.0 * i, "end_s": 2.0 * i + 2.0, "text": text}
            for i, text in enumerate(TEXTS)
        ]
        perform = f"{session}/documents/a/perform"
        body = {"document": document, "have": None}
        body["have"] = _revision(await self._timed("whole", "POST", perform, json=body))
        for edit in range(EDITS):
            document["segments"][edit]["text"] = TEXTS[(edit + self.number) % len(TEXTS)] + " Very."
            body["have"] = _revision(await self._timed("edit", "POST", perform, json=body))
        started = time.perf_counter()
        asked = {"version": "a", "document": document, "format": "npz"}
        job = (await self._timed("", "POST", f"{session}/exports", json=asked)).json()
        job = await self._done(session, job)
        await self._timed("", "GET", job["result"]["url"])
        self.spent["export"].append(time.perf_counter() - started)
        await self._timed("", "DELETE", session)


def _revision(answer: httpx.Response) -> int:
    data = answer.content
    length = int.from_bytes(data[4:8], "little")
    return int(json.loads(data[8 : 8 + length])["revision"])


def recording() -> bytes:
    """The example recording, repeated to SECONDS."""
    samples, rate_hz = soundfile.read(VOICE, dtype="float32")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "talk.wav"
        soundfile.write(path, np.resize(samples, int(SECONDS * rate_hz)), rate_hz)
        return path.read_bytes()


async def together(address: str, voice: bytes, count: int) -> list[Page]:
    pages = [Page(address, voice, number) for number in range(count)]
    await asyncio.gather(*(page.live() for page in pages))
    return pages


def ready(address: str) -> float:
    """Wait until the models are loaded; seconds since now."""
    started = time.perf_counter()
    while not httpx.get(f"{address}api/health", timeout=60).json()["ready"]:
        time.sleep(0.1)
    return time.perf_counter() - started


def figures(pages: list[Page]) -> dict[str, Any]:
    """Median, 95th percentile and largest of each latency."""
    found = {}
    for key in ROWS:
        spent = [second for page in pages for second in page.spent[key]]
        if spent:
            low, high = np.percentile(spent, [50, 95])
            found[key] = {"median": float(low), "p95": float(high), "max": max(spent)}
    return found


def measured() -> dict[str, Any]:
    server = Server()
    try:
        warm_s, voice = ready(server.address), recording()
        started_mb = server.memory_mb()
        alone = asyncio.run(together(server.address, voice, 1))
        alone_mb = server.memory_mb()
        started = time.perf_counter()
        many = asyncio.run(together(server.address, voice, PAGES))
        return {
            "machine": f"{platform.system()} {platform.machine()}, Python "
            f"{platform.python_version()}",
            "cores": len(os.sched_getaffinity(0)),
            "pages": PAGES, "seconds": SECONDS, "warm_s": warm_s,
            "whole_s": time.perf_counter() - started,
            "memory_mb": {"ready": started_mb, "alone": alone_mb, "all": server.memory_mb()},
            "alone": figures(alone), "together": figures(many),
            "failures": [line for page in (*alone, *many) for line in page.failures],
        }  # fmt: skip
    finally:
        server.stop()


def report(found: dict[str, Any]) -> str:
    """The page of results."""
    memory = found["memory_mb"]
    lines = [
        "# The studio with many pages at once",
        "",
        "`python benchmarks/studio.py --write`: a real server, "
        f"{found['pages']} pages at the same time, each with {found['seconds']:g} s of sound, "
        f"{EDITS} edits and an export.",
        f"{found['machine']}, {found['cores']} cores, which pages and server share.",
        "",
        "| seconds | alone: median | p95 | together: median | p95 | largest |",
        "|---|---|---|---|---|---|",
    ]
    for key, name in ROWS.items():
        one, many = found["alone"].get(key), found["together"].get(key)
        if one and many:
            lines.append(
                f"| {name} | {one['median']:.2f} | {one['p95']:.2f} | {many['median']:.2f} "
                f"| {many['p95']:.2f} | {many['max']:.2f} |"
            )
    lines += [
        "",
        f"Failures: {len(found['failures'])}. All of it took {found['whole_s']:.0f} s.",
        f"Models were ready {found['warm_s']:.1f} s after the server listened.",
        f"Memory of the server (largest resident size): {memory['ready']:.0f} MB when ready, "
        f"{memory['alone']:.0f} MB after one page, {memory['all']:.0f} MB after all.",
        "",
        "Recordings are heard one after the other, so that the last of many pages waits for all: "
        "pages show their place in the queue.",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--write", action="store_true", help="write docs/results/studio.*")
    write = options.parse_args().write
    found = measured()
    text = report(found)
    print(text)
    print("\n".join(found["failures"]))
    if write:
        RESULTS.with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n")
        RESULTS.with_suffix(".md").write_text(text)
    slow = found["alone"].get("edit", {}).get("median", float("inf")) >= GATE_EDIT_S
    return int(bool(found["failures"]) or slow)


if __name__ == "__main__":
    sys.exit(main())
