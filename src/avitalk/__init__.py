"""Voice recording in, expressive 3D talking face out."""

from avitalk.version import __version__

__all__ = ["__version__"]
