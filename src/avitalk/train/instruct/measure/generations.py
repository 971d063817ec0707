"""200 texts of voices never heard, unpicked: copied, varied, grammatical; thirty to read."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from avitalk.data.instructions.corpus import Instructed
from avitalk.errors import InputError
from avitalk.evaluate.metrics import recall
from avitalk.evaluate.metrics.lips import bootstrap
from avitalk.evaluate.metrics.text import words_of
from avitalk.train.instruct.language_measure import distinct
from avitalk.train.instruct.measure.texts import Told

COUNT: Final = 200
SHOWN: Final = 30
LONG: Final = 10
"""Words of a sentence that is more than a set phrase."""
_ENDS: Final = re.compile(r"(?<=[.!?])\s+")


def unpicked(told: Sequence[Told], count: int = COUNT) -> list[Told]:
    """`count` texts at even steps through the corpus, whatever they are. Raises InputError if
    there are fewer.
    """
    if len(told) < count:
        raise InputError(f"{len(told)} texts were written; {count} are needed")
    places = np.linspace(0, len(told) - 1, count).round().astype(int)
    return [told[place] for place in places]


def learnt(documents: Sequence[Path], rows: Sequence[Instructed]) -> Iterator[str]:
    """All texts that the language model or the projection was trained on."""
    for path in documents:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield str(json.loads(line)["text"])
    for row in rows:
        yield from row.texts


def sentences(text: str) -> list[str]:
    """Sentences of a text, in plain words."""
    return [" ".join(words_of(part)) for part in _ENDS.split(text) if words_of(part)]


def measure(
    told: Sequence[Told],
    known: Sequence[str],
    rows: Sequence[Instructed],
    parsed: Callable[[Sequence[str]], list[bool]],
) -> dict[str, Any]:
    """Shares over the texts; `parsed` is `avitalk.data.instructions.parsing.parsed`."""
    chosen = unpicked(told, min(COUNT, len(told)))
    texts = [row.text for row in chosen]
    whole = "\n".join(f" {' '.join(words_of(text))} " for text in known)
    copied = np.array([f" {' '.join(words_of(text))} " in whole for text in texts], np.float64)
    seen = {sentence for text in known for sentence in sentences(text)}
    found = [[sentence in seen for sentence in sentences(text)] for text in texts]
    long = [
        sentence in seen
        for text in texts
        for sentence in sentences(text)
        if len(sentence.split()) >= LONG
    ]
    grammatical = parsed(texts)
    return {
        "texts": len(texts),
        "training texts": len(known),
        "copied": recall.plain(bootstrap(copied)),
        "sentences copied": float(np.mean([hit for row in found for hit in row])),
        "texts with a copied sentence": float(np.mean([any(row) for row in found])),
        "sentences": sum(map(len, found)),
        "long sentences": len(long),
        "long sentences copied": float(np.mean(long)) if long else 0.0,
        "distinct-2": distinct(texts),
        "different": len(set(texts)),
        "words": float(np.mean([len(words_of(text)) for text in texts])),
        "grammatical": float(np.mean(grammatical)),
        "ungrammatical": [t for t, good in zip(texts, grammatical, strict=True) if not good],
        "examples": [
            {"clip": rows[row.clip].id, "emotion": rows[row.clip].facts.emotion, "text": row.text}
            for row in (chosen[i] for i in _spread(len(chosen)))
        ],
    }


def _spread(count: int) -> list[int]:
    """The texts that are shown: even steps again, so that all speakers are among them."""
    return [int(i) for i in np.linspace(0, count - 1, min(SHOWN, count)).round()]
