"""Shipped models: a name comes in, the file, its hash and its card go out.

Every model lies in the package as `<name>.safetensors` beside `<name>.json`, its card: data,
licence, recipe, metrics. Nothing is ever downloaded.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from avitalk.errors import InputError

PACKAGE = Path(__file__).parent
FOLDERS = (
    PACKAGE / "assets" / "weights",
    PACKAGE / "face" / "assets",
    PACKAGE / "track" / "assets",
)


@dataclass(frozen=True, slots=True)
class Weights:
    """One shipped model: where it lies and where it comes from."""

    name: str
    """What to ask for."""
    path: Path
    """The safetensors file."""
    licence: str
    """Licence of the weights."""
    card: dict[str, Any]
    """The whole card, as in the JSON file."""

    @property
    def sha256(self) -> str:
        """Hash of the file, in hexadecimal."""
        return _sha256(self.path)


@cache
def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def shipped() -> dict[str, Weights]:
    """All models in the package by name, sorted."""
    found = {}
    for folder in FOLDERS:
        for path in sorted(folder.glob("*.safetensors")):
            card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            found[path.stem] = Weights(path.stem, path, card["licence"], card)
    return dict(sorted(found.items()))


def find(name: str) -> Weights:
    """The shipped model called `name`; InputError lists what there is."""
    models = shipped()
    if name not in models:
        raise InputError(f"unknown model '{name}'; available: {', '.join(models)}")
    return models[name]
