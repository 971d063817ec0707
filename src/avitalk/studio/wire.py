"""Motion bytes (AVM1): a Motion, or a span of it, in; what the page reads out.

`AVM1`, the length n of the header as uint32, n bytes of JSON padded with spaces so that what
follows begins at a multiple of four, then rows of 64 float32, all little-endian.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.types import Motion

MAGIC: Final = b"AVM1"
MEDIA_TYPE: Final = "application/vnd.avitalk.motion"
CHANNELS: Final = 64


def pack_motion(motion: Motion, *, first: int, count: int, revision: int) -> bytes:
    """Frames `first` up to `first + count` of a motion."""
    rows = motion.channels()[first : first + count]
    header = {"fps": motion.fps, "frames": motion.frames, "first": first, "count": count}
    return _packed({**header, "revision": revision}, rows)


def pack_takes(
    motions: Sequence[Motion], takes: Sequence[int], *, first: int, frames: int, revision: int
) -> bytes:
    """Takes of one span, one after the other; `frames` is the length of the whole motion."""
    parts = [
        {"take": take, "rows": motion.frames} for take, motion in zip(takes, motions, strict=True)
    ]
    rows = np.concatenate([motion.channels() for motion in motions])
    header = {"fps": motions[0].fps, "frames": frames, "first": first, "count": len(rows)}
    return _packed({**header, "revision": revision, "parts": parts}, rows)


def _packed(header: dict[str, Any], rows: NDArray[np.float32]) -> bytes:
    text = json.dumps({**header, "channels": CHANNELS}, separators=(",", ":")).encode()
    text += b" " * (-(len(MAGIC) + 4 + len(text)) % 4)
    size = len(text).to_bytes(4, "little")
    return b"".join((MAGIC, size, text, np.ascontiguousarray(rows, "<f4").tobytes()))
