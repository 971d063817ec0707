"""What an animation was made from and with, as data and as its JSON file."""

import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from avitalk.errors import InputError
from avitalk.version import __version__

FORMAT_VERSION: Final = 1
PACKAGES: Final = ("numpy", "torch", "numba", "av", "soundfile", "soxr", "pygltflib")
ENCODER_NOTE: Final = (
    "The video was encoded by x264 (H.264) and FFmpeg's AAC as built into PyAV's wheels. The "
    "video is yours; whoever redistributes those wheels has to follow the GPL."
)


@dataclass(frozen=True, slots=True)
class Recording:
    """The sound that went in."""

    name: str
    """File name without its folder."""
    sha256: str
    """Hash of the file, or of the samples if they came as an array."""
    rate_hz: int
    """Samples a second after loading."""
    duration_s: float
    """Length in seconds."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A model or a head that took part."""

    name: str
    """What it is called here."""
    role: str
    """What it did, for example 'speech encoder'."""
    sha256: str
    """Hash of its file."""
    licence: str
    """Licence it is under."""
    data: tuple[str, ...] = ()
    """What it was trained on or fitted to, with licences."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything needed to make an animation again, and to know what it rests on."""

    recording: Recording
    """The sound that went in."""
    seed: int
    """Seed of everything drawn at random."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """Settings by name: numbers, texts, or tables of them."""
    ingredients: tuple[Ingredient, ...] = ()
    """Models and head, in order of use."""
    created: str | None = None
    """When, if the caller wants it noted; left out otherwise, so that files compare equal."""


def export_provenance(provenance: Provenance, outputs: Iterable[Path] = ()) -> bytes:
    """Write the JSON; `outputs` are finished files, noted by name, size and hash.

    Raises InputError if an output cannot be read or a parameter is not JSON.
    """
    written = [noted(Path(path)) for path in outputs]
    notes = [ENCODER_NOTE] if any(file["name"].endswith(".mp4") for file in written) else []
    document = {
        "format": "avitalk provenance",
        "format_version": FORMAT_VERSION,
        "avitalk": __version__,
        **({"created": provenance.created} if provenance.created else {}),
        "recording": asdict(provenance.recording),
        "seed": provenance.seed,
        "parameters": dict(sorted(provenance.parameters.items())),
        "ingredients": [asdict(part) for part in provenance.ingredients],
        "versions": _versions(),
        "outputs": written,
        "notes": notes,
    }
    try:
        text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"provenance parameters: {error}") from error
    return (text + "\n").encode()


def sha256_of(path: Path) -> str:
    """Hash of a file, in hexadecimal; raises InputError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot read ({error.strerror})") from error


def noted(path: Path) -> dict[str, Any]:
    """Name, size and hash of a finished file."""
    digest = sha256_of(path)
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": digest}


def _versions() -> dict[str, str]:
    """Versions of what computes; packages that are not installed are left out."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
