"""Methods of the zoo by name: recipes of each, and how it is trained."""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from avitalk.errors import InputError
from avitalk.train.zoo.sequences import read_sequences

METHODS: Final = ("meshtalk", "faceformer", "codetalker", "emotalk")
Told = Callable[[str, int, int, float], None]


def train_method(
    name: str,
    recipe: str,
    changes: Sequence[str],
    data: Path,
    out: Path,
    *,
    fresh: bool = False,
    told: Told | None = None,
) -> Path:
    """Train a method from sequences that `python -m avitalk.train.zoo.prepare` wrote, and write
    `out / zoo-NAME.safetensors`; returns that path. EmoTalk's recipe also names a file of
    `avitalk.train.zoo.acted`.

    Goes on from the checkpoint in `out` unless `fresh`. Raises InputError for an unknown method or
    recipe, and a file that holds something else.
    """
    if name not in METHODS:
        raise InputError(f"unknown method '{name}'; available: {', '.join(METHODS)}")
    module: Any = importlib.import_module(f"avitalk.train.zoo.{name}")
    found = module.SHELF.find(recipe, changes)
    sequences = read_sequences(data)
    folder = out / name
    if fresh and folder.is_dir():
        for old in folder.rglob("state.pt"):
            old.unlink()
    model = module.train(found, sequences, folder=folder, told=told)
    path = out / f"zoo-{name}.safetensors"
    model.save(path)
    return path
