"""A .glb, .gltf or .vrm file in, its JSON document and its buffers out, as they lie in it.

Nothing is fetched: data comes from the file, from data: addresses in it, or from files beside it.
"""

import base64
import binascii
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face.gltf.accessors import accessor_rows, whole

JSON_CHUNK: Final = 0x4E4F534A
BINARY_CHUNK: Final = 0x004E4942
SUFFIXES: Final = (".glb", ".gltf", ".vrm")
COMPRESSED: Final = (
    "KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression",
)  # fmt: skip
# Extensions whose absence would not change where a vertex is, beside KHR_materials_* and VRMC_*.
KNOWN: Final = (
    "KHR_mesh_quantization", "KHR_texture_transform", "KHR_lights_punctual", "KHR_xmp_json_ld",
    "KHR_texture_basisu", "EXT_texture_webp", "EXT_texture_avif", "KHR_animation_pointer", "VRM",
)  # fmt: skip
# What malformed JSON makes code that follows its numbers stumble over.
MALFORMED: Final = (
    KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError, OverflowError,
    MemoryError, struct.error, np.linalg.LinAlgError,
)  # fmt: skip


@contextmanager
def reading(source: str, kind: str = "glTF file") -> Iterator[None]:
    """Turn whatever a malformed file makes code stumble over into an InputError naming it."""
    try:
        yield
    except InputError:
        raise
    except MALFORMED as error:
        plain = type(error) in (ValueError, json.JSONDecodeError)
        said = str(error) if plain else "it is malformed"
        raise InputError(f"{source}: cannot read this {kind}: {said}") from error


def open_gltf(path: Path | str) -> "GltfFile":
    """Read a file. Raises InputError if it is missing, damaged, compressed or something else."""
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path}: unknown kind of avatar; available: {', '.join(SUFFIXES)}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot read ({error.strerror})") from error
    with reading(str(path)):
        file = GltfFile(data, path.parent)
        file.refuse_unreadable()
        return file


