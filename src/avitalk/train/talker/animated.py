"""FACEGOOD's animated mouth -> lessons: a second speaker, another language, another manner."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from avitalk.audio import MOTION_FPS, SAMPLES_PER_FEATURE
from avitalk.data.augment import Wave
from avitalk.data.clips import PhoneTime
from avitalk.data.facegood import AnimatedClip, read_facegood
from avitalk.data.split import Part, part_of
from avitalk.speech import SpeechEncoder
from avitalk.speech.phones import phone_segments
from avitalk.talker.shapes import contraction
from avitalk.train.talker.lessons import Lesson, altered, at_speed
from avitalk.train.talker.targets import pause_shares
from avitalk.types import Speech

CORPUS: Final = "facegood"
PART_FRAMES: Final = 300
"""Recordings of two minutes are heard in parts, each in other voices and rooms."""


def animated_clips(folder: Path, part: Part) -> Iterator[tuple[AnimatedClip, Wave]]:
    """Clips of one part with their samples (N,) at 16 kHz."""
    for clip in read_facegood(folder):
        if part_of(CORPUS, "", clip.clip_id) == part:
            wave, _ = soundfile.read(folder / "audio" / f"{clip.clip_id}.ogg", dtype="float32")
            yield clip, wave


def mouth_weights(clip: AnimatedClip, frames: int) -> NDArray[np.float64]:
    """(frames, K) weights of the talker's shapes at 50 Hz."""
    weights = clip.motion.resample(MOTION_FPS).weights @ contraction()
    rows = np.arange(frames).clip(max=len(weights) - 1)
    return np.asarray(weights[rows], np.float64)


def animated_lessons(
    folder: Path, encoder: SpeechEncoder, *, copies: int, seed: int
) -> Iterator[Lesson]:
    """Lessons of the training part; in pauses, as the encoder hears them, the lips are shut."""
    rng = np.random.default_rng(seed)
    for clip, wave in animated_clips(folder, "train"):
        heard = encoder.encode(Speech(wave))
        frames = len(heard.values)
        said = [PhoneTime(s.phone, s.start_s, s.end_s) for s in phone_segments(heard)]
        shut = pause_shares(said, frames)
        weights = mouth_weights(clip, frames) * (1 - shut)[:, None]
        for start in range(0, frames - PART_FRAMES // 3, PART_FRAMES):
            wanted = weights[start : start + PART_FRAMES]
            samples = wave[start * SAMPLES_PER_FEATURE :][: len(wanted) * SAMPLES_PER_FEATURE]
            for copy in range(copies):
                changed, factor = altered(rng, samples, plain=copy == 0)
                values = encoder.encode(Speech(changed)).values
                moved = at_speed(wanted, factor, len(values)).astype(np.float16)
                yield Lesson(CORPUS, values.astype(np.float16), moved, None)
