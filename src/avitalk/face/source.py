"""Where a head came from: the file that a user brought, and what it says about its rights."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

UNSTATED: Final = "not stated in the file"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that a head was read from."""

    path: Path
    """The file."""
    kind: str
    """What it is: 'glTF', 'VRM 0', 'VRM 1', ..."""
    sha256: str
    """Hash of the file, in hexadecimal."""
    licence: str = UNSTATED
    """The licence that it states."""
    credit: str = ""
    """Title and author that it states."""
