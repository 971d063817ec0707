"""Where a recording is voiced: a wave comes in, pitch and voicing every 10 ms go out."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.conditions.condition import Array, Wave, peak
from avitalk.speech.voice import RATE_HZ, voice_frames
from avitalk.types import Speech

VOICED: Final = 0.25  # height of the autocorrelation; noise and whispers have 0.1
FAINT_DB: Final = -30.0  # below the loud frames, which are at the 95th percentile
VOWEL_DB: Final = -12.0  # likewise: vowels are louder than voiced closures and nasals
SHORTEST: Final = 4  # frames: less is a click of the tracker


@dataclass(frozen=True, slots=True, eq=False)
class Voicing:
    """Frame t is centred on (t + 0.5) / 100 s."""

    pitch_hz: Array
    """(T,) fundamental frequency; meaningless where unvoiced."""
    voiced: NDArray[np.bool_]
    """(T,) whether the voice sounds, in runs of at least 40 ms."""
    vowel: NDArray[np.bool_]
    """(T,) voiced and nearly as loud as the loudest frames, in runs of at least 40 ms."""

    @property
    def times_s(self) -> Array:
        """(T,) centres of the frames."""
        return np.asarray((np.arange(len(self.voiced)) + 0.5) / RATE_HZ)

    def share(self, at_s: Array) -> Array:
        """How voiced it is at these times, 0 to 1, with soft edges."""
        soft = np.convolve(np.pad(self.voiced, 1), [0.25, 0.5, 0.25], "valid")
        return np.asarray(np.interp(at_s, self.times_s, soft))


def voicing_of(wave: Wave) -> Voicing:
    """Pitch and voicing of a recording at any level."""
    frames = voice_frames(Speech(np.asarray(wave / peak(wave), np.float32)))
    loudest = float(np.percentile(frames.loudness, 95))
    sounding = (frames.voicing > VOICED) & (frames.loudness > loudest + FAINT_DB)
    voiced = _long_runs(sounding)
    vowel = _long_runs(voiced & (frames.loudness > loudest + VOWEL_DB))
    return Voicing(np.exp2(frames.pitch.astype(np.float64)), voiced, vowel)


def runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last + 1 of every stretch of True."""
    edges = np.flatnonzero(np.diff(flags, prepend=False, append=False))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _long_runs(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    kept = flags.copy()
    for first, last in runs(flags):
        kept[first:last] = last - first >= SHORTEST
    return kept
