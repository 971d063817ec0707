"""Corpora and systems that tests of the suites make for themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from avitalk.arkit import INDEX
from avitalk.types import Motion, Speech

RATE_HZ = 16_000
SECONDS = 2.0


def voice(number: int, seconds: float = SECONDS) -> np.ndarray:
    """(N,) a buzz that swells and fades, another one for each number; silent at both ends."""
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    pitch = 110 + 15 * number
    buzz = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in range(1, 20))
    swell = np.maximum(0, np.sin(2 * np.pi * (1.5 + 0.3 * number) * t + number))
    inside = (t > 0.2) & (t < seconds - 0.6)
    return (0.1 * buzz * swell * inside).astype(np.float32)


def face(number: int, seconds: float = SECONDS, fps: float = 50.0) -> Motion:
    """A mouth that opens with `voice(number)` and brows that rise and fall."""
    frames = round(seconds * fps)
    t = np.arange(frames) / fps
    swell = np.maximum(0, np.sin(2 * np.pi * (1.5 + 0.3 * number) * t + number))
    swell *= (t > 0.2) & (t < seconds - 0.6)
    motion = Motion.still(frames, fps)
    weights = np.array(motion.weights)
    weights[:, INDEX["jawOpen"]] = 0.5 * swell
    weights[:, INDEX["browInnerUp"]] = 0.3 + 0.2 * np.sin(2 * np.pi * t)
    return motion.with_weights(weights)


def made_corpus(folder: Path, count: int = 4) -> Path:
    """A folder of recordings with true faces; recording i is `voice(i)`, its face `face(i)`."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        soundfile.write(folder / f"clip{number}.wav", voice(number), RATE_HZ)
        face(number).save(folder / f"clip{number}.motion.npz")
    return folder


@dataclass
class Fake:
    """A system that does what a function of the clip's number says, and counts its calls."""

    name: str
    motion: Callable[[int], Motion]
    calls: int = 0
    fingerprint: str = "fake"

    def perform(self, speech: Speech, take_id: str, seed: int) -> Motion:
        """The motion of the clip that a take is of."""
        self.calls += 1
        digits = [c for c in take_id if c.isdigit()]
        return self.motion(int(digits[0]) if digits else 0)


def perfect() -> Fake:
    """Does what truth does."""
    return Fake("perfect", face)


def still() -> Fake:
    """Never moves."""
    return Fake("still", lambda number: Motion.still(round(SECONDS * 50), 50.0))


def weak(share: float = 0.5) -> Fake:
    """Does what truth does, by a share."""
    return Fake("weak", lambda n: face(n).with_weights(face(n).weights * np.float32(share)))
