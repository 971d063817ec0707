"""Sizes of FaceFormer: as published for VOCASET and BIWI, as trained here, and a miniature."""

from dataclasses import dataclass
from typing import Final

from avitalk.errors import InputError

VOCASET: Final = tuple(f"VOCASET {i}" for i in range(1, 9))
BIWI: Final = tuple(f"BIWI {i}" for i in range(1, 7))
"""The training subjects of both corpora, numbered: their names mean nothing here."""


@dataclass(frozen=True, slots=True)
class FaceFormerConfig:
    """Sizes of one FaceFormer. Raises InputError where they do not go together."""

    features: int
    """D: width of the speech features."""
    vertices: int
    """V."""
    speakers: tuple[str, ...]
    """Names of the speakers whose style is learned."""
    width: int = 128
    """Channels of the decoder."""
    heads: int = 4
    """Heads of both attentions, a power of two."""
    inner: int = 256
    """Channels of the feed-forward layer."""
    period: int = 25
    """Frames after which positions repeat, and within which the bias of attention is constant."""
    fps: float = 25.0
    """Frames a second."""
    per_frame: int = 2
    """Features for each frame."""
    longest: int = 600
    """Frames that are decoded at once: positions and biases are made for so many."""
    dropout: float = 0.1
    """In training only."""
    context: tuple[int, ...] = ()
    """Dilations of convolutions between frozen features and decoder; none in the paper."""
    cached: bool = False
    """Whether what was computed for earlier frames is kept while decoding, or computed again for
    each frame, as the published code does. The result is the same."""

    def __post_init__(self) -> None:
        if self.heads < 1 or self.heads & (self.heads - 1) or self.width % self.heads:
            raise InputError(
                f"width {self.width} in {self.heads} heads; a power of two of heads is needed, "
                "and a width that they divide"
            )
        if self.width % 2:
            raise InputError(f"width {self.width}; an even one is needed")
        if not self.speakers:
            raise InputError("no speakers; one at least is needed")

    @classmethod
    def published(cls) -> "FaceFormerConfig":
        """For VOCASET: 5,023 vertices at 30 fps, wav2vec 2.0 brought to 30 Hz."""
        return cls(
            768, 5023, VOCASET, width=64, inner=128, period=30, fps=30.0, per_frame=1
        )  # fmt: skip

    @classmethod
    def biwi(
        cls, features: int = 768, vertices: int = 23_370, speakers: tuple[str, ...] = BIWI
    ) -> "FaceFormerConfig":
        """For BIWI: 25 fps, wav2vec 2.0 at 50 Hz, two features for each frame."""
        return cls(features, vertices, speakers)

    @classmethod
    def small(
        cls, features: int = 110, vertices: int = 395, speakers: tuple[str, ...] = ("nobody",)
    ) -> "FaceFormerConfig":
        """What is trained here: BIWI's decoder on our patch and our features."""
        return cls(features, vertices, speakers, context=(1, 2, 4, 4), cached=True)

    @classmethod
    def tiny(
        cls, features: int = 6, vertices: int = 5, speakers: tuple[str, ...] = ("one", "two")
    ) -> "FaceFormerConfig":
        """A miniature for tests."""
        return cls(
            features, vertices, speakers, width=16, heads=2, inner=24, period=5, longest=40,
            context=(1, 2), cached=True,
        )  # fmt: skip
