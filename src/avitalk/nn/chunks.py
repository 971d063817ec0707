"""Long signals in chunks that overlap by what the network sees, so that nothing shows."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chunk:
    """A range of frames to compute, and which of the computed ones to keep."""

    first: int
    """First frame read."""
    last: int
    """One past the last frame read."""
    skip: int
    """Computed frames to drop at the start."""
    keep: int
    """Frames to keep after those."""

    @property
    def read(self) -> slice:
        """The frames read."""
        return slice(self.first, self.last)

    @property
    def kept(self) -> slice:
        """Where those to keep are among the computed ones."""
        return slice(self.skip, self.skip + self.keep)

    @property
    def rows(self) -> slice:
        """Where they are in the whole."""
        return slice(self.first + self.skip, self.first + self.skip + self.keep)

    def samples(self, each: int) -> slice:
        """The samples read, `each` a frame."""
        return slice(self.first * each, self.last * each)


def chunks(frames: int, *, size: int, back: int, ahead: int) -> Iterator[Chunk]:
    """Cut `frames` into parts of `size`, each read with `back` frames before and `ahead` after."""
    for start in range(0, frames, size):
        end = min(start + size, frames)
        first, last = max(0, start - back), min(frames, end + ahead)
        yield Chunk(first, last, start - first, end - start)
