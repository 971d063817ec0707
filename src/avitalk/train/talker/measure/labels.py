"""Phone times that the sound contradicts: a recording and its labels in, whether to trust them out.

Where someone says more than the text holds, or alignment lost its way, loud voice lies in what
the labels call a pause, and lips are wanted closed or open where nobody closed or opened them. In
speechocean762 this is so in a third of the test clips, in nearly all cases those of seven speakers;
the encoder hears voice in just these pauses. Not for noisy recordings, whose pauses are loud.
"""

from typing import Final

import numpy as np

from avitalk.audio import SAMPLES_PER_FEATURE
from avitalk.data.clips import Clip
from avitalk.evaluate.metrics import lips
from avitalk.train.talker.measure.chain import Wave, read_wave
from avitalk.train.talker.measure.closures import MARGIN_S, PAUSE_S

LOUD_DB: Final = 20.0
"""Below the clip's loud frames (95th percentile)."""
MOST: Final = 0.05
"""Share of the frames in long pauses that may be that loud."""


def loud_in_pauses(clip: Clip, wave: Wave) -> float:
    """Share of loud frames in the long pauses of a clip; 0 if it has none."""
    frames = len(wave) // SAMPLES_PER_FEATURE
    blocks = wave[: frames * SAMPLES_PER_FEATURE].astype(np.float64).reshape(frames, -1)
    level_db = 10 * np.log10(np.square(blocks).mean(axis=1) + 1e-12)
    spoken = [(p.start_s, p.end_s) for p in clip.phones or () if p.phone != "SIL"]
    duration_s = len(wave) / 16000
    times, inside = np.arange(frames) / 50, np.zeros(frames, bool)
    for start_s, end_s in lips.pauses(spoken, duration_s, least_s=PAUSE_S, margin_s=MARGIN_S):
        inside |= (times >= start_s) & (times < end_s)
    if not inside.any():
        return 0.0
    return float((level_db[inside] > np.percentile(level_db, 95) - LOUD_DB).mean())


def trusted(clips: list[Clip]) -> list[Clip]:
    """The clips whose labels the sound does not contradict."""
    return [clip for clip in clips if loud_in_pauses(clip, read_wave(clip)) <= MOST]
