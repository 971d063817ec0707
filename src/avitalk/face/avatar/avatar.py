"""`Avatar`: a glTF or VRM file comes in, what can be driven in it and what drives it comes out."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face.avatar.binding import Binding
from avitalk.face.avatar.controls import Control, controls_of, target_count
from avitalk.face.avatar.pieces import Piece, pieces_of
from avitalk.face.avatar.remap import Remap
from avitalk.face.avatar.rig import Rig, find_rig
from avitalk.face.avatar.wiring import GAZE, MOUTH, Wiring, automatic_wiring
from avitalk.face.gltf import GltfFile, Scene, open_gltf, reading
from avitalk.face.source import UNSTATED, Source

Floats = NDArray[np.float64]

MOST_FACES: Final = 2.5  # a file higher than so many faces is more than a head
EYEBALL: Final = 0.5  # share of an eye's bone from which on a vertex is the eyeball's
GAZE_MOVES: Final = 0.02  # of the eyeball's size: an eyeLook shape that moves it so far turns it


@dataclass(frozen=True, eq=False)
class Avatar:
    """An avatar's file and how it is driven."""

    source: Source
    """The file."""
    file: GltfFile
    """Its contents."""
    scene: Scene
    """Its nodes."""
    controls: tuple[Control, ...]
    """What it can be told."""
    wiring: Wiring
    """What drives which control."""
    binding: Binding
    """The same as matrices."""
    rig: Rig
    """Nodes that turn."""
    pieces: tuple[Piece, ...]
    """Its triangles at rest."""

    def moves(self, name: str) -> tuple[tuple[int, int, float], ...]:
        """Mesh, morph target and weight that a control stands for."""
        return next(control.moves for control in self.controls if control.name == name)

    def displaced(self, name: str) -> Iterator[tuple[Piece, NDArray[np.float64]]]:
        """Pieces that a control moves, and (n, 3) by how much at weight 1, in the file's scene."""
        moves = self.moves(name)
        for piece in self.pieces:
            mine = [(target, weight) for mesh, target, weight in moves if mesh == piece.mesh]
            if mine:
                total = np.zeros((len(piece.used), 3))
                for target, weight in mine:
                    total += weight * piece.moved(self.file, target)
                yield piece, total

    def reach(self, name: str) -> float:
        """The longest way that a control moves a vertex, in the file's units."""
        ways = [np.abs(moved).max(initial=0) for _, moved in self.displaced(name)]
        return float(max(ways, default=0.0))

    def moving(self, names: Iterable[str]) -> tuple[Floats, Floats]:
        """(N, 3) vertices of all pieces that controls move, and (N,) how far each moves."""
        places, ways = [np.zeros((0, 3))], [np.zeros(0)]
        for name in names:
            for piece, moved in self.displaced(name):
                places.append(piece.places)
                ways.append(np.linalg.norm(moved, axis=1))
        return np.concatenate(places), np.concatenate(ways)

    def resting(self) -> dict[str, float]:
        """Driven targets that the file has at another weight than 0 at rest, and that weight."""
        found = {}
        for name in self.binding.targets:
            weights = [rest_weights(self.file, mesh)[t] for mesh, t, _ in self.moves(name)]
            if any(weights):
                found[name] = max(weights, key=abs)
        return found


def open_avatar(path: Path | str, remap: Remap | None = None) -> Avatar:
    """Read an avatar and wire it by names, and by `remap` where that says otherwise.

    Raises InputError if the file is not readable, has no morph targets, or `remap` does not fit it.
    Whether its mouth can be driven is for `avatar.wiring.speaks` to say.
    """
    path = Path(path)
    file = open_gltf(path)
    with reading(str(path)):
        controls = controls_of(file)
        if not controls:
            raise InputError(
                f"{path}: no mesh has morph targets; export the avatar with its blend shapes "
                "(for example with ARKit names)"
            )
        scene = Scene(file)
        rig = find_rig(file, scene, remap)
        wiring = _wired(controls, remap, rig)
        pieces = tuple(pieces_of(file, scene, rig, _still(file, controls, wiring)))
        if not pieces:
            raise InputError(f"{path}: it has nothing to draw")
        avatar = Avatar(
            _source(path, file, rig), file, scene, controls, wiring,
            wiring.binding(controls), rig, pieces,
        )  # fmt: skip
        return _steered(avatar, remap)


