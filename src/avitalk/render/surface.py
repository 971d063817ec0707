"""What a head is made of: per-vertex material columns, iris and noise textures, rigid parts."""

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from avitalk.face.complexion import PIGMENTS, painted
from avitalk.face.head import PARTS
from avitalk.render.noise import noise_volume
from avitalk.render.picture import pictures_of
from avitalk.render.tables import (
    BROW,
    CAP,
    CLOTH,
    COLUMNS,
    DETAIL,
    FRECKLE,
    INSIDE,
    IRIS_M,
    LASHES,
    LEFT_EYE,
    LIP,
    LOCKS,
    MOUTH,
    OCCLUSION,
    PICTURE,
    REST,
    SCALP,
    SCATTER,
    SKIN,
    Surface,
)

if TYPE_CHECKING:
    from avitalk.face.head import Head


FREE_PATH_M: Final = (0.0036, 0.0014, 0.0007)  # red, green, blue light in skin


class Material(NamedTuple):
    """How light treats a part, beside its colour and roughness."""

    scatter: float
    """0 = opaque, 1 = light travels as far under the surface as in skin."""
    gloss: float
    """Factor on reflections."""
    inside: float
    """1 = in the mouth, lit only through the open lips."""
    detail: float
    """Strength of mottling and pores."""
    kind: int
    """See tables.Surface."""


MATERIALS: Final = {
    "skin": Material(1.0, 1.0, 0.0, 1.0, SKIN),
    "lips": Material(0.9, 1.0, 0.0, 0.5, SKIN),
    "mouth": Material(0.6, 0.8, 1.0, 0.0, MOUTH),
    "gums": Material(0.6, 1.4, 1.0, 0.0, MOUTH),
    "teeth_upper": Material(0.3, 1.8, 1.0, 0.0, MOUTH),
    "teeth_lower": Material(0.3, 1.8, 1.0, 0.0, MOUTH),
    "tongue": Material(0.8, 1.2, 1.0, 0.6, MOUTH),
    "eye_left": Material(0.0, 0.0, 0.0, 0.0, LEFT_EYE),
    "eye_right": Material(0.0, 0.0, 0.0, 0.0, LEFT_EYE + 1),
    "lashes": Material(0.0, 0.3, 0.0, 0.0, LASHES),
    "hair": Material(0.0, 0.8, 0.0, 1.0, CAP),
    "garment": Material(0.0, 0.25, 0.0, 1.0, CLOTH),
}
PAINTED: Final = Material(0.5, 0.8, 0.0, 0.0, PICTURE)
"""Everything on a head that wears pictures."""

PART: Final = {name: index for index, name in enumerate(PARTS)}


def surface_of(
    head: "Head",
    *,
    detail: float,
    iris_px: int,
    forward: NDArray[np.floating],
    frayed: bool = True,
) -> Surface:
    """Tables the shading kernel reads; `iris_px` is the iris' size in the picture.

    `frayed` locks of hair end in strands, else they are whole ribbons.

    Triangles are sorted along `forward` (3,), the camera's direction: what lies behind is then
    found to be hidden before its samples are looked at.
    """
    attributes = np.zeros((len(head.vertices), COLUMNS), np.float32)
    attributes[:, 0:3] = _bare_colour(head)
    attributes[:, 3] = head.roughness
    attributes[:, 4] = head.occlusion
    texture = getattr(head, "texture", None)
    materials = [MATERIALS[name] if texture is None else PAINTED for name in PARTS]
    attributes[:, 5:9] = np.array(materials, np.float32)[head.part, :4]
    attributes[:, DETAIL] *= detail
    # Baked occlusion belongs to closed lips; open ones light the mouth by their own rule.
    attributes[:, OCCLUSION] = np.maximum(attributes[:, OCCLUSION], attributes[:, INSIDE])
    attributes[:, REST : REST + 3] = head.vertices
    _masks(head, attributes)
    # Arrays are copied: kernels are compiled for writable contiguous ones, and a frozen head's
    # would compile everything a second time.
    kind = np.array([material.kind for material in materials], np.uint8)[
        np.asarray(head.part)[head.triangles[:, 0]]
    ]
    scalp = attributes[:, SCALP] > 0.3
    if np.any(attributes[:, SCALP]):
        covered = scalp[head.triangles].any(axis=1) & (kind == SKIN)
        kind[covered] = CAP
    locks = _locks(head, attributes) if texture is None else None
    if locks is not None:
        kind[locks] = LOCKS
    cut = (kind == LOCKS) & frayed
    if texture is not None:
        cut |= np.asarray(texture.cutoff) > 0
    depth = head.vertices[head.triangles].sum(axis=1) @ forward
    # Only our own head is known to be closed where it has no sheets of hair and cloth.
    sheet = ~cut & np.isin(kind, (LASHES, CLOTH, LOCKS, PICTURE))
    if getattr(head, "paint", None) is None:
        sheet = ~cut
    order = np.lexsort((depth, sheet + 2 * cut))
    triangles = np.array(head.triangles[order], np.int32, order="C")
    first, neighbour, spread = _under_skin(head.vertices, triangles, attributes[:, SCATTER])
    return Surface(
        triangles=triangles,
        closed=int((~cut & ~sheet).sum()),
        solid=int((~cut).sum()),
        kind=np.ascontiguousarray(kind[order]),
        attributes=attributes,
        first=first,
        neighbour=neighbour,
        spread=spread,
        iris=iris_texture(iris_colour(head), iris_px),
        noise=noise_volume(),
        grain=np.asarray(1.2 * noise_volume(64)[0], np.float32),
        hair=_hair_colours(head),
        crown=_crown(head),
        age=float(getattr(getattr(head, "complexion", None), "age", 0.0)),
        pictures=pictures_of(head, order),
    )


