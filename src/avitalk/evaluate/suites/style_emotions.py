"""Are faces of different acted emotions told apart, by somebody who learnt them on other speakers?

A face is judged by the mean and the deviation of its channels over a clip: nearest mean of a class,
channels in units of their deviation over the speakers learnt from. Nothing is tuned.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.corpus.take import Corpus
from avitalk.evaluate.metrics.lips import Interval
from avitalk.evaluate.metrics.recall import unweighted
from avitalk.evaluate.suites.style_faces import LIPS, UPPER, Seen
from avitalk.evaluate.tables import Column

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

COLUMNS: Final = (
    Column("whole face", "whole face", "recall", "higher"),
    Column("upper face", "upper face", "recall", "higher"),
    Column("lips only", "lips only", "recall", "higher"),
)
LEAST: Final = 1e-4
"""Channels that move less than this tell nothing."""


def labels(corpus: Corpus) -> dict[str, str]:
    """Take -> emotion acted, of emotions that at least two takes have; empty with less than two
    emotions.
    """
    known = {take.id: take.emotion for take in corpus.takes if take.emotion}
    often = Counter(known.values())
    found = {name: emotion for name, emotion in known.items() if often[emotion] > 1}
    return found if len(set(found.values())) > 1 else {}


def measure(
    faces: Mapping[str, Mapping[str, Seen]], corpus: Corpus
) -> tuple[dict[str, dict[str, Interval]], str]:
    """Row -> unweighted recall by COLUMNS, and what to say of it."""
    known = labels(corpus)
    speakers = {take.id: take.clip.speaker for take in corpus.takes}
    found = {}
    for row, kept in faces.items():
        names = [name for name in kept if name in known]
        if len({known[name] for name in names}) < 2:
            continue
        truth, _ = indexed([known[name] for name in names])
        people, _ = indexed([speakers[name] for name in names])
        if len(set(people.tolist())) < 2:
            people = np.arange(len(names))
        summaries = np.stack([kept[name].summary for name in names])
        views = {"whole face": (*LIPS, *UPPER), "upper face": UPPER, "lips only": LIPS}
        found[row] = {
            view: unweighted(
                truth,
                left_out(summaries[:, :, list(here)].reshape(len(names), -1), truth, people),
                np.arange(len(names)),
            )
            for view, here in views.items()
        }
    classes = sorted(set(known.values()))
    note = (
        f"Unweighted recall of {len(classes)} emotions ({', '.join(classes)}), each speaker judged "
        f"by what was learnt from the others; chance is {1 / max(1, len(classes)):.3f}."
    )
    return found, note


def indexed(names: Sequence[str]) -> tuple[Ints, list[str]]:
    """Number of each name among the sorted ones, and those."""
    known = sorted(set(names))
    return np.array([known.index(name) for name in names], np.int64), known


def left_out(values: Array, truth: Ints, people: Ints) -> Ints:
    """(n,) guesses from values (n, S) for each person by the class means of the others."""
    guess = np.zeros(len(truth), np.int64)
    for person in np.unique(people):
        here = people == person
        guess[here] = nearest(values[~here], truth[~here], values[here])
    return guess


def nearest(known: Array, truth: Ints, asked: Array) -> Ints:
    """(m,) the class whose mean is nearest, distances in deviations of the known; the first class
    where nothing moves.
    """
    classes = np.unique(truth)
    means = np.stack([known[truth == c].mean(axis=0) for c in classes])
    spread = known.std(axis=0)
    used = spread > LEAST
    if not used.any():
        return np.full(len(asked), classes[0])
    apart = (asked[:, None, used] - means[None][:, :, used]) / spread[used]
    return np.asarray(classes[np.square(apart).sum(axis=2).argmin(axis=1)])
