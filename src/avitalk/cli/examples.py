"""`--style`: files that show how a face carries itself, and the share of each; one Style out."""

from pathlib import Path
from typing import TYPE_CHECKING

from avitalk.errors import InputError

if TYPE_CHECKING:
    from avitalk.pipeline import Animator
    from avitalk.types import Style


def parse_examples(given: str) -> list[tuple[Path, float]]:
    """'a.npz:0.3,b.csv:0.7' to files and shares; without shares, all have the same.

    A text that names a file as it stands is that file. Raises InputError if some have a share and
    others none, or if shares are not 0 to 1 or more than 1 together.
    """
    if Path(given).is_file():
        return [(Path(given), 1.0)]
    parts = [_part(text.strip()) for text in given.split(",") if text.strip()]
    if not parts:
        raise InputError("--style names no file; write FILE, or FILE:0.3,FILE:0.7")
    shares = [share for _, share in parts if share is not None]
    if shares and len(shares) < len(parts):
        bare = next(path for path, share in parts if share is None)
        raise InputError(f"--style {given}: {bare} has no share, others have; give all or none")
    even = 1 / len(parts)
    found = [(path, even if share is None else share) for path, share in parts]
    total = sum(share for _, share in found)
    if not (all(0 <= share <= 1 for _, share in found) and 0 < total <= 1 + 1e-6):
        raise InputError(f"--style {given}: shares are 0 to 1 each, and above 0 to 1 together")
    return found


def style_of(examples: list[tuple[Path, float]], animator: "Animator") -> "Style":
    """The style of the examples together. Raises InputError for files that show no motion."""
    from avitalk.types import Style

    return Style.mixed((animator.style_from(path), share) for path, share in examples)


def _part(text: str) -> tuple[Path, float | None]:
    path, colon, share = text.rpartition(":")
    if not colon or Path(text).is_file():
        return Path(text), None
    try:
        return Path(path), float(share)
    except ValueError:
        return Path(text), None
