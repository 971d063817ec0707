"""Clips, two predictions of them, every damage -> verdict of every metric, as plain data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.pitfalls.damages import DAMAGES
from avitalk.evaluate.pitfalls.faces import Take
from avitalk.evaluate.pitfalls.judging import compared
from avitalk.evaluate.pitfalls.measures import Judge, Scene, of_sets
from avitalk.evaluate.pitfalls.predictions import predict

Array = NDArray[np.float64]
SHARES: Final = {"close": 0.3, "rough": 0.8}
"""Prediction -> smooth noise on each movement, in its standard deviations."""
SAMPLES: Final = 10
GROUP: Final = 10
"""Clips of a set whose distance is taken."""


def run(takes: Sequence[Take], scene: Scene) -> dict[str, Any]:
    """Everything that `docs/results/pitfalls.json` holds."""
    judges = [Judge(take, scene) for take in takes]
    truth = [judge(take.face[None].repeat(2, 0)) for judge, take in zip(judges, takes, strict=True)]
    return {
        "clips": len(takes),
        "closed below mm": scene.closed_mm,
        "truth": {n: float(np.mean([row[n] for row in truth if n in row])) for n in truth[0]},
        "predictions": {
            name: _of_prediction(judges, scene, share) for name, share in SHARES.items()
        },
    }


def _of_prediction(judges: Sequence[Judge], scene: Scene, share: float) -> dict[str, Any]:
    made = [
        predict(judge.take.face, scene.modes, share, SAMPLES, seed)
        for seed, judge in enumerate(judges)
    ]
    before, sets = _measured(judges, scene, made)
    found: dict[str, Mapping[str, Any]] = {}
    for name, damage in DAMAGES.items():
        others = [made[_next(i, len(made))] for i in range(len(made))]
        worse = [
            damage(own, other, judge.take.fps)
            for judge, own, other in zip(judges, made, others, strict=True)
        ]
        after, sets_after = _measured(judges, scene, worse)
        found[name] = compared(before, after) | compared(sets, sets_after)
    return {"noise share": share, "damages": found}


def _next(i: int, count: int) -> int:
    """The clip after this one among its GROUP, so that swapping leaves the set as it is."""
    start = i // GROUP * GROUP
    return start + (i - start + 1) % min(GROUP, count - start)


def _measured(
    judges: Sequence[Judge], scene: Scene, made: Sequence[Array]
) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    """Metrics clip by clip, and of sets of GROUP clips."""
    clips = [judge(samples) for judge, samples in zip(judges, made, strict=True)]
    sets = []
    for start in range(0, len(made) - GROUP + 1, GROUP):
        group = slice(start, start + GROUP)
        faces = [samples[0] for samples in made[group]]
        sets.append(of_sets(faces, [judge.take.face for judge in judges[group]], scene))
    return clips, sets