def rest_weights(file: GltfFile, mesh: int) -> list[float]:
    """Weights of a mesh's targets before anything is animated."""
    described = file.items("meshes")[mesh]
    stated = described.get("weights")
    for node in file.items("nodes"):
        if node.get("mesh") == mesh and "weights" in node:
            stated = node["weights"]
    count = target_count(described)
    weights = [0.0] * count if stated is None else [float(weight) for weight in stated]
    if len(weights) != count:
        raise ValueError("a mesh states more or fewer weights than it has morph targets")
    return weights


def _wired(controls: tuple[Control, ...], remap: Remap | None, rig: Rig) -> Wiring:
    wiring = automatic_wiring(controls, eye_bones=rig.eyes != (None, None))
    return wiring if remap is None else remap.applied(wiring, controls)


def _still(
    file: GltfFile, controls: tuple[Control, ...], wiring: Wiring
) -> dict[tuple[int, int], float]:
    """Weights at rest of the targets that nothing drives: those keep them."""
    driven = set(wiring.binding(controls).targets)
    moved = {(m, t) for control in controls if control.name in driven for m, t, _ in control.moves}
    found = {}
    for mesh in range(len(file.items("meshes"))):
        for target, weight in enumerate(rest_weights(file, mesh)):
            if weight and (mesh, target) not in moved:
                found[mesh, target] = weight
    return found


def _steered(avatar: Avatar, remap: Remap | None) -> Avatar:
    """Leave out nodes that turn nothing, and eye bones where eyeLook shapes turn the eyes."""
    rig = avatar.rig
    shares = np.concatenate([piece.follow for piece in avatar.pieces])
    turns = [bool((column > EYEBALL).any()) for column in shares.T]
    told = remap is not None and "left eye" in remap.nodes
    eyes: list[int | None] = [
        eye if turns[1 + side] and (told or _in_its_ball(avatar, eye, side)) else None
        for side, eye in enumerate(rig.eyes)
    ]
    if any(eye is not None for eye in eyes) and not told:
        looks = {link.target for name in GAZE for link in avatar.wiring.shapes.get(name, ())}
        if any(_turns_eyeballs(avatar, name) for name in looks):
            eyes = [None, None]
    rig = replace(rig, eyes=(eyes[0], eyes[1]), head=rig.head if turns[0] else None)
    if rig.head is None and not (remap and "head" in remap.nodes):
        rig = _whole_head(avatar, rig)
    rig = replace(rig, facing=_facing(avatar, rig))
    pieces = tuple(_followed(avatar, piece, rig) for piece in avatar.pieces)
    return replace(avatar, rig=rig, pieces=pieces)


def _facing(avatar: Avatar, rig: Rig) -> Floats:
    """The rig's facing, or its reverse if the mouth lies behind and the left eye on the right."""
    spoken = [*(avatar.wiring.shapes.get(name, ()) for name in MOUTH)]
    spoken += avatar.wiring.visemes.values()
    mouth, ways = avatar.moving(sorted({link.target for links in spoken for link in links}))
    if not ways.any():
        return rig.facing
    meshes = {mesh for name in avatar.binding.targets for mesh, _, _ in avatar.moves(name)}
    face = np.concatenate([p.places for p in avatar.pieces if p.mesh in meshes])
    ahead = np.average(mouth, axis=0, weights=ways) - (face.min(axis=0) + face.max(axis=0)) / 2
    sides = []
    for side, node in zip(("Left", "Right"), rig.eyes, strict=True):
        links = avatar.wiring.shapes.get(f"eyeBlink{side}", ())
        places, ways = avatar.moving([link.target for link in links])
        if node is not None:
            sides.append(avatar.scene.world[node][:3, 3])
        elif ways.any():
            sides.append(np.average(places, axis=0, weights=ways))
    leftward = sides[0] - sides[1] if len(sides) == 2 else np.zeros(3)
    back = (rig.facing @ ahead)[2] < 0 and (rig.facing @ leftward)[0] < 0
    return np.diag([-1.0, 1.0, -1.0]) @ rig.facing if back else rig.facing


