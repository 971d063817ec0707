"""What level, noise and a room change, and what the mouth does where nobody speaks."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.data import augment
from avitalk.evaluate.metrics import lips
from avitalk.speech import SpeechEncoder
from avitalk.train.speech.evaluate import echoing, noisy
from avitalk.train.talker.measure.chain import Mouth, Wave, hear
from avitalk.train.talker.measure.filmed import Filmed
from avitalk.types import Motion, Speech

Array = NDArray[np.float64]
CHANGES: Final[dict[str, Callable[[Wave], Wave]]] = {
    "level x0.5": lambda wave: wave * np.float32(0.5),
    "level x2": lambda wave: wave * np.float32(2),
    "white noise, 10 dB": noisy,
    "room, T60 0.5 s": echoing,
}
SPEECHLESS_S: Final = 10


def robustness_rows(
    encoder: SpeechEncoder, mouth: Mouth, filmed: Sequence[Filmed], motions: Sequence[Motion]
) -> dict[str, Any]:
    """Aperture r under each change, its fall clip by clip, and the largest change of the gap."""
    truth = [item.target.tracked_gap for item in filmed]
    clean = [mouth.gap(motion) for motion in motions]
    before = correlations(clean, truth)
    rows = {}
    for name, change in CHANGES.items():
        changed = hear(encoder, [item.heard.clip for item in filmed], change)
        gaps = [mouth.gap(motion) for motion in mouth.motions(changed)]
        after = correlations(gaps, truth)
        rows[name] = {
            "aperture r": asdict(lips.bootstrap(after)),
            "fall of r": asdict(lips.bootstrap(before - after)),
            "largest change mm": max(
                float(np.abs(a - b).max()) for a, b in zip(gaps, clean, strict=True)
            ),
        }
    return rows


def correlations(gaps: Sequence[Array], truth: Sequence[Array]) -> Array:
    """(clips,) Pearson's r."""
    return np.array([lips.correlation(g, t) for g, t in zip(gaps, truth, strict=True)])


def speechless_rows(encoder: SpeechEncoder, mouth: Mouth, limit_mm: float) -> dict[str, Any]:
    """Share of frames with closed lips, and the widest opening, where nobody speaks."""
    rows = {}
    for name, wave in speechless_sounds().items():
        features = encoder.encode(Speech(np.asarray(wave, np.float32)))
        gap = mouth.gap(mouth.motion(features))
        rows[name] = {"closed": float((gap <= limit_mm).mean()), "widest mm": float(gap.max())}
    return rows


def speechless_sounds() -> dict[str, Wave]:
    """Ten seconds of each sound at 16 kHz."""
    rng = np.random.default_rng(99)
    count = SPEECHLESS_S * SAMPLE_RATE_HZ
    return {
        "digital silence": np.zeros(count, np.float32),
        "white noise": 0.1 * augment.unit(rng.normal(size=count)),
        "faint white noise": 0.001 * augment.unit(rng.normal(size=count)),
        "pink noise": 0.1 * augment.unit(_pink(rng, count)),
        "hum 50 Hz": 0.1 * augment.unit(_hum(count)),
        "instrumental music": 0.1 * augment.music(rng, count),
        "instrumental music, another piece": 0.1 * augment.music(rng, count),
        "breath": 0.05 * augment.unit(_breath(rng, count)),
        "faint breath": 0.002 * augment.unit(_breath(rng, count)),
    }


def _pink(rng: np.random.Generator, count: int) -> Array:
    spectrum = np.fft.rfft(rng.normal(size=count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 30))
    return np.asarray(np.fft.irfft(spectrum, count))


def _hum(count: int) -> Array:
    t = np.arange(count) / SAMPLE_RATE_HZ
    return np.asarray(np.sum([np.sin(2 * np.pi * 50 * k * t) / k for k in range(1, 8)], axis=0))


def _breath(rng: np.random.Generator, count: int) -> Array:
    """Hiss that swells and fades every 2.5 s, highest around 1.5 kHz."""
    spectrum = np.fft.rfft(rng.normal(size=count))
    hz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE_HZ)
    hiss = np.fft.irfft(spectrum * np.exp(-np.square(np.log(np.maximum(hz, 1) / 1500))), count)
    t = np.arange(count) / SAMPLE_RATE_HZ
    return np.asarray(hiss * np.maximum(0, np.sin(2 * np.pi * t / 2.5)) ** 2)
