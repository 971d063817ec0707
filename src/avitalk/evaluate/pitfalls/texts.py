"""Instructions from the grammar, made worse in known ways -> verdicts of the metrics of text."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from avitalk.data.instructions.facts import Facts, draw_facts
from avitalk.data.instructions.grammar import phrase
from avitalk.evaluate.metrics import text
from avitalk.evaluate.pitfalls.judging import compared
from avitalk.facs.table import EMOTIONS

CLIPS: Final = 60
REFERENCES: Final = 5
GROUP: Final = 10
"""Texts of a corpus whose BLEU is taken."""

Texts = list[str]
EXPLAINED: Final = {
    "other emotion": "written for another emotion, its strength and voice kept",
    "other recording": "the text of another recording",
    "one for all": "the same text for every recording",
    "shuffled words": "words in random order",
    "first half": "the first half of the words",
    "said twice": "the text, and the text again",
}


def _other_emotion(facts: Facts, seed: int) -> Facts:
    others = [name for name in EMOTIONS if name != facts.emotion]
    return replace(facts, emotion=others[seed % len(others)])


def _damaged(facts: Sequence[Facts], told: Texts) -> dict[str, Texts]:
    rng = np.random.default_rng(2)
    words = [row.split() for row in told]
    pairs = list(enumerate(facts))
    return {
        "other emotion": [_phrased(_other_emotion(f, i), i) for i, f in pairs],
        "other recording": [*told[1:], told[0]],
        "one for all": [told[0]] * len(told),
        "shuffled words": [" ".join(rng.permutation(row).tolist()) for row in words],
        "first half": [" ".join(row[: max(1, len(row) // 2)]) for row in words],
        "said twice": [f"{row} {row}" for row in told],
    }


def _phrased(facts: Facts, seed: int) -> str:
    return phrase(facts, np.random.default_rng([1, seed]))


def run() -> dict[str, Any]:
    """Texts by the grammar's usual words, references by its held-out ones, of the same facts."""
    rng = np.random.default_rng(0)
    facts = [draw_facts(rng) for _ in range(CLIPS)]
    told = [_phrased(row, i) for i, row in enumerate(facts)]
    references = [
        [phrase(row, rng, held_out=True) for _ in range(REFERENCES)] for row in facts
    ]  # fmt: skip
    before, sets = _each(told, references), _groups(told, references)
    found = {}
    for name, worse in _damaged(facts, told).items():
        after = compared(before, _each(worse, references))
        found[name] = after | compared(sets, _groups(worse, references))
    return {"texts": CLIPS, "references": REFERENCES, "damages": found}


def _each(told: Texts, references: Sequence[Texts]) -> list[dict[str, float]]:
    metrics: dict[str, Callable[..., Any]] = {
        "meteor": text.meteor, "rouge_l": text.rouge_l, "cider": text.cider,
        "facts_f1": text.facts_f1,
    }  # fmt: skip
    columns = {name: metric(told, references).tolist() for name, metric in metrics.items()}
    return [
        {name: column[i] for name, column in columns.items()} for i in range(len(told))
    ]  # fmt: skip


def _groups(told: Texts, references: Sequence[Texts]) -> list[dict[str, float]]:
    found = []
    for start in range(0, len(told), GROUP):
        own, other = told[start : start + GROUP], references[start : start + GROUP]
        found.append({f"bleu_{n}": text.bleu(own, other, n).mean for n in (1, 4)})
    return found
