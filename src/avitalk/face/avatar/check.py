"""An Avatar in, what is bound, what is missing and what looks wrong out."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avitalk.arkit import ARKIT_52
from avitalk.face.avatar.avatar import Avatar
from avitalk.face.avatar.names import VISEMES
from avitalk.face.avatar.wiring import MOUTH, Link

STILL: Final = 1e-5  # of the avatar's face: a target that moves nothing farther than that is empty


@dataclass(frozen=True)
class Row:
    """One ARKit shape or viseme."""

    name: str
    """ARKit name, or 'viseme PP'."""
    links: tuple[Link, ...]
    """What it drives; nothing if empty."""
    empty: tuple[str, ...]
    """Those of its targets that move no vertex."""


@dataclass(frozen=True)
class Inspection:
    """What `avitalk faces check` says about an avatar."""

    rows: tuple[Row, ...]
    """The 52 ARKit shapes, or visemes in place of those of the mouth."""
    missing: tuple[str, ...]
    """ARKit names that drive nothing, but for those that visemes replace."""
    unused: tuple[str, ...]
    """Targets of the avatar that nothing drives."""
    warnings: tuple[str, ...]
    """What may look wrong, one sentence each."""
    nodes: dict[str, str | None]
    """'head', 'left eye', 'right eye' -> name of the node that turns."""
    speaks: bool
    """Whether the mouth can be driven."""


def inspect_avatar(avatar: Avatar) -> Inspection:
    """Find what is bound, what is missing, and targets that move nothing."""
    wiring = avatar.wiring
    places = np.concatenate([piece.places for piece in avatar.pieces])
    least = STILL * float(np.ptp(places, axis=0).max())
    empty = {name for name in avatar.binding.targets if avatar.reach(name) <= least}
    left_out = MOUTH if wiring.visemes else ()
    named = [
        (name, wiring.shapes.get(name, ()))
        for name in ARKIT_52
        if name in wiring.shapes or name not in left_out
    ]
    named += [
        (f"viseme {name}", wiring.visemes[name]) for name in VISEMES if name in wiring.visemes
    ]
    rows = tuple(
        Row(name, links, tuple(link.target for link in links if link.target in empty))
        for name, links in named
    )
    driven = {(m, t) for name in avatar.binding.targets for m, t, _ in avatar.moves(name)}
    unused = tuple(
        control.name
        for control in avatar.controls
        if not any((mesh, target) in driven for mesh, target, _ in control.moves)
    )
    nodes = node_names(avatar)
    working = {row.name for row in rows if len(row.empty) < len(row.links)}
    speaks = wiring.speaks and ("jawOpen" in working or any(" " in name for name in working))
    return Inspection(
        rows, tuple(wiring.missing), unused, _warnings(avatar, rows, nodes), nodes, speaks
    )


def node_names(avatar: Avatar) -> dict[str, str | None]:
    """'head', 'left eye', 'right eye' -> name of the node that turns, None for none."""
    numbers = (avatar.rig.head, *avatar.rig.eyes)
    names = [avatar.rig.name(avatar.file, number) for number in numbers]
    return dict(zip(("head", "left eye", "right eye"), names, strict=True))


def _warnings(
    avatar: Avatar, rows: tuple[Row, ...], nodes: dict[str, str | None]
) -> tuple[str, ...]:
    found = []
    for row in rows:
        # The rest pose is what silence looks like, and many avatars leave it empty.
        if row.empty and row.name != "viseme sil":
            found.append(f"{row.name}: {', '.join(row.empty)} moves nothing")
    for name, weight in avatar.resting().items():
        found.append(
            f"'{name}' rests at {weight:g} in the file; the animation sets it: "
            f"give it 'offset: {weight:g}' in a binding file to keep that"
        )
    shapes = avatar.wiring.shapes
    if not avatar.wiring.visemes and "jawOpen" in shapes:
        lips = [name for name in MOUTH if name in shapes]
        if len(lips) < 5:
            found.append(f"only {', '.join(lips)} move the mouth: speech will look plain")
    if nodes["head"] is None:
        found.append("no node turns the head; name one as 'head' in a binding file")
    gaze = any(name.startswith("eyeLook") for name in shapes)
    if nodes["left eye"] is None and not gaze:
        found.append("neither eye bones nor eyeLook shapes: the gaze stays ahead")
    if avatar.wiring.visemes:
        found.append("the mouth is driven by visemes, found from the ARKit weights frame by frame")
    return tuple(found)
