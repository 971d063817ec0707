"""How long stage 2 takes, and the whole way to the Motion, measured on the example recording.

    python benchmarks/style.py            prints, exit code 1 if a gate fails
    python benchmarks/style.py --write    also puts it into docs/results/style.json

Needs nothing but the package. Ratios are CPU seconds over the audio's length, the best of some
turns after a warm-up, all in one process on one thread. Stage 2 is everything beyond talker and
idle motion: styles and demands of the words that stage 1 wrote, prosody, performance. The length
is long enough for several segments; `--writer` and `--performer` take other weights.
"""

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
VOICE = ROOT / "examples" / "dashwood.wav"
SAVED = ROOT / "docs" / "results" / "style.json"
LENGTH_S = 30.0
TURNS = 5
STAGE, ANIMATE, MEGABYTES = 0.05, 0.25, 60.0


def speech_of(seconds: float) -> Any:
    """The example recording, repeated to `seconds`."""
    from avitalk import audio

    once = audio.load(VOICE).samples
    repeated = np.resize(np.concatenate([once, np.zeros(8000, np.float32)]), int(seconds * 16_000))
    return audio.from_array(repeated, 16_000, name="example.wav")


def seconds_of(job: Callable[[], Any]) -> float:
    """CPU seconds, the least of TURNS."""
    spent = []
    for _ in range(TURNS):
        started = time.process_time()
        job()
        spent.append(time.process_time() - started)
    return min(spent)


def measured(writer: Path | None, performer: Path | None) -> dict[str, Any]:
    """All ratios, and the size of what is shipped."""
    from avitalk import weights
    from avitalk.facs.demands import demands
    from avitalk.pipeline import Animator
    from avitalk.speech.prosody import prosody_of, voice_and_loudness
    from avitalk.style.cues import cues_for
    from avitalk.style.parts import PRIOR
    from avitalk.style.writer import StyleWriter
    from avitalk.talker import idle_motion
    from avitalk.talker.performer import Performer

    animator = Animator(
        writer=StyleWriter.load(writer or weights.find(PRIOR).path),
        performer=Performer.load(performer or weights.find("performer").path),
    )
    short, speech = speech_of(3.0), speech_of(LENGTH_S)
    for warm in (short, speech):
        animator.animate(warm)
    features = animator.encoder.encode(speech)
    words = animator.instructor.write(speech, features)
    mouth = animator.talker.animate(features)
    voice, loudness = voice_and_loudness(speech, features)
    idle = idle_motion(voice, loudness, fps=mouth.fps)
    cues, prosody = cues_for(words, animator.writer), prosody_of(speech)

    def perform(given: Any) -> Any:
        return animator.performer.perform(mouth, prosody, given, idle, duration_s=speech.duration_s)

    texts = [segment.text for segment in words.segments]
    parts = {
        "styles of the words": seconds_of(lambda: cues_for(words, animator.writer)),
        "of that, demands of the words": seconds_of(lambda: list(map(demands, texts))),
        "prosody": seconds_of(lambda: prosody_of(speech)),
        "performance": seconds_of(lambda: perform(cues)) - seconds_of(lambda: perform(())),
    }
    stage = sum(parts[name] for name in ("styles of the words", "prosody", "performance"))
    whole = seconds_of(lambda: animator.animate(speech))
    neutral = seconds_of(lambda: animator.animate(speech, neutral=True))
    files = {path for folder in weights.FOLDERS for path in folder.glob("*.safetensors")}
    size = sum(path.stat().st_size for path in files)
    extra = [path for path in (writer, performer) if path and path not in files]
    size += sum(path.stat().st_size for path in extra)
    return {
        "machine": f"{platform.machine()}, {platform.system()}, one thread",
        "audio_s": LENGTH_S,
        "segments": len(words.segments),
        "turns": TURNS,
        "stage 2": stage / LENGTH_S,
        "animate": whole / LENGTH_S,
        "animate, neutral": neutral / LENGTH_S,
        "parts": {
            **{name: spent / LENGTH_S for name, spent in parts.items()},
            "stage 2, all": stage / LENGTH_S,
            "animate to Motion": whole / LENGTH_S,
            "animate --neutral to Motion": neutral / LENGTH_S,
        },
        "megabytes": size / 1e6,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--writer", type=Path)
    parser.add_argument("--performer", type=Path)
    parser.add_argument("--out", type=Path, default=SAVED)
    given = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    found = measured(given.writer, given.performer)
    for name, value in found["parts"].items():
        print(f"{name:<32} {value:.4f}")
    print(f"{found['segments']} segments; all weights {found['megabytes']:.1f} MB")
    if given.write:
        saved = json.loads(given.out.read_text()) if given.out.exists() else {}
        given.out.write_text(json.dumps(saved | {"time": found}, indent=1) + "\n")
    kept = found["stage 2"] <= STAGE and found["animate"] <= ANIMATE
    sys.exit(0 if kept and found["megabytes"] <= MEGABYTES else 1)


if __name__ == "__main__":
    main()
