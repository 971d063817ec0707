"""Face crops at 25 fps and Speech -> LSE-D, LSE-C and the offset, as SyncNet's evaluation does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from avitalk.errors import InputError
from avitalk.evaluate.metrics.sync import MOST
from avitalk.evaluate.syncnet.mfcc import mfcc
from avitalk.evaluate.syncnet.network import CEPSTRA_FRAMES, SIDE, WINDOW, SyncNet
from avitalk.speech.frames import frames_of
from avitalk.types import Speech

Pictures = NDArray[np.uint8]

FPS: Final = 25
SAMPLES_PER_FRAME: Final = 640
MELS_PER_FRAME: Final = 4
BATCH: Final = 16  # windows seen at once
LEAST_FRAMES: Final = WINDOW + 1
"""The evaluation leaves the last window out, so that fewer frames give none."""


@dataclass(frozen=True, slots=True)
class Lse:
    """What SyncNet says of one video (Prajwal et al. 2020: LSE-D and LSE-C)."""

    distance: float
    """LSE-D: least mean distance over the offsets; lower is better."""
    confidence: float
    """LSE-C: median less least mean distance over the offsets; higher is better."""
    offset_frames: int
    """Offset of the least distance at 25 fps; above 0 the picture is late."""


def lse(frames: Pictures | Iterable[Pictures], speech: Speech, syncnet: SyncNet) -> Lse:
    """Judge face crops (F, 224, 224, 3) RGB at 25 fps, an array or one after another.

    Memory does not grow with the pictures' number, only with what is made of them: 8 kB a frame.
    Raises InputError on other pictures, fewer than six of them, or a voice that is not 16 kHz.
    """
    heard, seen = embeddings(frames, speech, syncnet)
    return lse_from(heard, seen)


def embeddings(
    frames: Pictures | Iterable[Pictures], speech: Speech, syncnet: SyncNet
) -> tuple[Tensor, Tensor]:
    """(W, 1024) of sound and of pictures, window by window; raises InputError as `lse` does."""
    frames_of(speech)
    usual = islice(map(_checked, frames), len(speech.samples) // SAMPLES_PER_FRAME)
    seen = torch.cat([syncnet.see(part) for part in _batches(usual)] or [torch.empty(0, 1024)])
    windows = len(seen) - 1  # the published script stops one window early
    if windows < 1:
        raise InputError(
            f"{speech.source}: {len(seen) + WINDOW - 1 if len(seen) else 'less than 5'} frames of "
            f"sound and picture; at least {LEAST_FRAMES} at {FPS} fps are needed"
        )
    cepstra = torch.from_numpy(mfcc(speech.samples).T.astype(np.float32))
    parts = []
    for first in range(0, windows, 4 * BATCH):
        starts = [MELS_PER_FRAME * i for i in range(first, min(first + 4 * BATCH, windows))]
        cut = torch.stack([cepstra[:, start : start + CEPSTRA_FRAMES] for start in starts])
        parts.append(syncnet.hear(cut[:, None]))
    return torch.cat(parts), seen[:windows]


def lse_from(heard: Tensor, seen: Tensor, most: int = MOST) -> Lse:
    """(W, E) embeddings of sound and picture -> distances at offsets up to `most` frames.

    As in the published script, zeros stand for sound before the first and after the last window.
    """
    padded = functional.pad(heard, (0, 0, most, most))
    count = len(seen)
    means = torch.stack(
        [
            functional.pairwise_distance(seen, padded[o : o + count]).mean()
            for o in range(2 * most + 1)
        ]
    )
    least, at = means.min(dim=0)
    return Lse(float(least), float(means.median() - least), most - int(at))


def _checked(picture: Pictures) -> Pictures:
    if picture.shape != (SIDE, SIDE, 3) or picture.dtype != np.uint8:
        raise InputError(
            f"picture of shape {picture.shape}, {picture.dtype}; SyncNet takes face crops of "
            f"{(SIDE, SIDE, 3)}, uint8"
        )
    return picture


def _batches(frames: Iterator[Pictures]) -> Iterator[Tensor]:
    """Pictures (3, BATCH + 4, 224, 224), blue first, each part beginning with the last's end."""
    kept = list(islice(frames, WINDOW - 1))
    while more := list(islice(frames, BATCH)):
        part = np.stack(list(chain(kept, more)))[..., ::-1]
        yield torch.from_numpy(part.transpose(3, 0, 1, 2).astype(np.float32))
        kept = (kept + more)[1 - WINDOW :]