def _has_cap(head: "Head") -> bool:
    """Whether the scalp itself is hair, which the renderer lets thin out at the hairline."""
    fibre = getattr(head, "fibre", None)
    if fibre is None or head.complexion is None or head.paint is None:
        return False
    return bool(np.any((head.part == PART["hair"]) & (fibre[:, 2] == 0)))


def _bare_colour(head: "Head") -> NDArray[np.float32]:
    """(V, 3) colours, those of skin below hair that is drawn point by point."""
    if not _has_cap(head):
        return np.asarray(head.colour)
    assert head.fibre is not None and head.paint is not None and head.complexion is not None
    cap = (head.part == PART["hair"]) & (head.fibre[:, 2] == 0)
    paint = head.paint.copy()
    paint[:, PIGMENTS.index("stubble")] = 0.0
    part = np.where(cap, PART["skin"], head.part).astype(np.uint8)
    return painted(part, paint, head.complexion)


def _masks(head: "Head", attributes: NDArray[np.float32]) -> None:
    """Where lips crease, stubble, brows and freckles grow: from the head's layers of paint."""
    paint = getattr(head, "paint", None)
    if paint is None:
        return
    for column, name in ((LIP, "lip"), (SCALP, "stubble"), (BROW, "brow"), (FRECKLE, "freckle")):
        attributes[:, column] = paint[:, PIGMENTS.index(name)]
    if not _has_cap(head):
        attributes[:, SCALP] = 0.0
    if head.complexion is not None:
        attributes[:, FRECKLE] *= head.complexion.freckles


def _locks(head: "Head", attributes: NDArray[np.float32]) -> NDArray[np.bool_] | None:
    """Fill the columns of locks of hair; (T,) which triangles belong to them, None without."""
    fibre = getattr(head, "fibre", None)
    if fibre is None or not np.any(fibre[:, 2]):
        return None
    lock = fibre[:, 2] > 0
    attributes[lock, LIP : LIP + 3] = fibre[lock]
    triangles = head.triangles[lock[head.triangles].all(axis=1)]
    # Direction in which `along` grows on a triangle (its gradient), summed over its corners.
    a, b, c = (head.vertices[triangles[:, k]].astype(np.float64) for k in range(3))
    rise = fibre[triangles, 1].astype(np.float64)
    e, f = b - a, c - a
    ee, ef, ff = (e * e).sum(1), (e * f).sum(1), (f * f).sum(1)
    de, df = rise[:, 1] - rise[:, 0], rise[:, 2] - rise[:, 0]
    scale = 1 / np.maximum(ee * ff - ef * ef, 1e-30)
    slope = ((de * ff - df * ef) * scale)[:, None] * e + ((df * ee - de * ef) * scale)[:, None] * f
    tangent = np.zeros((len(head.vertices), 3))
    np.add.at(tangent, triangles.ravel(), np.repeat(slope, 3, axis=0))
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-12)
    attributes[lock, REST : REST + 3] = tangent[lock]
    return np.asarray(lock[head.triangles].all(axis=1))


def _hair_colours(head: "Head") -> NDArray[np.float64]:
    """(2, 3) linear colours of brows and short hair; dark without a complexion."""
    complexion = getattr(head, "complexion", None)
    if complexion is None:
        return np.full((2, 3), 0.02)
    return np.array([complexion.brow, complexion.hair_greyed])


