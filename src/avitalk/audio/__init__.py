"""Audio in: a path or an array comes in, a Speech (16 kHz, one channel) goes out."""

from avitalk.audio.load import find_recordings, from_array, load, sound_blocks
from avitalk.audio.rates import (
    DEFAULT_VIDEO_FPS,
    FEATURE_RATE_HZ,
    MAX_DURATION_S,
    MEL_HOP,
    MIN_DURATION_S,
    MOTION_FPS,
    SAMPLE_RATE_HZ,
    SAMPLES_PER_FEATURE,
    SOUND_RATE_HZ,
    VIDEO_FPS,
)

__all__ = [
    "DEFAULT_VIDEO_FPS",
    "FEATURE_RATE_HZ",
    "MAX_DURATION_S",
    "MEL_HOP",
    "MIN_DURATION_S",
    "MOTION_FPS",
    "SAMPLES_PER_FEATURE",
    "SAMPLE_RATE_HZ",
    "SOUND_RATE_HZ",
    "VIDEO_FPS",
    "find_recordings",
    "from_array",
    "load",
    "sound_blocks",
]
