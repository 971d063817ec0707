"""Recipes of any training: YAML in, frozen dataclasses out, every key checked against their fields.

What a recipe does not name has the default of its dataclass, and that is what ships.
"""

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml

from avitalk.errors import InputError

R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True)
class Shelf(Generic[R]):
    """Where the recipes of one training stand, and what is allowed in them."""

    folder: Path
    """Holds NAME.yaml."""
    start: R
    """A recipe of defaults, a dataclass of dataclasses."""
    example: str
    """A change of it, for messages: align.steps=300."""
    hidden: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Section -> fields that follow from something else, and may not be named."""

    def available(self) -> list[str]:
        """Names of the recipes that come with the package."""
        return sorted(path.stem for path in self.folder.glob("*.yaml"))

    def find(self, name: str, changes: Sequence[str] = ()) -> R:
        """A recipe of the package by name, or a YAML file, with changes of the form `key=value`.

        Raises InputError for a name or file that is not there, and as `read` does.
        """
        if name in self.available():
            path = self.folder / f"{name}.yaml"
        elif Path(name).suffix in (".yaml", ".yml"):
            path = Path(name)
        else:
            names = ", ".join(self.available())
            raise InputError(f"unknown recipe '{name}'; available: {names}, or a .yaml file")
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: not a readable recipe ({error})") from error
        return self.read(text, path.name if path.parent == self.folder else str(path), changes)

    def read(self, text: str, where: str = "recipe", changes: Sequence[str] = ()) -> R:
        """The recipe in a YAML text. Raises InputError with the line of what does not fit."""
        try:
            node = yaml.compose(text, yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f":{mark.line + 1}" if mark else ""
            problem = getattr(error, "problem", error)
            raise InputError(f"{where}{line}: not YAML ({problem})") from error
        recipe = self.start if node is None else self._filled(self.start, node, where, ())
        for change in changes:
            recipe = self._changed(recipe, change)
        return recipe

    def _changed(self, recipe: R, change: str) -> R:
        """The recipe with one `key=value`; the key has its sections before it: align.steps."""
        key, equals, value = change.partition("=")
        if not equals or not key.strip():
            raise InputError(f"--set {change}: give key=value, such as {self.example}")
        try:
            node = yaml.compose(value or "''", yaml.SafeLoader)
        except yaml.YAMLError as error:
            raise InputError(f"--set {change}: the value is not YAML") from error
        for name in reversed(key.strip().split(".")):
            head = yaml.ScalarNode("tag:yaml.org,2002:str", name)
            node = yaml.MappingNode("tag:yaml.org,2002:map", [(head, node)])
        return self._filled(recipe, node, f"--set {change}", ())

    def _filled(self, part: T, node: Any, where: str, path: tuple[str, ...]) -> T:
        """A dataclass with what a mapping names in place of its own values."""
        whole: Any = part
        place, name = _place(where, node), ".".join(path) or "a recipe"
        if not isinstance(node, yaml.MappingNode):
            raise InputError(f"{place}: '{name}' is a section; keys and values belong into it")
        hidden = self.hidden.get(path[-1], ()) if path else ()
        allowed = [entry.name for entry in fields(whole) if entry.name not in hidden]
        kinds, found = typing.get_type_hints(type(part)), {}
        for key, value in node.value:
            full = ".".join((*path, str(key.value)))
            at = _place(where, key)
            if key.value not in allowed:
                raise InputError(f"{at}: unknown key '{full}'; allowed: {', '.join(allowed)}")
            if key.value in found:
                raise InputError(f"{at}: '{full}' stands here twice")
            now = getattr(part, key.value)
            found[key.value] = self._value(kinds[key.value], now, value, where, (*path, key.value))
        try:
            changed: T = replace(whole, **found)
        except InputError as error:
            raise InputError(f"{place}: {error}") from error
        return changed

    def _value(self, kind: Any, now: Any, node: Any, where: str, path: tuple[str, ...]) -> Any:
        """What a node says, if that is of the kind wanted."""
        if isinstance(kind, types.UnionType):
            kinds = [each for each in typing.get_args(kind) if each is not type(None)]
            if node.tag == "tag:yaml.org,2002:null":
                return None
            kind = kinds[0]
        if is_dataclass(kind):
            default: Any = kind
            return self._filled(default() if now is None else now, node, where, path)
        given = yaml.SafeLoader("").construct_object(node, deep=True)
        if typing.get_origin(kind) is tuple:
            inner = typing.get_args(kind)[0]
            if isinstance(given, list) and all(isinstance(each, inner) for each in given):
                return tuple(given)
        elif kind is float and isinstance(given, int | float | str) and not isinstance(given, bool):
            try:  # YAML 1.1 takes 1e-4 for text
                return float(given)
            except ValueError:
                pass
        elif isinstance(given, kind) and isinstance(given, bool) == (kind is bool):
            return given
        wanted = "list" if typing.get_origin(kind) is tuple else kind.__name__
        raise InputError(
            f"{_place(where, node)}: '{'.'.join(path)}' is {given!r}; a value of type {wanted} is"
            " needed"
        )


def among(what: str, given: str, allowed: Sequence[str]) -> None:
    """Raises InputError unless `given` is one of those allowed."""
    if given not in allowed:
        raise InputError(f"unknown {what} '{given}'; available: {', '.join(allowed)}")


def _place(where: str, node: Any) -> str:
    """The source, and the line where it is a file."""
    mark = node.start_mark
    return where if mark is None or where.startswith("--set") else f"{where}:{mark.line + 1}"
