"""Long recordings in parts: what was heard and the phones of each word in, parts of both out.

The aligner's time and memory grow with the square of the length. The words are first laid along
the encoder's posteriors, roughly, and voice and words are then parted together at pauses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.speech.phones import PHONE_INDEX, SIL
from avitalk.types import SpeechFeatures

WHOLE_S: Final = 50.0
"""Recordings up to this length stay whole."""
PART_S: Final = (20.0, 40.0)
"""A part ends at the longest pause between these lengths."""
BAND: Final = 1500
"""Phones that the rough path may stray from an even rate of speech, about two minutes."""
LEAST_LOG: Final = -6.0
"""What was hardly heard may be what was said."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the recording and the words said in it."""

    start_s: float
    end_s: float
    first: int
    """First word."""
    last: int
    """One past the last word."""


def parted(sounds: Sequence[Sequence[str]], features: SpeechFeatures) -> list[Part]:
    """Parts of a recording that follow one another; `sounds` are the phones of each word.

    Raises InputError if so many phones do not fit into the voice.
    """
    duration_s = len(features.phone_log_probs) / features.rate_hz
    if duration_s <= WHOLE_S:
        return [Part(0.0, duration_s, 0, len(sounds))]
    starts, ends = (times / features.rate_hz for times in rough_words(sounds, features))
    if not ends.all():
        raise InputError(
            f"{len(sounds)} words do not fit into the voice heard in {duration_s:.0f} s"
        )
    parts: list[Part] = []
    first, begin_s = 0, 0.0
    while duration_s - begin_s > WHOLE_S:
        cuts = [
            word
            for word in range(first + 1, len(starts))
            if PART_S[0] <= (ends[word - 1] + starts[word]) / 2 - begin_s <= PART_S[1]
        ]
        if not cuts:  # nothing is said for long: the next word starts a part
            later = [w for w in range(first + 1, len(starts)) if starts[w] - begin_s > PART_S[1]]
            if not later:
                break
            cuts = later[:1]
        best = max(cuts, key=lambda word: starts[word] - ends[word - 1])
        cut_s = float(ends[best - 1] + starts[best]) / 2
        parts.append(Part(begin_s, cut_s, first, best))
        first, begin_s = best, cut_s
    return [*parts, Part(begin_s, duration_s, first, len(sounds))]


def rough_words(
    sounds: Sequence[Sequence[str]], features: SpeechFeatures
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First frame and one past the last frame of each word, on the likeliest path (Viterbi).

    A pause may stand before each word and at the end. Only states near an even rate of voiced
    speech are looked at. Where there is no path, words last from the end to 0.
    """
    states, word_of = _states(sounds)
    scores = np.maximum(features.phone_log_probs, LEAST_LOG).astype(np.float32)
    frames, count = len(scores), len(states)
    voiced = np.cumsum(1 - np.exp(scores[:, SIL])) + 1e-3 * np.arange(1, frames + 1)
    middle = (voiced / voiced[-1] * count).astype(np.int64)
    width = min(count, 2 * BAND)
    lows = np.clip(middle - width // 2, 0, count - width)
    skips = np.zeros(count + 2, bool)
    skips[2:count] = (states == SIL)[1 : count - 1]  # a pause may be left out
    came = np.zeros((frames, (width + 3) // 4), np.uint8)
    best = np.full(count + 2, -np.inf, np.float32)  # two states before the first
    best[2:4] = scores[0, states[:2]]
    for t in range(1, frames):
        low = int(lows[t])
        stay, step, skip = best[low + 2 :], best[low + 1 :], best[low:]
        choice = np.stack([stay[:width], step[:width], skip[:width]])
        choice[2, ~skips[low : low + width]] = -np.inf
        how = choice.argmax(axis=0)
        came[t] = _packed(how, came.shape[1])
        moved = choice[how, np.arange(width)] + scores[t, states[low : low + width]]
        best[:] = -np.inf
        best[low + 2 : low + 2 + width] = moved
    state = count - 1 if best[count + 1] >= best[count] else count - 2
    firsts = np.full(len(sounds), frames, np.int64)
    lasts = np.zeros(len(sounds), np.int64)
    for t in range(frames - 1, -1, -1):
        if (word := int(word_of[state])) >= 0:
            firsts[word], lasts[word] = t, max(lasts[word], t + 1)
        at = state - int(lows[t])
        if 0 <= at < width:
            state -= int(came[t, at // 4] >> (2 * (at % 4))) & 3
    return firsts, lasts


def _states(sounds: Sequence[Sequence[str]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Phone index of each state, and its word; a pause, of no word, before each and at the end."""
    states, words = [SIL], [-1]
    for number, phones in enumerate(sounds):
        states += [*(PHONE_INDEX[phone] for phone in phones), SIL]
        words += [*(number for _ in phones), -1]
    return np.array(states), np.array(words)


def _packed(how: NDArray[np.int64], count: int) -> NDArray[np.uint8]:
    """Numbers 0 to 2, four to a byte."""
    padded = np.zeros(4 * count, np.uint8)
    padded[: len(how)] = how
    four = padded.reshape(-1, 4)
    return np.asarray(four @ np.array([1, 4, 16, 64], np.uint8), np.uint8)
