"""Would a judge who learnt emotions from filmed faces know ours: MEAD, for evaluation only.

A classifier of emotion is trained on the tracked motion of two speakers and asked about the third,
and about our performances, rendered and tracked the same way. Faces are seen against the
speaker's own neutral clip. Nothing of this is tuned, kept or shipped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import EYE_LOOK
from avitalk.evaluate.corpus.filmed import Filmed, focal_of, read_filmed
from avitalk.evaluate.lines import Line
from avitalk.evaluate.metrics.lips import bootstrap
from avitalk.track import Landmarks, resting_face, track
from avitalk.train.style.measure.filming import Studio, scores_of
from avitalk.train.style.measure.troupe import Troupe
from avitalk.train.style.measure.voices import Voice
from avitalk.types import Motion

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EMOTIONS: Final = {
    "neutral": "neutral", "happy": "happiness", "sad": "sadness", "angry": "anger",
    "fear": "fear", "disgusted": "disgust", "surprised": "surprise", "contempt": "contempt",
}  # fmt: skip
"""MEAD's names -> ours."""
NAMES: Final = tuple(EMOTIONS.values())
WINDOW_S: Final = 1.0
HOP_S: Final = 0.5
USED: Final = tuple(i for i in range(52) if i not in EYE_LOOK)
SHUFFLES: Final = 20
STRANGER: Final = "left-out speaker"
OVER: Final = ", over left-out speaker"
WITHOUT: Final = ", neutral left out"


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Windows of clips, as a judge sees them."""

    values: Floats
    """(n, S)"""
    emotion: Ints
    """(n,) index into NAMES."""
    clip: Ints
    """(n,) number of the clip."""
    speaker: NDArray[np.str_]
    """(n,)"""


def windows(motion: Motion, neutral: Motion) -> Floats:
    """(n, 2 S) mean and standard deviation of the weights in windows, less the neutral's."""
    used = list(USED)
    weights = np.asarray(motion.weights[:, used], np.float64)
    rest = np.asarray(neutral.weights[:, used], np.float64)
    size, hop = round(WINDOW_S * motion.fps), round(HOP_S * motion.fps)
    rows = []
    for first in range(0, max(1, len(weights) - size + 1), max(1, hop)):
        part = weights[first : first + size]
        rows.append(np.concatenate([part.mean(0) - rest.mean(0), part.std(0) - rest.std(0)]))
    return np.stack(rows)


def gathered(rows: Sequence[tuple[Floats, str, str]]) -> Seen:
    """Windows, emotion (ours) and speaker of each clip."""
    counts = [len(values) for values, _, _ in rows]
    return Seen(
        np.concatenate([values for values, _, _ in rows]),
        np.repeat([NAMES.index(name) for _, name, _ in rows], counts),
        np.repeat(np.arange(len(rows)), counts),
        np.repeat([speaker for _, _, speaker in rows], counts),
    )


def filmed_faces(folder: Path) -> tuple[Seen, NDArray[np.int64]]:
    """MEAD's clips, tracked; and the face points that its tracks keep."""
    clips = read_filmed(folder)
    rows = []
    for speaker in sorted({clip.speaker for clip in clips}):
        own = [clip for clip in clips if clip.speaker == speaker]
        calm = next(clip for clip in own if _emotion(clip) == "neutral")
        focal_px = focal_of(folder, calm.landmarks)
        neutral = resting_face([calm.landmarks], focal_px=focal_px)
        for clip in own:
            both = joined(calm.landmarks, clip.landmarks)
            motion = track(both, neutral=neutral, focal_px=focal_px).motion
            border_s = calm.landmarks.frames / motion.fps
            parts = motion.slice(border_s, motion.duration_s), motion.slice(0.0, border_s)
            rows.append((windows(*parts), EMOTIONS[_emotion(clip)], speaker))
    return gathered(rows), clips[0].landmarks.index


def _emotion(clip: Filmed) -> str:
    return clip.clip_id.split("_")[2]


def joined(first: Landmarks, second: Landmarks) -> Landmarks:
    """One after the other, as one video."""
    return Landmarks(
        np.concatenate([first.points, second.points]),
        first.index,
        np.concatenate([first.found, second.found]),
        first.size,
        first.fps,
        np.concatenate([scores_of(first), scores_of(second)]),
    )


def our_faces(
    troupe: Troupe,
    voices: Sequence[Voice],
    lines: Mapping[str, Sequence[Line]],
    studio: Studio | None,
) -> Seen:
    """Performances of each emotion, rendered and tracked; as Motions where there is no studio."""
    neutral = [troupe.neutral(voice, seed=i) for i, voice in enumerate(voices)]
    if studio is not None:
        studio.learn_face(neutral)
    rows = []
    for name in NAMES:
        texts = lines.get(name, ())
        styles = troupe.styles(texts, list(range(len(texts))))
        for number in range(len(texts)):
            at = number % len(voices)
            motion = neutral[at]
            if name != "neutral":
                demands = texts[number].demands
                motion = troupe.perform(voices[at], styles[number], seed=at, demands=demands)
            pair = (motion, neutral[at])
            if studio is not None:
                pair = studio.tracked(*pair)
            rows.append((windows(*pair), name, "ours"))
    return gathered(rows)


