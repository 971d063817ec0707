"""What every method of the zoo learns from: speech features and the face that goes with them.

Features are those of our frozen encoder at 50 Hz, faces are ARKit weights at 25 fps, the rate of
BIWI that all four were published for; frame i of a face is at time i / 25 s, and features 2 i and
2 i + 1 are centred 10 ms and 30 ms after it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.files import atomic_path

FPS: Final = 25.0
NEUTRAL: Final = "neutral"


@dataclass(frozen=True, slots=True, eq=False)
class Sequence25:
    """One stretch of speech of some seconds."""

    name: str
    """Unique: corpus, clip, which voice and room."""
    source: str
    """Corpus filmed or animated, 'phones' or 'speechless', as in the talker's lessons; 'acted'."""
    speaker: str
    """Whose face it is; 'nobody' where it was told by phones."""
    emotion: str
    """What is felt; NEUTRAL unless the recording says."""
    values: NDArray[np.float16]
    """(2 F, D) features."""
    weights: NDArray[np.float16]
    """(F, 52) ARKit weights."""
    upper: bool
    """Whether the upper face moves as it did; else its weights are zero and teach nothing."""

    @property
    def frames(self) -> int:
        """F."""
        return len(self.weights)


def write_sequences(path: Path, found: Sequence[Sequence25]) -> None:
    """Write all to one .npz, atomically. Raises InputError if there are none."""
    if not found:
        raise InputError("no sequences to write")
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            name=np.array([one.name for one in found]),
            source=np.array([one.source for one in found]),
            speaker=np.array([one.speaker for one in found]),
            emotion=np.array([one.emotion for one in found]),
            upper=np.array([one.upper for one in found]),
            frames=np.array([one.frames for one in found]),
            values=np.concatenate([one.values for one in found]),
            weights=np.concatenate([one.weights for one in found]),
        )


def read_sequences(path: Path) -> list[Sequence25]:
    """What `write_sequences` wrote. Raises InputError for a missing file or another kind."""
    if not path.is_file():
        raise InputError(
            f"{path}: not found; `python -m avitalk.train.zoo.prepare` writes such a file"
        )
    try:
        with np.load(path, allow_pickle=False) as stored:
            kept = {name: stored[name] for name in stored.files}
        ends = np.cumsum(kept["frames"])
        rows = zip(
            *(kept[name].tolist() for name in ("name", "source", "speaker", "emotion", "upper")),
            (ends - kept["frames"]).tolist(),
            ends.tolist(),
            strict=True,
        )
        values, weights = kept["values"], kept["weights"]
    except (KeyError, ValueError, OSError) as error:
        raise InputError(f"{path}: not a file of sequences ({error})") from error
    return [
        Sequence25(
            name, source, speaker, emotion, values[2 * first : 2 * last], weights[first:last], upper
        )
        for name, source, speaker, emotion, upper, first, last in rows
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """B stretches of equal length."""

    values: NDArray[np.float32]
    """(B, 2 F, D)."""
    weights: NDArray[np.float32]
    """(B, F, 52)."""
    known: NDArray[np.bool_]
    """(B, F) false where a sequence had ended: its last frame stands there."""
    upper: NDArray[np.bool_]
    """(B,) whether the upper face is known."""
    which: NDArray[np.int64]
    """(B,) numbers of the sequences."""


SHARES: Final[dict[str, float]] = {
    "grid_s1": 0.5, "facegood": 0.14, "phones": 0.28, "speechless": 0.08,
}  # fmt: skip
"""How often each source is drawn: near the talker's, with more of what was filmed."""


class Batches:
    """Random stretches of random sequences."""

    def __init__(
        self,
        found: Sequence[Sequence25],
        rng: np.random.Generator,
        *,
        batch: int,
        frames: int,
        shares: dict[str, float] | None = None,
    ) -> None:
        """`shares`: source -> how often it is drawn; sources that are not named never are.

        Raises InputError if no sequence has a source of `shares`.
        """
        self.found, self.rng, self.batch, self.frames = found, rng, batch, frames
        wanted = SHARES if shares is None else shares
        sources = np.array([one.source for one in found])
        weight = np.zeros(len(found))
        for source, share in wanted.items():
            chosen = sources == source
            if chosen.any():
                weight[chosen] = share / chosen.sum()
        if not weight.sum():
            raise InputError(f"no sequences of {', '.join(wanted)} to train on")
        self.weight = weight / weight.sum()

    def draw(self) -> Batch:
        """The next batch."""
        picks = self.rng.choice(len(self.found), self.batch, p=self.weight)
        return self.of(picks)

    def of(self, picks: NDArray[np.int64]) -> Batch:
        """A random stretch of each of these sequences."""
        values, weights, known = [], [], []
        for index in picks:
            one = self.found[index]
            start = int(self.rng.integers(0, max(one.frames - self.frames, 0) + 1))
            rows = np.arange(start, start + self.frames)
            known.append(rows < one.frames)
            rows = rows.clip(max=one.frames - 1)
            weights.append(one.weights[rows].astype(np.float32))
            twice = (2 * rows[:, None] + np.arange(2)).ravel()
            values.append(one.values[twice].astype(np.float32))
        upper = np.array([self.found[index].upper for index in picks])
        return Batch(np.stack(values), np.stack(weights), np.stack(known), upper, picks)


def whole(found: Sequence[Sequence25]) -> Iterator[Batch]:
    """Each sequence by itself, from its start to its end: for validation."""
    for index, one in enumerate(found):
        yield Batch(
            one.values[None].astype(np.float32),
            one.weights[None].astype(np.float32),
            np.ones((1, one.frames), bool),
            np.array([one.upper]),
            np.array([index]),
        )
