"""The `avitalk` command. Commands import what they need when they run, so --help stays fast."""

from avitalk.cli.entry import main

__all__ = ["main"]
