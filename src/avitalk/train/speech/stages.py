"""The two stages in which the shipped encoder was trained, as configs and recipes by name.

`first` starts from nothing with dilated convolutions alone; `grown` adds causal attention to an
encoder of the first stage, more voices, a loss on lip classes and stronger augmentation.
"""

from dataclasses import dataclass
from typing import Final

from avitalk.data.augment import Chances
from avitalk.speech.network import EncoderConfig
from avitalk.train.speech.loop import Recipe


@dataclass(frozen=True, slots=True)
class Stage:
    """What is trained, and how."""

    config: EncoderConfig
    recipe: Recipe
    grows: bool
    """Whether it needs an encoder to start from."""


FIRST: Final = Stage(
    EncoderConfig(),
    Recipe(
        minutes=69.0, learning_rate=2e-3, warm_up_steps=200, lips=0.0, warp=0.0, seed=1,
        shares={
            "speechocean762": 0.40,
            "kathleen": 0.18,
            "grid_s1": 0.14,
            "librispeech": 0.20,
            "emodb": 0.08,
        },
        chances=Chances(voices=0.0, speeds=(0.85, 1.2)),
    ),
    grows=False,
)  # fmt: skip
GROWN: Final = Stage(
    EncoderConfig(attend_after=(4, 8), prosody=True),
    Recipe(minutes=124.0, learning_rate=7e-4, warm_up_steps=100),
    grows=True,
)
STAGES: Final = {"first": FIRST, "grown": GROWN}
