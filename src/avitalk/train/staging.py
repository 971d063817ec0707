"""Stages of a training: in which order, what each was made with, and whether it can go on.

Each stage leaves `<stage>.json` beside its files: what it was made with. A later call with the same
recipe goes on where this one stopped; with another one it is refused.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from avitalk.errors import InputError
from avitalk.files import write_bytes
from avitalk.train.loop import Workers


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


@dataclass(frozen=True)
class Order:
    """The stages of one training."""

    needs: Mapping[str, tuple[str, ...]]
    """Stage -> stages that come before; in the order in which all of them run."""
    parts: Mapping[str, tuple[str, ...]]
    """Stage -> sections and values of the recipe that it goes by."""
    together: tuple[str, ...] = ()
    """Stages that several processes may share."""

    @property
    def stages(self) -> tuple[str, ...]:
        """Names of all."""
        return tuple(self.needs)

    def check(self, stage: str) -> None:
        """Raises InputError for a stage that there is not."""
        if stage not in self.needs:
            raise InputError(f"unknown stage '{stage}'; available: {', '.join(self.needs)}, all")

    def mark(self, recipe: Any, out: Path, stage: str, clips: Sequence[str] = ()) -> Mark:
        """The mark of a stage to be run. Raises InputError unless the stages before are done, by
        this recipe.
        """
        after = {}
        for need in self.needs[stage]:
            path = out / f"{need}.json"
            found, done = Mark.load(path) if path.exists() else (None, False)
            if found is None or not done:
                raise InputError(f"{out}: stage '{need}' has to be run there first")
            _same(path, found.recipe, self._values(recipe, need))
            after[need] = found.hash
        digest = hashlib.sha256("\n".join(clips).encode()).hexdigest()
        return Mark(self._values(recipe, stage), after, digest)

    def carry_out(
        self,
        stage: str,
        work: Callable[[], str],
        *,
        mark: Mark,
        out: Path,
        device: str,
        fresh: bool = False,
    ) -> str:
        """Run a stage, or what is left of it; returns what there is to say of it.

        Raises InputError for settings other than those of the files that are there, and where
        several processes want to share what one does.
        """
        path = out / f"{stage}.json"
        if not fresh and path.exists() and already(path, mark):
            return "already there"
        workers = Workers.join(device)
        if workers.count > 1 and stage not in self.together:
            raise InputError(
                f"stage '{stage}' is for one process; {workers.count} share"
                f" {' and '.join(self.together)}"
            )
        _wait(workers)
        began = time.monotonic()
        if workers.rank == 0:
            if fresh:
                shutil.rmtree(out / stage, ignore_errors=True)
            mark.save(path, done=False)
        _wait(workers)
        said = work()
        if workers.rank == 0:
            mark.save(path, done=True)
        _wait(workers)
        return f"{said} ({time.monotonic() - began:.0f} s)"

    def _values(self, recipe: Any, stage: str) -> dict[str, Any]:
        """What a stage goes by, by full names, as JSON knows it."""
        whole = _flat(json.loads(json.dumps(asdict(recipe))))
        wanted = self.parts[stage]
        inside = tuple(f"{name}." for name in wanted)
        return {n: value for n, value in whole.items() if n in wanted or n.startswith(inside)}


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


def _flat(part: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in part.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _wait(workers: Workers) -> None:
    """Until all processes are here."""
    if workers.count > 1:
        workers.gathered("here")
