"""An Avatar in, the `Head` that is drawn out: everything near the face, in our axes and metres."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face.avatar.avatar import EYEBALL, Avatar, open_avatar
from avitalk.face.avatar.paint import Coat, coat_of, pictures_of
from avitalk.face.avatar.pieces import Piece
from avitalk.face.avatar.remap import Remap
from avitalk.face.gltf import reading
from avitalk.face.head import PARTS, Head
from avitalk.face.texture import Texture

Array = NDArray[np.float64]

BETWEEN_EYES_M: Final = 0.063
# Eyes closer or farther apart than any figure in metres has them: the file has other units.
ALLOWED_M: Final = (0.035, 0.16)
TALLEST_M: Final = 0.32  # of what the mouth's shapes belong to: more would not fit the picture
DRAWN_M: Final = 0.6  # round the eyes; the farthest camera sees less
SAME_M: Final = 1e-5  # vertices nearer than about this are one
SAME_NORMAL: Final = 0.05
EYE_DEPTH: Final = 0.2  # of the eyes' distance: how far an eye's centre lies behind its lids


def load_avatar(path: Path | str, remap: Remap | None = None) -> Head:
    """Read an avatar's file as a Head. Raises InputError if its mouth cannot be driven."""
    avatar = open_avatar(path, remap)
    if not avatar.wiring.speaks:
        names = ", ".join(control.name for control in avatar.controls[:8])
        raise InputError(
            f"{path}: no morph target opens the mouth (it has {names}, ...); 'avitalk faces check' "
            "lists them, and a binding file can name those to use"
        )
    return head_of_avatar(avatar)


def head_of_avatar(avatar: Avatar) -> Head:
    """The head of an avatar, with the K targets of its binding as shapes."""
    with reading(str(avatar.source.path)):
        return _head(avatar)


def _head(avatar: Avatar) -> Head:
    pivots = _eye_pivots(avatar)
    middle, scale = pivots.mean(axis=0), _scale(avatar, pivots)
    pieces = [near for near in (_near(p, middle, DRAWN_M / scale) for p in avatar.pieces) if near]
    if not pieces:
        raise ValueError("nothing of it lies near its eyes")
    to_ours = scale * avatar.rig.facing  # (3, 3)
    coats = [coat_of(avatar.file, piece) for piece in pieces]
    kept = [coat.cutoff <= 1 for coat in coats]
    pieces = [piece for piece, keep in zip(pieces, kept, strict=True) if keep]
    coats = [coat for coat, keep in zip(coats, kept, strict=True) if keep]
    follow = np.concatenate([piece.follow for piece in pieces])
    sizes = [len(piece.used) for piece in pieces]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    triangles = [p.triangles + start for p, start in zip(pieces, starts, strict=True)]
    part = np.repeat([coat.part for coat in coats], sizes).astype(np.uint8)
    for side, name in enumerate(("eye_left", "eye_right")):
        part[follow[:, 1 + side] > EYEBALL] = PARTS.index(name)

    def each(values: list[float]) -> NDArray[np.float32]:
        return np.repeat(np.asarray(values, np.float32), sizes)

    places = np.concatenate([piece.places for piece in pieces])
    none, lids = np.zeros(0, np.int32), np.zeros((2, 0), np.int32)
    return Head(
        name=avatar.source.path.stem,
        vertices=_ours(places - middle, to_ours),
        triangles=np.ascontiguousarray(np.concatenate(triangles), np.int32),
        part=part,
        shapes=_shapes(avatar, pieces, to_ours),
        colour=np.concatenate([coat.colour for coat in coats]),
        roughness=each([float(np.clip(coat.roughness, 0.25, 0.7)) for coat in coats]),
        occlusion=each([coat.occlusion for coat in coats]),
        eye_pivots=_ours(pivots - middle, to_ours),
        neck_pivot=_ours(_neck(avatar, middle) - middle, to_ours),
        head_weight=np.clip(follow[:, 0], 0, 1),
        lip_upper=none, lip_lower=none, lip_outer=none, lid_upper=lids, lid_lower=lids,
        landmarks={},
        texture=_texture(avatar, pieces, coats, scale),
        binding=avatar.binding,
        source=avatar.source,
        avatar=avatar,
    )  # fmt: skip


def _ours(vectors: Array, to_ours: Array) -> NDArray[np.float32]:
    return np.ascontiguousarray(vectors @ to_ours.T, np.float32)


def _shapes(avatar: Avatar, pieces: list[Piece], to_ours: Array) -> NDArray[np.float32]:
    total = sum(len(piece.used) for piece in pieces)
    shapes = np.zeros((len(avatar.binding.targets), total, 3), np.float32)
    moves = [avatar.moves(name) for name in avatar.binding.targets]
    start = 0
    for piece in pieces:
        rows = slice(start, start + len(piece.used))
        start += len(piece.used)
        for number, some in enumerate(moves):
            for mesh, target, weight in some:
                if mesh == piece.mesh:
                    moved = piece.moved(avatar.file, target)
                    shapes[number, rows] += _ours(weight * moved, to_ours)
    return shapes


