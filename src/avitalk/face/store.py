"""Heads on disk: a safetensors file of the left half, unfolded to a whole `Head` on loading.

Only x >= 0 is stored, so the right side is the left's exact mirror image, shapes included. The
displacements are int16 with one scale a shape.
"""

import json
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from avitalk.arkit import MIRROR
from avitalk.face.cast import CAST, face_named
from avitalk.face.complexion import Complexion, painted, recoloured
from avitalk.face.head import PARTS, Head, Indices
from avitalk.face.identity import Identity
from avitalk.face.mixing import mix
from avitalk.face.wardrobe import dressed

FORMAT = "avitalk-half-head-2"
LOOPS = ("lip_upper", "lip_lower", "lip_outer_upper", "lip_outer_lower", "lid_upper", "lid_lower")


@lru_cache(maxsize=4)
def load_head(name: str = "default") -> Head:
    """The head called `name`: "default" or a face of `avitalk.face.cast.CAST`.

    Raises InputError if there is none; arrays are read-only.
    """
    if name == "default":
        return head_of(Identity(), Complexion(), name=name)
    face = face_named(name)
    return head_of(face.identity, face.complexion, name=name)


def head_names() -> tuple[str, ...]:
    """What `load_head` takes."""
    return ("default", *CAST)


def head_of(
    identity: Identity, complexion: Complexion | None = None, *, name: str = "custom"
) -> Head:
    """The head of a person of one's own; see `Identity` and `Complexion`."""
    complexion = complexion or Complexion()
    file = half_head()
    head = dressed(unfold(name, file, identity), _neutral(), file, complexion.hairstyle)
    return _frozen(recoloured(head, complexion))


@cache
def half_head() -> dict[str, NDArray[Any]]:
    """The arrays of the shipped head's file."""
    file = resources.files("avitalk.face") / "assets" / "default_head.safetensors"
    return load(file.read_bytes())


@cache
def _neutral() -> NDArray[np.float32]:
    """(B, 3) the bare default head, which hair and clothes of the file sit on."""
    return unfold("default", half_head()).vertices


def pack(half: dict[str, NDArray[Any]], card: dict[str, Any]) -> bytes:
    """The file's bytes from the arrays of a half head; see `unfold` for the names."""
    return save(half, {"format": FORMAT, "card": json.dumps(card)})


def quantise(shapes: NDArray[np.float64]) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """(K, H, 3) metres to int16 and (K,) metres a step."""
    step = np.maximum(np.abs(shapes).max(axis=(1, 2)) / 32767, 1e-12).astype(np.float32)
    return np.round(shapes / step[:, None, None]).astype(np.int16), step


def unfold(name: str, half: dict[str, NDArray[Any]], identity: Identity | None = None) -> Head:
    """A whole head, without hair and clothes, from its left half.

    The half has H vertices; those with x = 0 are on the seam.
    """
    rest, left, pivot, neck = mix(half, identity or Identity())
    count = len(rest)
    off_seam = np.nonzero(rest[:, 0] != 0)[0]
    twin = np.arange(count)
    twin[off_seam] = count + np.arange(len(off_seam))
    flip = np.array([-1, 1, 1], np.float32)
    right = left[list(MIRROR)] * flip
    seam = np.nonzero(rest[:, 0] == 0)[0]
    left[:, seam] = 0.5 * (left[:, seam] + right[:, seam])
    shapes = np.concatenate([left, right[:, off_seam]], axis=1)
    part = half["part"]
    other = part.copy()
    other[part == PARTS.index("eye_left")] = PARTS.index("eye_right")
    triangles = half["triangles"].astype(np.int32)

    def whole(key: str) -> NDArray[Any]:
        values = half[key].astype(np.float32)
        return np.concatenate([values, values[off_seam]])

    def across(key: str) -> Indices:
        loop = half[key].astype(np.int32)
        return np.concatenate([twin[loop[:0:-1]], loop]).astype(np.int32)

    def both(key: str) -> Indices:
        loop = half[key].astype(np.int32)
        return np.stack([loop, twin[loop]]).astype(np.int32)

    whole_part = np.concatenate([part, other[off_seam]])
    paint = (whole("paint") / 255).astype(np.float32)
    outer_upper, outer_lower = across("lip_outer_upper"), across("lip_outer_lower")
    head = Head(
        name=name,
        vertices=np.concatenate([rest, rest[off_seam] * flip]).astype(np.float32),
        triangles=np.ascontiguousarray(
            np.concatenate([triangles, twin[triangles][:, [0, 2, 1]]]), np.int32
        ),
        part=whole_part,
        shapes=shapes,
        colour=painted(whole_part, paint, Complexion()),
        roughness=whole("roughness"),
        occlusion=(whole("occlusion") / 255).astype(np.float32),
        eye_pivots=np.stack([pivot, pivot * flip]).astype(np.float32),
        neck_pivot=neck.astype(np.float32),
        head_weight=whole("head_weight"),
        lip_upper=across("lip_upper"),
        lip_lower=across("lip_lower"),
        lip_outer=np.concatenate([outer_upper, outer_lower[-2:0:-1]]),
        lid_upper=both("lid_upper"),
        lid_lower=both("lid_lower"),
        landmarks=_landmarks(half, twin),
        paint=paint,
    )
    return _frozen(head)


def _frozen(head: Head) -> Head:
    """`head` with arrays that cannot be written to: it is shared."""
    for array in vars(head).values():
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return head


# MediaPipe's 478-point mesh: outer and inner lips, upper from the subject's right corner to the
# left one, then lower likewise without the corners.
MEDIAPIPE_LIPS_OUTER = (
    61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291,
    146, 91, 181, 84, 17, 314, 405, 321, 375,
)  # fmt: skip
MEDIAPIPE_LIPS_INNER = (
    78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308,
    95, 88, 178, 87, 14, 317, 402, 318, 324,
)  # fmt: skip


def _landmarks(half: dict[str, NDArray[Any]], twin: NDArray[np.int64]) -> dict[str, Indices]:
    """Landmarks of the whole head; those of the half start with 'mark_'."""
    found: dict[str, Indices] = {}
    for key, values in half.items():
        if not key.startswith("mark_"):
            continue
        name, loop = key.removeprefix("mark_"), values.astype(np.int32)
        if name.startswith(("lips_", "jaw", "nose_tip", "chin")):
            found[name] = np.concatenate([twin[loop[:0:-1]], loop]).astype(np.int32)
        else:
            found[f"{name}_left"] = loop
            found[f"{name}_right"] = twin[loop].astype(np.int32)
    for ring in ("outer", "inner"):
        upper, lower = found.pop(f"lips_{ring}_upper"), found.pop(f"lips_{ring}_lower")
        found[f"lips_{ring}"] = np.concatenate([upper, lower[1:-1]])
    found["lips_outer_mediapipe"] = np.array(MEDIAPIPE_LIPS_OUTER, np.int32)
    found["lips_inner_mediapipe"] = np.array(MEDIAPIPE_LIPS_INNER, np.int32)
    return found
