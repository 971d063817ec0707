"""EmoDB, leave one speaker out: unweighted recall of 7 emotions, from audio and from the text.

Every row is of windows of at most 1.6 s of a speaker whom the models never heard.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from avitalk.data.instructions.corpus import Instructed
from avitalk.evaluate.metrics import recall
from avitalk.facs.reading import read
from avitalk.instruct.qformer import Listened, QFormer
from avitalk.train.instruct.measure import baselines
from avitalk.train.instruct.measure.inputs import (
    EMOTIONS,
    Floats,
    Ints,
    Windows,
    former_of,
    speakers_in,
)
from avitalk.train.instruct.measure.texts import Told

Embed = Callable[[Sequence[str]], Tensor]
LENGTH, LEVELS, SPREADS, ALL = (
    "length only", "mean loudness and mean pitch", "loudness and pitch, means and spreads",
    "loudness and pitch, all 18 statistics",
)  # fmt: skip
SINGLE: Final = "text, one candidate"
PHRASINGS: Final = 5
"""Training texts of each recording that make the second reader's centroids."""


def listened(former: QFormer, values: Floats, *, standard: bool = False) -> Listened:
    """What a Q-Former makes of windows (n, S), one by one, or of recordings (n, W, S);
    `standard` where they are standardised already.
    """
    given = torch.from_numpy(values if values.ndim == 3 else values[:, None])
    with torch.inference_mode():
        found: Listened = former(
            given if standard else former.standardise(given),
            torch.full((len(given),), given.shape[1], dtype=torch.long),
        )
    return found


def held_out(folds: Path, windows: Windows) -> tuple[Ints, Ints, NDArray[np.float64]]:
    """Rows of windows of left-out speakers, what the emotion head says, and the intensity."""
    rows, guess, intensity = [], [], []
    for speaker in speakers_in(folds):
        here = np.flatnonzero(windows.speaker == speaker)
        found = listened(former_of(folds, speaker), windows.values[here])
        rows.append(here)
        guess.append(found.emotion.argmax(1).numpy())
        intensity.append(found.intensity.double().numpy())
    order = np.argsort(np.concatenate(rows), kind="stable")
    return tuple(np.concatenate(part)[order] for part in (rows, guess, intensity))  # type: ignore[return-value]


def shuffled(windows: Windows, rows: Ints, seed: int = 0) -> Ints:
    """For each of `rows` the place among them of a window of another recording of its speaker."""
    rng = np.random.default_rng(seed)
    places = np.arange(len(rows))
    found = np.empty_like(places)
    for speaker in np.unique(windows.speaker[rows]):
        here = places[windows.speaker[rows] == speaker]
        clips = windows.clip[rows[here]]
        for place, clip in zip(here, clips, strict=True):
            found[place] = rng.choice(here[clips != clip])
    return found


def by_words(texts: Sequence[str], names: Sequence[str] = EMOTIONS) -> Ints:
    """Emotions read from texts by the table's words; -1 for one that is none of `names`."""
    known = {name: i for i, name in enumerate(names)}
    return np.array([known.get(read(text).emotion, -1) for text in texts])


def by_sentences(
    texts: Sequence[str], speaker: Sequence[str], rows: Sequence[Instructed], embed: Embed
) -> Ints:
    """Emotions read from texts by a sentence model: the nearest of the classes' mean embeddings
    over training texts of the other speakers.
    """
    learnt = [text for row in rows for text in row.texts[:PHRASINGS]]
    owner = np.array([row.speaker for row in rows for _ in row.texts[:PHRASINGS]])
    label = np.array(
        [EMOTIONS.index(row.facts.emotion) for row in rows for _ in row.texts[:PHRASINGS]]
    )
    known, asked = embed(learnt), embed(texts)
    speakers, guess = np.array(speaker), np.zeros(len(texts), np.int64)
    for name in np.unique(speakers):
        here = speakers == name
        means = [known[(owner != name) & (label == c)].mean(0) for c in range(len(EMOTIONS))]
        near = asked[here] @ functional.normalize(torch.stack(means), dim=1).T
        guess[here] = near.argmax(1).numpy()
    return guess