def _texture(avatar: Avatar, pieces: list[Piece], coats: list[Coat], scale: float) -> Texture:
    used = sorted({coat.image for coat in coats if coat.image >= 0})
    counts = [len(piece.triangles) for piece in pieces]
    numbers = [used.index(coat.image) if coat.image >= 0 else -1 for coat in coats]
    return Texture(
        uv=np.concatenate([coat.uv for coat in coats]),
        images=pictures_of(avatar.file, used),
        image=np.repeat(numbers, counts).astype(np.int16),
        cutoff=np.repeat([coat.cutoff for coat in coats], counts).astype(np.float32),
        twin=_twins(avatar, pieces, scale),
    )


def _twins(avatar: Avatar, pieces: list[Piece], scale: float) -> NDArray[np.int32]:
    """(V,) the first vertex at the same place with the same stated normal: seams of pictures and of
    materials, but no edges that are meant to be sharp."""
    places = np.concatenate([piece.places for piece in pieces]) * (scale / SAME_M)
    normals = np.concatenate([piece.normals(avatar.file) for piece in pieces])
    keys = np.hstack([np.rint(places), np.rint(normals / SAME_NORMAL)]).astype(np.int64)
    _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return np.asarray(first[group.reshape(-1)], np.int32)


def _near(piece: Piece, middle: Array, radius: float) -> Piece | None:
    """The piece's triangles that reach into the radius; None if none does."""
    close = np.linalg.norm(piece.places - middle, axis=1) < radius
    kept = close[piece.triangles].any(axis=1)
    return piece.cut(kept) if kept.any() else None


def _scale(avatar: Avatar, pivots: Array) -> float:
    """Metres to a unit of the file: 1 unless the eyes or the face are then of absurd size."""
    apart = float(np.linalg.norm(pivots[0] - pivots[1]))
    if apart < 1e-9:
        raise ValueError("its eyes cannot be told apart")
    scale = 1.0 if ALLOWED_M[0] <= apart <= ALLOWED_M[1] else BETWEEN_EYES_M / apart
    driven = {mesh for name in avatar.binding.targets for mesh, _, _ in avatar.moves(name)}
    heights = [
        piece.places[piece.follow[:, 0] > 0.5, 1] for piece in avatar.pieces if piece.mesh in driven
    ]
    heights = [some for some in heights if len(some)]
    tall = float(np.ptp(np.concatenate(heights))) * scale if heights else 0.0
    return scale * min(1.0, TALLEST_M / max(tall, 1e-9))


def _neck(avatar: Avatar, middle: Array) -> Array:
    if avatar.rig.pivot is not None:
        return avatar.rig.pivot
    if avatar.rig.head is not None:
        return np.asarray(avatar.scene.world[avatar.rig.head][:3, 3])
    return np.asarray(middle, np.float64)


def _eye_pivots(avatar: Avatar) -> Array:
    """(2, 3) centres of the left and right eye in the file's scene.

    From the eyes' bones; else from what blinking moves, a little behind it; else from what the
    mouth's shapes move: the eyes lie above it.
    """
    bones = avatar.rig.eyes
    if None not in bones:
        return np.stack([avatar.scene.world[eye][:3, 3] for eye in bones if eye is not None])
    lids = _centres(avatar, ("eyeBlinkLeft", "eyeBlinkRight"))
    if lids is None:
        lids = _centres(avatar, ("eyeLookDownLeft", "eyeLookDownRight"))
    forward = avatar.rig.facing.T @ np.array([0.0, 0.0, 1.0])
    if lids is not None:
        apart = float(np.linalg.norm(lids[0] - lids[1]))
        return np.asarray(lids - EYE_DEPTH * apart * forward)
    places, weights = avatar.moving([*avatar.binding.targets])
    if not weights.any():
        raise ValueError("none of its driven morph targets moves anything")
    mouth = np.average(places, axis=0, weights=weights)
    height = np.ptp(places[:, 1])
    side = avatar.rig.facing.T @ np.array([0.14 * height, 0.0, 0.0])
    eyes = mouth + np.array([0.0, 0.3 * height, 0.0]) - 0.1 * height * forward
    return np.stack([eyes + side, eyes - side])


def _centres(avatar: Avatar, names: tuple[str, str]) -> Array | None:
    """(2, 3) middle of what two ARKit shapes move, each weighted by how far; None if nothing."""
    found: list[Any] = []
    for name, sign in zip(names, (1.0, -1.0), strict=True):
        links = avatar.wiring.shapes.get(name, ())
        places, weights = avatar.moving([link.target for link in links])
        left = (avatar.rig.facing @ places.T)[0]
        middle = np.average(left, weights=weights) if weights.any() else 0.0
        if len(links) and all(link.gain < 1 for link in links):  # one shape closes both eyes
            weights = weights * (sign * (left - middle) > 0)
        if not weights.any():
            return None
        found.append(np.average(places, axis=0, weights=weights))
    return np.stack(found)
