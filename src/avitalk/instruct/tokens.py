"""Text <-> token ids: a byte-level BPE of our own, stored as one JSON text with the weights."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from avitalk.errors import InputError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SPECIAL: Final = ("<pad>", "<bos>", "<ask>", "<say>", "<eos>")
PAD, BOS, ASK, SAY, EOS = range(5)  # a document: <bos> description <ask> request <say> text <eos>


class Tokens:
    """A trained tokenizer.

    Words are tokenized with the space before them, the first one too, so that a text has the same
    tokens wherever it stands. The special tokens cannot be written in text: "<eos>" typed by a
    person is five ordinary characters.
    """

    def __init__(self, tokenizer: "Tokenizer") -> None:
        """Use `train` or `parse`."""
        tokenizer.encode_special_tokens = True
        self._tokenizer = tokenizer

    @classmethod
    def train(cls, texts: Iterable[str], size: int = 4096) -> "Tokens":
        """Learn `size` tokens from the texts (Sennrich et al. 2016 over bytes)."""
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: PLC0415

        least = 256 + len(SPECIAL)
        if size < least:
            raise InputError(f"a vocabulary of {size} tokens is too small; at least {least}")
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=list(SPECIAL),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        tokenizer.train_from_iterator(texts, trainer)
        return cls(tokenizer)

    @classmethod
    def parse(cls, source: str) -> "Tokens":
        """The tokenizer that `str(tokens)` wrote; InputError if it is none."""
        from tokenizers import Tokenizer  # noqa: PLC0415  (compiled, on use)

        try:
            tokenizer = Tokenizer.from_str(source)
        except Exception as error:  # the library raises plain Exception
            raise InputError(f"not a stored tokenizer ({error})") from error
        found = tuple(tokenizer.id_to_token(index) for index in range(len(SPECIAL)))
        if found != SPECIAL:
            raise InputError(f"stored tokenizer begins with {found}, but {SPECIAL} are needed")
        return cls(tokenizer)

    def __str__(self) -> str:
        """JSON, as `parse` reads it."""
        return json.dumps(json.loads(self._tokenizer.to_str()), ensure_ascii=False)

    def __len__(self) -> int:
        """Tokens known."""
        return int(self._tokenizer.get_vocab_size())

    def encode(self, text: str) -> list[int]:
        """Token ids of a text, none of them special; white space is one space each."""
        words = " ".join(text.split())
        return list(self._tokenizer.encode(words, add_special_tokens=False).ids) if words else []

    def decode(self, ids: Sequence[int]) -> str:
        """Text of token ids, special ones left out."""
        plain = [index for index in ids if index >= len(SPECIAL)]
        return str(self._tokenizer.decode(plain)).strip()
