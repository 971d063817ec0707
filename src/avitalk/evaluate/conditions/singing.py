"""Singing, synthesised: a spoken recording comes in, the same words on held notes go out.

Vowels last twice as long, by a time map that is known; every voiced stretch is made anew by linear
prediction on one note with vibrato; voiceless ones stay as they were spoken. The mouth that would
sing it is taken to be the speaker's, slowed down: real singers open wider.
"""

from itertools import pairwise
from typing import Final

import numpy as np

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.evaluate.conditions.condition import Array, Changed, Generator, Wave
from avitalk.evaluate.conditions.pace import changed_length, stretched
from avitalk.evaluate.conditions.times import TimeMap
from avitalk.evaluate.conditions.vocoder import HOP as STEP
from avitalk.evaluate.conditions.vocoder import envelopes, synthesised
from avitalk.evaluate.conditions.voicing import Voicing, runs, voicing_of
from avitalk.speech.voice import RATE_HZ

VOWELS: Final = 2.0  # times as long
RAISED: Final = 3  # semitones from the speaker's own pitch to the tonic
SCALE: Final = (-3, 0, 2, 4, 7)  # semitones from the tonic; neighbours in it follow each other
VIBRATO_HZ: Final = 5.5
VIBRATO: Final = 0.4  # semitones to each side
GLIDE_S: Final = 0.03  # standard deviation of the glide between notes
BREATH: Final = 0.05  # noise in the voice, as a share of its amplitude
HIGHEST_HZ: Final = 7600.0  # of the harmonics


def sung(wave: Wave, rng: Generator) -> Changed:
    """The recording sung: longer, and where everything in it is."""
    voicing = voicing_of(wave)
    times = vowels_longer(voicing, len(wave) / SAMPLE_RATE_HZ)
    count = changed_length(len(wave), times)
    spoken = stretched(wave, times)
    if not voicing.voiced.any():
        return Changed(np.asarray(spoken, np.float32), times)
    heard_s = np.arange(count) / SAMPLE_RATE_HZ
    semitones = melody(voicing, times, rng, heard_s)
    hz = float(np.median(voicing.pitch_hz[voicing.voiced])) * 2 ** (semitones / 12)
    excitation = pulses(hz) + BREATH * rng.normal(size=count)
    steps = np.arange(-(-count // STEP) + 1) * STEP / SAMPLE_RATE_HZ
    shape = envelopes(np.asarray(wave, np.float64), times.before(steps) * SAMPLE_RATE_HZ)
    share = voicing.share(times.before(heard_s))
    mixed = synthesised(excitation * share, shape) + spoken * (1 - share)
    return Changed(np.asarray(mixed, np.float32), times)


def vowels_longer(voicing: Voicing, duration_s: float) -> TimeMap:
    """The map that makes vowels last VOWELS times as long and leaves the pace of all else."""
    edges = np.array(runs(voicing.vowel), np.float64).reshape(-1) / RATE_HZ
    before = np.unique(np.concatenate([[0.0], edges, [max(duration_s, edges.max(initial=0.0))]]))
    middles = (before[:-1] + before[1:]) / 2
    frame = np.minimum((middles * RATE_HZ).astype(np.int64), len(voicing.vowel) - 1)
    pace = np.where(voicing.vowel[frame], VOWELS, 1.0)
    return TimeMap(before, np.concatenate([[0.0], np.cumsum(np.diff(before) * pace)]))


def melody(voicing: Voicing, times: TimeMap, rng: Generator, heard_s: Array) -> Array:
    """(N,) semitones above the speaker's pitch: a note for each voiced stretch, and vibrato."""
    stretches = runs(voicing.voiced)
    walk = np.cumsum(rng.integers(-1, 2, len(stretches))) + 1
    bounce = np.abs((walk + len(SCALE) - 1) % (2 * len(SCALE) - 2) - (len(SCALE) - 1))
    notes = RAISED + np.array(SCALE, np.float64)[bounce]
    # a note changes halfway through the gap between two voiced stretches
    gaps = [(a[1] + b[0]) / 2 / RATE_HZ for a, b in pairwise(stretches)]
    held = np.full(len(heard_s), notes[0])
    for at_s, (low, high) in zip(times.after(gaps), pairwise(notes), strict=True):
        held += (high - low) * 0.5 * (1 + np.tanh((heard_s - at_s) / GLIDE_S))
    return held + VIBRATO * np.sin(2 * np.pi * VIBRATO_HZ * heard_s + rng.uniform(0, 2 * np.pi))


def pulses(hz: Array) -> Array:
    """(N,) unit variance: all harmonics of a changing pitch that fit below 7.6 kHz, in phase."""
    phase = 2 * np.pi * np.cumsum(hz) / SAMPLE_RATE_HZ
    wave = np.zeros(len(hz))
    harmonics = max(1, int(HIGHEST_HZ / hz.min()))
    for k in range(1, harmonics + 1):
        wave += np.cos(k * phase) * (k * hz < HIGHEST_HZ)
    return np.asarray(wave / np.sqrt(np.maximum(1, HIGHEST_HZ // hz) / 2))
