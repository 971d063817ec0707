"""What is said, as a speech encoder hears it, at the rate of a face."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import FEATURE_RATE_HZ
from avitalk.errors import InputError
from avitalk.speech.load import Encoder
from avitalk.speech.prosody import NAMES, prosody_of
from avitalk.types import Speech

RATES: Final = (25, 50)
"""Frames a second: of films as the field reads them, or of our own motion."""


def content(speech: Speech, encoder: Encoder, *, rate: int, prosody: bool) -> NDArray[np.float32]:
    """(F, I): what is said, at `rate` Hz; frame i is at i / rate seconds.

    Features of a frame are brought to zero mean and unit size, whatever the encoder's layer. Raises
    InputError for another rate.
    """
    if rate not in RATES:
        raise InputError(f"rate {rate}; allowed: {', '.join(map(str, RATES))}")
    heard = encoder.encode(speech).values.astype(np.float32)
    even = heard - heard.mean(axis=1, keepdims=True)
    even /= np.sqrt(np.square(even).mean(axis=1, keepdims=True) + 1e-5)
    if prosody:
        even = np.concatenate([even, prosody_of(speech)], axis=1)
    frames = len(even) * rate // round(FEATURE_RATE_HZ)
    # A feature is centred on the middle of its 20 ms: between two of them lies a frame.
    at = np.arange(frames) / rate * FEATURE_RATE_HZ - 0.5
    return in_between(even, at)


def in_between(values: NDArray[np.floating], at: NDArray[np.floating]) -> NDArray[np.float32]:
    """(F', C) of values (F, C) at rows that need not be whole; the ends are held."""
    within = np.clip(at, 0, len(values) - 1)
    first = np.minimum(within.astype(np.int64), max(len(values) - 2, 0))
    share = (within - first)[:, None]
    last = np.minimum(first + 1, len(values) - 1)
    return np.asarray((1 - share) * values[first] + share * values[last], np.float32)


def content_width(encoder: Encoder, *, prosody: bool) -> int:
    """I of `content`."""
    return encoder.width + (len(NAMES) if prosody else 0)
