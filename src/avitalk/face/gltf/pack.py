"""A glTF file and arrays to add come in, one self-contained .glb comes out.

What was in the file stays as it was: buffer bytes, views, accessors, extensions and extras, in
their order. Only what lay outside a .glb (buffers, pictures) is taken in.
"""

import copy
import json
import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face.gltf.container import BINARY_CHUNK, JSON_CHUNK, GltfFile

KIND: Final = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}
LARGEST_BYTES: Final = 2**32 - 1
PICTURE_TYPES: Final = (
    (b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"RIFF", "image/webp"),
    (b"\xabKTX 20", "image/ktx2"),
)  # fmt: skip


class Packer:
    """Collects what is added to a file; `document` may be edited before `glb` is called."""

    def __init__(self, file: GltfFile) -> None:
        self.document: dict[str, Any] = copy.deepcopy(file.document)
        self._blob = bytearray()
        self._take_buffers(file)
        self._take_images(file)

    def floats(self, rows: NDArray[Any], *, bounds: bool = False) -> int:
        """Add (rows,) or (rows, width) as float32; the number of its accessor.

        `bounds` writes min and max, which key times must have.
        """
        values = np.ascontiguousarray(rows.reshape(len(rows), -1), "<f4")
        accessor: dict[str, Any] = {
            "bufferView": self._view(values.tobytes()),
            "componentType": 5126,
            "count": len(values),
            "type": KIND[values.shape[1]],
        }
        if bounds:
            accessor["min"] = [float(value) for value in values.min(axis=0)]
            accessor["max"] = [float(value) for value in values.max(axis=0)]
        accessors = self.document.setdefault("accessors", [])
        accessors.append(accessor)
        return len(accessors) - 1

    def glb(self) -> bytes:
        """The whole file. Raises InputError past the 4 GiB that the format allows."""
        binary = bytes(self._blob) + bytes(-len(self._blob) % 4)
        if binary:
            self.document.setdefault("buffers", [{}])[0]["byteLength"] = len(binary)
        text = json.dumps(self.document, ensure_ascii=False, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        chunks = [(JSON_CHUNK, text)] + ([(BINARY_CHUNK, binary)] if binary else [])
        length = 12 + sum(8 + len(data) for _, data in chunks)
        if length > LARGEST_BYTES:
            raise InputError("the file would pass the 4 GiB that .glb allows; slice the motion")
        head = struct.pack("<4sII", b"glTF", 2, length)
        return head + b"".join(struct.pack("<II", len(d), kind) + d for kind, d in chunks)

    def _take_buffers(self, file: GltfFile) -> None:
        """Lay all buffers one after another, the first at the beginning, as in the file."""
        starts = []
        for number in range(len(file.items("buffers"))):
            self._blob += bytes(-len(self._blob) % 4)
            starts.append(len(self._blob))
            self._blob += file.buffer(number)
        for view in self.document.get("bufferViews", []):
            start = starts[view["buffer"]]
            if start:
                view["byteOffset"] = view.get("byteOffset", 0) + start
            view["buffer"] = 0
        if starts:
            first = self.document["buffers"][0]
            first.pop("uri", None)
            self.document["buffers"] = [first]

    def _take_images(self, file: GltfFile) -> None:
        for number, image in enumerate(self.document.get("images", [])):
            if "uri" not in image:
                continue
            data = file.image(number)
            named = next((kind for start, kind in PICTURE_TYPES if data.startswith(start)), None)
            kind = named or image.get("mimeType")
            if kind is None:
                raise ValueError(f"picture {number} is of a kind that is not known")
            del image["uri"]
            image["mimeType"], image["bufferView"] = kind, self._view(data)

    def _view(self, data: bytes) -> int:
        self._blob += bytes(-len(self._blob) % 4)
        views = self.document.setdefault("bufferViews", [])
        views.append({"buffer": 0, "byteOffset": len(self._blob), "byteLength": len(data)})
        self._blob += data
        return len(views) - 1
