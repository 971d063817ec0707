"""What takes its time the first time: compiled loops, weights read from disk, the default head."""

from collections.abc import Callable, Iterator

import numpy as np

from avitalk import audio
from avitalk.pipeline import Animator
from avitalk.studio.heads import model_of
from avitalk.studio.performance import Performance, Settings
from avitalk.studio.schemas import Face


def rehearsal(models: Callable[[], Animator], seconds: float) -> Iterator[Callable[[], object]]:
    """Steps that load the models, hear, write and perform noise, and build the default head."""
    yield models
    count = int(seconds * audio.SAMPLE_RATE_HZ)
    noise = np.random.default_rng(0).normal(0, 0.1, count) * np.hanning(count)
    speech = audio.from_array(noise, audio.SAMPLE_RATE_HZ, name="noise")
    found: dict[str, Performance] = {}
    yield lambda: found.update(heard=Performance.hear(models(), speech))
    yield lambda: found["heard"].perform(found["heard"].write(), Settings())
    yield lambda: model_of(Face())
