"""How many rows of features a Speech gives, whatever the encoder."""

from avitalk.audio import SAMPLE_RATE_HZ, SAMPLES_PER_FEATURE
from avitalk.errors import InputError
from avitalk.types import Speech


def frames_of(speech: Speech) -> int:
    """T = ceil(N / 320). Raises InputError if the speech is not at 16 kHz or has no samples."""
    if speech.rate_hz != SAMPLE_RATE_HZ:
        raise InputError(
            f"{speech.source}: {speech.rate_hz} Hz; the encoder takes {SAMPLE_RATE_HZ} Hz, "
            "which avitalk.audio.load gives"
        )
    if not len(speech.samples):
        raise InputError(f"{speech.source}: no samples to encode")
    return -(-len(speech.samples) // SAMPLES_PER_FEATURE)
