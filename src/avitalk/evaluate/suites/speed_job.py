"""One measurement in a process of its own: `python -m avitalk.evaluate.suites.speed_job`.

A system and a length in; seconds, and the memory that this process ever held, as JSON out. Loading,
and one performance of a second, come before the clock starts.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from avitalk import audio
from avitalk.evaluate.systems import ZOO, find_systems, zoo_class
from avitalk.pipeline import Animator
from avitalk.speech.prosody import prosody_of, voice_and_loudness
from avitalk.style.cues import cues_for
from avitalk.talker import idle_motion
from avitalk.types import Speech

PUBLISHED: Final = ", published size"
STAGES: Final = "avitalk, by stage"
WARM_S: Final = 1.0


def speech_of(voices: list[Path], seconds: float) -> Speech:
    """Recordings one after another, over again where they are too short, cut to a length."""
    wanted = round(seconds * audio.SAMPLE_RATE_HZ)
    parts: list[np.ndarray] = []
    while sum(map(len, parts)) < wanted:
        for voice in voices:
            parts.append(audio.load(voice).samples)
            if sum(map(len, parts)) >= wanted:
                break
    return Speech(np.concatenate(parts)[:wanted], source=f"{seconds:g} s")


def maker(system: str) -> Callable[[Speech], Any]:
    """What is timed: Speech in, a Motion out; of a published size, the network's own output."""
    if system.endswith(PUBLISHED):
        name = system.removesuffix(PUBLISHED)
        outputs: Callable[[Speech], Any] = zoo_class(name).published(seed=0).outputs
        return outputs
    found = find_systems([system])[0]
    return lambda speech: found.perform(speech, "speed", 0)


def stages(speech: Speech) -> dict[str, float]:
    """Seconds of each of our stages."""
    animator = Animator()
    animator.animate(speech_of_part(speech), seed=0)
    found: dict[str, float] = {}

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        found[name] = time.perf_counter() - began

    with timed("speech encoder"):
        features = animator.encoder.encode(speech)
    with timed("instructions: ear and language model"):
        words = animator.instructor.write(speech, features, seed=0)
    with timed("talker"):
        mouth = animator.talker.animate(features)
    with timed("idle motion"):
        voice, loudness = voice_and_loudness(speech, features)
        rest = idle_motion(voice, loudness, fps=mouth.fps, seed=0)
    with timed("style: text tower and diffusion prior"):
        cues = cues_for(words, animator.writer, seed=0)
    with timed("performer"):
        heard = prosody_of(speech)
        animator.performer.perform(mouth, heard, cues, rest, seed=0, duration_s=speech.duration_s)
    return found


def speech_of_part(speech: Speech) -> Speech:
    """Its first second."""
    return Speech(speech.samples[: speech.rate_hz], source="warm-up")


def main() -> None:
    """Command line; prints one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [*ZOO, *(f"{name}{PUBLISHED}" for name in ZOO), STAGES]
    parser.add_argument("--system", required=True, help=f"as in --models, or: {', '.join(names)}")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--voices", type=Path, nargs="+", required=True)
    given = parser.parse_args()
    speech = speech_of(given.voices, given.seconds)
    if given.system == STAGES:
        answer: dict[str, Any] = stages(speech)
    else:
        animate = maker(given.system)
        animate(speech_of(given.voices, WARM_S))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        began = time.perf_counter()
        animate(speech)
        answer = {
            "seconds": time.perf_counter() - began,
            "loaded_mb": before,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