def judge(values: Floats, emotion: Ints) -> Any:
    """Linear discriminants with shrinkage, chosen once and not tuned."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    discriminant = LinearDiscriminantAnalysis(
        solver="lsqr", shrinkage="auto", priors=np.full(len(NAMES), 1 / len(NAMES))
    )
    return make_pipeline(StandardScaler(), discriminant).fit(values, emotion)


def measure(mead: Seen, ours: Mapping[str, Seen]) -> dict[str, Any]:
    """Accuracy by clip (mean over its windows) on the speaker left out, and on ours by the same
    judges; with emotions of the training clips shuffled beside it.
    """
    people = sorted(set(mead.speaker.tolist()))
    strangers: list[float] = []
    felt: list[bool] = []
    found: dict[str, list[list[float]]] = {name: [] for name in ours}
    guesses: dict[str, list[Ints]] = {name: [] for name in ours}
    for speaker in people:
        out = mead.speaker == speaker
        learnt = judge(mead.values[~out], mead.emotion[~out])
        strangers += _by_clip(learnt.predict(mead.values[out]) == mead.emotion[out], mead.clip[out])
        felt += _felt(mead.emotion[out], mead.clip[out])
        for name, seen in ours.items():
            guess = learnt.predict(seen.values)
            guesses[name].append(guess)
            found[name].append(_by_clip(guess == seen.emotion, seen.clip))
    others, acted = np.array(strangers), np.array(felt)
    rows: dict[str, Any] = {
        STRANGER: asdict(bootstrap(others)),
        f"{STRANGER}{WITHOUT}": asdict(bootstrap(others[acted])),
    }
    for name, seen in ours.items():
        each = np.mean(found[name], axis=0)
        shown = np.array(_felt(seen.emotion, seen.clip))
        rows[name] = asdict(bootstrap(each))
        rows[f"{name}{OVER}"] = _ratio(each, others)
        rows[f"{name}{WITHOUT}"] = asdict(bootstrap(each[shown]))
        rows[f"{name}{OVER}{WITHOUT}"] = _ratio(each[shown], others[acted])
    return {
        "clips": len(strangers),
        "chance": 1 / len(NAMES),
        "rows": rows,
        "shuffled": _shuffled(mead, ours),
        "by emotion": {
            name: {
                NAMES[e]: {
                    "right": float(np.mean([g[seen.emotion == e] == e for g in guesses[name]])),
                    "taken for": NAMES[_usual(guesses[name], seen.emotion == e)],
                }
                for e in range(len(NAMES))
            }
            for name, seen in ours.items()
        },
    }


def _usual(guesses: Sequence[Ints], here: NDArray[np.bool_]) -> int:
    counts = np.bincount(np.concatenate([g[here] for g in guesses]), minlength=len(NAMES))
    return int(counts.argmax())


def _felt(emotion: Ints, clip: Ints) -> list[bool]:
    """Of each clip, whether it is not neutral."""
    return [NAMES[emotion[clip == c][0]] != "neutral" for c in np.unique(clip)]


def _by_clip(right: NDArray[np.bool_], clip: Ints) -> list[float]:
    return [float(right[clip == c].mean()) for c in np.unique(clip)]


def _ratio(ours: Floats, others: Floats) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(2000):
        top = ours[rng.integers(0, len(ours), len(ours))].mean()
        drawn.append(top / max(others[rng.integers(0, len(others), len(others))].mean(), 1e-9))
    low, high = np.percentile(drawn, [2.5, 97.5])
    mean = float(ours.mean() / max(others.mean(), 1e-9))
    return {"mean": mean, "low": float(low), "high": float(high), "clips": len(ours)}


def _shuffled(mead: Seen, ours: Mapping[str, Seen]) -> dict[str, float]:
    """Accuracies where the training clips' emotions are dealt out anew within each speaker."""
    rng = np.random.default_rng(1)
    found: dict[str, list[float]] = {STRANGER: [], **{name: [] for name in ours}}
    for _ in range(SHUFFLES):
        dealt = mead.emotion.copy()
        for speaker in np.unique(mead.speaker):
            clips = np.unique(mead.clip[mead.speaker == speaker])
            names = [mead.emotion[mead.clip == c][0] for c in clips]
            for c, name in zip(clips, rng.permutation(names), strict=True):
                dealt[mead.clip == c] = name
        for speaker in np.unique(mead.speaker):
            out = mead.speaker == speaker
            learnt = judge(mead.values[~out], dealt[~out])
            right = learnt.predict(mead.values[out]) == mead.emotion[out]
            found[STRANGER].append(float(right.mean()))
            for name, seen in ours.items():
                found[name].append(float((learnt.predict(seen.values) == seen.emotion).mean()))
    return {name: float(np.mean(values)) for name, values in found.items()}
