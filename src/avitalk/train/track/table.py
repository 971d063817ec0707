"""The page of results: what `avitalk.train.track.report` measured in, Markdown out."""

from typing import Any


def page(result: dict[str, Any]) -> str:
    """docs/results/tracking.md."""
    return ""
