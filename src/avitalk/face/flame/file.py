"""A FLAME file of the user's in, a `FlameModel` out: .npz, or .pkl read without executing it."""

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face.flame.model import JOINTS, FlameModel
from avitalk.face.flame.rebuild import array_of
from avitalk.face.flame.unpickle import unpickle

MAX_BYTES: Final = 1 << 30
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "template": ("v_template", "template"),
    "directions": ("shapedirs", "shape_dirs"),
    "expressions": ("exprdirs", "expression_dirs", "expressiondirs", "expdirs"),
    "correctives": ("posedirs", "pose_dirs"),
    "regressor": ("J_regressor", "joint_regressor"),
    "skinning": ("weights", "lbs_weights", "skinning"),
    "tree": ("kintree_table", "parents"),
    "triangles": ("f", "faces", "triangles"),
}
"""What is read -> the names it goes by in the files of the field, first match wins."""
IDENTITY_OF: Final = {400: 300, 350: 300, 200: 100, 150: 100}
"""Width of `shapedirs` -> how many of its first columns are identity; the rest is expression."""


def load_flame(path: Path | str, *, identity_modes: int | None = None) -> FlameModel:
    """Read FLAME's generic_model.pkl, flame2020/2023 .pkl, or an .npz with the same arrays.

    `shapedirs` holds identity, then expression: 300 + 100 in the published files, 100 + 50 in
    shortened ones; `identity_modes` tells other divisions. Pickles are interpreted, not executed.
    Raises InputError on files that are missing, cut off, something else or contradictory.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in (".pkl", ".pickle", ".npz"):
        raise InputError(f"{path}: unknown kind of FLAME file; available: .pkl, .npz")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(f"{path}: {size >> 20} MiB; a FLAME file has at most 1024")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot read ({error.strerror})") from error
    source = str(path)
    stored = _npz(path) if suffix == ".npz" else _pickled(data, source)
    try:
        return _model(stored, path.stem, identity_modes)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


class Stored:
    """Arrays by name, made when asked for."""

    def __init__(self, names: set[str], read: Callable[[str], NDArray[Any]]) -> None:
        self._names, self._read = names, read

    def has(self, what: str) -> bool:
        """Whether any spelling of `what` is there."""
        return any(name in self._names for name in KEYS[what])

    def floats(self, what: str) -> NDArray[np.float64]:
        """The array `what` as float64, finite. Raises InputError if it is missing or broken."""
        found = next((name for name in KEYS[what] if name in self._names), None)
        if found is None:
            raise InputError(f"not a FLAME model: '{KEYS[what][0]}' is missing")
        array = np.asarray(self._read(found), np.float64)
        if not np.isfinite(array).all():
            raise InputError(f"{found}: NaN or infinite values")
        return array


def _pickled(data: bytes, source: str) -> Stored:
    tree = unpickle(data, source)
    if not isinstance(tree, dict):
        raise InputError(f"{source}: not a FLAME model: no dict of arrays")
    named = {
        key.decode("latin-1") if isinstance(key, bytes) else str(key): value
        for key, value in tree.items()
    }
    return Stored(set(named), lambda name: array_of(named[name], name))


def _npz(path: Path) -> Stored:
    def read(name: str) -> NDArray[Any]:
        try:
            with np.load(path, allow_pickle=False) as archive:
                return np.asarray(archive[name])
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise InputError(f"{name}: cannot read ({error})") from error

    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: not an .npz file ({error})") from error
    if sum(member.file_size for member in members) > 2 * MAX_BYTES:
        raise InputError(f"{path}: unpacks to more than a FLAME model can have")
    return Stored({member.filename.removesuffix(".npy") for member in members}, read)


def _model(stored: Stored, name: str, identity_modes: int | None) -> FlameModel:
    template = _shaped(stored.floats("template"), (None, 3), "v_template")
    count = len(template)
    identity, expression = _directions(stored, count, identity_modes)
    joints = len(JOINTS)
    correctives = _shaped(
        stored.floats("correctives"), (count, 3, 9 * (joints - 1)), "posedirs"
    ).transpose(2, 0, 1)
    regressor = _shaped(stored.floats("regressor"), (joints, count), "J_regressor")
    skinning = _shaped(stored.floats("skinning"), (count, joints), "weights")
    triangles = _shaped(stored.floats("triangles"), (None, 3), "f")
    if len(triangles) == 0 or triangles.min() < 0 or triangles.max() >= count:
        raise InputError(f"f: triangles name vertices outside 0 to {count - 1}")
    if not np.allclose(skinning.sum(axis=1), 1, atol=1e-2):
        raise InputError("weights: a vertex' weights do not add up to 1")
    return FlameModel(
        name=name,
        template=template,
        triangles=np.ascontiguousarray(triangles, np.int32),
        identity=identity,
        expression=expression,
        correctives=np.ascontiguousarray(correctives),
        joint_regressor=regressor,
        skinning=skinning,
        parents=_parents(stored.floats("tree"), joints),
    )


def _directions(
    stored: Stored, count: int, identity_modes: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Identity (S, V, 3) and expression (E, V, 3)."""
    both = _shaped(stored.floats("directions"), (count, 3, None), "shapedirs")
    both = np.ascontiguousarray(both.transpose(2, 0, 1))
    if stored.has("expressions"):
        own = _shaped(stored.floats("expressions"), (count, 3, None), "expression directions")
        return both, np.ascontiguousarray(own.transpose(2, 0, 1))
    split = IDENTITY_OF.get(len(both)) if identity_modes is None else identity_modes
    if split is None or not 0 <= split < len(both):
        raise InputError(
            f"shapedirs: {len(both)} directions; known divisions into identity and expression "
            f"are for {sorted(IDENTITY_OF)}; tell the number of identity modes"
        )
    return both[:split], both[split:]


def _parents(tree: NDArray[np.float64], joints: int) -> tuple[int, ...]:
    """FLAME's chain; the first joint's parent is written as -1 or as 2^32 - 1."""
    first = tree[0] if tree.ndim == 2 and tree.shape[0] == 2 else tree
    if first.shape != (joints,):
        raise InputError(f"kintree_table: shape {tree.shape}, but (2, {joints}) is needed")
    parents = [-1, *(int(parent) for parent in first[1:])]
    if any(not 0 <= parent < joint for joint, parent in enumerate(parents) if joint):
        raise InputError("kintree_table: a joint hangs on one that comes after it")
    return tuple(parents)


def _shaped(
    array: NDArray[np.float64], shape: tuple[int | None, ...], what: str
) -> NDArray[np.float64]:
    fits = array.ndim == len(shape) and all(
        want is None or have == want for have, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise InputError(f"{what}: shape {array.shape}, but ({wanted}) is needed")
    return array
