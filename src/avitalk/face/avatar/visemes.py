"""ARKit mouth weights in, weights of whole visemes out, for avatars that have only those.

An avatar's visemes are taken for the poses below. Each frame's lips are then approached by a
mix of them: least squares over the lips of the default head, each weight in [0, 1].
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, INDEX, REGIONS
from avitalk.face.store import load_head

Floats = NDArray[np.floating[Any]]

POSES: Final[dict[str, dict[str, float]]] = {
    "sil": {},
    "PP": {"mouthPress": 0.5, "mouthRollLower": 0.3, "mouthRollUpper": 0.3},
    "FF": {"jawOpen": 0.03, "mouthRollLower": 0.6, "mouthUpperUp": 0.25},
    "TH": {"jawOpen": 0.12, "tongueOut": 0.3, "mouthLowerDown": 0.1, "mouthUpperUp": 0.1},
    "DD": {"jawOpen": 0.10, "mouthStretch": 0.1, "mouthLowerDown": 0.2, "mouthUpperUp": 0.15},
    "kk": {"jawOpen": 0.18, "mouthLowerDown": 0.15, "mouthUpperUp": 0.15},
    "CH": {"jawOpen": 0.08, "mouthFunnel": 0.5, "mouthPucker": 0.25, "jawForward": 0.1},
    "SS": {"jawOpen": 0.04, "mouthStretch": 0.25, "mouthSmile": 0.1, "mouthLowerDown": 0.25,
           "mouthUpperUp": 0.2},
    "nn": {"jawOpen": 0.12, "mouthLowerDown": 0.15, "mouthUpperUp": 0.15},
    "RR": {"jawOpen": 0.08, "mouthFunnel": 0.3, "mouthPucker": 0.25},
    "aa": {"jawOpen": 0.45, "mouthLowerDown": 0.2, "mouthUpperUp": 0.15, "mouthStretch": 0.05},
    "E": {"jawOpen": 0.25, "mouthStretch": 0.25, "mouthSmile": 0.15, "mouthLowerDown": 0.2,
          "mouthUpperUp": 0.15},
    "I": {"jawOpen": 0.12, "mouthStretch": 0.35, "mouthSmile": 0.25, "mouthLowerDown": 0.2,
          "mouthUpperUp": 0.15},
    "O": {"jawOpen": 0.25, "mouthFunnel": 0.45, "mouthPucker": 0.3},
    "U": {"jawOpen": 0.06, "mouthFunnel": 0.3, "mouthPucker": 0.7},
}  # fmt: skip
"""The visemes of the published set (lips pressed for PP, lower lip under the teeth for FF, ...) as
ARKit weights. Sizes are those of a sound spoken clearly on its own, as avatars' visemes are drawn:
about twice what the talker does for the sound in running speech (jawOpen 0.16 in its open vowels,
mouthPucker 0.4 to 0.6 in its rounded ones), so that speech lands between 0.2 and 0.8. A name
without a side stands for both. Pictures of all 15 on the default head: docs/avatars.md."""

SWEEPS: Final = 80
CLOSURE: Final = 10.0  # how much more the lips' gap counts: a mouth that should be shut must be
# Beside the lips' mean square displacement in mm^2: what a shape weighs that no lip shows.
UNSEEN_MM2: Final = 0.5
RIDGE: Final = 0.005  # of the mean viseme; settles what similar visemes could share in many ways


class VisemeFit:
    """The mix of visemes nearest to a mouth, for the visemes that one avatar has."""

    def __init__(self, names: tuple[str, ...], beside: tuple[str, ...] = ()) -> None:
        """`names` are of POSES; `beside` ARKit mouth shapes that the avatar has as well."""
        self.names = names
        """The M visemes, in the order of `solve`."""
        self.beside = beside
        """ARKit shapes that take what no viseme shows, a smile for example."""
        self._spoken = [names.index(name) for name in names if name != "sil"]
        rows = [pose_weights(names[i]) for i in self._spoken]
        rows += [np.eye(len(ARKIT_52))[INDEX[name]] for name in beside]
        poses = np.array(rows)
        metric = _lip_metric()
        self._towards = poses @ metric  # (N, 52)
        self._gram = self._towards @ poses.T
        self._gram += RIDGE * np.trace(self._gram) / len(rows) * np.eye(len(rows))
        self._inverse = np.linalg.inv(self._gram)

    def solve(self, weights: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(..., 52) ARKit weights to (..., M) visemes and (..., 52) what ARKit shapes still do.

        Coordinate descent within the bounds, from the solution without them; each frame by
        itself, so that any part of a motion gives the same. 'sil' gets what the others leave of 1.
        """
        wanted = np.einsum("...c,nc->n...", np.asarray(weights, np.float64), self._towards)
        found = np.clip(np.einsum("mn,n...->m...", self._inverse, wanted), 0, 1)
        for _ in range(SWEEPS):
            for i, row in enumerate(self._gram):
                step = (wanted[i] - row.dot(found)) / row[i]
                found[i] = np.minimum(np.maximum(found[i] + step, 0), 1)
        found = np.moveaxis(found, 0, -1)
        visemes = np.zeros((*found.shape[:-1], len(self.names)))
        count = len(self._spoken)
        visemes[..., self._spoken] = found[..., :count]
        if "sil" in self.names:
            share = np.clip(1 - found[..., :count].sum(axis=-1), 0, 1)
            visemes[..., self.names.index("sil")] = share
        left = np.array(weights, np.float64)
        left[..., list(REGIONS["mouth"])] = 0
        for i, name in enumerate(self.beside):
            left[..., INDEX[name]] = found[..., count + i]
        return visemes, left


def pose_weights(viseme: str) -> NDArray[np.float64]:
    """(52,) ARKit weights of a viseme of POSES."""
    weights = np.zeros(len(ARKIT_52))
    for name, weight in POSES[viseme].items():
        for spelled in (name, f"{name}Left", f"{name}Right"):
            if spelled in INDEX:
                weights[INDEX[spelled]] = weight
    return weights


def _lip_metric() -> NDArray[np.float64]:
    """(52, 52) mean square displacement of the default head's lips in mm^2, and of their gap."""
    _, moves = load_head().lip_basis()
    upper, lower = np.split(moves.astype(np.float64) * 1000, 2, axis=1)
    lips = np.concatenate([upper, lower], axis=1).reshape(len(ARKIT_52), -1)
    gap = (upper - lower).reshape(len(ARKIT_52), -1)
    metric = (lips @ lips.T / 2 + CLOSURE * gap @ gap.T) / upper.shape[1]
    inside = np.zeros(len(ARKIT_52))
    inside[list(REGIONS["mouth"])] = 1
    metric *= inside[:, None] * inside
    return np.asarray(metric + UNSEEN_MM2 * np.diag(inside))
