"""Sizes of MeshTalk: the published ones, those trained here, and a miniature for tests."""

from dataclasses import dataclass
from typing import Self

from avitalk.errors import InputError


@dataclass(frozen=True, slots=True)
class Config:
    """All sizes. Raises InputError for those that no network can have."""

    vertices: int = 6172
    """V of the mesh."""
    fps: float = 30.0
    """Frames a second of what comes out."""
    features: int = 0
    """D of the speech features heard at 50 Hz; 0 for 80 mels of 1 s of samples around each frame,
    as published."""
    heard: int = 128
    """Channels of the audio encoder's convolutions."""
    dilations: tuple[int, ...] = (2, 4, 6, 2, 4, 6)
    """Of the audio encoder's convolutions, in steps of its input."""
    dropout: float = 0.2
    """Of the audio encoder, in training."""
    seen: tuple[int, ...] = (256, 128)
    """Widths of the expression encoder's layers; its LSTM has the last one."""
    code: int = 128
    """A: width of an audio code, and of an expression code."""
    fused: int = 256
    """Width of the two hidden layers that fuse both codes."""
    heads: int = 64
    """H: categorical variables per frame."""
    classes: int = 128
    """C: values of each."""
    drawn: tuple[int, ...] = (512, 256, 128)
    """Widths of the decoder's layers, from the template's inwards; its LSTM has the last one."""
    recurrent: int = 2
    """Layers of the decoder's LSTM."""
    context: int = 64
    """Channels of each head in the context model."""
    past: tuple[int, ...] = (1, 2, 4, 8)
    """Dilations of the context model's convolutions, in frames."""

    def __post_init__(self) -> None:
        whole = (self.vertices, self.heard, self.code, self.fused, self.heads, self.classes)
        rows = (self.dilations, self.seen, self.drawn, self.past)
        if min(*whole, self.context, self.recurrent, *(min(row, default=0) for row in rows)) < 1:
            raise InputError(f"sizes of MeshTalk must be 1 and more; given: {self}")
        if self.features < 0 or self.fps <= 0:
            raise InputError(f"features {self.features} at {self.fps} fps; allowed: 0, above 0")
        if self.features and self.fps != 25.0:
            raise InputError(f"{self.fps} fps; features at 50 Hz are two per frame, at 25 fps")

    @classmethod
    def published(cls) -> Self:
        """Section 3 of the paper: 6172 vertices at 30 fps, 64 heads of 128 classes.

        The training script that its authors released has 16 heads: `replace(..., heads=16)`.
        """
        return cls()

    @classmethod
    def small(cls, features: int, vertices: int) -> Self:
        """What is trained here: half the widths, a quarter of the heads and of the classes.

        Dilations are half the published ones because our features come at half the rate of the
        mels: both see 1 s.
        """
        return cls(
            vertices, 25.0, features, heard=64, dilations=(1, 2, 3, 1, 2, 3), seen=(128, 64),
            code=64, fused=128, heads=16, classes=32, drawn=(256, 128, 64), context=16,
        )  # fmt: skip

    @classmethod
    def tiny(cls, features: int = 6, vertices: int = 8) -> Self:
        """A miniature for tests; `features=0` hears mels."""
        return cls(
            vertices, 25.0 if features else 30.0, features, heard=4, dilations=(1, 2), seen=(6, 4),
            code=4, fused=8, heads=3, classes=5, drawn=(8, 6, 4), context=4, past=(1, 2),
        )  # fmt: skip
