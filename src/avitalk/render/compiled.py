"""`kernel`: compile a numeric function to machine code, kept on disk where that is possible."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import numba
from numba.core.registry import CPUDispatcher

Function = TypeVar("Function", bound=Callable[..., object])


def _sources(folder: Path) -> str:
    """Digest of all code that kernels of a folder are made of: that folder's."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


SOURCES: Final = _sources(Path(__file__).parent)

# Sums may be reordered and divisions shared, but NaN and infinity stay what they are.
LENIENT: Final = {"reassoc", "arcp", "contract", "nsz", "afn"}
OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy", "fastmath": LENIENT}
if hasattr(CPUDispatcher.targetdescr.options, "_nrt"):
    # Kernels allocate nothing: without reference counts on every array they touch, shading takes
    # two thirds of the time. The option is numba's own, so it may go.
    OPTIONS["_nrt"] = False


def kernel(function: Function) -> Function:
    """Compile `function` on first use; it releases the interpreter lock while it runs.

    Frames are rendered side by side in plain Python threads, so kernels are single-threaded:
    no threading layer is needed, and the picture cannot depend on the number of threads.
    """
    try:
        compiled: Any = numba.njit(function, cache=True, **OPTIONS)
    except RuntimeError:
        # Neither the package nor the user's cache folder can be written to (a sealed container):
        # compile for this process only.
        return numba.njit(function, **OPTIONS)  # type: ignore[no-any-return]
    # Stored machine code would be renewed only when the function's own file changes; what it
    # inlines and the constants it uses come from other files too.
    stored = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if stored is not None:
        own = Path(function.__code__.co_filename).parent
        stored._source_stamp = SOURCES + (_sources(own) if own != Path(__file__).parent else "")
    return compiled  # type: ignore[no-any-return]


def inlined(function: Function) -> Function:
    """Mark `function` as a piece of kernels, compiled into each that calls it."""
    return numba.njit(function, forceinline=True, **OPTIONS)  # type: ignore[no-any-return]


def called(function: Function) -> Function:
    """Mark `function` as a piece of kernels that they call: large, or used in many places."""
    return numba.njit(function, **OPTIONS)  # type: ignore[no-any-return]
