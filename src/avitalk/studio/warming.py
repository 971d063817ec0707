"""What takes its time the first time: compiled loops, weights read from disk, the default head."""

import numpy as np

from avitalk import audio
from avitalk.pipeline import Animator
from avitalk.studio.heads import model_of
from avitalk.studio.performance import Performance, Settings
from avitalk.studio.schemas import Face


def rehearse(animator: Animator, seconds: float) -> None:
    """Hear, write and perform noise, and build the default head's file."""
    count = int(seconds * audio.SAMPLE_RATE_HZ)
    noise = np.random.default_rng(0).normal(0, 0.1, count) * np.hanning(count)
    heard = Performance.hear(animator, audio.from_array(noise, audio.SAMPLE_RATE_HZ, name="noise"))
    heard.perform(heard.write(), Settings())
    model_of(Face())
