"""Sets of faces against a set of real ones: Frechet and kernel distance of motion statistics."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.metrics.distances import frechet_distance, kernel_distance
from avitalk.evaluate.metrics.lips import Interval
from avitalk.evaluate.suites.style_faces import EXTRACTOR, Seen
from avitalk.evaluate.tables import Column

Array = NDArray[np.float64]
Distance = Callable[[Array, Array], float]

COLUMNS: Final = (
    Column("fid", "Frechet distance", "features of motion", "lower", 4),
    Column("kid", "kernel distance", "x 1000", "lower", 3),
)
HALVES: Final = "reference, half against half"
PARTS: Final = 20
"""Groups that the jackknife leaves out in turn, at most."""
NOTE: Final = (
    f"Features: {EXTRACTOR.name}, of the weights of the face without gaze, tongue and head; no "
    "picture and no Inception network is involved, so that numbers compare with nothing but this "
    "table. Intervals: jackknife over recordings. The sets know nothing of sound: shuffled audio "
    "must score as its system does."
)
THOUSAND: Final = 1000.0


def compared(made: Sequence[Array], real: Sequence[Array]) -> dict[str, Interval]:
    """Windows (N, 3 C) of clips against those of a reference; nothing where a set has too few."""
    made, real = ([part for part in found if len(part)] for found in (made, real))
    if min(sum(map(len, made)), sum(map(len, real))) < 4:
        return {}
    against = np.concatenate(real)
    return {
        "fid": jackknifed(made, lambda x: frechet_distance(x, against)),
        "kid": jackknifed(made, lambda x: THOUSAND * kernel_distance(x, against)),
    }


def halves(real: Sequence[Array]) -> dict[str, Interval]:
    """Half of the reference's clips, drawn at random, against the rest: what real faces differ
    by, with half as many of them.
    """
    order = np.random.default_rng(0).permutation(len(real))
    first, second = (np.sort(part) for part in np.array_split(order, 2))
    return compared([real[i] for i in first], [real[i] for i in second])


def jackknifed(clips: Sequence[Array], distance: Callable[[Array], float]) -> Interval:
    """The distance of all clips, with 1.96 standard errors of a jackknife over groups of clips.

    Drawing clips with return, as elsewhere, would repeat windows and make every set look narrower
    than it is. One clip has no error: its interval is the number.
    """
    mean = distance(np.concatenate(clips))
    groups = min(PARTS, len(clips))
    if groups < 2:
        return Interval(mean, mean, mean, len(clips))
    left = [
        distance(np.concatenate([c for i, c in enumerate(clips) if i % groups != group]))
        for group in range(groups)
    ]
    spread = np.sqrt((groups - 1) * np.var(left))
    return Interval(mean, float(mean - 1.96 * spread), float(mean + 1.96 * spread), len(clips))


def measure(
    faces: Mapping[str, Mapping[str, Seen]], reference: Sequence[Array], *, own: str | None
) -> dict[str, dict[str, Interval]]:
    """Row -> numbers of COLUMNS; `own`: the row that the reference is made of, left out."""
    found = {
        row: compared([seen.windows for seen in kept.values()], reference)
        for row, kept in faces.items()
        if row != own
    }
    rows = {**found, HALVES: halves(reference)}
    return {row: values for row, values in rows.items() if values}
