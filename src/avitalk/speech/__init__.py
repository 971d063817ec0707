"""Speech -> SpeechFeatures: what was said, frame by frame, whatever the level and the voice.

`SpeechEncoder` is imported on first use, so that reading the phone tables needs no torch.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from avitalk.speech.encoder import SpeechEncoder

__all__ = ["SpeechEncoder"]


def __getattr__(name: str) -> Any:
    if name != "SpeechEncoder":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from avitalk.speech.encoder import SpeechEncoder  # noqa: PLC0415  (torch, on first use)

    return SpeechEncoder
