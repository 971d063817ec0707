"""Conditions of a recording as pure, seeded functions: a wave comes in, a changed one goes out."""

from avitalk.evaluate.conditions.catalogue import CONDITIONS, babble_of
from avitalk.evaluate.conditions.condition import Changed, Condition
from avitalk.evaluate.conditions.espeak import synthesised_speech
from avitalk.evaluate.conditions.speechless import speechless_sounds
from avitalk.evaluate.conditions.times import TimeMap

__all__ = [
    "CONDITIONS",
    "Changed",
    "Condition",
    "TimeMap",
    "babble_of",
    "speechless_sounds",
    "synthesised_speech",
]
