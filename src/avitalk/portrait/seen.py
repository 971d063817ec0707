"""What of the person's skin the photo shows: for each vertex its place, trust, and a colour else.

What is hidden gets the colour of its mirror image, in the light of its own side, or that of the
skin around it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.face import PARTS, Head, vertex_normals
from avitalk.face.store import half_head
from avitalk.portrait import kernels
from avitalk.portrait.bend import Person
from avitalk.portrait.distances import nearest
from avitalk.portrait.photo import Canvas
from avitalk.track.mesh import OVAL

Array = NDArray[np.float64]
F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
Picture = NDArray[np.uint8]

RIM: Final = (0.0, 0.075)
"""Within this distance of the face's outline, in sizes of the face, mesh and surroundings blend."""
DEEP: Final = (0.1, 0.2)
"""So far inside, skin that the photo hides is drawn too."""
FACING: Final = (0.03, 0.16)
"""Cosine of the angle to the camera below which the photo tells nothing, above which all."""
BEHIND_M: Final = 0.0025
"""Vertices this far behind the nearest surface are hidden."""
MOVING_M: Final = (0.006, 0.013)
"""So near to lids and lips the mesh counts wherever the outline is."""
UPPER_M: Final = (0.003, 0.008)
LOWER_M: Final = (0.0014, 0.0036)
"""Skin of the upper and the lower lid reaches this far from its edge, fading."""
DARK: Final = 0.75
LIT: Final = 1.2
"""What is darker or brighter against the skin round the eye is crease or brow, or a highlight."""
UNSHADED: Final = 0.88
LASHES_M: Final = 0.0065
RIM_M: Final = 0.0035
"""Nearer to the eye than this, skin may be covered by lashes and their shadow: only what is hardly
darker than the rest counts, and nothing at the lids' very edge."""
ROUNDS: Final = 160
ARCH_M: Final = (0.016, 0.024)
"""Teeth and gums further above and below the lips, or further back from the front ones, are never
seen."""
INSIDE: Final = ("mouth", "gums", "teeth_upper", "teeth_lower", "tongue")
ARCH: Final = ("gums", "teeth_upper", "teeth_lower")
EYES: Final = ("eye_left", "eye_right")


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The mesh that is drawn over the photo."""

    triangles: I32
    """(T, 3) skin and lips of the face, what is inside the mouth, eyeballs."""
    kind: NDArray[np.uint8]
    """(T,) of `kernels`."""
    skin: F32
    """(V, 7) columns of `kernels`."""
    lids: F32
    """(2, V) how much of the photo a blink of the left and right eye leaves aside: a lid that comes
    down shows skin that the photo has not."""

    @property
    def sure(self) -> NDArray[np.bool_]:
        """(V,) skin that the photo shows well inside the outline."""
        return (self.skin[:, kernels.TRUST] > 0.8) & (self.skin[:, kernels.SHARE] > 0.5)

    def behind(self, screen: F32, lips: NDArray[np.int64]) -> tuple[I32, NDArray[np.uint8]]:
        """`triangles` and `kind` without what is inside the mouth but not between `lips`: it must
        not come through thin skin elsewhere.
        """
        edges = screen[lips.ravel(), :2]
        low, high = edges.min(axis=0) - 1, edges.max(axis=0) + 1
        corners = screen[self.triangles, :2]
        there = (corners.max(axis=1) > low).all(axis=1) & (corners.min(axis=1) < high).all(axis=1)
        kept = there | (self.kind != kernels.INSIDE)
        return np.ascontiguousarray(self.triangles[kept]), self.kind[kept]

    def kinds(self, screen: F32, size: tuple[int, int]) -> NDArray[np.uint8]:
        """(H, FINE, W, FINE) kind of what each sample of a picture shows, 255 for nothing."""
        samples = rasterised(screen, self.triangles, size)[1]
        found = np.where(samples >= 0, self.kind[np.maximum(samples, 0)], np.uint8(255))
        return found.reshape(size[1], kernels.FINE, size[0], kernels.FINE)

    def blinking(self, blinks: Array) -> F32:
        """(V, 7) `skin` while the eyes are closed by (2,) shares more than in the photo."""
        if not np.any(blinks > 0):
            return self.skin
        skin = self.skin.copy()
        for lid, share in zip(self.lids, blinks, strict=True):
            skin[:, kernels.TRUST] *= 1 - np.float32(np.clip(2 * share, 0, 1)) * lid
        return skin


def look(person: Person, canvas: Canvas) -> Seen:
    """What the photo shows of the mesh."""
    head = person.head
    posed = person.photographed()
    screen = person.project(posed)
    share, depth = share_of(screen, canvas)
    triangles, kind = drawn(head)
    trust = _trust(person, posed, screen, triangles, kind, canvas.size)
    skin = np.zeros((len(posed), kernels.SKIN_COLUMNS), np.float32)
    skin[:, :2] = screen[:, :2]
    # At the outline only what the photo shows is the mesh's; the rest moves with the surroundings.
    share *= np.maximum(trust, smooth(depth, *DEEP))
    skin[:, kernels.SHARE] = np.maximum(share, 1 - smooth(edges_m(head), *MOVING_M))
    skin[:, kernels.TRUST] = trust
    known = (trust > 0.6) & (share > 0)
    skin[:, kernels.FILL :], lids = _filled(head, canvas.pixels, screen, known)
    return Seen(triangles, kind, skin, lids.astype(np.float32))


def drawn(head: Head) -> tuple[I32, NDArray[np.uint8]]:
    """Triangles of skin, lips, mouth and eyes, and their kinds."""
    part = head.part[head.triangles[:, 0]]
    face = np.isin(part, [PARTS.index(name) for name in ("skin", "lips")])
    inside = np.isin(part, [PARTS.index(name) for name in INSIDE])
    kind = np.full(len(part), 255, np.uint8)
    kind[face], kind[inside] = kernels.SKIN, kernels.INSIDE
    for eye, name in enumerate(EYES):
        kind[part == PARTS.index(name)] = kernels.EYE + eye
    middle = head.vertices[head.triangles].mean(axis=1)
    arch = inside & np.isin(part, [PARTS.index(name) for name in ARCH])
    aside = np.abs(middle[:, 1] - head.vertices[head.lip_upper, 1].mean()) > ARCH_M[0]
    aside |= middle[:, 2] < middle[arch, 2].max() - ARCH_M[1]
    kind[arch & aside] = 255
    chosen = kind < 255
    return np.ascontiguousarray(head.triangles[chosen], np.int32), kind[chosen]


def share_of(screen: F32, canvas: Canvas) -> tuple[Array, Array]:
    """(V,) 0 at the outline of the face and beyond, 1 well inside; and how far inside, in sizes of
    the face.
    """
    outline = canvas.points[list(OVAL), :2]
    inside = depth_in(outline, screen[:, :2].astype(np.float64)) / canvas.face_px
    return np.asarray(smooth(inside, *RIM)), np.asarray(inside)


def depth_in(outline: Array, points: Array) -> Array:
    """(N,) how far `points` (N, 2) lie inside a closed line (K, 2); negative outside."""
    start, end = outline, np.roll(outline, -1, axis=0)
    edge = end - start
    away = points[:, None] - start
    along = np.clip((away * edge).sum(axis=2) / np.square(edge).sum(axis=1), 0, 1)
    least = np.linalg.norm(away - along[..., None] * edge, axis=2).min(axis=1)
    y = points[:, None, 1]
    crosses = (start[:, 1] > y) != (end[:, 1] > y)
    slope = np.where(np.abs(edge[:, 1]) < 1e-9, 1e-9, edge[:, 1])
    at = start[:, 0] + (y - start[:, 1]) / slope * edge[:, 0]
    inside = (crosses & (points[:, None, 0] < at)).sum(axis=1) % 2 == 1
    return np.asarray(np.where(inside, least, -least))


def smooth(x: Array, low: float, high: float) -> Array:
    """0 up to `low`, 1 from `high`."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def rasterised(
    screen: F32, triangles: I32, size: tuple[int, int], corner: tuple[int, int] = (0, 0)
) -> tuple[F32, I32]:
    """1 / depth and triangle of all samples of a window of `size` whose first pixel is `corner`."""
    near = np.empty((size[1] * kernels.FINE, size[0] * kernels.FINE), np.float32)
    seen = np.empty(near.shape, np.int32)
    kernels.rasterise(screen, triangles, *corner, near, seen)
    return near, seen


