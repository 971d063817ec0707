"""What a stage was made with <-> `<stage>.json`; by it a later call goes on, or is refused."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from avitalk.errors import InputError
from avitalk.files import write_bytes
from avitalk.train.instruct.recipe import Recipe

NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "language": (), "hear": (), "words": ("hear",), "align": ("words",),
    "project": ("align", "language"),
}  # fmt: skip
"""Stages that come before."""
PARTS: Final[dict[str, tuple[str, ...]]] = {
    "language": ("language",), "hear": ("corpus", "hear"), "words": ("words",),
    "align": ("former", "align", "computing.precision"),
    "project": ("prompts", "project", "computing.precision"),
}  # fmt: skip
"""Sections and values of the recipe that a stage goes by."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a stage is made with."""

    recipe: dict[str, Any]
    """Values of the recipe by their full names."""
    after: dict[str, str]
    """Hashes of the marks of the stages before."""
    clips: str
    """Hash of the recordings' names, where it reads them."""

    def save(self, path: Path, *, done: bool) -> None:
        """Write, with whether the stage came to its end."""
        write_bytes(path, json.dumps(asdict(self) | {"done": done}, indent=1).encode())

    @classmethod
    def load(cls, path: Path) -> tuple["Mark", bool]:
        """Read what `save` wrote. Raises InputError if it is something else."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return cls(found["recipe"], found["after"], found["clips"]), bool(found["done"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: not a stage's mark; --fresh starts anew") from error

    @property
    def hash(self) -> str:
        """Of all that it holds."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def mark_of(recipe: Recipe, out: Path, stage: str, clips: Sequence[str]) -> Mark:
    """The mark of a stage to be run. Raises InputError unless the stages before are done, by this
    recipe.
    """
    after = {}
    for need in NEEDS[stage]:
        path = out / f"{need}.json"
        found, done = Mark.load(path) if path.exists() else (None, False)
        if found is None or not done:
            raise InputError(f"{out}: stage '{need}' has to be run there first")
        _same(path, found.recipe, _values(recipe, need))
        after[need] = found.hash
    names = "\n".join(Path(clip).name for clip in clips)
    return Mark(_values(recipe, stage), after, hashlib.sha256(names.encode()).hexdigest())


def already(path: Path, mark: Mark) -> bool:
    """Whether a stage is done; false where it can go on. Raises InputError if it was begun with
    other settings, recordings or stages before.
    """
    found, done = Mark.load(path)
    _same(path, found.recipe, mark.recipe)
    if (found.after, found.clips) != (mark.after, mark.clips):
        raise InputError(f"{path}: what it was made from has changed; --fresh makes it anew")
    return done


def _same(path: Path, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Raises InputError naming the first setting that differs."""
    for key in [key for key in {**old, **new} if old.get(key) != new.get(key)]:
        raise InputError(
            f"{path}: made with {key} {old.get(key)!r}, now {new.get(key)!r};"
            " --fresh makes it anew, another --out keeps it"
        )


def _values(recipe: Recipe, stage: str) -> dict[str, Any]:
    """What a stage goes by, by full names, as JSON knows it."""
    whole = _flat(json.loads(json.dumps(asdict(recipe))))
    wanted = PARTS[stage]
    inside = tuple(f"{name}." for name in wanted)
    return {n: value for n, value in whole.items() if n in wanted or n.startswith(inside)}


def _flat(part: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in part.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