def measure(
    folds: Path,
    windows: Windows,
    rows: Sequence[Instructed],
    told: Sequence[Told],
    single: Sequence[Told],
    embed: Embed | None,
) -> dict[str, Any]:
    """All rows of the table; `told` are the full system's texts, `single` those of one candidate,
    `embed` the second reader.
    """
    here, audio, intensity = held_out(folds, windows)
    truth, clip, speaker = windows.truth()[here], windows.clip[here], windows.speaker[here]
    guesses: dict[str, Ints] = {"audio": audio, "shuffled audio": audio[shuffled(windows, here)]}
    kinds = {}
    for name, features in windows.features().items():
        kinds[name], guesses[name] = _best(features[here], truth, speaker, clip)
    strength = np.array([row.facts.strength for row in rows])[clip]
    found: dict[str, Any] = {
        "windows": len(here),
        "clips": len(np.unique(clip)),
        "chance": 1 / len(EMOTIONS),
        "kinds": kinds,
        "rows": _rows(guesses, truth, clip, speaker),
        "by class": {"audio": recall.by_class(truth, audio, EMOTIONS)},
        "gains": _gains("audio", guesses, truth, clip),
        "intensity r": float(np.corrcoef(intensity, strength)[0, 1]),
    }
    if told:
        _add_texts(found, windows, rows, told, guesses, here, embed)
    if single:
        written = np.array([row.window for row in single])
        said = {SINGLE: by_words([row.text for row in single])}
        found["rows"] |= _rows(
            said, windows.truth()[written], windows.clip[written], windows.speaker[written]
        )
    return found


def _best(
    features: NDArray[np.float64], truth: Ints, speaker: NDArray[np.str_], clip: Ints
) -> tuple[str, Ints]:
    return baselines.best(
        lambda kind: baselines.leave_one_out(features, truth, speaker, kind), truth, clip
    )


def _add_texts(
    found: dict[str, Any],
    windows: Windows,
    rows: Sequence[Instructed],
    told: Sequence[Told],
    guesses: Mapping[str, Ints],
    here: Ints,
    embed: Embed | None,
) -> None:
    """Recall read from texts, on the windows that texts were written of."""
    written = np.array([row.window for row in told])
    place = np.searchsorted(here, written)
    truth, clip, speaker = (
        windows.truth()[written], windows.clip[written], windows.speaker[written],
    )  # fmt: skip
    texts = [row.text for row in told]
    said = {"text": by_words(texts)}
    said["text, shuffled audio"] = said["text"][shuffled(windows, written)]
    if embed is not None:
        said["text, second reader"] = by_sentences(texts, list(speaker), rows, embed)
    same = {name: guess[place] for name, guess in guesses.items()}
    found["rows"] |= _rows(said, truth, clip, speaker)
    found["by class"]["text"] = recall.by_class(truth, said["text"], EMOTIONS)
    found["gains"] |= _gains("text", {**same, **said}, truth, clip)
    found["text windows"] = len(told)
    found["text says what the ear hears"] = float((said["text"] == same["audio"]).mean())
    strength = np.array([row.facts.strength for row in rows])[clip]
    found["strength r, text"] = float(
        np.corrcoef([read(text).strength for text in texts], strength)[0, 1]
    )


def _rows(
    guesses: Mapping[str, Ints], truth: Ints, clip: Ints, speaker: NDArray[np.str_]
) -> dict[str, Any]:
    found = {}
    for name, guess in guesses.items():
        each = recall.by_group(truth, guess, speaker).values()
        interval = recall.plain(recall.unweighted(truth, guess, clip))
        found[name] = interval | {"speakers": [min(each), max(each)]}
    return found


def _gains(name: str, guesses: Mapping[str, Ints], truth: Ints, clip: Ints) -> dict[str, Any]:
    return {
        f"{name} over {other}": recall.plain(
            recall.gain(truth, guesses[name], guesses[other], clip)
        )
        for other in (LENGTH, LEVELS, SPREADS, ALL)
    }
