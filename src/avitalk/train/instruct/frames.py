"""Emotional recordings in, a speech encoder's frames of their spoken parts out, and batches.

What `hearing` and `align.Examples` are for windows' statistics, at the paper's scale. Frames lie in
a file that is mapped, not read: MEAD heard by HuBERT takes some 15 GB.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from avitalk.audio import load
from avitalk.errors import InputError
from avitalk.files import atomic_path
from avitalk.instruct.ear import Ear
from avitalk.instruct.frames import WINDOW_FRAMES, FrameEar
from avitalk.instruct.qformer import LARGEST, QFormer
from avitalk.speech import SpeechEncoder
from avitalk.speech.load import Encoder
from avitalk.speech.statistics import spoken, summarise
from avitalk.train.instruct.hearing import SUMMARY, WHOLE, even_chances, varied
from avitalk.types import Speech

SAMPLED: Final = 50_000
"""Frames that mean and spread are taken from."""
SHORTEST: Final = 10  # frames of a window at least
INDEX, FRAMES = "index.npz", "frames.f16"


@dataclass(frozen=True, eq=False)
class HeardFrames:
    """Frames of recordings; `first` to `variant` row by row one recording or one made from it."""

    values: NDArray[np.float16]
    """(all frames, D)."""
    first: NDArray[np.int64]
    """(n,) row of the first frame."""
    count: NDArray[np.int64]
    """(n,) frames."""
    clip: NDArray[np.int64]
    """(n,) number of the recording."""
    variant: NDArray[np.int64]
    """(n,) 0 for the recording as it is, others are voices made from it."""
    summary: NDArray[np.float32]
    """(clips, 10) `VoiceSummary` of all speech of each recording; zeros where none was taken."""

    @classmethod
    def load(cls, folder: Path) -> "HeardFrames":
        """Read what `hear_frames` wrote."""
        with np.load(folder / INDEX) as stored:
            rest = {f.name: stored[f.name] for f in fields(cls) if f.name != "values"}
            width = int(stored["width"])
        values = np.memmap(folder / FRAMES, np.float16, "r").reshape(-1, width)
        return cls(values, **rest)


def hear_frames(
    paths: Sequence[Path | str],
    encoder: Encoder,
    folder: Path,
    *,
    variants: int,
    seed: int,
    summing: SpeechEncoder | None = None,
) -> HeardFrames:
    """Write frames of each recording, and of `variants` voices made from it, into a folder.

    With our own encoder as `summing`, voices are summed up as well: the grammar needs that.
    """
    rows: list[tuple[int, int, int, int]] = []
    summaries, total = np.zeros((len(paths), SUMMARY), np.float32), 0
    with atomic_path(folder / FRAMES) as partial, partial.open("wb") as file:
        for number, path in enumerate(paths):
            rng = np.random.default_rng((seed, number))
            speech = load(path)
            if summing is not None:
                ear = Ear.listen(speech, summing.encode(speech))
                summaries[number] = astuple(summarise(*ear.window(*spoken(ear.frames))))
            for variant in range(variants + 1):
                made = Speech(varied(speech.samples, rng)) if variant else speech
                heard = FrameEar.listen(made, encoder).heard()
                if len(heard) == 0:
                    raise InputError(f"{path}: nobody speaks in it")
                file.write(heard.astype(np.float16).tobytes())
                rows.append((total, len(heard), number, variant))
                total += len(heard)
    first, count, clip, variant_ = np.array(rows, np.int64).T
    with atomic_path(folder / INDEX) as partial, partial.open("wb") as file:
        np.savez(
            file, first=first, count=count, clip=clip, variant=variant_, summary=summaries,
            width=encoder.width,
        )  # fmt: skip
    return HeardFrames.load(folder)


class FrameExamples:
    """Draws batches: every emotion as often, any stretch of any variant of its clips."""

    def __init__(
        self,
        heard: HeardFrames,
        emotion: NDArray[np.int64],
        clips: NDArray[np.int64],
        former: QFormer,
        seed: int,
    ) -> None:
        """`clips` are the recordings to train on; standardisation is fitted to them."""
        self.heard, self.rng = heard, np.random.default_rng(seed)
        self.rows = np.flatnonzero(np.isin(heard.clip, clips))
        self.chance = even_chances(emotion[heard.clip[self.rows]])
        sample = self._sample()
        former.fit(sample)
        self.mean, self.scale = former.mean.clone(), former.scale.clone()

    def _sample(self) -> NDArray[np.float32]:
        """Frames spread evenly over the recordings to train on."""
        each = max(1, SAMPLED // len(self.rows))
        found = []
        for row in self.rows:
            first, count = int(self.heard.first[row]), int(self.heard.count[row])
            at = np.unique(np.linspace(first, first + count - 1, each).round().astype(int))
            found.append(np.asarray(self.heard.values[at], np.float32))
        return np.concatenate(found)

    def draw(self, size: int, several: float) -> tuple[Tensor, Tensor, NDArray[np.int64]]:
        """(B, T, D) frames, (B,) how many of them count, (B,) clips; stretches are a window long
        at most, or by a chance of `several` three for the whole batch.
        """
        picked = self.rng.choice(self.rows, size, p=self.chance)
        most = WINDOW_FRAMES * (3 if self.rng.random() < several else 1)
        parts = []
        for row in picked:
            first, count = int(self.heard.first[row]), int(self.heard.count[row])
            length = min(count, most)
            if self.rng.random() > WHOLE:
                length = int(self.rng.integers(min(SHORTEST, length), length + 1))
            start = first + int(self.rng.integers(0, count - length + 1))
            part = np.asarray(self.heard.values[start : start + length], np.float32)
            level = (torch.from_numpy(part) - self.mean) / self.scale
            parts.append(level.clamp(-LARGEST, LARGEST))
        lengths = torch.tensor([len(part) for part in parts])
        padded = torch.nn.utils.rnn.pad_sequence(parts, batch_first=True)
        return padded, lengths, self.heard.clip[picked]
