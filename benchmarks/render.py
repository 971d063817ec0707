"""Speed of the software renderer on the default head: frames a second, mp4, first call.

    python benchmarks/render.py            prints a table, exit code 1 if a gate fails
    python benchmarks/render.py --write    also writes docs/results/render.md and .json

Frames include posing, normals, lighting and anti-aliasing; the mp4 includes encoding. The ratio is
processing time over the length of the video.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "results" / "render"
SIZES = (256, 512, 1024)
SECONDS = 4.0
FPS = 25
GATE_FPS = 10.0
TARGET_FPS = 25.0
GATE_RATIO = 1.5
TARGET_RATIO = 1.0
GATE_DRAFT = 3.0  # times faster than full
TARGET_STILL_S = 2.0

FIRST_CALL = """
import time
from avitalk.face import load_head
head = load_head()
started = time.perf_counter()
from avitalk.render import Renderer
Renderer(head, size=(64, 64)).frame(head.vertices)
print(time.perf_counter() - started)
"""


def moving(seconds: float, fps: float):
    """A face whose jaw, lids, brows, head and eyes all move."""
    from avitalk.arkit import INDEX
    from avitalk.types import Motion

    t = np.arange(int(seconds * fps)) / fps
    weights = np.zeros((len(t), 52), np.float32)
    for name, rate_hz in (("jawOpen", 3.0), ("mouthFunnel", 1.7), ("browInnerUp", 0.5)):
        weights[:, INDEX[name]] = 0.3 - 0.3 * np.cos(2 * np.pi * rate_hz * t)
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        weights[:, INDEX[name]] = np.maximum(0, np.sin(2 * np.pi * 0.4 * t)) ** 20
    head = 0.1 * np.stack([np.sin(t), np.sin(1.3 * t), np.sin(0.7 * t)], axis=1)
    eyes = np.repeat(0.15 * np.sin(2 * t)[:, None, None], 2, axis=1) * [1.0, 0.2, 0.0]
    return Motion(weights, head.astype(np.float32), eyes.astype(np.float32), fps)


def first_call_s(*, cold: bool) -> float:
    """Seconds until a new process has its first frame, with or without stored machine code."""
    with tempfile.TemporaryDirectory() as empty:
        environment = dict(os.environ)
        if cold:
            environment["NUMBA_CACHE_DIR"] = empty
        done = subprocess.run(
            [sys.executable, "-c", FIRST_CALL],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout)


def frames_per_s(side: int, *, draft: bool) -> float:
    """Frames a second without encoding."""
    from avitalk.face import load_head
    from avitalk.render import render_motion

    motion = moving(SECONDS * (0.5 if side > 512 else 1.0), FPS)
    frames = render_motion(load_head(), motion, size=(side, side), draft=draft)
    next(frames)
    started = time.perf_counter()
    count = sum(1 for _ in frames)
    return count / (time.perf_counter() - started)


def mp4_ratio(side: int, *, draft: bool) -> float:
    """Seconds a second of video takes, sound and encoding included."""
    from avitalk import audio
    from avitalk.render.film import Video

    seconds = 2 * SECONDS
    samples = np.random.default_rng(0).normal(0, 0.05, int(seconds * 16_000)).astype(np.float32)
    sound = audio.from_array(samples, 16_000, name="noise")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmark.mp4"
        video = Video(size=(side, side), fps=FPS, draft=draft)
        video.write(path, moving(0.2, FPS), sound=sound)  # machine code and head loaded
        started = time.perf_counter()
        video.write(path, moving(seconds, FPS), sound=sound)
        return (time.perf_counter() - started) / seconds


def processor_ms(side: int, *, draft: bool = False) -> float:
    """Processor time of a frame, encoding apart: does not depend on what else is running."""
    from avitalk.face import load_head
    from avitalk.render import render_motion

    frames = render_motion(load_head(), moving(SECONDS, FPS), size=(side, side), draft=draft)
    next(frames)
    started = time.process_time()
    count = sum(1 for _ in frames)
    return 1000 * (time.process_time() - started) / count


def still_s(side: int) -> float:
    """Seconds for one still."""
    from avitalk.face import load_head
    from avitalk.render import Renderer

    head = load_head()
    renderer = Renderer(head, size=(side, side))
    started = time.perf_counter()
    renderer.frame(head.vertices)
    return time.perf_counter() - started


def measure() -> dict[str, float]:
    """Every row of the table: name and value."""
    rows = {
        "first frame, nothing compiled, s": first_call_s(cold=True),
        "first frame, compiled before, s": first_call_s(cold=False),
    }
    for side in SIZES:
        rows[f"{side} x {side}, frames/s"] = frames_per_s(side, draft=False)
        rows[f"{side} x {side} draft, frames/s"] = frames_per_s(side, draft=True)
    rows["512 x 512, processor time a frame, ms"] = processor_ms(512)
    for side in (512, 1024):
        rows[f"mp4 {side} x {side}, {FPS} fps, ratio"] = mp4_ratio(side, draft=False)
    rows[f"mp4 512 x 512 draft, {FPS} fps, ratio"] = mp4_ratio(512, draft=True)
    rows["512 x 512 draft, processor time a frame, ms"] = processor_ms(512, draft=True)
    full, draft = (rows[f"mp4 512 x 512{kind}, {FPS} fps, ratio"] for kind in ("", " draft"))
    rows["mp4 512 x 512, draft: times faster"] = full / draft
    rows["still 2048 x 2048, s"] = still_s(2048)
    return rows


def main() -> int:
    """Print the table; 1 if a gate fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    rows = measure()
    lines = ["| what | value |", "|---|---|", *(f"| {k} | {v:.2f} |" for k, v in rows.items())]
    fps = rows["512 x 512, frames/s"]
    ratio = rows[f"mp4 512 x 512, {FPS} fps, ratio"]
    draft = rows["mp4 512 x 512, draft: times faster"]
    still = rows["still 2048 x 2048, s"]
    lines += [
        "",
        f"512 x 512: gate {GATE_FPS:g} frames/s {'kept' if fps >= GATE_FPS else 'MISSED'}, "
        f"target {TARGET_FPS:g} {'kept' if fps >= TARGET_FPS else 'missed'}; "
        f"mp4: gate {GATE_RATIO:g} {'kept' if ratio <= GATE_RATIO else 'MISSED'}, "
        f"target {TARGET_RATIO:g} {'kept' if ratio <= TARGET_RATIO else 'missed'}; "
        f"draft: gate {GATE_DRAFT:g} times faster {'kept' if draft >= GATE_DRAFT else 'MISSED'}; "
        f"still: target {TARGET_STILL_S:g} s {'kept' if still <= TARGET_STILL_S else 'missed'}.",
        f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}, "
        f"load before {os.getloadavg()[0]:.1f}.",
    ]
    print("\n".join(lines))
    if arguments.write:
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.with_suffix(".md").write_text("# Rendering speed\n\n" + "\n".join(lines) + "\n")
        RESULTS.with_suffix(".json").write_text(json.dumps(rows, indent=2) + "\n")
    return int(fps < GATE_FPS or ratio > GATE_RATIO or draft < GATE_DRAFT)


if __name__ == "__main__":
    sys.exit(main())
