"""Emotions acted, against what a system hears in the voice and what its words say."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from avitalk.evaluate.corpus.take import Corpus
from avitalk.evaluate.metrics.lips import Interval
from avitalk.evaluate.metrics.recall import unweighted
from avitalk.evaluate.suites.instruct_words import Written
from avitalk.evaluate.suites.result import SHUFFLED, Block, others
from avitalk.evaluate.suites.style_emotions import Ints, indexed, labels, left_out
from avitalk.evaluate.tables import Column
from avitalk.facs.reading import read

COLUMNS: Final = (
    Column("recall", "recall", "unweighted", "higher"),
    Column("strict", "recall, others wrong", "unweighted", "higher"),
)
LENGTH: Final = "length only"


def measure(
    corpus: Corpus, told: Mapping[str, Mapping[str, Written]], lengths_s: Mapping[str, float]
) -> Block | None:
    """The table; None where no emotions are labelled or nobody writes.

    `lengths_s`: take -> seconds, for a judge who hears nothing but that.
    """
    acted = labels(corpus)
    heard = {n for texts in told.values() for w in texts.values() for n, _ in w.heard}
    classes = sorted(set(acted.values()) & heard) if heard else sorted(set(acted.values()))
    names = [name for name, emotion in acted.items() if emotion in classes]
    if not told or len(classes) < 2:
        return None
    truth = np.array([classes.index(acted[name]) for name in names], np.int64)
    found: dict[str, dict[str, Interval]] = {}
    for system, texts in told.items():
        if all(texts[name].heard for name in names):
            guess, strict = _heard([texts[name] for name in names], classes)
            found[f"{system}, heard"] = _recall(truth, guess, strict)
            if system == next(iter(told)):
                swapped = others(names)
                place = np.array([names.index(swapped[name]) for name in names])
                found[f"{SHUFFLED}, heard"] = _recall(truth, guess[place], strict[place])
        guess, strict = _read([texts[name] for name in names], classes)
        found[f"{system}, read"] = _recall(truth, guess, strict)
    people, _ = indexed([take.clip.speaker for take in corpus.takes if take.id in names])
    seconds = np.array([[lengths_s[name]] for name in names])
    if len(set(people.tolist())) > 1:
        guess = left_out(seconds, truth, people)
        found[LENGTH] = _recall(truth, guess, guess)
    note = (
        f"{len(names)} recordings of {len(classes)} emotions ({', '.join(classes)}); chance is "
        f"{1 / len(classes):.3f}. Recall: the likeliest of these; strictly, saying another emotion "
        f"is wrong. {LENGTH.capitalize()}: nearest mean length, learnt from the other speakers."
    )
    return Block("Emotions heard and read", COLUMNS, {}, {}, note, found)


def _heard(rows: Sequence[Written], classes: Sequence[str]) -> tuple[Ints, Ints]:
    shares = [dict(row.heard) for row in rows]
    guess = [int(np.argmax([s.get(name, 0.0) for name in classes])) for s in shares]
    strict = [_place(row.heard[0][0], classes) for row in rows]
    return np.array(guess), np.array(strict)


def _read(rows: Sequence[Written], classes: Sequence[str]) -> tuple[Ints, Ints]:
    readings = [read(row.text) for row in rows]
    guess = [int(np.argmax([r.scores[name] for name in classes])) for r in readings]
    return np.array(guess), np.array([_place(r.emotion, classes) for r in readings])


def _place(name: str, classes: Sequence[str]) -> int:
    return classes.index(name) if name in classes else -1


def _recall(truth: Ints, guess: Ints, strict: Ints) -> dict[str, Interval]:
    clip = np.arange(len(truth))
    return {
        "recall": unweighted(truth, guess, clip),
        "strict": unweighted(truth, strict, clip),
    }
