"""Figure 4's claim shown: the content of A in the style of B has A's lips and B's style."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.lines import Line
from avitalk.evaluate.metrics.lips import bootstrap, correlation
from avitalk.style.encoder import StyleEncoder
from avitalk.train.style.measure.troupe import Troupe
from avitalk.train.style.measure.voices import Voice
from avitalk.train.talker.measure.chain import Mouth

Floats = NDArray[np.float64]


def measure(
    troupe: Troupe,
    encoder: StyleEncoder,
    mouth: Mouth,
    lines: Sequence[Line],
    voices: Sequence[Voice],
) -> dict[str, Any]:
    """As many lines as voices. Style i is first seen on voice i, then performed on voice i + 1;
    what the encoder sees there is compared with all that it saw first.
    """
    count = len(lines)
    styles = troupe.styles(lines, list(range(count)))
    first = np.stack([
        encoder.encode(troupe.perform(voices[i], styles[i], seed=i), seed=i).vector
        for i in range(count)
    ]).astype(np.float64)  # fmt: skip
    content, style, right, same = [], [], [], []
    for i in range(count):
        at = (i + 1) % count
        motion = troupe.perform(voices[at], styles[i], seed=count + i)
        gap = mouth.gap(motion)
        content.append(_r(gap, mouth.gap(voices[at].mouth)))
        style.append(_r(gap, mouth.gap(voices[i].mouth)))
        seen = np.asarray(encoder.encode(motion, seed=i).vector, np.float64)
        near = int(np.linalg.norm(first - seen, axis=1).argmin())
        right.append(near == i)
        same.append(near == at)
    return {
        "styles": count,
        "lips with content A": asdict(bootstrap(content)),
        "lips with content B": asdict(bootstrap(style)),
        "style of B found": asdict(bootstrap(np.array(right, np.float64))),
        "style of A found": asdict(bootstrap(np.array(same, np.float64))),
        "chance": 1 / count,
    }


def _r(first: Floats, second: Floats) -> float:
    shared = min(len(first), len(second))
    return correlation(first[:shared], second[:shared])
