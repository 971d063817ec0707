"""Speed, memory and determinism of the main job, measured on the example recording.

    python benchmarks/animate.py            prints a table, exit code 1 if a gate fails
    python benchmarks/animate.py --write    also writes docs/results/speed.md and .json

Every ratio is processing time over the length of the audio. Each measurement runs in a process of
its own; importing and loading models is reported apart.
"""

import argparse
import hashlib
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
VOICE = ROOT / "examples" / "dashwood.wav"
RESULTS = ROOT / "docs" / "results" / "speed"
LENGTHS_S = {"motion": 60.0, "mp4": 30.0, "memory": 600.0}
# name -> (limit, kind): kind is 'gate' or 'target'
LIMITS = {
    "the same, words written and performed": (0.25, "gate"),
    "audio to Motion, ratio": (0.05, "gate"),
    "audio to mp4 512 x 512 at 25 fps, ratio": (1.5, "gate"),
    "same, target": (1.0, "target"),
    "peak memory for 10 minutes, all files, GB": (1.5, "gate"),
}


def speech_of(seconds: float) -> Any:
    """The example recording, repeated to `seconds`."""
    from avitalk import audio

    once = audio.load(VOICE).samples
    repeated = np.resize(np.concatenate([once, np.zeros(8000, np.float32)]), int(seconds * 16_000))
    return audio.from_array(repeated, 16_000, name="example.wav")


def measure(job: str) -> dict[str, float | str]:
    """Run one job in this process."""
    started = time.perf_counter()
    from avitalk.pipeline import Animator

    animator = Animator()
    animator.animate(speech_of(2.0))  # the first call compiles and loads
    loading_s = time.perf_counter() - started
    seconds = LENGTHS_S.get(job, 10.0)
    speech = speech_of(seconds)
    started = time.perf_counter()
    animator.animate(speech, neutral=True)
    motion_s = time.perf_counter() - started
    started = time.perf_counter()
    animation = animator.animate(speech)
    found: dict[str, float | str] = {
        "loading_s": loading_s,
        "motion_ratio": motion_s / seconds,
        "words_ratio": (time.perf_counter() - started) / seconds,
        "hash": hashlib.sha256(animation.motion.to_bytes()).hexdigest(),
    }
    if job in ("mp4", "memory"):
        with tempfile.TemporaryDirectory() as folder:
            animation.save(folder, ("npz",) if job == "mp4" else ("mp4", "glb", "csv", "npz"))
            if job == "mp4":
                animator.animate(speech_of(2.0)).save(folder, ("mp4",))  # compile first
                started = time.perf_counter()
                animator.animate(speech).save(folder, ("mp4",))
                found["mp4_ratio"] = (time.perf_counter() - started) / seconds
    found["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return found


def in_new_process(job: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--job", job]
    answer: dict[str, Any] = json.loads(
        subprocess.check_output(command, text=True).splitlines()[-1]
    )
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", choices=("motion", "mp4", "memory", "again"))
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.job:
        print(json.dumps(measure(options.job)))
        return
    found = {job: in_new_process(job) for job in ("motion", "mp4", "memory", "again")}
    twice = in_new_process("again")
    values = {
        "audio to Motion, ratio": found["motion"]["motion_ratio"],
        "the same, words written and performed": found["motion"]["words_ratio"],
        "audio to mp4 512 x 512 at 25 fps, ratio": found["mp4"]["mp4_ratio"],
        "same, target": found["mp4"]["mp4_ratio"],
        "peak memory for 10 minutes, all files, GB": found["memory"]["peak_gb"],
    }
    rows = ["| what | measured | limit | |", "|---|---|---|---|"]
    failed = False
    for name, value in values.items():
        limit, kind = LIMITS[name]
        passed = value <= limit
        failed |= kind == "gate" and not passed
        rows.append(f"| {name} | {value:.3f} | {limit} ({kind}) | {'yes' if passed else 'NO'} |")
    same = found["again"]["hash"] == twice["hash"]
    failed |= not same
    rows.append(
        f"| same seed, same bytes in two processes | {same} | gate | {'yes' if same else 'NO'} |"
    )
    rows.append(f"| importing, loading, first call, s | {found['motion']['loading_s']:.1f} | | |")
    table = "\n".join(rows)
    print(table)
    if options.write:
        cpu = f"{platform.machine()}, {len(__import__('os').sched_getaffinity(0))} cores"
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.with_suffix(".json").write_text(
            json.dumps(found | {"twice": twice}, indent=2) + "\n"
        )
        RESULTS.with_suffix(".md").write_text(
            "# Speed and memory\n\nMade by `python benchmarks/animate.py --write` "
            f"({cpu}); ratios are processing time over audio length.\n\n{table}\n"
        )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
