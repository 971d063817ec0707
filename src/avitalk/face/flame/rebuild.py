"""Inert records of an unpickled file in, numpy arrays out: ndarrays, scipy's sparse matrices and
chumpy's arrays, by what the file says of their numbers. Nothing of those packages is imported."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face.flame.unpickle import Record

MAX_VALUES: Final = 200_000_000
"""Values of the largest array that is made."""
MAX_LISTED: Final = 5_000_000
"""Numbers in lists that are made an array."""
DEPTH: Final = 8
"""How deep arrays may be wrapped into each other."""


def array_of(value: Any, what: str, depth: int = 0) -> NDArray[Any]:
    """The numeric array that `value` stands for; `what` names it in errors.

    Takes numbers, lists of them, and Records of numpy's, scipy.sparse's (made dense) and chumpy's
    arrays. Raises InputError on anything else.
    """
    if depth > DEPTH:
        raise InputError(f"{what}: wrapped more than {DEPTH} times")
    if isinstance(value, Record):
        return _of_record(value, what, depth)
    if isinstance(value, list | tuple):
        return _of_list(value, what)
    if isinstance(value, bool | int | float):
        return _checked(np.array(value), what)
    if isinstance(value, np.ndarray):
        return _checked(value, what)
    raise InputError(f"{what}: not an array of numbers")


def _of_record(record: Record, what: str, depth: int) -> NDArray[Any]:
    name, state = record.name, record.state
    if record.module.startswith("numpy"):
        if name == "_reconstruct":
            return _from_state(state, what)
        if name == "_frombuffer" and record.arguments and len(record.arguments) == 4:
            data, dtype, shape, order = record.arguments
            return _from_bytes(data, dtype, shape, order == "F", what)
        if name == "scalar" and record.arguments and len(record.arguments) == 2:
            return _from_bytes(record.arguments[1], record.arguments[0], (), False, what)
    fields = _fields(record)
    if {"data", "indices", "indptr"} <= fields.keys():
        by_column = _class_name(record).startswith("csc")
        return _from_compressed(fields, by_column, what, depth)
    if {"data", "row", "col"} <= fields.keys():
        return _from_triples(fields, what, depth)
    # chumpy keeps the numbers of an array that depends on nothing in 'x'.
    if "x" in fields:
        return array_of(fields["x"], what, depth + 1)
    raise InputError(f"{what}: a {record.path}, which is no array this program can read")


def _class_name(record: Record) -> str:
    """The class of an object, also behind copyreg's _reconstructor(class, base, state)."""
    if record.name == "_reconstructor" and record.arguments:
        first = record.arguments[0]
        return first.name if isinstance(first, Record) else ""
    return record.name


def _fields(record: Record) -> dict[str, Any]:
    """Attributes that the file would have set; a pair is (dict, dict of slots)."""
    state = record.state
    if isinstance(state, tuple) and len(state) == 2:
        parts = [part for part in state if isinstance(part, dict)]
        return {str(key): value for part in parts for key, value in part.items()}
    return {str(key): item for key, item in state.items()} if isinstance(state, dict) else {}


def _from_state(state: Any, what: str) -> NDArray[Any]:
    """An ndarray's state: (version, shape, dtype, Fortran order, bytes)."""
    if not isinstance(state, tuple) or len(state) not in (4, 5):
        raise InputError(f"{what}: an array without its numbers")
    shape, dtype, fortran, data = state[-4:]
    return _from_bytes(data, dtype, shape, bool(fortran), what)


def _from_bytes(data: Any, dtype: Any, shape: Any, fortran: bool, what: str) -> NDArray[Any]:
    kind = _dtype_of(dtype, what)
    if isinstance(data, str):  # Python 2 kept bytes in its text
        try:
            data = data.encode("latin-1")
        except UnicodeEncodeError as error:
            raise InputError(f"{what}: its numbers are not bytes") from error
    if isinstance(data, Record) and data.path in ("builtins.bytearray", "__builtin__.bytearray"):
        data = (data.arguments or (b"",))[0]
    if not isinstance(data, bytes | bytearray):
        raise InputError(f"{what}: its numbers are not bytes")
    sizes = _shape_of(shape, what)
    count = int(np.prod(sizes, dtype=object)) if sizes else 1
    if count > MAX_VALUES or count * kind.itemsize != len(data):
        raise InputError(f"{what}: shape {sizes} of {kind} does not fit its {len(data)} bytes")
    array = np.frombuffer(data, kind).reshape(sizes, order="F" if fortran else "C")
    return _checked(array.astype(kind.newbyteorder("=")), what)


