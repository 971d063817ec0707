"""The emotion ear of the small configuration: Speech -> statistics of the voice at 50 Hz.

Deviation: published, a second XLSR-large, fine-tuned for emotions, listens. Here every 0.4 s a
window of 1.6 s of the voice is summed up in numbers that nobody trained (pitch, loudness, timing,
quality, spectrum; level-free); what was said (phones) is left out on purpose.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import FEATURE_RATE_HZ
from avitalk.speech.frames import frames_of
from avitalk.speech.phones import PHONES
from avitalk.speech.statistics import VOICED, statistics
from avitalk.speech.voice import RATE_HZ, VoiceFrames, voice_frames
from avitalk.types import Speech, SpeechFeatures
from avitalk.types.frames import between_frames

WINDOW: Final = round(1.6 * RATE_HZ)
HOP: Final = round(0.4 * RATE_HZ)
LEAST: Final = round(0.15 * RATE_HZ)
"""Voiced frames of a window without which it tells nothing."""
FAMILIES: Final = (
    "pitch", "loudness", "timing", "quality", "spectrum", "spread", "movement", "average",
)  # fmt: skip
WIDTH: Final = 202


class VoiceEar:
    """Hears how somebody speaks, not what. The same samples give the same on every run."""

    width = WIDTH

    def encode(self, speech: Speech) -> SpeechFeatures:
        """(T, 202) with T = ceil(N / 320), no posteriors; zeros if no voice is heard at all.

        Raises InputError if the speech is not at 16 kHz or has no samples.
        """
        values = framed(voice_frames(speech), frames_of(speech))
        return SpeechFeatures(values, np.empty((len(values), 0), np.float32))


def summed(frames: VoiceFrames) -> NDArray[np.float32]:
    """(S,) numbers of one window."""
    unheard = np.zeros((max(1, len(frames) // 2), len(PHONES) + 64), np.float32)
    found = statistics(frames, unheard)
    return np.concatenate([found[name] for name in FAMILIES])


def windows(frames: VoiceFrames) -> NDArray[np.float32]:
    """(W, S) of windows centred on 0, 0.4, 0.8 ... s, moved inwards at the ends.

    Where too little is voiced, what was heard last stays; before anything was, what comes first.
    """
    count = len(frames) // HOP + 1
    rows = np.zeros((count, WIDTH), np.float32)
    heard = np.zeros(count, bool)
    before = -1
    for row in range(count):
        first = int(np.clip(row * HOP - WINDOW // 2, 0, max(len(frames) - WINDOW, 0)))
        if first == before:  # at either end several centres share a window
            rows[row], heard[row] = rows[row - 1], heard[row - 1]
            continue
        before = first
        window = frames.slice(first, first + WINDOW)
        heard[row] = (window.voicing > VOICED).sum() >= LEAST
        if heard[row]:
            rows[row] = summed(window)
    if not heard.any():
        return rows
    last = np.maximum.accumulate(np.where(heard, np.arange(count), -1))
    last[last < 0] = int(heard.argmax())
    return rows[last]


def framed(frames: VoiceFrames, count: int) -> NDArray[np.float32]:
    """(count, S) of the windows, at 50 Hz."""
    at = (np.arange(count) + 0.5) * RATE_HZ / FEATURE_RATE_HZ / HOP
    return between_frames(windows(frames), at).astype(np.float32)
