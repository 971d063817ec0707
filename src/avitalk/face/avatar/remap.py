"""The remap-and-gain file (YAML): text in, changes to a wiring out, and a wiring as such a file.

format: avitalk-binding-1
head: Head                       # node that turns; null: none; left out: found by itself
eyes: [LeftEye, RightEye]
weights:
  jawOpen: {target: Mouth_Open, gain: 0.8}
  browInnerUp: [{target: BrowsUp_L}, {target: BrowsUp_R, offset: 0.1}]
  cheekPuff: null                # leave alone
visemes:
  PP: {target: mouth_closed}
"""

import difflib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from avitalk.arkit import ARKIT_52
from avitalk.errors import InputError
from avitalk.face.avatar.controls import Control
from avitalk.face.avatar.names import VISEMES
from avitalk.face.avatar.wiring import BESIDE_VISEMES, MOUTH, Link, Links, Wiring

FORMAT: Final = "avitalk-binding-1"
KEYS: Final = ("format", "avatar", "head", "eyes", "weights", "visemes")
LINK_KEYS: Final = ("target", "gain", "offset")
LARGEST: Final = 100.0


@dataclass(frozen=True)
class Remap:
    """What a binding file says; what it does not name stays automatic."""

    source: str = ""
    """The file, for errors."""
    shapes: dict[str, tuple[Link, ...]] = field(default_factory=dict)
    """ARKit name -> what it drives; () leaves it alone."""
    visemes: dict[str, tuple[Link, ...]] | None = field(default_factory=dict)
    """Viseme -> what it drives; None uses no visemes at all."""
    nodes: dict[str, str | None] = field(default_factory=dict)
    """'head', 'left eye', 'right eye' -> name of the node that turns, None for none."""

    def applied(self, wiring: Wiring, controls: Sequence[Control]) -> Wiring:
        """The wiring with this file's changes. InputError if a target is not in the avatar."""
        self._check(controls)
        shapes = wiring.shapes | self.shapes
        if self.visemes is None:
            visemes: Links = {}
        else:
            visemes = {n: wires for n, wires in (wiring.visemes | self.visemes).items() if wires}
        if visemes:
            told = {name for name, wires in self.shapes.items() if wires}
            beside = tuple(n for n in MOUTH if n in told or (n in BESIDE_VISEMES and n in shapes))
            shapes = {n: wires for n, wires in shapes.items() if n not in MOUTH or n in beside}
        else:
            beside = ()
        kept = {name: shapes[name] for name in ARKIT_52 if shapes.get(name)}
        return Wiring(kept, visemes, tuple(name for name in beside if name in kept))

    def _check(self, controls: Iterable[Control]) -> None:
        known = [control.name for control in controls]
        tables = (self.shapes, self.visemes or {})
        for name in (link.target for t in tables for wires in t.values() for link in wires):
            if name not in known:
                raise InputError(
                    f"{self.source}: the avatar has no target '{name}'; {closest(name, known)}"
                )


