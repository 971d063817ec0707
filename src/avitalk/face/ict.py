"""The user's ICT-FaceKit in, a `Head` of its own topology out: 51 of the 52 shapes, eyes that turn.

Kept are skin, gums, tongue, teeth, eyeballs and the roots of the lashes: the kit's lash cards, tear
films and shadow meshes need pictures of alpha, which it does not bring. tongueOut has no scan and
stays zero.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, INDEX
from avitalk.face.facekit import (
    EYE_FACES,
    FACE_GROUPS,
    GUMS_AND_TONGUE_FACES,
    LASH_FACES,
    LOWER_TEETH_VERTICES,
    MULTI_PIE_68,
    SCLERA_LEFT,
    SCLERA_RIGHT,
    SKIN_FACES,
    TEETH_FACES,
    VERTICES,
    FaceKit,
    Floats,
    Ints,
    read_facekit,
)
from avitalk.face.head import PARTS, Head
from avitalk.face.meshpaths import edge_graph, enclosed, even_along, path_through

IPD_M: Final = 0.063
"""Distance between the centres of the eyes that heads are brought to."""
NECK_PIVOT: Final = np.array([0.0, -3.0, -0.5])
"""Top of the neck's spine, scan units."""
KEPT: Final = (SKIN_FACES, GUMS_AND_TONGUE_FACES, TEETH_FACES, *EYE_FACES.values())
LASH_ROOT: Final = 0.33
"""Lash cards are kept up to this distance from the lid's edge, scan units."""
TONGUE_FROM_TEETH: Final = 0.2
"""What moves with the jaw and is further than this from all teeth is tongue, not gum."""
LIP_POINTS: Final = 33
LID_POINTS: Final = 15
PAINT: Final[dict[str, tuple[float, float, float, float]]] = {
    "skin": (0.56, 0.30, 0.21, 0.5), "lips": (0.42, 0.14, 0.12, 0.38),
    "mouth": (0.22, 0.05, 0.05, 0.3), "gums": (0.40, 0.12, 0.12, 0.25),
    "teeth_upper": (0.72, 0.66, 0.55, 0.25), "teeth_lower": (0.72, 0.66, 0.55, 0.25),
    "tongue": (0.42, 0.13, 0.12, 0.3), "eye_left": (0.75, 0.72, 0.70, 0.2),
    "eye_right": (0.75, 0.72, 0.70, 0.2), "lashes": (0.02, 0.015, 0.012, 0.6),
}  # fmt: skip
"""Part -> linear RGB and roughness: the kit's scans come without colour here."""
IRIS: Final = (0.10, 0.14, 0.17)
IRIS_RADIUS_M: Final = 0.0059


def load_ict(path: Path | str, *, identity: Sequence[float] = ()) -> Head:
    """A head from a checkout of ICT-FaceKit, its FaceXModel folder or an npz made of it.

    `identity` are coefficients of the kit's first identity modes, in standard deviations (the
    neutral scan without). The eyes' centres come to lie 63 mm apart, midway between them is the
    origin. Raises InputError if files are missing or something else.
    """
    path = Path(path)
    kit = read_facekit(path)
    rest = kit.vertices.copy()
    for mode, amount in enumerate(identity):
        if amount:
            rest += amount * kit.identity(mode)
    centres = np.stack([sphere_centre(rest[slice(*eye)]) for eye in (SCLERA_LEFT, SCLERA_RIGHT)])
    origin = centres.mean(axis=0)
    metres = IPD_M / float(np.linalg.norm(centres[0] - centres[1]))
    triangles = triangulated(kit)
    used = np.unique(triangles)
    renumber = np.full(VERTICES, -1, np.int64)
    renumber[used] = np.arange(len(used))
    part = parts_of(kit)
    loops = {name: renumber[loop].astype(np.int32) for name, loop in _loops(kit).items()}
    placed = (rest - origin) * metres
    skull = kit.vertices[used]
    shapes = np.zeros((len(ARKIT_52), len(used), 3), np.float32)
    for name, moved in kit.shapes.items():
        shapes[INDEX[name]] = moved[used] * metres
    part = part[used]
    eyes = np.isin(part, [PARTS.index("eye_left"), PARTS.index("eye_right")])
    shapes[:, eyes] = 0
    pivots = (centres - origin) * metres
    colour, roughness = _painted(part, placed[used], pivots)
    head = Head(
        name=path.stem or "ict",
        vertices=placed[used].astype(np.float32),
        triangles=renumber[triangles].astype(np.int32),
        part=part,
        shapes=shapes,
        colour=colour,
        roughness=roughness,
        occlusion=np.ones(len(used), np.float32),
        eye_pivots=pivots.astype(np.float32),
        neck_pivot=((NECK_PIVOT - origin) * metres).astype(np.float32),
        head_weight=_smooth(-13.0, -5.0, skull[:, 1] + 0.3 * skull[:, 2]).astype(np.float32),
        lip_upper=loops["lip_upper"],
        lip_lower=loops["lip_lower"],
        lip_outer=loops["lip_outer"],
        lid_upper=loops["lid_upper"],
        lid_lower=loops["lid_lower"],
        landmarks={"multi_pie_68": renumber[list(MULTI_PIE_68)].astype(np.int32)},
    )
    for array in vars(head).values():
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return head


def sphere_centre(points: Floats) -> Floats:
    """(3,) centre of the sphere nearest to `points` (n, 3): |p|^2 = 2 p.c + (r^2 - |c|^2)."""
    system = np.hstack([2 * points, np.ones((len(points), 1))])
    return np.asarray(np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0][:3])


