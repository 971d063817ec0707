"""A folder's `instructor.json` <-> which encoder and language model its instructor goes with.

At the paper's scale these are other people's checkpoints, by name; a folder without the file holds
the embedded scale's three models.
"""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from avitalk.errors import InputError
from avitalk.files import write_bytes
from avitalk.instruct.huggingface import INSTALL, HuggingFaceLanguage
from avitalk.instruct.language import Language, LanguageModel
from avitalk.speech.load import Encoder

NAME: Final = "instructor.json"
ADAPTERS: Final = "adapters"
EAR: Final = "affect-ear.safetensors"
PROJECTION: Final = "prompt-projection.safetensors"
LANGUAGE: Final = "language-model.safetensors"


@dataclass(frozen=True, slots=True)
class Parts:
    """What an instructor needs beside its own files."""

    encoder: str | None = None
    """HuBERT or wav2vec 2.0 whose frames its ear takes; None hears statistics."""
    layer: int | None = None
    """Hidden layer of it; None takes the last."""
    language: str | None = None
    """A Hugging Face causal language model; None takes the folder's own."""
    four_bit: bool = False
    """Whether its weights have 4 bits."""
    adapters: bool = False
    """Whether LoRA adapters lie in the folder."""

    @classmethod
    def of(cls, folder: Path) -> "Parts":
        """Read the folder's file; the embedded scale if there is none. Raises InputError for a
        file that is none of these.
        """
        path = folder / NAME
        if not path.exists():
            return cls()
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            allowed = ", ".join(field.name for field in fields(cls))
            raise InputError(f"{path}: not an instructor's parts ({error}); {allowed}") from error

    def save(self, folder: Path) -> None:
        """Write the folder's file."""
        write_bytes(folder / NAME, json.dumps(asdict(self), indent=1).encode())

    def hearing(self) -> Encoder | None:
        """The encoder whose frames the ear takes, if it takes frames. Nothing is downloaded."""
        if self.encoder is None:
            return None
        from avitalk.speech.pretrained import PretrainedEncoder  # noqa: PLC0415 - takes seconds

        return PretrainedEncoder.load(self.encoder, layer=self.layer)

    def words(self, folder: Path) -> Language:
        """The language model, with the folder's adapters if it has any; 4 bits on a GPU."""
        if self.language is None:
            return LanguageModel.load(folder / LANGUAGE)
        device = "cuda" if self.four_bit else "cpu"
        found = HuggingFaceLanguage.load(
            self.language, device=device, four_bit=self.four_bit, local=True
        )
        if not self.adapters:
            return found
        try:
            from peft import PeftModel  # noqa: PLC0415  (an extra)
        except ImportError as error:
            raise InputError(f"LoRA adapters need peft: {INSTALL}") from error
        adapted = PeftModel.from_pretrained(found.model, str(folder / ADAPTERS))
        return HuggingFaceLanguage(adapted, found.tokenizer)
