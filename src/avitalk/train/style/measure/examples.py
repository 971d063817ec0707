"""Style from examples: captures of real actors, and which of our emotions they are nearest to."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52
from avitalk.evaluate.lines import Line, plain
from avitalk.evaluate.metrics.lips import bootstrap
from avitalk.export import read_motion
from avitalk.facs.channels import FACE
from avitalk.facs.table import EMOTIONS
from avitalk.style.encoder import StyleEncoder
from avitalk.train.style.measure.masks import MEANT
from avitalk.train.style.measure.troupe import Troupe
from avitalk.train.style.measure.voices import Voice
from avitalk.types import Motion, Style

Floats = NDArray[np.float64]

SHOWN: Final = [
    shape
    for shape in FACE
    if not ARKIT_52[shape].startswith(("jaw", "eyeBlink", "mouthClose", "mouthFunnel"))
]
"""Shapes whose mean tells of an expression, not of speech or blinks."""
PERFORMANCES: Final = 8
"""Of each emotion, that its centroid is the mean of."""


def headless(motion: Motion) -> Motion:
    """Without head, gaze and lean: what the captures lack."""
    return replace(
        motion,
        head=np.zeros_like(motion.head),
        eyes=np.zeros_like(motion.eyes),
        translation=None,
    )


def centroids(
    troupe: Troupe, encoder: StyleEncoder, voices: Sequence[Voice], count: int = PERFORMANCES
) -> Floats:
    """(10, E) mean of what the encoder sees in performances of each emotion."""
    found = []
    for name in EMOTIONS:
        lines: list[Line] = [plain(name)] * count
        styles = troupe.styles(lines, list(range(count)))
        seen = [
            encoder.encode(
                headless(troupe.perform(voices[i % len(voices)], style, seed=i)), seed=i
            ).vector
            for i, style in enumerate(styles)
        ]
        found.append(np.mean(seen, axis=0))
    return np.stack(found).astype(np.float64)


def performed_again(troupe: Troupe, style: Style, voices: Sequence[Voice]) -> Floats:
    """(len(SHOWN),) what a style adds to the mean weights of a neutral face, over recordings."""
    found = []
    for i, voice in enumerate(voices):
        vector = np.asarray(style.vector, np.float64)
        acted = troupe.perform(voice, vector, seed=i).weights.mean(axis=0)
        found.append((acted - troupe.neutral(voice, seed=i).weights.mean(axis=0))[SHOWN])
    return np.asarray(np.mean(found, axis=0), np.float64)


def measure(
    folder: Path,
    encoder: StyleEncoder,
    middles: Floats,
    troupe: Troupe,
    voices: Sequence[Voice],
) -> dict[str, Any]:
    """Emotions by distance from each capture, and what its style looks like when it is performed
    over other recordings; the range-of-motion captures are left out.
    """
    rows: dict[str, Any] = {}
    means, again = [], []
    for path in sorted(folder.glob("*.csv")):
        meant = MEANT.get(path.name.split("_")[0])
        if meant is None:
            continue
        motion = headless(read_motion(path))
        style = encoder.encode(motion, seed=0)
        means.append(np.asarray(motion.weights.mean(axis=0)[SHOWN], np.float64))
        again.append(performed_again(troupe, style, voices[:PERFORMANCES]))
        seen = np.asarray(style.vector, np.float64)
        away = np.linalg.norm(middles - seen, axis=1)
        order = [EMOTIONS[i] for i in np.argsort(away)]
        rows[path.stem] = {
            "meant": meant,
            "nearest": order[:3],
            "place": order.index(meant) + 1,
            "place among felt": [e for e in order if e in MEANT.values()].index(meant) + 1,
        }
    alike = np.array([[float(np.corrcoef(a, b)[0, 1]) for b in means] for a in again])
    for row, r in zip(rows.values(), np.diag(alike), strict=True):
        row["performed again, r"] = float(r)
    others = alike[~np.eye(len(alike), dtype=bool)]
    return {
        "rows": rows,
        "performed again, r": asdict(bootstrap(np.diag(alike))),
        "performed again, r with other captures": asdict(bootstrap(others)),
        "nearest right": float(np.mean([row["place"] == 1 for row in rows.values()])),
        "nearest of three right": float(
            np.mean([row["place among felt"] == 1 for row in rows.values()])
        ),
    }
