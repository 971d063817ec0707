"""SpeechFeatures -> the mouth's Motion (Talker), and what keeps the rest alive (idle motion).

`Talker` is imported on first use, so that idle motion needs no torch.
"""

from typing import TYPE_CHECKING, Any

from avitalk.talker.contacts import sharpened
from avitalk.talker.controls import Controls
from avitalk.talker.idle import Idle, idle_motion

if TYPE_CHECKING:
    from avitalk.talker.talker import Talker

__all__ = ["Controls", "Idle", "Talker", "idle_motion", "sharpened"]


def __getattr__(name: str) -> Any:
    if name != "Talker":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from avitalk.talker.talker import Talker  # noqa: PLC0415  (torch, on first use)

    return Talker
