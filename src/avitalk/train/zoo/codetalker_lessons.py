"""Sequences -> batches of features and vertices for CodeTalker."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from avitalk.face.patch import FacePatch, face_patch
from avitalk.train.zoo.sequences import Batch, Batches, Sequence25

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Lesson:
    """B stretches of equal length."""

    values: Tensor
    """(B, T, D) features."""
    moved: Tensor
    """(B, F, 3 V) displacements in mm."""
    seen: Tensor
    """(B, F, 3 V) 1 where the truth is known, else 0."""
    style: Tensor
    """(B,) number of the speaker."""

    def error(self, drawn: Tensor, power: int) -> Tensor:
        """Mean of |drawn - moved| ** power where the truth is known; () in mm ** power."""
        apart = (drawn - self.moved).abs() ** power
        return (apart * self.seen).sum() / self.seen.sum()

    def latent_error(self, latents: Tensor, wanted: Tensor) -> Tensor:
        """Mean square between (B, F, H, E) over known frames; ()."""
        known = self.seen.amax(dim=-1)
        apart = (latents - wanted).square().mean(dim=(2, 3))
        return (apart * known).sum() / known.sum()


class Lessons:
    """Random batches."""

    def __init__(
        self,
        found: Sequence[Sequence25],
        rng: np.random.Generator,
        *,
        batch: int,
        frames: int,
        noise: float,
        device: torch.device,
    ) -> None:
        """`noise`: deviation of what is added to features."""
        self.batches = Batches(found, rng, batch=batch, frames=frames)
        self.rng, self.noise, self.device, self.patch = rng, noise, device, face_patch()
        self.shapes = torch.tensor(self.patch.shapes_mm, dtype=torch.float32).flatten(1)
        styles = speakers(found)
        self.style = np.array([styles.index(one.speaker) for one in found])

    def draw(self) -> Lesson:
        """The next batch."""
        batch = self.batches.draw()
        values = batch.values
        if self.noise:
            noise = self.rng.normal(scale=self.noise, size=values.shape)
            values = values + noise.astype(np.float32)
        parts = (values, batch.weights, _seen(batch, self.patch), self.style[batch.which])
        heard, face, seen, style = (torch.from_numpy(part) for part in parts)
        moved = face @ self.shapes
        return Lesson(*(part.to(self.device) for part in (heard, moved, seen, style)))


def speakers(found: Sequence[Sequence25]) -> tuple[str, ...]:
    """Those whose faces were filmed or animated, by how much there is of them; nobody last."""
    frames: dict[str, int] = {}
    for one in found:
        frames[one.speaker] = frames.get(one.speaker, 0) + one.frames
    return tuple(sorted(frames, key=lambda name: (name == NOBODY, -frames[name], name)))


def _seen(batch: Batch, patch: FacePatch) -> NDArray[np.float32]:
    """(B, F, 3 V): frames that are there, and the upper face only where it moves as it did."""
    shown = batch.upper[:, None] | ~patch.upper[None]
    seen = batch.known[:, :, None] & shown[:, None]
    return np.repeat(seen, 3, axis=-1).astype(np.float32)
