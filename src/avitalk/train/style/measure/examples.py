"""Style from examples: captures of real actors, and which of our emotions they are nearest to."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.export import read_motion
from avitalk.facs.table import EMOTIONS
from avitalk.style.encoder import StyleEncoder
from avitalk.train.style.measure.texts import plain
from avitalk.train.style.measure.troupe import Line, Troupe
from avitalk.train.style.measure.voices import Voice
from avitalk.types import Motion

Floats = NDArray[np.float64]

MEANT: Final = {"angry": "anger", "fearful": "fear", "sad": "sadness"}
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


def measure(folder: Path, encoder: StyleEncoder, middles: Floats) -> dict[str, Any]:
    """Emotions by distance from each capture; the range-of-motion captures are left out."""
    rows: dict[str, Any] = {}
    for path in sorted(folder.glob("*.csv")):
        meant = MEANT.get(path.name.split("_")[0])
        if meant is None:
            continue
        motion = headless(read_motion(path))
        seen = np.asarray(encoder.encode(motion, seed=0).vector, np.float64)
        away = np.linalg.norm(middles - seen, axis=1)
        order = [EMOTIONS[i] for i in np.argsort(away)]
        rows[path.stem] = {
            "meant": meant,
            "nearest": order[:3],
            "place": order.index(meant) + 1,
            "place among felt": [e for e in order if e in MEANT.values()].index(meant) + 1,
        }
    return {
        "rows": rows,
        "nearest right": float(np.mean([row["place"] == 1 for row in rows.values()])),
        "nearest of three right": float(
            np.mean([row["place among felt"] == 1 for row in rows.values()])
        ),
    }
