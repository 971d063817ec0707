"""What can be measured: ours, the zoo, motions on disk, or any object with animate(speech).

A system turns Speech into a Motion. Names are those of tables and of the command line.
"""

import hashlib
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

from avitalk import weights
from avitalk.errors import InputError
from avitalk.evaluate.acting import Acting, fingerprint
from avitalk.footage import read_footage
from avitalk.pipeline import Animator
from avitalk.types import Motion, Speech

ZOO: Final = ("meshtalk", "faceformer", "codetalker", "emotalk")
OURS: Final = ("avitalk", "avitalk-neutral")
NAMES: Final = (*OURS, *ZOO)
DISK: Final = (".motion.npz", ".csv", ".glb")
ACTORS: Final = (
    "speech-encoder", "talker", "performer", "style-prior", "affect-ear", "language-model",
    "prompt-projection",
)  # fmt: skip


class System(Protocol):
    """Anything that can be measured."""

    @property
    def name(self) -> str:
        """How tables call it."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes whenever its motions may."""
        ...

    def perform(self, speech: Speech, take_id: str, seed: int) -> Motion:
        """The face for a recording. `take_id` says which, for systems that look it up."""
        ...


@dataclass(frozen=True)
class Named:
    """A system of the package: made on first use, so that names can be checked before."""

    name: str
    made_of: tuple[str, ...]
    """Shipped weights that it runs on."""
    make: Callable[[], Callable[[Speech, int], Motion]]

    @property
    def fingerprint(self) -> str:
        """Of the program's version and its weights."""
        return fingerprint(self.name, self.made_of)

    @cached_property
    def _animate(self) -> Callable[[Speech, int], Motion]:
        return self.make()

    def perform(self, speech: Speech, take_id: str, seed: int) -> Motion:
        """The face for a recording."""
        return self._animate(speech, seed)


@dataclass(frozen=True)
class OnDisk:
    """Motions that another program made: one file a recording, called as the recording is."""

    name: str
    folder: Path

    @property
    def fingerprint(self) -> str:
        """Of the files' names, sizes and times."""
        told = [
            f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}"
            for path in sorted(self.folder.iterdir())
            if path.name.endswith(DISK)
        ]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]

    def perform(self, speech: Speech, take_id: str, seed: int) -> Motion:
        """The motion of a recording. Raises InputError if there is none, or it is no motion."""
        for suffix in DISK:
            path = self.folder / f"{take_id}{suffix}"
            if path.is_file():
                return read_footage(path).motion
        raise InputError(f"{self.folder}: no motion '{take_id}' ({', '.join(DISK)})")


@dataclass(frozen=True)
class Foreign:
    """An object with animate(speech) of somebody's own code."""

    name: str
    place: str
    """module:attribute; the attribute may be a class to be made without arguments."""

    @property
    def fingerprint(self) -> str:
        """Of its name only: nobody can know what it does. --fresh measures it again."""
        return hashlib.sha256(f"{self.name} {self.place}".encode()).hexdigest()[:16]

    @cached_property
    def _model(self) -> Any:
        module, _, attribute = self.place.partition(":")
        try:
            found = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError, ValueError) as error:
            raise InputError(f"{self.name}={self.place}: cannot be imported ({error})") from error
        model = found() if isinstance(found, type) else found
        if not callable(getattr(model, "animate", None)):
            raise InputError(f"{self.name}={self.place}: has no animate(speech)")
        return model

    def perform(self, speech: Speech, take_id: str, seed: int) -> Motion:
        """What its animate(speech) gives: a Motion, or something that has one."""
        found = self._model.animate(speech)
        motion = found if isinstance(found, Motion) else getattr(found, "motion", None)
        if not isinstance(motion, Motion):
            raise InputError(
                f"{self.name}: animate(speech) gave {type(found).__name__}; a Motion is needed"
            )
        return motion


def find_systems(given: Sequence[str]) -> list[System]:
    """Names of NAMES, 'zoo' for all four of it, NAME=FOLDER of motions, NAME=module:attribute.

    Raises InputError for an unknown name, a name given twice, or a folder that is not there.
    """
    names = [name for each in given for name in (ZOO if each == "zoo" else (each,))]
    found = [_found(name) for name in names]
    twice = sorted({s.name for s in found if [t.name for t in found].count(s.name) > 1})
    if twice:
        raise InputError(f"model '{twice[0]}' is named twice")
    return found


def _found(name: str) -> System:
    label, equals, place = name.partition("=")
    if equals and label in (*NAMES, ""):
        raise InputError(f"'{name}': choose a name of your own before '='")
    if equals and Path(place).is_dir():
        return OnDisk(label, Path(place))
    if equals and ":" in place:
        return Foreign(label, place)
    if equals:
        raise InputError(f"'{name}': neither a folder of motions nor module:attribute")
    if name == "avitalk":
        return Acting(name, ACTORS)
    if name == "avitalk-neutral":
        return Named(name, ACTORS[:2], _neutral)
    if name in ZOO:
        return Named(name, ("speech-encoder", f"zoo-{name}"), lambda: _zoo(name))
    raise InputError(
        f"unknown model '{name}'; available: {', '.join(NAMES)}, zoo, NAME=FOLDER of motions,"
        " NAME=module:attribute"
    )


def _neutral() -> Callable[[Speech, int], Motion]:
    animator = Animator()
    return lambda speech, seed: animator.animate(speech, neutral=True, seed=seed).motion


def zoo_class(name: str) -> Any:
    """The class of a method of the zoo by its name."""
    module = importlib.import_module(f"avitalk.zoo.{name}")
    classes = {"meshtalk": "MeshTalk", "faceformer": "FaceFormer", "codetalker": "CodeTalker",
               "emotalk": "EmoTalk"}  # fmt: skip
    return getattr(module, classes[name])


def _zoo(name: str) -> Callable[[Speech, int], Motion]:
    model = zoo_class(name).load(weights.find(f"zoo-{name}").path)

    def animate(speech: Speech, seed: int) -> Motion:
        motion: Motion = model.animate(speech, seed=seed)
        return motion

    return animate
