"""The ear at the paper's scale: speech in, frames (T, D) of HuBERT or wav2vec 2.0 of a stretch out.

AVI-Talking section 3.3.1 takes HuBERT's features frame by frame. Where they stand needs no sign:
both networks add one to what they attend to, by a convolution.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.instruct.ear import WINDOW_S, speech_between
from avitalk.speech.load import Encoder
from avitalk.speech.voice import RATE_HZ, VoiceFrames, voice_frames
from avitalk.types import Speech

Floats = NDArray[np.float32]

WINDOW_FRAMES: Final = round(WINDOW_S * 50)
MOST_FRAMES: Final = 10 * WINDOW_FRAMES
"""Frames of one stretch at most; more are thinned evenly."""
_RATIO: Final = round(RATE_HZ / 50)


@dataclass(frozen=True, slots=True, eq=False)
class FrameEar:
    """What is heard of one recording; ask for any stretch of it."""

    frames: VoiceFrames
    """How the voice sounds, 100 Hz: it tells where somebody speaks."""
    features: Floats
    """(T, D) of the encoder, 50 Hz."""

    @classmethod
    def listen(cls, speech: Speech, encoder: Encoder) -> "FrameEar":
        """Raises InputError as the encoder does."""
        return cls(voice_frames(speech), encoder.encode(speech).values)

    def heard(self, start_s: float = 0.0, end_s: float | None = None) -> Floats:
        """(T, D) frames between two times without the silence around them; (0, D) where there is
        too little.
        """
        stretch = speech_between(self.frames, start_s, end_s)
        if stretch is None:
            return self.features[:0]
        rows = slice(stretch[0] // _RATIO, max(stretch[1] // _RATIO, 1))
        found = np.array(self.features[rows])
        if len(found) <= MOST_FRAMES:
            return found
        thinned = np.linspace(0, len(found) - 1, MOST_FRAMES).round().astype(int)
        return np.asarray(found[thinned])