def read_remap(path: Path | str) -> Remap:
    """Read a binding file. Raises InputError naming file, place and what is allowed."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot read this binding ({error})") from error
    return parse_remap(text, str(path))


def parse_remap(text: str, source: str) -> Remap:
    """Read the text of a binding file; see `read_remap`."""
    remap = Remap(source)
    table = _table(_yaml(text, source), source, "")
    _only(table, KEYS, source, "")
    if table.get("format") != FORMAT:
        raise InputError(f"{source}: format '{table.get('format')}'; readable: {FORMAT}")
    nodes: dict[str, str | None] = {}
    if "head" in table:
        nodes["head"] = _node(table["head"], source, "head")
    if "eyes" in table:
        eyes = [None, None] if table["eyes"] is None else table["eyes"]
        if not isinstance(eyes, list) or len(eyes) != 2:
            raise InputError(f"{source}: 'eyes' must be [left, right] or null")
        for key, eye in zip(("left eye", "right eye"), eyes, strict=True):
            nodes[key] = _node(eye, source, "eyes")
    shapes = _links(table.get("weights") or {}, ARKIT_52, source, "weights")
    visemes = None
    if "visemes" not in table or table["visemes"] is not None:
        visemes = _links(table.get("visemes", {}), VISEMES, source, "visemes")
    return replace(remap, shapes=shapes, visemes=visemes, nodes=nodes)


def write_remap(wiring: Wiring, nodes: dict[str, str | None], *, avatar: str) -> bytes:
    """The binding file that says what `wiring` does, as a start for editing."""
    import yaml  # noqa: PLC0415  only needed with such a file

    eyes = [nodes.get("left eye"), nodes.get("right eye")]
    table: dict[str, Any] = {
        "format": FORMAT,
        "avatar": avatar,
        "head": nodes.get("head"),
        "eyes": eyes if any(eyes) else None,
        "weights": {n: _written(wiring.shapes.get(n, ())) for n in ARKIT_52 if _told(wiring, n)},
        "visemes": {n: _written(wiring.visemes[n]) for n in VISEMES if n in wiring.visemes} or None,
    }
    head = (
        "# What drives which target of this avatar: gain * weight + offset, summed.\n"
        "# Delete a line to have it found by name again; null leaves it alone.\n"
    )
    body: str = yaml.safe_dump(table, sort_keys=False, allow_unicode=True, width=100)
    return (head + body).encode()


def closest(name: str, known: Iterable[str]) -> str:
    """'did you mean ...' or what there is."""
    known = list(known)
    lower = {other.lower(): other for other in known}
    near = difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.6)
    if near:
        return "did you mean " + " or ".join(f"'{lower[other]}'" for other in near) + "?"
    return f"available: {', '.join(known[:12])}{', ...' if len(known) > 12 else ''}"


def _told(wiring: Wiring, name: str) -> bool:
    return name in wiring.shapes or not (wiring.visemes and name in MOUTH)


def _written(wires: tuple[Link, ...]) -> Any:
    rows = [
        {"target": link.target, "gain": link.gain}
        | ({"offset": link.offset} if link.offset else {})
        for link in wires
    ]
    return rows[0] if len(rows) == 1 else (rows or None)


def _links(
    given: Any, allowed: tuple[str, ...], source: str, where: str
) -> dict[str, tuple[Link, ...]]:
    table = _table(given, source, where)
    _only(table, allowed, source, where)
    found = {}
    for name, wires in table.items():
        rows = [] if wires is None else wires if isinstance(wires, list) else [wires]
        found[name] = tuple(_link(row, source, f"{where}.{name}") for row in rows)
    return found


def _link(row: Any, source: str, where: str) -> Link:
    table = _table(row, source, where)
    _only(table, LINK_KEYS, source, where)
    target = table.get("target")
    if not isinstance(target, str):
        raise InputError(f"{source}: {where}: 'target' must name a morph target")
    numbers = {}
    for key in ("gain", "offset"):
        value = table.get(key, 1.0 if key == "gain" else 0.0)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or abs(value) > LARGEST:
            raise InputError(
                f"{source}: {where}: {key} '{value}'; allowed: -{LARGEST:g} to {LARGEST:g}"
            )
        numbers[key] = float(value)
    return Link(target, **numbers)


def _node(value: Any, source: str, where: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InputError(f"{source}: {where}: '{value}' where the name of a node is needed")
    return value


def _table(value: Any, source: str, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{source}: {where or 'a binding'} must be a table of names and values")
    return {str(key): entry for key, entry in value.items()}


def _only(table: dict[str, Any], allowed: Sequence[str], source: str, where: str) -> None:
    for key in table:
        if key not in allowed:
            place = f"{where}: " if where else ""
            raise InputError(f"{source}: {place}unknown name '{key}'; {closest(key, allowed)}")


def _yaml(text: str, source: str) -> Any:
    import yaml  # noqa: PLC0415  only needed with such a file

    class Strict(yaml.SafeLoader):  # type: ignore[misc]
        """Refuses a name that stands twice, of which YAML would drop the first."""

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            names = [key.value for key, _ in node.value]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise InputError(f"{source}: '{twice[0]}' stands twice")
            return super().construct_mapping(node, deep)

    if len(text) > 1_000_000:
        raise InputError(f"{source}: larger than any binding")
    try:
        return yaml.load(text, Strict)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        problem = getattr(error, "problem", None) or "malformed"
        raise InputError(f"{source}: not YAML: {problem}{line}") from error
