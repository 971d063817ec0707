"""RAVDESS, never trained on: recall of the six shared emotions, and which of two is the stronger.

Nothing is tuned on this corpus. A recording's windows are heard together, as a segment's are;
simple listeners hear window by window, and so does one row of the ear, to stand beside them.
"""

import copy
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import load
from avitalk.data.instructions.labels import Labelled
from avitalk.evaluate.metrics import recall
from avitalk.facs.reading import read
from avitalk.instruct.ear import COLUMNS, Ear
from avitalk.instruct.qformer import QFormer
from avitalk.speech import SpeechEncoder
from avitalk.train.instruct.measure import baselines
from avitalk.train.instruct.measure.inputs import EMOTIONS, Floats, Ints, Windows
from avitalk.train.instruct.measure.recall import LENGTH, LEVELS, listened
from avitalk.train.instruct.measure.texts import Told
from avitalk.types import Speech

SHARED: Final = ("neutral", "happiness", "sadness", "anger", "fear", "disgust")
RAW, NORMALISED = "ravdess_raw", "ravdess_normalised"
LEVELS_TRIED: Final = (0.1, 0.5, 2.0)


def normalised(former: QFormer, values: Floats) -> QFormer:
    """The same Q-Former, but voices are standardised with the mean and spread of this corpus (all
    of its recordings, labels unseen) instead of those of its training.
    """
    own = copy.deepcopy(former)
    own.fit(values)
    return own


