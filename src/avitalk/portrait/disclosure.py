"""What a portrait's video is and was made from: the tags in the video, the file beside it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from avitalk.export import Ingredient, sha256_of
from avitalk.export.provenance import noted
from avitalk.version import __version__

FORMAT: Final = "avitalk portrait provenance"
FORMAT_VERSION: Final = 1
SUFFIX: Final = ".provenance.json"
SYNTHETIC: Final = (
    "Synthetic: this video was generated. The person shown did not move or speak like this."
)
SWAPPED: Final = (
    "Synthetic: a face in this video was replaced by that of another photo. The people shown were "
    "not filmed like this."
)


@dataclass(frozen=True, slots=True)
class Part:
    """A file that the video was made from."""

    role: str
    """photo, voice, driving video, face of, ..."""
    name: str
    """File name without its folder."""
    sha256: str

    @classmethod
    def of(cls, role: str, path: Path) -> "Part":
        """The part that `path` plays. Raises InputError if it cannot be read."""
        return cls(role, path.name, sha256_of(path))


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Everything a viewer is owed."""

    made_from: tuple[Part, ...]
    parameters: dict[str, Any] = field(default_factory=dict)
    """Settings by name; JSON."""
    models: Sequence[Ingredient] = ()
    """Models that took part."""
    swapped: bool = False
    """Whether somebody's face stands in the place of another's."""

    @property
    def statement(self) -> str:
        """One sentence for people."""
        return SWAPPED if self.swapped else SYNTHETIC

    def tags(self) -> dict[str, str]:
        """Tags of the video file."""
        parts = "; ".join(f"{p.role} {p.name} sha256 {p.sha256}" for p in self.made_from)
        return {
            "title": "Synthetic portrait video" + (" with a swapped face" if self.swapped else ""),
            "comment": self.statement,
            "description": f"{self.statement} Made with avitalk {__version__} from: {parts}",
        }

    def export(self, outputs: Iterable[Path]) -> bytes:
        """The JSON file; `outputs` are finished files, noted by name, size and hash."""
        document = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "synthetic": True,
            "face_swapped": self.swapped,
            "statement": self.statement,
            "made_with": f"avitalk {__version__}",
            "made_from": [asdict(part) for part in self.made_from],
            "parameters": dict(sorted(self.parameters.items())),
            "models": [asdict(model) for model in self.models],
            "outputs": [noted(path) for path in outputs],
        }
        return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
