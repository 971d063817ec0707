"""What level, noise and a room change, and what the mouth does where nobody speaks."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.conditions.speechless import speechless_sounds
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
