"""A made-up recording for tests of performances: syllables, closures, rounding, a pause."""

import numpy as np

from avitalk.arkit import INDEX

FPS = 50


def SYLLABLES_S(seconds: float) -> list[float]:  # noqa: N802
    """Times of the stressed syllables in `spoken`."""
    return [at for at in np.arange(0.7, seconds - 0.3, 0.8).tolist() if at % 4 < 3]


def spoken(seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Lips (F, 52) and prosody (F, 6) at 50 Hz: 2.5 syllables a second of which every second is
    stressed, lips meeting for 60 ms between them, one second of silence in every four.
    """
    t = np.arange(round(seconds * FPS)) / FPS
    talking = np.clip(np.minimum(t - 0.3, 3.3 - t % 4) / 0.15, 0, 1) * (t % 4 < 3.3)
    opening = np.clip(0.5 + 0.75 * np.sin(2 * np.pi * 2.5 * (t - 0.2)), 0, 1) ** 1.2
    lips = np.zeros((len(t), 52), np.float32)
    lips[:, INDEX["jawOpen"]] = 0.3 * opening * talking
    rounding = np.clip(np.sin(2 * np.pi * 0.6 * t), 0, 1) * opening * talking
    lips[:, INDEX["mouthFunnel"]] = 0.3 * rounding
    lips[:, INDEX["mouthPucker"]] = 0.4 * rounding
    for side in ("Left", "Right"):
        lips[:, INDEX[f"mouthLowerDown{side}"]] = 0.25 * opening * talking
    stress = sum(np.exp(-0.5 * ((t - at) / 0.07) ** 2) for at in SYLLABLES_S(seconds))
    loud = 0.25 + 0.2 * opening + 0.45 * stress
    prosody = np.zeros((len(t), 6), np.float32)
    prosody[:, :4] = np.where(talking > 0.5, loud, -1.3)[:, None]
    prosody[:, 4] = np.where(talking > 0.5, 0.7, 0.0)
    prosody[:, 5] = np.where(talking > 0.5, 0.3 * stress, 0.0)
    return lips, prosody
