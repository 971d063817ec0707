"""Arrays in, glTF accessors and the one binary buffer of a .glb out."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pygltflib as gltf
from numpy.typing import NDArray

Array = NDArray[Any]

COMPONENT: Final = {
    np.dtype(np.uint8): gltf.UNSIGNED_BYTE,
    np.dtype(np.uint16): gltf.UNSIGNED_SHORT,
    np.dtype(np.uint32): gltf.UNSIGNED_INT,
    np.dtype(np.float32): gltf.FLOAT,
}
KIND: Final = {1: gltf.SCALAR, 2: gltf.VEC2, 3: gltf.VEC3, 4: gltf.VEC4, 16: gltf.MAT4}
SPARSE_FROM: Final = 6 / 7  # of all rows: from there on 12-byte rows plus 2-byte indices cost more


class BufferWriter:
    """Collects arrays; `write_into` lays them out in the document as one buffer."""

    def __init__(self) -> None:
        self._accessors: list[gltf.Accessor] = []
        self._views: list[gltf.BufferView] = []
        self._blobs: list[bytearray] = []
        self._shared: dict[str, int] = {}
        self._zeros: dict[tuple[int, bool], int] = {}

    def dense(
        self,
        array: Array,
        *,
        target: int | None = None,
        normalized: bool = False,
        bounds: bool = False,
    ) -> int:
        """Add an array (rows,) or (rows, width); return its accessor's number.

        `target` is ARRAY_BUFFER or ELEMENT_ARRAY_BUFFER for vertices and triangles; `bounds`
        writes min and max, which positions and key times must have.
        """
        rows = array.reshape(len(array), -1)
        view = self._view(rows.tobytes(), target)
        return self._accessor(rows, view, normalized=normalized, bounds=bounds)

    def displacements(self, rows: Array, *, bounds: bool, threshold: float) -> int:
        """Add (rows, 3) float32 of a morph target: nothing, sparse or dense, whichever is least.

        Rows shorter than `threshold` count as zero.
        """
        moved = np.flatnonzero(np.linalg.norm(rows, axis=1) >= threshold)
        if not len(moved):
            return self._zero(len(rows), bounds)
        if len(moved) >= SPARSE_FROM * len(rows):
            return self.dense(rows, target=gltf.ARRAY_BUFFER, bounds=bounds)
        kept = np.zeros_like(rows)
        kept[moved] = rows[moved]
        numbers = moved.astype(np.uint16 if len(rows) <= 65_536 else np.uint32)
        places = {
            "indices": self._append("indices", numbers.tobytes()),
            "values": self._append("values", rows[moved].tobytes()),
        }
        sparse = gltf.Sparse(
            count=len(moved),
            indices=gltf.AccessorSparseIndices(
                bufferView=places["indices"][0],
                byteOffset=places["indices"][1],
                componentType=COMPONENT[numbers.dtype],
            ),
            values=gltf.AccessorSparseValues(
                bufferView=places["values"][0], byteOffset=places["values"][1]
            ),
        )
        return self._accessor(kept, None, bounds=bounds, sparse=sparse)

    def file(self, data: bytes) -> int:
        """Add a whole file, such as a picture; return the number of its buffer view."""
        return self._view(data, None)

    def write_into(self, document: gltf.GLTF2) -> None:
        """Put accessors, views and the buffer into `document`."""
        offset = 0
        for view, blob in zip(self._views, self._blobs, strict=True):
            view.byteOffset, view.byteLength = offset, len(blob)
            blob.extend(bytes(-len(blob) % 4))
            offset += len(blob)
        document.accessors = self._accessors
        document.bufferViews = self._views
        document.buffers = [gltf.Buffer(byteLength=offset)]
        document.set_binary_blob(b"".join(self._blobs))

    def _zero(self, count: int, bounds: bool) -> int:
        if (count, bounds) not in self._zeros:
            rows = np.zeros((count, 3), np.float32)
            self._zeros[count, bounds] = self._accessor(rows, None, bounds=bounds)
        return self._zeros[count, bounds]

    def _view(self, data: bytes, target: int | None) -> int:
        self._views.append(gltf.BufferView(buffer=0, target=target))
        self._blobs.append(bytearray(data))
        return len(self._views) - 1

    def _append(self, what: str, data: bytes) -> tuple[int, int]:
        """Append to a view that all sparse accessors share; return its number and the offset."""
        if what not in self._shared:
            self._shared[what] = self._view(b"", None)
        blob = self._blobs[self._shared[what]]
        blob += bytes(-len(blob) % 4)
        offset = len(blob)
        blob += data
        return self._shared[what], offset

    def _accessor(
        self,
        rows: Array,
        view: int | None,
        *,
        normalized: bool = False,
        bounds: bool = False,
        sparse: gltf.Sparse | None = None,
    ) -> int:
        low, high = (_floats(rows.min(axis=0)), _floats(rows.max(axis=0))) if bounds else ([], [])
        accessor = gltf.Accessor(
            bufferView=view,
            byteOffset=None,  # not allowed without a view, and 0 otherwise
            componentType=COMPONENT[rows.dtype],
            normalized=normalized,
            count=len(rows),
            type=KIND[rows.shape[1]],
            min=low,
            max=high,
            sparse=sparse,
        )
        self._accessors.append(accessor)
        return len(self._accessors) - 1


def _floats(row: Array) -> Sequence[float]:
    return [float(value) for value in row]
