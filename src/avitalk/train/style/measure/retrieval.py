"""Is the right style found from its words: held-out texts against as many distinct styles."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.lines import Line, held_out
from avitalk.evaluate.metrics.lips import bootstrap
from avitalk.style.encoder import StyleEncoder
from avitalk.train.style.measure.troupe import Oracle
from avitalk.train.style.measure.voices import Voice

Floats = NDArray[np.float64]

SETS: Final = 100
DRAWS: Final = 20


def ranks(words: Floats, styles: Floats) -> NDArray[np.int64]:
    """(n,) place of each text's own style, 0 the best, by cosine; ties count against it."""
    a, b = (
        x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12) for x in (words, styles)
    )
    near = a @ b.T
    own = np.diag(near)[:, None]
    return np.asarray((near >= own - 1e-9).sum(axis=1) - 1)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


def measure(
    embed: Callable[[Sequence[str]], Floats],
    place: Callable[[Floats], Floats],
    encoder: StyleEncoder,
    oracle: Oracle,
    voices: Sequence[Voice],
    *,
    sets: int = SETS,
    draws: int = DRAWS,
) -> dict[str, Any]:
    """R@1 and R@5 over draws of texts that name distinct sets of movements. The styles are what
    the encoder sees in the corpus's performances of the same texts over held-out voices;
    `embed` and `place` bring texts and styles to where they are compared.
    """
    first, five = [], []
    for draw in range(draws):
        lines = held_out(sets, seed=1000 + draw, most=1)
        styles = place(seen(encoder, oracle, lines, voices, draw))
        rank = ranks(embed([line.text for line in lines]), styles)
        first.append(float((rank == 0).mean()))
        five.append(float((rank < 5).mean()))
    return {
        "sets": sets,
        "draws": draws,
        "median R@1": float(np.median(first)),
        "R@1": asdict(bootstrap(first)),
        "R@5": asdict(bootstrap(five)),
        "least and most": [min(first), max(first)],
        "chance": 1 / sets,
    }


def seen(
    encoder: StyleEncoder,
    oracle: Oracle,
    lines: Sequence[Line],
    voices: Sequence[Voice],
    draw: int,
) -> Floats:
    """(n, E) what the encoder makes of the corpus's performance of each line."""
    seeds = [draw * len(lines) + i for i in range(len(lines))]
    styles = oracle.styles(lines, seeds)
    found = []
    for seed, style in zip(seeds, styles, strict=True):
        motion = oracle.perform(voices[seed % len(voices)], style, seed=seed)
        found.append(encoder.encode(motion, seed=seed).vector)
    return np.stack(found).astype(np.float64)