def triangulated(kit: FaceKit) -> Ints:
    """The kept parts of the kit's quads as triangles (n, 3)."""
    cards = kit.faces[slice(*LASH_FACES)]
    edge = kit.vertices[_lid_edge(kit)]
    middle = kit.vertices[cards].mean(axis=1)
    near = np.linalg.norm(middle[:, None] - edge, axis=2).min(axis=1) < LASH_ROOT
    quads = np.concatenate([*(kit.faces[slice(*span)] for span in KEPT), cards[near]])
    whole = quads[quads[:, 3] >= 0]
    return np.concatenate([quads[:, :3], whole[:, [0, 2, 3]]])


def _lid_edge(kit: FaceKit) -> Ints:
    """Vertices of both eyes where the face meets the eye socket."""
    face, socket = (np.unique(_triangles_of(kit, group)) for group in ("face", "eye_socket"))
    return np.intersect1d(face, socket)


def parts_of(kit: FaceKit) -> NDArray[np.uint8]:
    """(26719,) index into PARTS, by the table's ranges; lips lie between their landmarks."""
    part = np.zeros(VERTICES, np.uint8)

    def of_faces(first: int, end: int, name: str) -> Ints:
        rows = np.unique(kit.faces[first:end])
        rows = rows[rows >= 0]
        part[rows] = PARTS.index(name)
        return rows

    of_faces(*FACE_GROUPS["mouth_socket"], "mouth")
    of_faces(*FACE_GROUPS["face"], "skin")
    soft = of_faces(*GUMS_AND_TONGUE_FACES, "gums")
    part[_tongue(kit, soft)] = PARTS.index("tongue")
    teeth = of_faces(*TEETH_FACES, "teeth_upper")
    part[teeth[teeth >= LOWER_TEETH_VERTICES[0]]] = PARTS.index("teeth_lower")
    for name, span in EYE_FACES.items():
        of_faces(*span, name)
    of_faces(*LASH_FACES, "lashes")
    face = _triangles_of(kit, "face")
    loops = _lip_loops(kit)
    red = enclosed(face, loops["lip_outer"], loops["lip_upper"], VERTICES)
    part[red] = PARTS.index("lips")
    return part


def _triangles_of(kit: FaceKit, group: str) -> Ints:
    quads = kit.faces[slice(*FACE_GROUPS[group])]
    return np.concatenate([quads[:, :3], quads[quads[:, 3] >= 0][:, [0, 2, 3]]])


def _tongue(kit: FaceKit, soft: Ints) -> Ints:
    """Tongue and gums are one piece: the tongue is what the jaw moves away from the teeth."""
    teeth = kit.vertices[slice(*LOWER_TEETH_VERTICES)]
    low = soft[np.linalg.norm(kit.shapes["jawOpen"][soft], axis=1) > TONGUE_FROM_TEETH]
    gap = [np.linalg.norm(teeth - point, axis=1).min() for point in kit.vertices[low]]
    return np.asarray(low[np.array(gap) > TONGUE_FROM_TEETH])


def _lip_loops(kit: FaceKit) -> dict[str, NDArray[np.int32]]:
    """Full paths along edges through the landmarks of the lips, in the kit's numbering."""
    mark = MULTI_PIE_68
    graph = edge_graph(kit.vertices, _triangles_of(kit, "face"))
    upper = path_through(graph, mark[48:55])
    lower = path_through(graph, [mark[48], *mark[59:53:-1]])
    return {
        "lip_outer": np.concatenate([upper, lower[-2:0:-1]]),
        "lip_upper": path_through(graph, mark[60:65]),
        "lip_lower": path_through(graph, [mark[60], *mark[67:63:-1]]),
    }


def _loops(kit: FaceKit) -> dict[str, NDArray[np.int32]]:
    """The index loops of a `Head`, in the kit's numbering."""
    lips = _lip_loops(kit)
    shares = np.linspace(0, 1, LIP_POINTS)
    for name in ("lip_upper", "lip_lower"):
        lips[name] = even_along(kit.vertices, lips[name], shares)
    edge = _lid_edge(kit)
    around = _triangles_of(kit, "face")
    graph = edge_graph(kit.vertices, around[np.isin(around, edge).sum(axis=1) >= 2])
    rim = set(edge.tolist())
    graph = {
        a: {b: step for b, step in near.items() if b in rim}
        for a, near in graph.items()
        if a in rim
    }
    lids: dict[str, list[NDArray[np.int32]]] = {"lid_upper": [], "lid_lower": []}
    for side in (1.0, -1.0):
        mine = edge[kit.vertices[edge, 0] * side > 0]
        x = kit.vertices[mine, 0] * side
        inner, outer = int(mine[x.argmin()]), int(mine[x.argmax()])
        chord = np.interp(x, [x.min(), x.max()], kit.vertices[[inner, outer], 1])
        above = kit.vertices[mine, 1] - chord
        for name, extreme in (("lid_upper", above.argmax()), ("lid_lower", above.argmin())):
            path = path_through(graph, [inner, int(mine[extreme]), outer])
            lids[name].append(even_along(kit.vertices, path, np.linspace(0, 1, LID_POINTS)))
    return lips | {name: np.stack(pair) for name, pair in lids.items()}


def _painted(
    part: NDArray[np.uint8], vertices: Floats, pivots: Floats
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    table = np.array([PAINT.get(name, PAINT["skin"]) for name in PARTS], np.float32)[part]
    colour, roughness = table[:, :3].copy(), table[:, 3].copy()
    for name, pivot in zip(EYE_FACES, pivots, strict=True):
        local = vertices - pivot
        iris = (part == PARTS.index(name)) & (local[:, 2] > 0)
        colour[iris & (np.hypot(local[:, 0], local[:, 1]) < IRIS_RADIUS_M)] = IRIS
    return colour, roughness


def _smooth(low: float, high: float, x: Floats) -> Floats:
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
