"""Simple listeners that stage 1 must beat: length only, loudness and pitch only (scikit-learn)."""

import importlib.util
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.evaluate.metrics.recall import unweighted

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
KINDS: Final = ("svm", "logistic regression", "random forest")
NEEDS: Final = "measuring needs scikit-learn and nltk: pip install 'avitalk[measure]'"


def listener(kind: str) -> Any:
    """An untrained classifier. Raises InputError without scikit-learn."""
    if importlib.util.find_spec("sklearn") is None:
        raise InputError(NEEDS)
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 - on use
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415
    from sklearn.svm import SVC  # noqa: PLC0415

    if kind == "svm":
        return make_pipeline(StandardScaler(), SVC(C=3, class_weight="balanced"))
    if kind == "logistic regression":
        linear = LogisticRegression(class_weight="balanced", max_iter=500)
        return make_pipeline(StandardScaler(), linear)
    return RandomForestClassifier(200, min_samples_leaf=5, class_weight="balanced", random_state=0)


def best(guesses: Callable[[str], Ints], truth: Ints, clip: Ints) -> tuple[str, Ints]:
    """The kind of classifier that does best on what is tested, in the baseline's favour."""
    found = {kind: guesses(kind) for kind in KINDS}
    name = max(found, key=lambda kind: unweighted(truth, found[kind], clip).mean)
    return name, found[name]


def leave_one_out(features: Floats, truth: Ints, group: NDArray[np.str_], kind: str) -> Ints:
    """(n,) guesses for each group by a classifier trained on the others."""
    guess = np.zeros(len(truth), np.int64)
    for name in np.unique(group):
        here = group == name
        guess[here] = listener(kind).fit(features[~here], truth[~here]).predict(features[here])
    return guess


def elsewhere(train: Floats, truth: Ints, test: Floats, kind: str) -> Ints:
    """(n,) guesses on another corpus."""
    guess: Ints = listener(kind).fit(train, truth).predict(test)
    return guess
