"""How long stage 1 takes: voice to words, measured on the example recording.

    python benchmarks/instruct.py            prints, exit code 1 if a gate fails
    python benchmarks/instruct.py --write    also puts it into docs/results/instruct.json

Needs nothing but the package. Ratios are processing time over the audio's length, encoder and
`Instructor.write` after a warm-up; the cold start is `avitalk instruct` on a 10 s clip, from the
start of its process to its file. `--models FOLDER` takes other models than the package's for the
ratios.
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
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
VOICE = ROOT / "examples" / "dashwood.wav"
SAVED = ROOT / "docs" / "results" / "instruct.json"
PROGRAM = Path(sys.executable).with_name("avitalk")
LENGTHS_S = (10.0, 30.0, 120.0)
COLD_S = 10.0
RATIO, START_S = 0.15, 5.0
TIMES = 3


def speech_of(seconds: float) -> Any:
    """The example recording, repeated to `seconds`."""
    from avitalk import audio

    once = audio.load(VOICE).samples
    repeated = np.resize(np.concatenate([once, np.zeros(8000, np.float32)]), int(seconds * 16_000))
    return audio.from_array(repeated, 16_000, name="example.wav")


def ratios(models: Path | None) -> list[dict[str, float]]:
    """Time over length; the median of some runs, each of another seed."""
    from avitalk import weights
    from avitalk.instruct.instructor import Instructor
    from avitalk.speech import SpeechEncoder

    encoder = SpeechEncoder.load(weights.find("speech-encoder").path)
    instructor = Instructor.load(models, encoder=encoder)
    instructor.write(speech_of(3.0))
    found = []
    for seconds in LENGTHS_S:
        speech = speech_of(seconds)
        spent = []
        for seed in range(TIMES):
            started = time.perf_counter()
            instructor.write(speech, seed=seed)
            spent.append(time.perf_counter() - started)
        found.append({"seconds": seconds, "ratio": float(np.median(spent)) / seconds})
    return found


def cold_start() -> float:
    """Seconds that the command line takes for a short clip; the median of some runs."""
    import soundfile

    spent = []
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.wav"
        soundfile.write(clip, speech_of(COLD_S).samples, 16_000)
        for number in range(TIMES):
            out = Path(folder) / f"{number}.yaml"
            command = [str(PROGRAM), "instruct", str(clip), "-o", str(out)]
            started = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            spent.append(time.perf_counter() - started)
            if not out.is_file():
                raise RuntimeError(f"{' '.join(command)} wrote no file")
    return float(np.median(spent))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    lengths = ratios(given.models)
    worst = max(row["ratio"] for row in lengths)
    cold_s = cold_start()
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    part = {
        "ratio": worst, "lengths": lengths, "cold_s": cold_s, "cold_audio_s": COLD_S,
        "machine": f"{platform.machine()}, {cores} cores", "load": load,
    }  # fmt: skip
    print(json.dumps(part, indent=1))
    if given.write:
        saved = json.loads(SAVED.read_text()) if SAVED.is_file() else {}
        SAVED.write_text(json.dumps(saved | {"time": part}, indent=1) + "\n")
    sys.exit(1 if worst > RATIO or cold_s > START_S else 0)


if __name__ == "__main__":
    main()