def window_of(points: F32, size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Corner and size of the pixels around `points` (N, 2) within a picture of `size`."""
    low = np.clip(np.floor(points.min(axis=0)).astype(int) - 1, 0, size)
    high = np.clip(np.ceil(points.max(axis=0)).astype(int) + 2, 0, size)
    return (int(low[0]), int(low[1])), (int(high[0] - low[0]), int(high[1] - low[1]))


def _trust(
    person: Person, posed: F32, screen: F32, triangles: I32, kind: NDArray[np.uint8],
    size: tuple[int, int],
) -> Array:  # fmt: skip
    near, _ = rasterised(screen, triangles, size)
    normals = vertex_normals(posed, person.head.triangles).astype(np.float64)
    seen = person.fit.to_camera(posed)
    towards = -seen / np.linalg.norm(seen, axis=1, keepdims=True)
    facing = ((normals @ person.fit.turn.T) * towards).sum(axis=1)
    column, row = (
        np.clip((screen[:, k] * kernels.FINE).astype(np.int64), 0, near.shape[1 - k] - 1)
        for k in range(2)
    )
    depth = 1 / np.maximum(screen[:, 2], 1e-6)
    first = 1 / np.maximum(near[row, column], 1e-6)
    visible = depth < first + BEHIND_M
    within = (screen[:, 0] > 1) & (screen[:, 0] < size[0] - 1)
    within &= (screen[:, 1] > 1) & (screen[:, 1] < size[1] - 1)
    return np.asarray(smooth(facing, *FACING) * visible * within)


def twins(head: Head) -> NDArray[np.int64]:
    """(V,) the mirror image of each vertex of a bare head."""
    half = half_head()
    count = len(half["vertices"])
    off_seam = np.nonzero(half["vertices"][:, 0] != 0)[0]
    twin = np.arange(len(head.vertices))
    twin[off_seam] = count + np.arange(len(off_seam))
    twin[count:] = off_seam
    return twin


def _filled(
    head: Head, pixels: Picture, screen: F32, known: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """(V, 3) colours of the skin, also where it is hidden, and (2, V) see `Seen.lids`."""
    height, width = pixels.shape[:2]
    column = np.clip(screen[:, 0].astype(np.int64), 0, width - 1)
    row = np.clip(screen[:, 1].astype(np.int64), 0, height - 1)
    shown = pixels[row, column].astype(np.float64)
    own = np.isin(head.part, [PARTS.index("skin"), PARTS.index("lips")])
    known = own & known
    lids, about = _lids(head)
    if not known.any():
        return shown, lids
    edges = _edges(head, own)
    colour = spread(np.where(known[:, None], shown, 0), known, edges)
    twin = twins(head)
    both = known & known[twin]
    if both.any():
        ratio = np.log(np.maximum(shown, 4) / np.maximum(shown[twin], 4)).clip(-1.2, 1.2)
        ratio = spread(np.where(both[:, None], ratio, 0), both, edges)
        mirrored = own & ~known & known[twin]
        colour[mirrored] = (shown[twin] * np.exp(ratio))[mirrored]
    level = shown.mean(axis=1)
    ring = known & (about < 2 * LASHES_M) & (about > UPPER_M[0])
    usual = float(np.percentile(level[ring], 60)) if ring.any() else np.inf
    away = known & (about > RIM_M) & (level < LIT * usual)
    away &= level > np.where(about > LASHES_M, DARK, UNSHADED) * usual
    away |= known & (about > 3 * LASHES_M)
    if away.any():
        # Closed lids are as the skin around the eye: lashes and shadows are not smeared over them.
        bare = spread(np.where(away[:, None], shown, 0), away, edges)
        share = lids.max(axis=0)[:, None]
        colour += share * (bare - colour)
    return np.clip(colour, 0, 255), lids


def _lids(head: Head) -> tuple[Array, Array]:
    """(2, V) see `Seen.lids`, and (V,) distance from the nearest lid's edge in metres."""
    rest = head.vertices.astype(np.float64)
    lids = np.zeros((2, len(rest)))
    about = np.full(len(rest), np.inf)
    skin = head.part == PARTS.index("skin")
    for eye in range(2):
        edges = head.lid_upper[eye], head.lid_lower[eye]
        upper, lower = (nearest(rest, rest[edge]) for edge in edges)
        about = np.minimum(about, np.minimum(upper, lower))
        above = upper <= lower
        lids[eye] = np.where(above, 1 - smooth(upper, *UPPER_M), 1 - smooth(lower, *LOWER_M))
        lids[eye] *= skin
    return lids, about


def edges_m(head: Head) -> Array:
    """(V,) distance of skin and lips from the nearest edge of a lid or inner lip, metres."""
    rest = head.vertices.astype(np.float64)
    rows = np.concatenate(
        [head.lid_upper.ravel(), head.lid_lower.ravel(), head.lip_upper, head.lip_lower]
    )
    away = nearest(rest, rest[rows])
    own = np.isin(head.part, [PARTS.index("skin"), PARTS.index("lips")])
    return np.asarray(np.where(own & (head.vertices[:, 2] > -0.01), away, np.inf))


def _edges(head: Head, own: NDArray[np.bool_]) -> NDArray[np.int64]:
    triangles = head.triangles[own[head.triangles].all(axis=1)]
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    return np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int64)


