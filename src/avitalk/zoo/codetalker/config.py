"""Sizes of CodeTalker: as published for VOCASET and BIWI, as trained here, and a miniature.

Source: Xing et al. 2023, section 4 and supplement, and the configuration files that the authors
released with their code.
"""

from dataclasses import dataclass

from avitalk.errors import InputError


@dataclass(frozen=True, slots=True)
class CodeTalkerConfig:
    """Sizes of both stages. Raises InputError where widths do not fit together."""

    features: int
    """D: width of the speech features."""
    vertices: int
    """V."""
    fps: float
    """Frames a second."""
    per_frame: int
    """Speech features of a frame: 2 at 50 Hz and 25 fps; 1 resamples them to `fps`."""
    hidden: int
    """Width of the motion autoencoder."""
    layers: int
    """Transformer layers in its encoder, and as many in its decoder."""
    heads: int
    """Attention heads in each of them."""
    feed: int
    """Width of their feed-forward layers."""
    codes: int
    """Codes that make up a frame."""
    code_width: int
    """Width of a code."""
    bridged: bool
    """Whether a linear layer leads from `hidden` to the codes, and another back (BIWI)."""
    talker_width: int
    """Width of the cross-modal decoder; its feed-forward layers are twice as wide."""
    talker_layers: int
    """Its layers."""
    talker_heads: int
    """Its attention heads: as many slopes has the temporal bias."""
    period: int
    """Frames after which positions repeat and the temporal bias takes its next step."""
    styles: tuple[str, ...]
    """Names of the speakers whose style is learned; the first is the default."""
    entries: int = 256
    """Codes in the codebook."""
    beta: float = 0.25
    """Weight of the commitment loss."""
    slope: float = 0.2
    """Slope of LeakyReLU below zero."""
    dropout: float = 0.1
    """In the cross-modal decoder, and after either stage's positions."""
    context: tuple[int, ...] = ()
    """Dilations, in speech features, of convolutions that stand in for a trained transformer."""
    longest: int = 600
    """Frames that are drawn in one piece: the published masks end there."""

    def __post_init__(self) -> None:
        for width, heads in ((self.hidden, self.heads), (self.talker_width, self.talker_heads)):
            if width % heads:
                raise InputError(f"width {width} does not part into {heads} heads")
        if not self.bridged and self.codes * self.code_width != self.hidden:
            raise InputError(
                f"{self.codes} codes of {self.code_width} with a hidden width of {self.hidden}; "
                "these differ only with `bridged`"
            )
        if not self.styles:
            raise InputError("no styles; one and more are needed")

    @classmethod
    def published(cls) -> "CodeTalkerConfig":
        """For VOCASET: FLAME's 5,023 vertices at 30 fps, wav2vec 2.0 base."""
        heard = ("03272", "00128", "00137", "00223", "03274", "03279", "03276", "03278")
        return cls(
            features=768, vertices=5023, fps=30.0, per_frame=1, hidden=1024, layers=6, heads=8,
            feed=1536, codes=16, code_width=64, bridged=False, talker_width=1024, talker_layers=6,
            talker_heads=4, period=30, styles=heard,
        )  # fmt: skip

    @classmethod
    def biwi(cls) -> "CodeTalkerConfig":
        """For BIWI: 23,370 vertices at 25 fps, wav2vec 2.0 base."""
        heard = ("F2", "F3", "F4", "M3", "M4", "M5")
        return cls(
            features=768, vertices=23370, fps=25.0, per_frame=2, hidden=1024, layers=6, heads=8,
            feed=1536, codes=8, code_width=128, bridged=True, talker_width=1024, talker_layers=12,
            talker_heads=4, period=25, styles=heard,
        )  # fmt: skip

    @classmethod
    def small(
        cls, features: int = 110, vertices: int = 395, styles: tuple[str, ...] = ("nobody",)
    ) -> "CodeTalkerConfig":
        """What is trained here: all of BIWI's parts, an eighth as wide and fewer layers."""
        return cls(
            features=features, vertices=vertices, fps=25.0, per_frame=2, hidden=128, layers=2,
            heads=8, feed=192, codes=8, code_width=16, bridged=True, talker_width=128,
            talker_layers=2, talker_heads=4, period=25, styles=styles, context=(1, 2, 4, 8),
        )  # fmt: skip

    @classmethod
    def tiny(
        cls, features: int = 6, vertices: int = 5, styles: tuple[str, ...] = ("one", "two")
    ) -> "CodeTalkerConfig":
        """A miniature for tests."""
        return cls(
            features=features, vertices=vertices, fps=25.0, per_frame=2, hidden=16, layers=1,
            heads=2, feed=24, codes=2, code_width=4, bridged=True, talker_width=16,
            talker_layers=1, talker_heads=4, period=5, styles=styles, entries=12, longest=30,
            context=(1, 2),
        )  # fmt: skip
