"""Sizes of EmoTalk: as published, as trained here, and a miniature."""

from dataclasses import dataclass
from typing import Final

EMODB: Final = ("neutral", "anger", "boredom", "disgust", "fear", "happiness", "sadness")
"""Emotions of the Berlin corpus, which the small configuration learns from."""


@dataclass(frozen=True, slots=True)
class EmoTalkConfig:
    """All sizes; the defaults are those published."""

    features: int = 1024
    """D: width of what the content ear hears."""
    rows: int = 1
    """Rows of content features a frame, read side by side; published, ears run at its rate."""
    voice: int = 1024
    """E: width of what the emotion ear hears."""
    content: int = 512
    """Width of the content embedding."""
    emotion: int = 256
    """Width of the emotion embedding that the queries hold; the memory is as wide as `width`."""
    condition: int = 32
    """Width of the embedding of the level, and of that of the person."""
    levels: int = 2
    """Strengths of a feeling: normal and strong."""
    persons: tuple[str, ...] = tuple(f"actor {i + 1}" for i in range(24))
    """Whose face it is; RAVDESS has 24 actors."""
    emotions: tuple[str, ...] = (
        "anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise",
    )  # fmt: skip
    """What the emotion classifier tells apart."""
    heads: int = 4
    """Of both attentions."""
    outputs: int = 52
    """C: blendshape weights."""
    fps: float = 30.0
    """Frames a second."""
    period: int = 30
    """Frames over which the attention's bias stays the same: one second."""
    cap: int = 5000
    """Frames that the decoder sees at most."""
    dropout: float = 0.1
    """In the decoder layer and the classifier."""
    context: tuple[int, ...] = ()
    """Dilations of convolutions over frozen content features; none over ears that are trained."""
    context_width: int = 0
    """Their channels."""
    voice_width: int = 0
    """Hidden width of a layer over frozen features of the voice; 0 for none."""

    @property
    def width(self) -> int:
        """Of queries, memory and feed-forward layer: 832 as published."""
        return self.content + self.emotion + 2 * self.condition

    @property
    def heard(self) -> int:
        """Width of what the emotion is told by."""
        return self.voice_width or self.voice

    @property
    def around(self) -> int:
        """Frames, either way, that the convolutions see."""
        return sum(self.context)

    @classmethod
    def published(cls) -> "EmoTalkConfig":
        """The paper's, over two XLSR-large ears, 52 weights at 30 fps."""
        return cls()

    @classmethod
    def small(cls, features: int, voice: int) -> "EmoTalkConfig":
        """What is trained here: a quarter of the published widths, at 25 fps."""
        return cls(
            features=features, rows=2, voice=voice, content=128, emotion=64, condition=8,
            persons=("nobody", "grid_s1", "facegood"), emotions=EMODB, fps=25.0, period=25,
            cap=500, context=(1, 2, 4, 1, 2), context_width=144, voice_width=128,
        )  # fmt: skip

    @classmethod
    def tiny(cls, features: int = 12, voice: int = 10) -> "EmoTalkConfig":
        """A miniature for tests."""
        return cls(
            features=features, rows=2, voice=voice, content=8, emotion=4, condition=2,
            persons=("nobody", "grid_s1"), emotions=EMODB, fps=25.0, period=5, cap=40,
            context=(1, 2), context_width=8, voice_width=6,
        )  # fmt: skip
