"""Every rate of the system, each derived once."""

from typing import Final

SAMPLE_RATE_HZ: Final = 16_000
"""Samples a second that the models take."""
FEATURE_RATE_HZ: Final = 50
"""Speech frames a second; also the rate at which the talker predicts."""
SAMPLES_PER_FEATURE: Final = SAMPLE_RATE_HZ // FEATURE_RATE_HZ
"""320 samples: 20 ms."""
MEL_HOP: Final = SAMPLES_PER_FEATURE // 2
"""160 samples: 10 ms, two mel frames to one speech frame."""
MOTION_FPS: Final = float(FEATURE_RATE_HZ)
"""Frames a second of a talker's Motion."""
VIDEO_FPS: Final = (24, 25, 30, 50, 60)
"""Frames a second that a video may have."""
DEFAULT_VIDEO_FPS: Final = 25
SOUND_RATE_HZ: Final = 48_000
"""Samples a second of the sound in a video."""
MIN_DURATION_S: Final = 0.2
MAX_DURATION_S: Final = 3600.0