def together(windows: Windows) -> Floats:
    """(clips, W, S) windows by recording, each with as many."""
    clips = len(windows.speakers)
    return windows.values.reshape(clips, len(windows.values) // clips, -1)


def measure(
    former: QFormer,
    emodb: Windows,
    windows: Windows,
    clips: Sequence[Labelled],
    told: Mapping[str, Sequence[Told]],
) -> dict[str, Any]:
    """Recall and order; `told` are texts by system, RAW and NORMALISED, of whole recordings."""
    truth = np.array([SHARED.index(c.emotion) if c.emotion in SHARED else -1 for c in clips])
    kept = np.flatnonzero(truth >= 0)
    by_window = np.isin(windows.clip, kept)
    window_truth, window_clip = truth[windows.clip[by_window]], windows.clip[by_window]
    columns = [EMOTIONS.index(name) for name in SHARED]
    found: dict[str, Any] = {
        "recordings": len(kept), "windows": int(by_window.sum()), "chance": 1 / len(SHARED),
        "rows": {}, "kinds": {}, "by class": {}, "other emotion in text": {},
    }  # fmt: skip
    ears = {RAW: former, NORMALISED: normalised(former, windows.values)}
    for name, ear in ears.items():
        whole = listened(ear, together(windows)[kept]).emotion[:, columns].argmax(1).numpy()
        found["rows"][f"{name} audio"] = _recall(truth[kept], whole, kept)
        found["by class"][f"{name} audio"] = recall.by_class(truth[kept], whole, SHARED)
        single = listened(ear, windows.values[by_window]).emotion[:, columns].argmax(1).numpy()
        found["rows"][f"{name} audio, single windows"] = _recall(window_truth, single, window_clip)
        if told.get(name):
            _add_texts(found, name, told[name], truth)
    rng = np.random.default_rng(0)
    whole = listened(former, together(windows)[kept]).emotion[:, columns].argmax(1).numpy()
    mixed = whole[rng.permutation(len(kept))]
    found["rows"]["shuffled audio"] = _recall(truth[kept], mixed, kept)
    _add_simple(found, emodb, windows, by_window, window_truth)
    found["order"] = order(former, windows, clips, told)
    return found


def _recall(truth: Ints, guess: Ints, clip: Ints) -> dict[str, Any]:
    return recall.plain(recall.unweighted(truth, guess, clip))


def _add_texts(found: dict[str, Any], name: str, told: Sequence[Told], truth: Ints) -> None:
    """The likeliest of the shared emotions by the text's words; and strictly, where a text that
    names another emotion is wrong.
    """
    rows = [row for row in told if truth[row.clip] >= 0]
    readings = [read(row.text) for row in rows]
    clip = np.array([row.clip for row in rows])
    guess = np.array([np.argmax([r.scores[e] for e in SHARED]) for r in readings])
    other = np.array([r.emotion not in SHARED for r in readings])
    found["rows"][f"{name} text"] = _recall(truth[clip], guess, clip)
    strict = np.where(other, -1, guess)
    found["rows"][f"{name} text, other emotions wrong"] = _recall(truth[clip], strict, clip)
    found["by class"][f"{name} text"] = recall.by_class(truth[clip], guess, SHARED)
    found["other emotion in text"][name] = float(other.mean())


def _add_simple(
    found: dict[str, Any], emodb: Windows, windows: Windows, here: NDArray[np.bool_], truth: Ints
) -> None:
    """Simple listeners trained on EmoDB, raw and with each corpus standardised by itself."""
    known = emodb.truth(SHARED)
    taught = known >= 0
    train, test = emodb.features(), windows.features()
    for name in (LENGTH, LEVELS):
        for how in ("raw", "normalised"):
            a, b = train[name], test[name]
            if how == "normalised":
                a, b = ((x - x.mean(0)) / x.std(0).clip(1e-9) for x in (a, b))
            kind, guess = baselines.best(
                lambda k, a=a, b=b: baselines.elsewhere(a[taught], known[taught], b[here], k),  # type: ignore[misc]
                truth,
                windows.clip[here],
            )
            row = f"{name}, {how}"
            found["kinds"][row] = kind
            found["rows"][row] = _recall(truth, guess, windows.clip[here])


def pairs_of(clips: Sequence[Labelled]) -> list[tuple[int, int]]:
    """(normal, strong) numbers of recordings alike in actor, emotion, statement, repetition."""
    groups: dict[str, dict[str, int]] = defaultdict(dict)
    for number, clip in enumerate(clips):
        parts = clip.id.split("-")
        groups["-".join(parts[:3] + parts[4:])][clip.intensity] = number
    return [(g["normal"], g["strong"]) for g in groups.values() if len(g) == 2]


def order(
    former: QFormer,
    windows: Windows,
    clips: Sequence[Labelled],
    told: Mapping[str, Sequence[Told]],
) -> dict[str, Any]:
    """Share of normal and strong pairs of the shared emotions in the right order."""
    mean = together(windows).mean(1)
    scale: dict[str, NDArray[np.float64]] = {
        "intensity head": listened(former, together(windows)).intensity.double().numpy(),
        "mean pitch": mean[:, COLUMNS["pitch"]][:, 0].astype(np.float64),
        "mean loudness as recorded": windows.loudness.reshape(len(clips), -1).mean(1),
        "length": windows.length_s.reshape(len(clips), -1).mean(1),
    }
    for name, label in ((NORMALISED, "text, normalised"), (RAW, "text")):
        if told.get(name):
            strength = np.full(len(clips), np.nan)
            for row in told[name]:
                strength[row.clip] = read(row.text).strength
            scale = {label: strength, **scale}
    pairs = [pair for pair in pairs_of(clips) if clips[pair[0]].emotion in SHARED]
    found: dict[str, Any] = {"pairs": len(pairs), "rows": {}}
    for name, values in scale.items():
        share, ties = recall.ordered([(values[a], values[b]) for a, b in pairs])
        found["rows"][name] = recall.plain(share) | {"ties": ties}
    return found


def level_change(former: QFormer, encoder: SpeechEncoder, clips: Sequence[Labelled]) -> float:
    """The most that a probability of emotion or the intensity changes as the level does."""
    most = 0.0
    for clip in clips:
        samples = load(clip.audio).samples
        samples = samples * np.float32(0.45 / np.abs(samples).max())
        whole = _heard(former, encoder, samples)
        for factor in LEVELS_TRIED:
            changed = _heard(former, encoder, samples * np.float32(factor))
            most = max(most, float(np.abs(changed - whole).max()))
    return most


def _heard(former: QFormer, encoder: SpeechEncoder, samples: Floats) -> NDArray[np.float64]:
    """(emotions + 1,) probabilities and intensity."""
    speech = Speech(samples)
    statistics = Ear.listen(speech, encoder.encode(speech)).statistics()
    found = listened(former, statistics[None])
    return np.append(found.emotion[0].softmax(-1).double().numpy(), float(found.intensity[0]))