def _under_skin(
    vertices: NDArray[np.floating], triangles: NDArray[np.int32], scatter: NDArray[np.floating]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Neighbours of each vertex, and by how much light spreads to them: a Gaussian of the
    distance, as wide as skin's mean free path in each colour."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    pairs = np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0)
    start = np.searchsorted(pairs[:, 0], np.arange(len(vertices) + 1)).astype(np.int32)
    distance = np.linalg.norm(vertices[pairs[:, 0]] - vertices[pairs[:, 1]], axis=1)
    share = np.exp(-0.5 * (distance[:, None] / np.array(FREE_PATH_M)) ** 2)
    share *= np.minimum(scatter[pairs[:, 0]], scatter[pairs[:, 1]])[:, None]
    return start, np.ascontiguousarray(pairs[:, 1]), share.astype(np.float32)


def _crown(head: "Head") -> NDArray[np.float32]:
    """(4,) rest position below the crown, about which hair lies like meridians; then 1 if it is
    combed, 0 where it is cut too short for that: a head with locks, or without."""
    hair = head.vertices[head.part == PART["hair"]]
    fibre = getattr(head, "fibre", None)
    combed = fibre is None or np.any(fibre[:, 2])
    middle = hair.mean(axis=0) if len(hair) else np.zeros(3)
    return np.array([*middle, float(combed)], np.float32)


def iris_colour(head: "Head") -> NDArray[np.float32]:
    """Linear RGB: the most saturated eyeball colour between pupil and limbus, or grey-blue."""
    eyes = np.flatnonzero(head.part == PART["eye_left"])
    if not len(eyes):
        return np.array([0.10, 0.14, 0.17], np.float32)
    local = head.vertices[eyes] - head.eye_pivots[0]
    off_axis = np.hypot(local[:, 0], local[:, 1])
    band = (local[:, 2] > 0) & (off_axis > 0.4 * IRIS_M) & (off_axis < 0.9 * IRIS_M)
    if not band.any():
        return np.array([0.10, 0.14, 0.17], np.float32)
    return np.asarray(np.median(head.colour[eyes[band]], axis=0), np.float32)


def iris_texture(colour: NDArray[np.floating], side: int) -> NDArray[np.float32]:
    """(N, N, 3) linear colours of an iris over its square, seen straight through the cornea.

    Fibres run from the pupil outwards, brighter round the collarette; a dark limbal ring ends
    it. Computed four times finer than `side` pixels and averaged, so that it does not shimmer.
    """
    side = int(np.clip(side, 8, 256))
    fine = 4 * side
    axis = (np.arange(fine) + 0.5) / fine * 2 - 1
    x, y = np.meshgrid(axis, axis)
    radius = np.hypot(x, y)
    angle = np.arctan2(y, x)
    random = np.random.default_rng(7)
    fibres = np.zeros_like(radius)
    for wave in (9, 17, 31, 47, 71):
        bend = random.uniform(-1.5, 1.5) * radius
        fibres += np.sin(wave * angle + random.uniform(0, 6.3) + bend) / np.sqrt(wave / 9)
    fibres /= 2.2
    pupil = 0.36
    ring = np.exp(-(((radius - 0.55) / 0.12) ** 2))
    bright = 1.0 + 0.30 * fibres + 0.35 * ring
    limbus = 1 - 0.88 * _smoothstep(radius, 0.66, 0.97)
    hole = _smoothstep(radius, pupil - 0.03, pupil + 0.04)
    warm = np.array([1.25, 1.02, 0.72])  # the collarette is warmer than the rim
    tint = 1 + ring[..., None] * 0.6 * (warm - 1)
    shade = (bright.clip(0.25) * limbus * (0.015 + 0.985 * hole))[..., None]
    texture = 0.74 * np.asarray(colour) * tint * shade
    small = texture.reshape(side, 4, side, 4, 3).mean(axis=(1, 3))
    return np.ascontiguousarray(small, np.float32)


def _smoothstep(x: NDArray[np.floating], low: float, high: float) -> NDArray[np.floating]:
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


class RigidPart:
    """Vertices that move as one body; finds how from where they are."""

    def __init__(self, rest: NDArray[np.floating], indices: NDArray[np.intp]) -> None:
        """Keep at most 64 of `indices` into `rest` (V, 3); without any, the part never turns."""
        self.indices = indices[:: max(1, len(indices) // 64)]
        points = np.asarray(rest, np.float64)[self.indices]
        self.centre = points.mean(axis=0) if len(points) else np.zeros(3)
        self.spread = points - self.centre

    def fit(self, vertices: NDArray[np.floating]) -> tuple[NDArray[np.float64], ...]:
        """Rotation (3, 3) and translation (3,) with posed = rotation @ rest + translation.

        Least squares after Kabsch (1976).
        """
        if len(self.indices) < 3:
            return np.eye(3), np.zeros(3)
        points = vertices[self.indices].astype(np.float64)
        centre = points.mean(axis=0)
        u, _, vt = np.linalg.svd((points - centre).T @ self.spread)
        u[:, 2] *= np.sign(np.linalg.det(u @ vt))
        rotation = u @ vt
        return rotation, centre - rotation @ self.centre
