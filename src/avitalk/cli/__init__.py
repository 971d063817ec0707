"""The `avitalk` command. Commands import what they need when they run, so --help stays fast."""

from avitalk.cli.main import main

__all__ = ["main"]
