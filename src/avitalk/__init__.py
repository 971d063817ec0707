"""Voice recording in, expressive 3D talking face out.

`Animator` is imported on first use, so that the command line starts fast.
"""

from typing import TYPE_CHECKING, Any

from avitalk.version import __version__

if TYPE_CHECKING:
    from avitalk.pipeline import Animation, Animator
    from avitalk.render.film import Video

__all__ = ["Animation", "Animator", "Video", "__version__"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from avitalk import pipeline  # noqa: PLC0415

        return getattr(pipeline, name)
    raise AttributeError(f"module 'avitalk' has no attribute '{name}'")
