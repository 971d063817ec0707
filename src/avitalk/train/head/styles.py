"""Hairstyles: how high the scalp is raised, how the locks are combed; metres, bare head."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from avitalk.train.head.locks import Comb
from avitalk.train.head.paint import smooth
from avitalk.train.head.scans import Floats

CROWN = np.array([0.010, 0.115, -0.115])
BUN = np.array([0.0, 0.050, -0.188])


def top_share(p: Floats) -> Floats:
    """(n,) 1 on top of the head, 0 at its sides and back."""
    return smooth(0.045, 0.085, p[:, 1] + 0.25 * np.clip(p[:, 2] + 0.06, -0.1, 0.05))


def front_share(p: Floats) -> Floats:
    """(n,) 1 along the hairline over the forehead."""
    return smooth(-0.045, -0.01, p[:, 2]) * smooth(0.03, 0.05, p[:, 1])


def _unit(v: Floats) -> Floats:
    return np.asarray(v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-9))


def _swept(p: Floats, root: Floats) -> Floats:
    """Parted on the left: the top is combed over to the right and up at the front."""
    away = _unit(p - CROWN)
    parted = np.tanh((root[:, 0] - 0.036) / 0.008)[:, None]
    front = front_share(root)[:, None]
    over = parted * np.array([0.8, 0.0, 0.0]) + np.array([0, 0, 0.42]) + 0.45 * away
    back = over * (1 - front) + front * (
        parted * np.array([1.0, 0, 0]) + np.array([0, 0.45, -0.30])
    )
    side = 0.55 * away + np.array([0, -0.9, -0.3])
    down = smooth(0.075, 0.045, p[:, 1])[:, None] * smooth(0.0, -0.03, p[:, 2])[:, None]
    return np.asarray(back * (1 - down) + side * down)


def _curtain(p: Floats, root: Floats) -> Floats:
    """Parted nearly in the middle, falling to both sides, behind the ears and over the back."""
    parted = np.tanh((root[:, 0] - 0.014) / 0.006)[:, None]
    sideways = parted * np.array([1.0, 0.0, 0.0])
    away = _unit(p - CROWN)
    back = smooth(-0.085, -0.125, root[:, 2])[:, None]
    top = smooth(0.055, 0.09, p[:, 1])[:, None]
    over = (sideways + np.array([0, 0, -0.25])) * (1 - back) + 0.9 * away * back
    # Off the forehead: outwards and back until beside the face.
    face = smooth(-0.045, -0.015, p[:, 2])[:, None]
    down = np.array([0, -1.0, -0.10]) + face * (1.1 * sideways + np.array([0, 0.1, -0.75]))
    return np.asarray(over * top + down * (1.02 - top))


def _to_bun(p: Floats, root: Floats) -> Floats:
    """Combed straight to the bun, over the top rather than through the skull."""
    way = _unit(BUN - p)
    return np.asarray(way + 0.25 * np.array([0, 1.0, 0]) * smooth(-0.05, 0.03, p[:, 2])[:, None])


def _off_the_ears(p: Floats) -> Floats:
    """(n,) 0 on the sideburns and about the ears, 1 elsewhere."""
    return np.asarray(1 - smooth(0.025, 0.010, p[:, 1]) * smooth(-0.105, -0.09, p[:, 2]))


@dataclass(frozen=True)
class Style:
    """One hairstyle."""

    lift_top_m: float
    lift_side_m: float
    comb: Comb | None = None
    apart_top_m: float = 0.013
    apart_side_m: float = 0.013
    apart_front_m: float = 0.009
    where: Callable[[Floats], Floats] = lambda p: np.ones(len(p))
    """Share of locks at places; the rest of the scalp is short hair."""
    bun: bool = False
    seed: int = field(default=1)

    def lift(self, p: Floats) -> Floats:
        """(n,) metres by which the scalp is raised, before its hairline."""
        return self.lift_side_m + (self.lift_top_m - self.lift_side_m) * top_share(p)

    def apart(self, p: Floats) -> Floats:
        """(n,) metres between roots."""
        top, front = top_share(p), front_share(p)
        apart = self.apart_side_m + (self.apart_top_m - self.apart_side_m) * top
        return np.asarray(apart + (self.apart_front_m - apart) * front)


STYLES: dict[str, Style] = {
    "short": Style(
        lift_top_m=0.013,
        lift_side_m=0.0045,
        comb=Comb(
            length_m=lambda p: 0.034 + 0.026 * top_share(p) * (1 - 0.45 * front_share(p)),
            width_m=lambda p: 0.012 + 0.005 * top_share(p),
            height_m=lambda p: 0.003 + 0.009 * top_share(p) + 0.007 * front_share(p),
            heading=_swept,
            rows=5,
            tip=0.25,
        ),
        where=lambda p: smooth(0.030, 0.055, p[:, 1] + 0.12 * np.clip(p[:, 2] + 0.10, -0.1, 0.05)),
        apart_top_m=0.0102,
        apart_side_m=0.0115,
        apart_front_m=0.0078,
    ),
    "bob": Style(
        lift_top_m=0.011,
        lift_side_m=0.010,
        comb=Comb(
            length_m=lambda p: 0.118 + 1.15 * np.clip(p[:, 1] - 0.0, 0, 0.12),
            width_m=lambda p: np.full(len(p), 0.024),
            height_m=lambda p: 0.011 + 0.008 * top_share(p),
            heading=_curtain,
            rows=8,
            falls=0.75,
            tip=0.8,
        ),
        where=_off_the_ears,
        apart_top_m=0.0165,
        apart_side_m=0.0195,
        apart_front_m=0.0120,
    ),
    "bun": Style(
        lift_top_m=0.006,
        lift_side_m=0.003,
        comb=Comb(
            length_m=lambda p: 0.3 * np.linalg.norm(p - BUN, axis=1) + 0.03,
            width_m=lambda p: np.full(len(p), 0.019),
            height_m=lambda p: 0.0045 + 0.005 * top_share(p),
            heading=_to_bun,
            rows=5,
            tip=0.7,
        ),
        where=_off_the_ears,
        apart_top_m=0.0155,
        apart_side_m=0.0155,
        apart_front_m=0.0115,
        bun=True,
    ),
    "buzz": Style(lift_top_m=0.006, lift_side_m=0.003),
}
