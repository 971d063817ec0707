"""The version, read by the build and by provenance files."""

__version__ = "0.7.0"
