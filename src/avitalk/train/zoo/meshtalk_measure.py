"""A trained MeshTalk and held-out sequences -> how lips open, and what either signal tells."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from avitalk.evaluate.metrics.lips import bootstrap, correlation, jitter_ratio
from avitalk.face.patch import FacePatch, face_patch
from avitalk.train.zoo.sequences import Sequence25
from avitalk.zoo.meshtalk import MeshTalk

Array = NDArray[np.floating]
TELLINGS = ("own", "another's expression", "another's sound")


def measured(model: MeshTalk, found: Sequence[Sequence25]) -> dict[str, str]:
    """Means with intervals over sequences, as cards write them; two sequences and more.

    Lips of what is drawn for the sound alone, by chance and greedily, and of what stage 1 tells of
    a face that it sees: by its own signals, and with either one of the next sequence.
    """
    patch = face_patch()
    truth = [patch.moved(one.weights.astype(np.float64)) for one in found]
    gaps = [patch.gap_mm(moved) for moved in truth]
    drawn = [model.from_features(_heard(one), seed=i) for i, one in enumerate(found)]
    likeliest = [model.from_features(_heard(one), greedy=True) for one in found]
    opened, surely = ([_gap(patch, each) for each in made] for made in (drawn, likeliest))
    mean = np.concatenate(truth).mean(axis=0)
    random, likely = (
        [_apart(patch, a, b) for a, b in zip(made, truth, strict=True)]
        for made in (drawn, likeliest)
    )
    rows = {
        "aperture r": list(map(_shared, opened, gaps)),
        "aperture r, shuffled audio": list(map(_shared, [*opened[1:], opened[0]], gaps)),
        "aperture r, greedy": list(map(_shared, surely, gaps)),
        "aperture spread over truth's": _ratios(opened, gaps),
        "aperture spread over truth's, greedy": _ratios(surely, gaps),
        "aperture jitter over truth's": list(map(jitter_ratio, opened, gaps)),
        "lip vertices, mm from truth": random,
        "lip vertices, mm, greedy": likely,
        "lip vertices, mm, mean face": [_apart(patch, mean, moved) for moved in truth],
        "upper face, movement over truth's": _ratios(
            [_upper(patch, each) for each in drawn], [_upper(patch, each) for each in truth]
        ),
    }
    told = [_tellings(model, patch, found, i) for i in range(len(found))]
    for place, name in enumerate(TELLINGS):
        pairs = zip(told, gaps, strict=True)
        rows[f"aperture r, {name}"] = [_shared(_gap(patch, t[place]), gap) for t, gap in pairs]
        shown = [_moved(_upper(patch, each[place]), _upper(patch, each[0])) for each in told]
        if place:
            rows[f"upper face changes, {name}, mm"] = shown
    return {name: str(bootstrap(values)) for name, values in rows.items()}


@torch.inference_mode()
def _tellings(
    model: MeshTalk, patch: FacePatch, found: Sequence[Sequence25], which: int
) -> list[Array]:
    """(F, V, 3) displacements by one's own signals, and with either one of the next sequence."""
    network, rest = model.network, torch.from_numpy(patch.rest_mm).float()
    codes = []
    for one in (found[which], found[(which + 1) % len(found)]):
        frames = np.arange(found[which].frames).clip(max=one.frames - 1)
        mesh = rest + torch.from_numpy(patch.moved(one.weights[frames].astype(np.float64))).float()
        twice = (2 * frames[:, None] + np.arange(2)).ravel()
        heard = torch.from_numpy(_heard(one)[twice])
        codes.append((network.seen(mesh[None]), network.hears(heard[None])))
    (seen, heard), (other_seen, other_heard) = codes
    pairs = ((seen, heard), (other_seen, heard), (seen, other_heard))
    made = [network.retold(rest[None], *pair, noisy=False) for pair in pairs]
    return [(mesh[0] - rest).numpy() for mesh in made]


def _heard(one: Sequence25) -> NDArray[np.float32]:
    return one.values.astype(np.float32)


def _gap(patch: FacePatch, moved: Array) -> Array:
    return patch.gap_mm(moved.astype(np.float64))


def _shared(first: Array, second: Array) -> float:
    count = min(len(first), len(second))
    return correlation(first[:count], second[:count])


def _ratios(made: Sequence[Array], real: Sequence[Array]) -> list[float]:
    """Spread over time of each, over the real one's."""
    pairs = zip(made, real, strict=True)
    return [float(a.std(0).mean() / max(b.std(0).mean(), 1e-6)) for a, b in pairs]


def _upper(patch: FacePatch, moved: Array) -> Array:
    return np.asarray(moved[:, patch.upper])


def _moved(one: Array, other: Array) -> float:
    return float(np.linalg.norm(one - other, axis=-1).mean())


def _apart(patch: FacePatch, made: Array, truth: Array) -> float:
    """Mean distance of lip vertices."""
    return float(np.linalg.norm(made - truth, axis=-1)[:, patch.lips].mean())
