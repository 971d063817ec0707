"""One door to every speech encoder: our own file, or a HuBERT or wav2vec 2.0 checkpoint."""

from pathlib import Path
from typing import Protocol

from avitalk.types import Speech, SpeechFeatures


class Encoder(Protocol):
    """What the talker's training and the pipeline ask of a speech encoder."""

    @property
    def width(self) -> int:
        """D of the features."""
        ...

    def encode(self, speech: Speech) -> SpeechFeatures:
        """Features (T, D) at 50 Hz with T = ceil(N / 320)."""
        ...


def load_encoder(source: Path | str) -> Encoder:
    """Our encoder from a `.safetensors` file; otherwise a folder or name for `transformers`.

    Raises InputError if it is missing or does not fit; nothing is downloaded.
    """
    if Path(source).suffix == ".safetensors":
        from avitalk.speech.encoder import SpeechEncoder  # noqa: PLC0415  (torch, on first use)

        return SpeechEncoder.load(source)
    from avitalk.speech.pretrained import PretrainedEncoder  # noqa: PLC0415

    return PretrainedEncoder.load(source)