def spread(values: Array, known: NDArray[np.bool_], edges: NDArray[np.int64]) -> Array:
    """(V, n) values of the known vertices, and of the others means over their neighbours."""
    a, b = np.concatenate([edges, edges[:, ::-1]]).T
    count, found = len(values), np.array(values, np.float64)
    found[~known] = values[known].mean(axis=0)
    reached = known.astype(np.float64)
    for _ in range(ROUNDS):
        weight = np.bincount(a, reached[b], count)
        some = (weight > 0) & ~known
        for k in range(values.shape[1]):
            summed = np.bincount(a, reached[b] * found[b, k], count)
            found[some, k] = summed[some] / weight[some]
        reached[some] = 1.0
    return found


def boxed(values: Array, radius: int) -> Array:
    """Means over squares of (2 radius + 1) pixels, zero beyond the picture; twice for softness."""
    for _ in range(2):
        for axis in range(2):
            padded = np.pad(
                values, [(radius + 1, radius) if a == axis else (0, 0) for a in range(3)]
            )
            total = padded.cumsum(axis=axis)
            size = 2 * radius + 1
            upper = np.take(total, range(size, total.shape[axis]), axis=axis)
            lower = np.take(total, range(total.shape[axis] - size), axis=axis)
            values = (upper - lower) / size
    return np.asarray(values)


def diffused(pixels: Array, known: NDArray[np.bool_]) -> Array:
    """Known pixels, and between and beyond them smooth values (ever wider means)."""
    values = np.where(known[..., None], pixels, 0.0)
    weight = known.astype(np.float64)
    found = values.copy()
    left = ~known
    radius = 1
    while left.any() and radius < 4 * max(known.shape):
        total, amount = boxed(values, radius), boxed(weight[..., None], radius)
        some = left & (amount[..., 0] > 0.02)
        found[some] = total[some] / amount[some]
        left &= ~some
        radius *= 2
    mean = pixels[known].mean(axis=0)
    found[left] = mean
    return found