def _in_its_ball(avatar: Avatar, eye: int | None, side: int) -> bool:
    """Whether an eye's node lies in its eyeball, so that turning it makes sense."""
    balls = [piece.places[piece.follow[:, 1 + side] > EYEBALL] for piece in avatar.pieces]
    places = np.concatenate(balls)
    if eye is None or not len(places):
        return False
    low, high = places.min(axis=0), places.max(axis=0)
    away = avatar.scene.world[eye][:3, 3] - (low + high) / 2
    return bool(np.linalg.norm(away) < np.linalg.norm(high - low))


def _turns_eyeballs(avatar: Avatar, name: str) -> bool:
    for piece, moved in avatar.displaced(name):
        ball = (piece.follow[:, 1:] > EYEBALL).any(axis=1)
        if ball.any():
            size = np.ptp(piece.places[ball], axis=0).max() / 2
            if np.linalg.norm(moved[ball], axis=1).max() > GAZE_MOVES * size:
                return True
    return False


def _whole_head(avatar: Avatar, rig: Rig) -> Rig:
    """For a head alone, without bones: the node above all meshes turns, about the neck.

    A mesh with a skin does not follow its node, and a whole figure must not nod: such files are
    left still.
    """
    scene = avatar.scene
    driven = {mesh for name in avatar.binding.targets for mesh, _, _ in avatar.moves(name)}
    drawn = [n for n in scene.drawn() if "mesh" in scene.nodes[n]]
    if any("skin" in scene.nodes[number] for number in drawn) or not driven:
        return rig
    chains = [list(scene.above(number)) for number in drawn]
    shared = [n for n in chains[0] if all(n in chain for chain in chains)]
    if not shared:
        return rig
    places = np.concatenate([piece.places for piece in avatar.pieces])
    low, high = places.min(axis=0), places.max(axis=0)
    face = np.concatenate([p.places for p in avatar.pieces if p.mesh in driven])
    if high[1] - low[1] > MOST_FACES * np.ptp(face[:, 1]):
        return rig
    # The spine's top: at the height of the chin's underside, behind the middle.
    pivot = np.array([0.5, 0.15, 0.4]) * (high - low) + low
    return replace(rig, head=shared[0], pivot=pivot)


def _followed(avatar: Avatar, piece: Piece, rig: Rig) -> Piece:
    follow = piece.follow.copy()
    if rig.pivot is not None and rig.head is not None:
        inside = avatar.scene.below(rig.head)
        meshes = {avatar.scene.nodes[n]["mesh"] for n in inside if "mesh" in avatar.scene.nodes[n]}
        follow[:, 0] = float(piece.mesh in meshes)
    elif rig.head is None:
        follow[:, 0] = 0
    for side, eye in enumerate(rig.eyes):
        if eye is None:
            follow[:, 1 + side] = 0
    return replace(piece, follow=follow)


def _source(path: Path, file: GltfFile, rig: Rig) -> Source:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    stated = _rights(file, rig.version)
    licence = "; ".join(dict.fromkeys(text for text in stated["licence"] if text)) or UNSTATED
    credit = ", ".join(dict.fromkeys(text for text in stated["credit"] if text))
    return Source(path, rig.version, digest, licence, credit)


def _rights(file: GltfFile, version: str) -> dict[str, list[str]]:
    extensions, asset = file.document.get("extensions", {}), file.document.get("asset", {})
    noted = asset.get("extras") if isinstance(asset.get("extras"), dict) else {}
    licence, credit = [asset.get("copyright"), noted.get("license")], [noted.get("author")]
    if version == "VRM 1":
        meta = extensions["VRMC_vrm"].get("meta", {})
        licence += [meta.get("licenseUrl"), meta.get("otherLicenseUrl"),
                    meta.get("copyrightInformation")]  # fmt: skip
        credit += [meta.get("name"), *meta.get("authors", [])]
    elif version == "VRM 0":
        meta = extensions["VRM"].get("meta", {})
        licence += [meta.get("licenseName"), meta.get("otherLicenseUrl")]
        credit += [meta.get("title"), meta.get("author")]
    return {"licence": _texts(licence), "credit": _texts(credit)}


def _texts(values: list[Any]) -> list[str]:
    return [" ".join(value.split()) for value in values if isinstance(value, str)]
