"""Seconds that encoder and talker take, and the size of their files."""

import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.speech import SpeechEncoder
from avitalk.talker import Talker
from avitalk.types import Speech

LENGTH_S: Final = 30
TURNS: Final = 3


def cost_rows(
    encoder: SpeechEncoder, talker: Talker, encoder_file: Path, talker_file: Path
) -> dict[str, Any]:
    """CPU seconds per second of audio (the best of three turns over 30 s), and bytes."""
    wave = 0.1 * np.random.default_rng(0).normal(size=LENGTH_S * SAMPLE_RATE_HZ)
    speech = Speech(wave.astype(np.float32))
    heard, moved = [], []
    for _ in range(TURNS):
        begun = time.process_time()
        features = encoder.encode(speech)
        middle = time.process_time()
        talker.animate(features)
        heard.append(middle - begun)
        moved.append(time.process_time() - middle)
    sizes = {"encoder": encoder_file.stat().st_size, "talker": talker_file.stat().st_size}
    return {
        "encoder s per s": min(heard) / LENGTH_S,
        "talker s per s": min(moved) / LENGTH_S,
        "bytes": sizes,
        "megabytes": sum(sizes.values()) / 1e6,
        "parameters": {
            "encoder": sum(p.numel() for p in encoder.network.parameters()),
            "talker": sum(p.numel() for p in talker.network.parameters()),
        },
    }
