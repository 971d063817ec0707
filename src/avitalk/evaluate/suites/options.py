"""What a suite can be told beyond corpus and systems."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avitalk.errors import InputError

PROTOCOLS: Final = ("ravdess",)
"""Settings of a paper, by name."""


@dataclass(frozen=True, slots=True)
class Options:
    """Settings that only some suites know; the others leave them alone."""

    protocol: str | None = None
    """A member of PROTOCOLS. Raises InputError on another name."""
    reference: Path | None = None
    """Folder of faces that sets of motions are compared with, in place of the corpus's own."""
    syncnet: Path | None = None
    """SyncNet's weights, which users bring."""
    draws: int = 10
    """Seeds that diversity is measured over: an even number, 2 or more."""
    drawn: int | None = None
    """Recordings that are performed with all of these seeds; a quarter of them, 24 at most, for
    None."""

    def __post_init__(self) -> None:
        if self.protocol is not None and self.protocol not in PROTOCOLS:
            raise InputError(
                f"unknown protocol '{self.protocol}'; available: {', '.join(PROTOCOLS)}"
            )
        if self.draws < 2 or self.draws % 2:
            raise InputError(f"{self.draws} draws; allowed: an even number, 2 or more")
        for folder, what in ((self.reference, "folder of faces"), (self.syncnet, "weights")):
            if folder is not None and not folder.exists():
                raise InputError(f"{folder}: no such {what}")
