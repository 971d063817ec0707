"""No masks: how much brows, lids and cheeks vary within an expression, beside captured actors."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.lines import spoken_of
from avitalk.evaluate.metrics.lips import bootstrap
from avitalk.evaluate.variation import REGIONS, variation_of
from avitalk.facs.table import EMOTIONS
from avitalk.train.style.captures import EMOTIONS as CAPTURED
from avitalk.train.style.captures import read_captures
from avitalk.train.style.measure.troupe import Troupe
from avitalk.train.style.measure.voices import Voice

Floats = NDArray[np.float64]

MEANT: Final = {"angry": "anger", "fearful": "fear", "sad": "sadness"}
POOLED: Final = "angry, fearful and sad"
DRAWS: Final = 2000


def varied(weights: Floats, fps: float) -> Floats:
    """(R,) of a motion, by REGIONS."""
    found = variation_of(weights, fps)
    return np.array([found[region] for region in REGIONS])


def performed(troupe: Troupe, voices: Sequence[Voice], name: str) -> Floats:
    """(n, R) variation in each voice's performance of an emotion, another word for each voice."""
    words = spoken_of(name)
    lines = [words[i % len(words)] for i in range(len(voices))]
    if name == "neutral":
        motions = [troupe.neutral(voice, seed=i) for i, voice in enumerate(voices)]
    else:
        styles = troupe.styles(lines, list(range(len(lines))))
        motions = [
            troupe.perform(voice, style, seed=i, demands=line.demands)
            for i, (voice, style, line) in enumerate(zip(voices, styles, lines, strict=True))
        ]
    return np.stack([varied(np.asarray(m.weights, np.float64), m.fps) for m in motions])


def ratio(ours: Floats, real: Floats) -> dict[str, float]:
    """Mean of (n,) over mean of (m,), both drawn with return for the interval."""
    rng = np.random.default_rng(0)
    drawn = [
        rng.choice(ours, len(ours)).mean() / max(rng.choice(real, len(real)).mean(), 1e-9)
        for _ in range(DRAWS)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    mean = float(ours.mean() / max(real.mean(), 1e-9))
    return {"mean": mean, "low": float(low), "high": float(high), "clips": len(ours)}


def captured(folder: Path) -> dict[str, Floats]:
    """Emotion of the captures -> (m, R)."""
    found: dict[str, list[Floats]] = {name: [] for name in CAPTURED}
    for name, motion in read_captures(folder).items():
        kind = name.split("_")[0]
        if kind in found:
            found[kind].append(varied(np.asarray(motion.weights, np.float64), motion.fps))
    return {name: np.stack(rows) for name, rows in found.items()}


def compared(ours: Mapping[str, Floats], real: Mapping[str, Floats]) -> dict[str, Any]:
    """Ratios by emotion and region; all emotions listed; how near to a constant any comes."""
    pool = np.concatenate(list(real.values()))
    alike = np.concatenate([ours[MEANT[kind]] for kind in real])
    ratios: dict[str, Any] = {}
    for kind, rows in {**real, POOLED: pool}.items():
        own = alike if kind == POOLED else ours[MEANT[kind]]
        ratios[kind] = {
            **{region: ratio(own[:, i], rows[:, i]) for i, region in enumerate(REGIONS)},
            "all": ratio(own.mean(axis=1), rows.mean(axis=1)),
        }
    usual = pool.mean(axis=0)
    shares = {
        (name, region): float(rows[:, i].mean() / usual[i])
        for name, rows in ours.items()
        if name != "neutral"
        for i, region in enumerate(REGIONS)
    }
    least = min(shares, key=lambda key: shares[key])
    single = min(float((rows / usual).min()) for name, rows in ours.items() if name != "neutral")
    return {
        "ratios": ratios,
        "captured": {
            kind: {region: float(rows[:, i].mean()) for i, region in enumerate(REGIONS)}
            for kind, rows in {**real, POOLED: pool}.items()
        },
        "ours": {
            name: {region: asdict(bootstrap(rows[:, i])) for i, region in enumerate(REGIONS)}
            for name, rows in ours.items()
        },
        "least": {"emotion": least[0], "region": least[1], "share": shares[least]},
        "least of a single performance": single,
    }


def measure(troupe: Troupe, voices: Sequence[Voice], folder: Path) -> dict[str, Any]:
    """All ten emotions on each voice."""
    ours = {name: performed(troupe, voices, name) for name in EMOTIONS}
    seconds = sum(voice.duration_s for voice in voices)
    return {"voices": len(voices), "seconds": seconds, **compared(ours, captured(folder))}
