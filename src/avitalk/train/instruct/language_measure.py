"""What the pretrained model writes, measured: copied, varied, grammatical, true to its facts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from avitalk.data.instructions.describing import REQUESTS, describe
from avitalk.data.instructions.facts import Facts, draw_facts
from avitalk.evaluate.metrics.text import words_of
from avitalk.facs.reading import read
from avitalk.instruct.language import TOP_P, LanguageModel
from avitalk.instruct.writing import TEMPERATURE


@dataclass(frozen=True, slots=True)
class Sample:
    """One text that the model wrote, and what it was told."""

    facts: Facts
    """What the description was made from."""
    description: str
    """What the model read."""
    text: str
    """What it wrote."""
    finished: bool
    """Whether it came to an end of its own."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Measures over samples."""

    copied: float
    """Share found word for word within a training text."""
    distinct_2: float
    """Different pairs of neighbouring words among all."""
    agreeing: float
    """Share whose emotion, read from the text, is the one told."""
    finished: float
    """Share that came to an end of their own."""
    words: float
    """Mean words of a text."""
    ungrammatical: tuple[str, ...]
    """Texts that the parser refused."""


def copied_share(texts: Sequence[str], learnt: Sequence[str]) -> float:
    """Share of texts whose words stand in a row within one of the texts learnt from."""
    whole = "\n".join(f" {' '.join(words_of(text))} " for text in learnt)
    return float(np.mean([f" {' '.join(words_of(text))} " in whole for text in texts]))


def distinct(texts: Sequence[str], size: int = 2) -> float:
    """Different runs of `size` words among all of them (Li et al. 2016)."""
    rows = [words_of(text) for text in texts]
    runs = [tuple(row[i : i + size]) for row in rows for i in range(len(row) - size + 1)]
    return len(set(runs)) / max(1, len(runs))


def samples(
    model: LanguageModel,
    emotions: tuple[str, ...],
    count: int,
    *,
    seed: int,
    temperature: float = TEMPERATURE,
    top_p: float = TOP_P,
) -> list[Sample]:
    """`count` texts of plausible facts, one for each, unpicked.

    Neither the likeliest of four candidates nor the one whose likelihood the description raises
    most agreed with the facts more often than the first.
    """
    rng = np.random.default_rng(seed)
    told = [draw_facts(rng, emotions=emotions) for _ in range(count)]
    described = [describe(facts, rng) for facts in told]
    asked = [REQUESTS[int(rng.integers(len(REQUESTS)))] for _ in told]
    found = []
    for start in range(0, count, 16):
        part = slice(start, start + 16)
        prompt = model.ask(asked[part], descriptions=described[part])
        rows = model.generate(
            prompt,
            seed=[seed * count + start + row for row in range(len(told[part]))],
            temperature=temperature, top_p=top_p,
        )  # fmt: skip
        for facts, description, (written,) in zip(told[part], described[part], rows, strict=True):
            found.append(Sample(facts, description, written.text, written.finished))
    return found


def measure(
    found: Sequence[Sample],
    learnt: Sequence[str],
    parsed: Callable[[Sequence[str]], list[bool]],
) -> Quality:
    """All measures; `parsed` is `avitalk.data.instructions.parsing.parsed` or another checker."""
    texts = [sample.text for sample in found]
    return Quality(
        copied=copied_share(texts, learnt),
        distinct_2=distinct(texts),
        agreeing=float(np.mean([read(s.text).emotion == s.facts.emotion for s in found])),
        finished=float(np.mean([sample.finished for sample in found])),
        words=float(np.mean([len(words_of(text)) for text in texts])),
        ungrammatical=tuple(t for t, well in zip(texts, parsed(texts), strict=True) if not well),
    )
