"""USD's own library, and USD stages to and from the bytes of .usda, .usdc and .usdz files."""

import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, TypeVar

from avitalk.errors import InputError

ALIGNMENT: Final = 64  # bytes; where the data of a file inside a .usdz may begin
EARLIEST: Final = (1980, 1, 1, 0, 0, 0)  # the date of zip entries, so that files compare equal
PADDING_ID: Final = 0x1986  # the extra field that USD's own packager pads with
LOCAL_HEADER: Final = 30  # bytes before an entry's name
MAGIC: Final = {b"#usda": ".usda", b"PXR-USDC": ".usdc", b"PK\x03\x04": ".usdz"}
# What zipfile raises on bytes that are damaged.
BROKEN_ZIP: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, OSError, RuntimeError,
    KeyError,
)  # fmt: skip

Taken = TypeVar("Taken")


def usd() -> SimpleNamespace:
    """The modules of `pxr`, imported on first use; InputError with the command to install it."""
    try:
        from pxr import (  # noqa: PLC0415  (an extra; loads 40 libraries)
            Gf,
            Sdf,
            Tf,
            Usd,
            UsdGeom,
            UsdShade,
            UsdSkel,
            Vt,
        )
    except ImportError as error:
        raise InputError("USD files need an extra: pip install 'avitalk[usd]'") from error
    return SimpleNamespace(
        Gf=Gf, Sdf=Sdf, Tf=Tf, Usd=Usd, UsdGeom=UsdGeom, UsdShade=UsdShade, UsdSkel=UsdSkel, Vt=Vt
    )


def stage_bytes(stage: Any, suffix: str) -> bytes:
    """The stage's root layer as the file that `suffix` (.usda, .usdc, .usdz) asks for."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"layer{'.usdc' if suffix == '.usdz' else suffix}"
        stage.GetRootLayer().Export(str(path))
        data = path.read_bytes()
    return packaged(data, "avatar.usdc") if suffix == ".usdz" else data


def packaged(data: bytes, name: str) -> bytes:
    """A .usdz that holds one file: a zip, not compressed, its data aligned to 64 bytes."""
    entry = zipfile.ZipInfo(name, EARLIEST)
    header = LOCAL_HEADER + len(name.encode())
    padding = -(header + 4) % ALIGNMENT
    entry.extra = struct.pack("<HH", PADDING_ID, padding) + bytes(padding)
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as package:
        package.writestr(entry, data)
    return stream.getvalue()


def read_stage(data: bytes, source: str, take: Callable[[Any], Taken]) -> Taken:
    """What `take` makes of the stage in a file's bytes.

    Raises InputError naming `source` if they are no USD file or are damaged; `take` says by
    ValueError what else is wrong with it.
    """
    suffixes = [suffix for start, suffix in MAGIC.items() if data.startswith(start)]
    if not suffixes:
        raise InputError(f"{source}: cannot read this USD file: it does not begin like one")
    if suffixes[0] == ".usdz":
        _check_package(data, source)
    library = usd()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"read{suffixes[0]}"
        path.write_bytes(data)
        try:
            return take(library.Usd.Stage.Open(str(path)))
        except ValueError as error:
            raise InputError(f"{source}: cannot read this USD file: {error}") from error
        except library.Tf.ErrorException as error:
            raise InputError(f"{source}: cannot read this USD file: it is damaged") from error


def _check_package(data: bytes, source: str) -> None:
    """Compare the zip's checksums: USD's own reader trusts the bytes that it maps."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            damaged = package.testzip()
    except BROKEN_ZIP as error:
        raise InputError(f"{source}: cannot read this .usdz: it is damaged or cut off") from error
    if damaged is not None:
        raise InputError(f"{source}: cannot read this .usdz: {damaged} in it is damaged")
