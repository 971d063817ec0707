"""Conditions of a recording as pure, seeded functions: a wave comes in, a changed one goes out."""

from avitalk.evaluate.conditions.catalogue import CONDITIONS, babble_of
from avitalk.evaluate.conditions.condition import Changed, Condition
from avitalk.evaluate.conditions.espeak import (
    SpokenPhone,
    synthesised_phones,
    synthesised_speech,
)
from avitalk.evaluate.conditions.speechless import speechless_sounds
from avitalk.evaluate.conditions.times import TimeMap

__all__ = [
    "CONDITIONS",
    "Changed",
    "Condition",
    "SpokenPhone",
    "TimeMap",
    "babble_of",
    "speechless_sounds",
    "synthesised_phones",
    "synthesised_speech",
]
