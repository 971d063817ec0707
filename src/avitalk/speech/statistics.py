"""Frames of a stretch of voice in, one vector of statistics out: families of numbers, level-free.

Means, spreads, percentiles and courses in the manner of the acoustic parameter sets of emotion
research (Eyben et al. 2016), of what `avitalk.speech.voice` hears and of the speech encoder's
features. Multiplying the samples by a constant changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import FEATURE_RATE_HZ
from avitalk.speech.phones import PHONES, SIL
from avitalk.speech.voice import BANDS, RATE_HZ, VoiceFrames

Floats = NDArray[np.float32]

VOICED: Final = 0.5
SPEECH_DB: Final = 30.0  # below the loud part
FEWEST: Final = 8  # voiced frames that make a statistic
CEPSTRA: Final = 13
FLOOR: Final = 14.0  # nepers below the mean power: 60 dB
AUDIBLE_DB: Final = 25.0
SEMITONES: Final = 12


def spoken(frames: VoiceFrames) -> tuple[int, int]:
    """First and last frame of speech: what is loud enough and voiced, and 80 ms around it."""
    top = np.percentile(frames.loudness, 95)
    least = min(0.4, float(np.percentile(frames.voicing, 60)))
    at = np.flatnonzero((frames.loudness > top - SPEECH_DB) & (frames.voicing >= least))
    if len(at) == 0:
        return 0, len(frames)
    return max(0, int(at[0]) - 8), min(len(frames), int(at[-1]) + 9)


def statistics(frames: VoiceFrames, features: Floats) -> Mapping[str, Floats]:
    """Statistics by family of one stretch, a few seconds at most.

    `features` (T', >= 104) are the speech encoder's values at 50 Hz over the same stretch: phone
    posteriors, then bottleneck features.
    """
    loudness = frames.loudness.astype(np.float64)
    top = np.percentile(loudness, 95)
    speech = loudness > top - SPEECH_DB
    voiced = speech & (frames.voicing > VOICED)
    if voiced.sum() < FEWEST:
        voiced = loudness >= np.median(loudness)
    level = 10 * np.log10(np.mean(10 ** (loudness[speech] / 10)))
    relative = loudness - level
    floor = np.log(np.exp(frames.mel.astype(np.float64)).mean()) - FLOOR
    mel = np.maximum(frames.mel, floor)
    cepstra = mel @ _COSINES
    found = {
        "pitch": _pitch(SEMITONES * frames.pitch[voiced].astype(np.float64)),
        "loudness": _loudness(relative, speech),
        "timing": _timing(frames, relative, voiced, speech),
        "quality": _spread(frames.quality[voiced], frames.quality[speech]),
        "spectrum": np.concatenate([cepstra[voiced].mean(0), cepstra[speech].mean(0)]),
        "spread": np.concatenate([cepstra[voiced].std(0), cepstra[speech].std(0)]),
        "movement": np.abs(np.diff(cepstra[speech], axis=0)).mean(0),
        "average": _average(mel[voiced]),
        "phones": _phones(features),
    }
    return {name: np.nan_to_num(values).astype(np.float32) for name, values in found.items()}


_COSINES: Final = np.cos(
    np.pi * np.outer(np.arange(BANDS) + 0.5, np.arange(1, CEPSTRA + 1)) / BANDS
) * np.sqrt(2 / BANDS)


def _shape(values: NDArray[np.float64]) -> list[float]:
    low, middle, high = np.percentile(values, [10, 50, 90])
    return [values.mean(), values.std(), low, middle, high, high - low]


def _slope(values: NDArray[np.float64]) -> float:
    """Half the rise over the stretch, of a straight line through the values, roughly."""
    return float((np.linspace(-1, 1, len(values)) * (values - values.mean())).mean())


def _pitch(semitones: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.diff(semitones)
    return np.array([*_shape(semitones), np.abs(steps).mean(), steps.std(), _slope(semitones)])


def _loudness(relative: NDArray[np.float64], speech: NDArray[np.bool_]) -> NDArray[np.float64]:
    steps = np.abs(np.diff(relative[speech]))
    return np.array([*_shape(relative[speech]), steps.mean(), _slope(relative)])


def _timing(
    frames: VoiceFrames,
    relative: NDArray[np.float64],
    voiced: NDArray[np.bool_],
    speech: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """How much is voiced, how clearly, beats of loudness a second, lengths of voiced runs."""
    smooth = np.convolve(relative, _HANNING, "same")
    beats = (smooth[1:-1] > smooth[:-2]) & (smooth[1:-1] >= smooth[2:])
    beats &= smooth[1:-1] > -AUDIBLE_DB
    edges = np.diff(np.concatenate([[0], voiced.astype(int), [0]]))
    runs = np.flatnonzero(edges < 0) - np.flatnonzero(edges > 0)
    seconds = len(relative) / RATE_HZ
    clear = frames.voicing[speech]
    return np.array(
        [
            voiced.mean(), speech.mean(), clear.mean(), clear.std(), beats.sum() / seconds,
            runs.mean(), runs.std(), len(runs) / seconds,
        ]
    )  # fmt: skip


_HANNING: Final = np.hanning(9) / np.hanning(9).sum()


def _spread(voiced: Floats, speech: Floats) -> NDArray[np.float64]:
    parts = [voiced.mean(0), voiced.std(0), speech.mean(0), speech.std(0)]
    return np.concatenate(parts)


def _average(mel: Floats) -> NDArray[np.float64]:
    """Long-term average spectrum about its mean, and how much each band varies."""
    mean = mel.mean(0)
    return np.concatenate([mean - mean.mean(), mel.std(0)])


def _phones(features: Floats) -> NDArray[np.float64]:
    """Bottleneck features where somebody speaks, how they vary and move; how sure the phones are,
    how often they change, how much is speech.
    """
    phones = features[:, : len(PHONES)].astype(np.float64)
    inner = features[:, len(PHONES) : len(PHONES) + 64].astype(np.float64)
    weight = 1 - phones[:, SIL]
    weight = weight / (weight.sum() + 1e-6)
    mean = weight @ inner
    spread = np.sqrt(weight @ np.square(inner - mean))
    entropy = weight @ -(phones * np.log(phones + 1e-9)).sum(1)
    changes = np.mean(np.diff(phones.argmax(1)) != 0) * FEATURE_RATE_HZ
    movement = np.abs(np.diff(inner, axis=0)).mean(0)
    return np.concatenate([mean, spread, movement, [entropy, changes, 1 - phones[:, SIL].mean()]])


@dataclass(frozen=True, slots=True)
class VoiceSummary:
    """A voice in a few numbers that people can read; level-free."""

    duration_s: float
    """Seconds of speech."""
    pitch: float
    """Median pitch, log2 of Hz."""
    pitch_range: float
    """Semitones between the 10th and the 90th percentile."""
    pitch_slope: float
    """Half the rise over the stretch, semitones."""
    loudness_range: float
    """dB between the 10th and the 90th percentile of speech."""
    loudness_slope: float
    """Half the rise over the stretch, dB."""
    rate: float
    """Changes of phone a second."""
    effort: float
    """dB of 1 to 3 kHz over what is below 500 Hz where voiced: loud voices are bright voices."""
    breath: float
    """dB of the first harmonic over the second where voiced: breathy high, pressed low."""
    voicing: float
    """0 to 1, how clearly voiced."""


def summarise(frames: VoiceFrames, features: Floats) -> VoiceSummary:
    """What stands out of one stretch; arguments as for `statistics`."""
    found = statistics(frames, features)
    pitch, loudness, quality = found["pitch"], found["loudness"], found["quality"]
    return VoiceSummary(
        duration_s=len(frames) / RATE_HZ,
        pitch=float(pitch[3]) / SEMITONES,
        pitch_range=float(pitch[5]),
        pitch_slope=float(pitch[8]),
        loudness_range=float(loudness[5]),
        loudness_slope=float(loudness[7]),
        rate=float(found["phones"][-2]),
        effort=-float(quality[4] + quality[5]),
        breath=float(quality[0]),
        voicing=float(found["timing"][2]),
    )