class GltfFile:
    """The JSON document and the buffers of a file; gives accessors as arrays.

    `folder` is where files that the document names are looked for; without one they are refused.
    Raises ValueError if the bytes are not a whole glTF 2.0 file.
    """

    def __init__(self, data: bytes, folder: Path | None = None) -> None:
        self._folder = folder
        text, binary = _chunks(data) if data[:4] == b"glTF" else (_plain(data), None)
        document = json.loads(text, parse_constant=_no_constant)
        if not isinstance(document, dict):
            raise ValueError("its document is not an object")
        version = str(document.get("asset", {}).get("version", "none"))
        if not version.startswith("2."):
            raise ValueError(f"glTF version {version}; readable: 2.0")
        self.document: dict[str, Any] = document
        self.binary = binary
        """The binary chunk of a .glb, None if there is none."""
        self._buffers: dict[int, bytes] = {}

    def items(self, kind: str) -> list[dict[str, Any]]:
        """A list of the document ('nodes', 'meshes', ...), empty if it has none."""
        found = self.document.get(kind, [])
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise ValueError(f"its '{kind}' is not a list of objects")
        return found

    def accessor(self, number: int) -> NDArray[Any]:
        """(rows, width) values; sparse ones filled in, normalized ones as float32."""
        return accessor_rows(self.items("accessors")[whole(number)], self.view)

    def view(self, number: int) -> tuple[memoryview, int | None]:
        """Bytes of a buffer view, and its stride if it states one."""
        view = self.items("bufferViews")[whole(number)]
        start, length = whole(view.get("byteOffset", 0)), whole(view["byteLength"])
        data = self.buffer(whole(view["buffer"]))
        if start + length > len(data):
            raise ValueError(f"buffer view {number} reaches past its buffer's end; is it cut off?")
        return memoryview(data)[start : start + length], view.get("byteStride")

    def buffer(self, number: int) -> bytes:
        """All bytes of a buffer."""
        if number not in self._buffers:
            buffer = self.items("buffers")[number]
            if "uri" in buffer:
                data = self.fetch(buffer["uri"])
            elif number == 0 and self.binary is not None:
                data = self.binary
            else:
                raise ValueError(f"buffer {number} is not in the file")
            if len(data) < whole(buffer["byteLength"]):
                raise ValueError(f"buffer {number} is shorter than it says; is it cut off?")
            self._buffers[number] = data
        return self._buffers[number]

    def image(self, number: int) -> bytes:
        """The bytes of a picture file."""
        image = self.items("images")[whole(number)]
        if "uri" in image:
            return self.fetch(image["uri"])
        return bytes(self.view(image["bufferView"])[0])

    def fetch(self, uri: object) -> bytes:
        """Bytes at a data: address or in a file of the folder or below; nothing else is read."""
        if not isinstance(uri, str):
            raise ValueError("an address that is not text")
        if uri.startswith("data:"):
            return _data_uri(uri)
        name = unquote(uri)
        if self._folder is None or ":" in name or "\\" in name or "\0" in name:
            raise ValueError(
                f"its data lies elsewhere ('{uri[:60]}'); only files beside it are read"
            )
        folder = self._folder.resolve()
        path = (folder / name).resolve()
        if not path.is_relative_to(folder):
            raise ValueError(f"'{uri[:60]}' leads out of its folder")
        try:
            return path.read_bytes()
        except OSError as error:
            raise ValueError(f"its file '{uri[:60]}' cannot be read ({error.strerror})") from error

    def refuse_unreadable(self) -> None:
        """Raise ValueError if meshes are compressed or an extension is needed that is unknown."""
        for name in self.document.get("extensionsRequired", []):
            if name in COMPRESSED:
                raise ValueError(_compressed(name))
            if name not in KNOWN and not str(name).startswith(("KHR_materials_", "VRMC_")):
                raise ValueError(
                    f"it needs the extension '{name}', which is not understood; "
                    "export it again without"
                )
        # Compression that is not required may come with plain data to fall back on, or without.
        for primitive in (p for mesh in self.items("meshes") for p in mesh["primitives"]):
            place = primitive["attributes"].get("POSITION")
            plain = place is None or "bufferView" in self.items("accessors")[whole(place)]
            for name in COMPRESSED:
                if name in primitive.get("extensions", {}) and not plain:
                    raise ValueError(_compressed(name))
        for view in self.items("bufferViews"):
            plain = view["buffer"] == 0 or "uri" in self.items("buffers")[view["buffer"]]
            for name in COMPRESSED:
                if name in view.get("extensions", {}) and not plain:
                    raise ValueError(_compressed(name))


def _compressed(extension: str) -> str:
    return f"its meshes are compressed ({extension}); export it again without compression"


def _chunks(data: bytes) -> tuple[bytes, bytes | None]:
    version, length = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise ValueError(f"glTF version {version}; readable: 2")
    if length != len(data):
        raise ValueError(f"{len(data)} bytes, but its header says {length}; is it cut off?")
    chunks: dict[int, bytes] = {}
    at = 12
    while at < length:
        size, kind = struct.unpack_from("<II", data, at)
        chunks.setdefault(kind, data[at + 8 : at + 8 + size])
        at += 8 + size
    return chunks[JSON_CHUNK], chunks.get(BINARY_CHUNK)


def _plain(data: bytes) -> bytes:
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        raise ValueError("it does not begin with 'glTF', nor is it a glTF document")
    return data.removeprefix(b"\xef\xbb\xbf")


def _data_uri(uri: str) -> bytes:
    head, comma, body = uri.partition(",")
    if not comma or not head.endswith(";base64"):
        raise ValueError("a data: address that is not base64")
    try:
        return base64.b64decode(unquote(body), validate=True)
    except binascii.Error as error:
        raise ValueError("a data: address that is not base64") from error


def _no_constant(name: str) -> None:
    raise ValueError(f"'{name}' where a number is needed")
