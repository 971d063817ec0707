"""A label and the measured voice in, facts out: what counts as loud, high or strong.

All levels are stated against a corpus, by quantiles kept here, never against the one recording:
the same voice always gives the same facts. Pitch and breath differ between men's and women's voices
and are stated against voices of the same sex.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avitalk.data.instructions.facts import Facts
from avitalk.errors import InputError
from avitalk.facs.table import emotion
from avitalk.speech.statistics import VoiceSummary

LEVELS: Final = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Levels that the quantiles 0.05, 0.25, 0.5, 0.75 and 0.95 stand for."""
SEXES: Final = ("male", "female")
PRONOUN: Final = {"male": "he", "female": "she"}
AROUSAL: Final = {"effort": 0.5, "pitch": 0.3, "pitch_range": 0.1, "rate": 0.1}
"""What makes a voice sound strong, after Scherer 2003 and Juslin & Laukka 2003: bright, high,
wide-ranging and fast; weights sum to 1."""
EXPECTED: Final = 0.35
"""Share of an emotion's usual arousal that does not count as strength: a sad voice is quiet however
strong the sadness. The rest counts, so that strength orders voices whatever they are taken for."""
STEEP: Final = 0.5
"""A slope beyond this level rises or falls; within it a wide range comes in bursts."""

Quantiles = tuple[float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Reference:
    """Quantiles of a corpus's voices, by field of VoiceSummary."""

    both: dict[str, Quantiles]
    """Of all voices."""
    male: dict[str, Quantiles]
    female: dict[str, Quantiles]
    arousal: Quantiles
    """Of the weighted sum of levels, AROUSAL."""

    def level(self, name: str, value: float, sex: str) -> float:
        """-1 to 1 against the corpus, straight between its quantiles."""
        own = self.male if sex == "male" else self.female
        known = own.get(name) or self.both[name]
        return float(np.interp(value, known, LEVELS))

    def strength(self, emotion_name: str, summary: VoiceSummary, sex: str) -> float:
        """Measured effort and arousal, 0 to 1, less EXPECTED of what the emotion brings along.

        Calm alone is the deeper the less effort there is.
        """
        usual = expected_arousal(emotion_name)
        aroused = self.aroused(summary, sex) - EXPECTED * usual
        if emotion_name == "calm":
            aroused = -aroused
        return float(np.interp(aroused, self.arousal, _STRENGTHS))

    def aroused(self, summary: VoiceSummary, sex: str) -> float:
        """Weighted sum of levels, -1 to 1."""
        return sum(
            weight * self.level(name, getattr(summary, name), sex)
            for name, weight in AROUSAL.items()
        )


def expected_arousal(emotion_name: str) -> float:
    """Arousal of the table's usual voice of an emotion, -1 to 1."""
    voice = emotion(emotion_name).voice
    names = {"effort": "loudness", "pitch": "pitch", "pitch_range": "liveliness", "rate": "rate"}
    return sum(weight * voice[names[name]] for name, weight in AROUSAL.items())


_STRENGTHS: Final = (0.18, 0.36, 0.5, 0.68, 0.93)

EMODB: Final = Reference(
    both={
        "pitch_range": (2.26, 4.61, 6.97, 9.67, 14.19),
        "pitch_slope": (-2.22, -1.29, -0.6, -0.01, 0.97),
        "loudness_range": (15.18, 18.0, 19.82, 21.51, 23.98),
        "loudness_slope": (-2.69, -1.36, -0.43, 0.51, 2.02),
        "rate": (9.52, 12.13, 13.82, 15.46, 17.37),
        "effort": (-26.79, -21.71, -16.89, -9.17, 0.75),
    },
    male={
        "pitch": (6.6, 6.83, 7.27, 7.68, 8.02),
        "breath": (-4.64, -0.53, 1.78, 4.22, 8.75),
    },
    female={
        "pitch": (7.29, 7.56, 7.85, 8.23, 8.54),
        "breath": (0.46, 3.48, 5.93, 8.75, 16.48),
    },
    arousal=(-0.66, -0.34, -0.04, 0.27, 0.54),
)
"""The 535 recordings of EmoDB, measured by `avitalk.speech.statistics.summarise`."""


def facts_of(
    emotion_name: str, summary: VoiceSummary, sex: str, *, reference: Reference = EMODB
) -> Facts:
    """Facts of a labelled recording. Raises InputError for an unknown emotion or sex."""
    if sex not in SEXES:
        raise InputError(f"unknown sex '{sex}'; available: {', '.join(SEXES)}")

    def level(name: str) -> float:
        return reference.level(name, getattr(summary, name), sex)

    return Facts(
        emotion_name,
        reference.strength(emotion_name, summary, sex),
        pitch=level("pitch"),
        liveliness=level("pitch_range"),
        loudness=level("effort"),  # loud voices are bright voices, whatever the gain
        rate=level("rate"),
        breath=-level("breath"),
        pitch_course=_course(level("pitch_slope"), level("pitch_range")),
        energy_course=_course(level("loudness_slope"), level("loudness_range")),
        pronoun=PRONOUN[sex],
    )


def _course(slope: float, spread: float) -> str:
    """How a measure moves: its slope against the corpus, else whether it varies much."""
    if abs(slope) > STEEP:
        return "rising" if slope > 0 else "falling"
    return "bursts" if spread > STEEP else "steady"
