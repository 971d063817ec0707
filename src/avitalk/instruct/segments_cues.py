"""Speech and its features in, cues of delivery by frame out: pitch, effort, breath, rate.

Each is divided by a fixed number, chosen on four speakers of EmoDB joined clip to clip
(`benchmarks/delivery.py`); nothing is normalised over the file. Loudness itself is no cue: it
follows the microphone and the mixing desk as much as the speaker, and cuts were no better with it.
Vocal effort shows in how much of a vowel's power lies above 1 kHz, whatever the gain.
"""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from avitalk.audio import FEATURE_RATE_HZ, SAMPLES_PER_FEATURE
from avitalk.instruct.segments import Cues, Span, split
from avitalk.nn.chunks import Chunk, chunks
from avitalk.nn.threads import side_by_side
from avitalk.speech.phones import PHONES, SIL, VOWELS
from avitalk.speech.prosody import Prosody
from avitalk.types import Speech, SpeechFeatures

Floats = NDArray[np.float64]

CHUNK_FRAMES: Final = 1500  # 30 s
SPREADS: Final = {"pitch": 0.14, "mid": 0.28, "high": 0.5, "breath": 0.15, "rate": 0.08}
"""What each cue is divided by: octaves; decades of 1 to 3 kHz, and of what is above, over what is
below 1 kHz; height of the periodicity peak in vowels; changes of phone a frame."""
VOICED: Final = 0.45
"""Periodicity above which a frame has a pitch."""
RATE_S: Final = 0.5
"""Window of the rate of speech."""
PITCHES: Final = 7
"""Voiced frames of the median that removes slips of an octave."""
IS_VOWEL: Final = [phone in VOWELS for phone in PHONES]


def spans_of(speech: Speech, features: SpeechFeatures) -> list[Span]:
    """Where to cut a recording into spans of one delivery each; [] if nobody speaks.

    Features have to state phones (`phone_log_probs`), as those of our own encoder do.
    """
    voice = 1.0 - np.exp(features.phone_log_probs[:, SIL].astype(np.float64))
    rate_hz, duration_s = features.rate_hz, speech.duration_s
    return split(voice, delivery(speech, features), rate_hz=rate_hz, duration_s=duration_s)


def delivery(speech: Speech, features: SpeechFeatures) -> Cues:
    """Cues (T, 5) in the order of SPREADS, one row a frame of the features."""
    bands, periodicity, octaves = _heard(speech, len(features.values))
    phones = np.exp(features.phone_log_probs.astype(np.float64))
    speaking = phones[:, SIL] < 0.5
    voiced = speaking & (periodicity > VOICED)
    vowel = speaking * phones[:, IS_VOWEL].sum(axis=1)
    low, mid, high = bands.T
    told = {
        "pitch": (_steady(octaves, voiced), voiced),
        "mid": (mid - low, vowel),
        "high": (high - low, vowel),
        "breath": (periodicity, vowel),
        "rate": (_rate(phones), speaking),
    }
    values = [told[name][0] / spread for name, spread in SPREADS.items()]
    weights = [np.asarray(told[name][1], np.float64) for name in SPREADS]
    return Cues(np.stack(values, axis=1), np.stack(weights, axis=1))


def _steady(octaves: Floats, voiced: NDArray[np.bool_]) -> Floats:
    """Pitch as the median over PITCHES voiced frames."""
    steady = octaves.copy()
    heard = octaves[voiced]
    if len(heard):
        padded = np.pad(heard, PITCHES // 2, mode="edge")
        around = np.lib.stride_tricks.sliding_window_view(padded, PITCHES)
        steady[voiced] = np.median(around, axis=1)
    return steady


def _rate(phones: Floats) -> Floats:
    """(T, P) posteriors -> (T,) expected changes of phone a frame, over RATE_S."""
    changes = 0.5 * np.abs(np.diff(phones, axis=0, prepend=phones[:1])).sum(axis=1)
    half = round(RATE_S * FEATURE_RATE_HZ / 2)
    kernel = np.ones(2 * half + 1) / (2 * half + 1)
    return np.convolve(np.pad(changes, half, mode="edge"), kernel, mode="valid")


def _heard(speech: Speech, frames: int) -> tuple[Floats, Floats, Floats]:
    """Log10 power (T, 3) by band, height of the periodicity peak (T,), pitch (T,) in octaves."""
    listening = Prosody()
    bands, periodicity, octaves = np.empty((frames, 3)), np.empty(frames), np.empty(frames)

    def hear(chunk: Chunk) -> None:
        read = speech.samples[chunk.samples(SAMPLES_PER_FEATURE)]
        heard = listening.unscaled(torch.from_numpy(np.array(read, np.float32))[None])
        for target, part in zip((bands, periodicity, octaves), heard, strict=True):
            target[chunk.rows] = part[0, chunk.kept].numpy()

    side_by_side(hear, chunks(frames, size=CHUNK_FRAMES, back=2, ahead=2))
    return bands, periodicity, octaves
