"""`kernel`: compile a numeric function to machine code, kept on disk where that is possible."""

from collections.abc import Callable
from typing import TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(function: Function) -> Function:
    """Compile `function` on first use; it releases the interpreter lock while it runs.

    Frames are rendered side by side in plain Python threads, so kernels are single-threaded:
    no threading layer is needed, and the picture cannot depend on the number of threads.
    """
    try:
        compiled = numba.njit(function, cache=True, nogil=True, error_model="numpy")
    except RuntimeError:
        # Neither the package nor the user's cache folder can be written to (a sealed container):
        # compile for this process only.
        compiled = numba.njit(function, nogil=True, error_model="numpy")
    return compiled  # type: ignore[no-any-return]