def _shape_of(shape: Any, what: str) -> tuple[int, ...]:
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    if len(sizes) > 8 or not all(
        isinstance(size, int) and 0 <= size <= MAX_VALUES for size in sizes
    ):
        raise InputError(f"{what}: an array of impossible shape")
    return tuple(int(size) for size in sizes)


def _dtype_of(record: Any, what: str) -> np.dtype[Any]:
    """A numeric dtype from its Record: ('f8', ...) and the state (3, '<', ...)."""
    known = isinstance(record, Record) and record.name == "dtype" and record.arguments
    code = record.arguments[0] if known else None
    if isinstance(code, bytes):
        code = code.decode("latin-1")
    if not isinstance(code, str) or code.lstrip("<>=|")[:1] not in tuple("fiub") or len(code) > 4:
        raise InputError(f"{what}: not an array of numbers")
    state = record.state
    order = state[1] if isinstance(state, tuple) and len(state) > 1 else "="
    try:
        kind = np.dtype(code)
        return kind.newbyteorder(">") if order in (">", b">") else kind
    except TypeError as error:
        raise InputError(f"{what}: not an array of numbers") from error


def _of_list(values: Any, what: str) -> NDArray[Any]:
    """Numbers, or lists of them, of equal length."""
    first = values[0] if len(values) else 0
    sizes = (len(value) if isinstance(value, list | tuple) else 1 for value in values)
    if sum(sizes) > MAX_LISTED:  # one row may stand in the file once and be named many times
        raise InputError(f"{what}: a list of too many numbers")
    rows: list[Any] = []
    for value in values:
        if isinstance(value, list | tuple) != isinstance(first, list | tuple):
            raise InputError(f"{what}: rows of differing kinds")
        row = value if isinstance(value, list | tuple) else [value]
        if not all(isinstance(item, bool | int | float) for item in row):
            raise InputError(f"{what}: not an array of numbers")
        rows.append(row if isinstance(value, list | tuple) else value)
    try:
        return _checked(np.array(rows, np.float64), what)
    except (ValueError, OverflowError) as error:
        raise InputError(f"{what}: rows of differing lengths, or too large numbers") from error


def _from_compressed(
    fields: dict[str, Any], by_column: bool, what: str, depth: int
) -> NDArray[Any]:
    """scipy's csc and csr: values, their rows (columns), and where each column (row) begins."""
    shape = _shape_of(fields.get("_shape", fields.get("shape")), what)
    values, inner, starts = (
        array_of(fields[key], f"{what}.{key}", depth + 1) for key in ("data", "indices", "indptr")
    )
    ends = np.diff(starts)
    outer_size = shape[1 if by_column else 0] if len(shape) == 2 else -1
    if values.ndim != 1 or starts.ndim != 1 or len(ends) != outer_size or (ends < 0).any():
        raise InputError(f"{what}: a sparse matrix that contradicts itself")
    if starts[0] != 0 or starts[-1] != len(values) or inner.shape != values.shape:
        raise InputError(f"{what}: a sparse matrix that contradicts itself")
    outer = np.repeat(np.arange(outer_size), ends.astype(np.int64))
    rows, columns = (inner, outer) if by_column else (outer, inner)
    return _dense(shape, rows, columns, values, what)


def _from_triples(fields: dict[str, Any], what: str, depth: int) -> NDArray[Any]:
    """scipy's coo: values with their rows and columns."""
    shape = _shape_of(fields.get("_shape", fields.get("shape")), what)
    values, rows, columns = (
        array_of(fields[key], f"{what}.{key}", depth + 1) for key in ("data", "row", "col")
    )
    return _dense(shape, rows, columns, values, what)


def _dense(
    shape: tuple[int, ...],
    rows: NDArray[Any],
    columns: NDArray[Any],
    values: NDArray[Any],
    what: str,
) -> NDArray[Any]:
    if len(shape) != 2 or shape[0] * shape[1] > MAX_VALUES or not len(rows) == len(columns):
        raise InputError(f"{what}: a sparse matrix of impossible shape")
    rows, columns = rows.astype(np.int64), columns.astype(np.int64)
    for index, size in ((rows, shape[0]), (columns, shape[1])):
        if len(index) != len(values) or (len(index) and not 0 <= index.min() <= index.max() < size):
            raise InputError(f"{what}: a sparse matrix that points outside itself")
    matrix = np.zeros(shape)
    np.add.at(matrix, (rows, columns), values)
    return matrix


def _checked(array: NDArray[Any], what: str) -> NDArray[Any]:
    if array.dtype.kind not in "fiub":
        raise InputError(f"{what}: not an array of numbers")
    return array
