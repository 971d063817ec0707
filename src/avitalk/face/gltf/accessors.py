"""glTF accessors: how numbers lie in a buffer comes in, arrays (rows, width) come out."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

DTYPES: Final = {
    5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4",
}  # fmt: skip
WIDTHS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
MOST_ROWS: Final = 100_000_000
MOST_ZERO_ROWS: Final = 4_000_000  # of accessors without a buffer, which cost a file nothing

View = Callable[[int], tuple[memoryview, int | None]]


def accessor_rows(accessor: dict[str, Any], view: View) -> NDArray[Any]:
    """(rows, width) values; sparse ones filled in, normalized ones as float32.

    `view` gives a buffer view's bytes and stride. Raises ValueError, or what following wrong
    numbers raises, if the accessor does not hold together.
    """
    count, width = whole(accessor["count"]), WIDTHS[accessor["type"]]
    if count > (MOST_ROWS if "bufferView" in accessor else MOST_ZERO_ROWS):
        raise ValueError(f"an accessor with {count} rows")
    dtype = DTYPES[accessor["componentType"]]
    rows = _rows(accessor, view, dtype, count, width)
    if "sparse" in accessor:
        sparse = accessor["sparse"]
        moved = whole(sparse["count"])
        if moved > count:
            raise ValueError("a sparse accessor that replaces more rows than it has")
        kind = DTYPES[sparse["indices"]["componentType"]]
        places = _rows(sparse["indices"], view, kind, moved, 1)[:, 0]
        rows[places] = _rows(sparse["values"], view, dtype, moved, width)
    if accessor.get("normalized"):
        top = np.iinfo(dtype).max
        return np.maximum(np.asarray(rows / top, np.float32), -1.0)  # signed ones reach -128 / 127
    if dtype == "<f4" and not np.isfinite(rows).all():
        raise ValueError("an accessor holds numbers that are not finite")
    return rows


def _rows(part: dict[str, Any], view: View, dtype: str, count: int, width: int) -> NDArray[Any]:
    if "bufferView" not in part:
        return np.zeros((count, width), dtype)
    data, stated = view(part["bufferView"])
    size = np.dtype(dtype).itemsize
    stride = size * width if stated is None else whole(stated)
    start = whole(part.get("byteOffset", 0))
    if stride < size * width or start + (count - 1) * stride + size * width > len(data):
        raise ValueError("an accessor reaches past its buffer view's end; is the file cut off?")
    return np.ndarray((count, width), dtype, data, start, (stride, size)).copy()


def whole(number: Any) -> int:
    """The number itself; ValueError unless it is a whole number from 0."""
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ValueError(f"'{str(number)[:40]}' where a whole number is needed")
    return number
