"""YAML text in, a small tree of nodes with line numbers out, read by kind; comments are kept.

Only what documents for people need: tables, lists and plain values. Anchors, aliases and tags are
refused, so a file costs what its length says.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import yaml

from avitalk.errors import InputError

MOST_BYTES: Final = 2_000_000
MOST_DEPTH: Final = 8
_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_EMPTY: Final = ("", "~", "null", "Null", "NULL")


@dataclass(slots=True)
class Node:
    """A place in a document. Its readers raise InputError that starts with file:line."""

    source: str
    """The file, for errors."""
    line: int
    """Where it begins, from 1."""
    last_line: int
    """Where it ends."""
    scalar: str | None = None
    """The value of a plain value, None for lists and tables."""
    quoted: bool = False
    """Whether that value stands in quotes or in a block."""
    items: "list[Node] | None" = None
    """Of a list."""
    table: "dict[str, tuple[Node, Node]] | None" = None
    """Of a table: key -> (the key's node, the value's node)."""

    def error(self, what: str) -> InputError:
        """The error that names this place."""
        return InputError(f"{self.source}:{self.line}: {what}")

    @property
    def empty(self) -> bool:
        """Whether nothing was written here."""
        return self.scalar is not None and not self.quoted and self.scalar in _EMPTY

    def entries(self, what: str, allowed: Sequence[str], named: str = "key") -> "dict[str, Node]":
        """The values of a table by key; keys not in `allowed` are refused."""
        if self.table is None:
            kind = "nothing" if self.empty else "a list" if self.items is not None else "one value"
            needed = ", ".join(allowed)
            raise self.error(f"{what}: {kind} found; need 'key: value' pairs of {needed}")
        for name, (key, _) in self.table.items():
            if name not in allowed:
                raise key.error(f"unknown {closest(name, allowed, named)}")
        return {name: value for name, (_, value) in self.table.items()}

    def listed(self, what: str) -> "list[Node]":
        """The items of a list."""
        if self.items is None:
            raise self.error(f"{what} must be a list, each item after '- '")
        return self.items

    def text(self, what: str) -> str:
        """A value as text."""
        if self.scalar is None:
            kind = "a list" if self.items is not None else "a table"
            raise self.error(f"{what} is {kind}; need text (put it in quotes, or below '>-')")
        return "" if self.empty else self.scalar

    def number(self, what: str, low: float, high: float) -> float:
        """A value as a number of `low` to `high`."""
        given = self.scalar
        if given is None or self.quoted or not _NUMBER.fullmatch(given):
            shown = (
                "nothing" if self.empty else "a list or table" if given is None else f"'{given}'"
            )
            raise self.error(f"{what} is {shown}; need a number, written like 1.25")
        value = float(given)
        if not low <= value <= high:
            raise self.error(f"{what} {given}; allowed: {low:g} to {high:g}")
        return value

    def whole(self, what: str, high: int) -> int:
        """A value as a whole number of 0 to `high`."""
        given = self.scalar or ""
        if self.quoted or not re.fullmatch(r"\d{1,20}", given) or int(given) > high:
            raise self.error(f"{what} '{given}'; need a whole number, 0 to {high}")
        return int(given)


@dataclass(slots=True)
class Tree:
    """A document read: its nodes, and what is written beside them."""

    root: Node
    comments: list[tuple[int, str]] = field(default_factory=list)
    """(line, text after the '#')."""


def closest(given: str, allowed: Sequence[str], what: str) -> str:
    """'key 'txt' (meant: text?); allowed: ...'."""
    near = difflib.get_close_matches(given, allowed, n=1)
    meant = f" (meant: {near[0]}?)" if near else ""
    return f"{what} '{given[:80]}'{meant}; allowed: {', '.join(allowed)}"


def read_tree(data: bytes, source: str) -> Tree:
    """Parse YAML in UTF-8. Raises InputError naming file and line for everything else."""
    if len(data) > MOST_BYTES:
        raise InputError(f"{source}: {len(data)} bytes; at most {MOST_BYTES} are read")
    text = _decoded(data, source)
    scalars: list[yaml.ScalarEvent] = []
    try:
        events = _plain_events(yaml.parse(text, Loader=yaml.SafeLoader), source)
        first = next(events, None)
        if first is None:
            raise InputError(f"{source}:1: empty document")
        root = _node(first, events, source, 0, scalars)
        for _ in events:  # to the end: what comes after is checked, too
            pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise InputError(f"{source}:{line}: not YAML: {_hint(error, text, line)}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = f"U+{ord(text[error.position]):04X}"
        raise InputError(f"{source}:{line}: control character {code}; remove it") from error
    return Tree(root, list(_comments(text, scalars)))


def _decoded(data: bytes, source: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{source}:{line}: not text in UTF-8; save it as UTF-8") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub("[\x85\u2028\u2029]", " ", text)  # line breaks to YAML, not to editors


def _hint(error: yaml.MarkedYAMLError, text: str, line: int) -> str:
    """What YAML says, with what people usually have to do about it."""
    said = " ".join(str(error.problem or error.context).split())
    lines = text.split("\n")
    here = lines[line - 1] if line <= len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())] or "'\\t'" in said:
        return f"{said}; indent with spaces, not tabs"
    if "mapping values" in said:
        return f"{said}; text with ': ' in it goes in quotes, or below 'text: >-'"
    return f"{said}; check indentation and quotes here and just above"


def _plain_events(events: Iterable[yaml.Event], source: str) -> Iterator[yaml.Event]:
    """Those of one document's content, while they use nothing but tables, lists and values."""
    documents = 0
    for event in events:
        where = f"{source}:{event.start_mark.line + 1}" if event.start_mark else source
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise InputError(f"{where}: a second document ('---'); only one is allowed")
        if getattr(event, "anchor", None) is not None:
            raise InputError(f"{where}: anchors and aliases (& and *) are not allowed; use quotes")
        if getattr(event, "tag", None) is not None:
            raise InputError(f"{where}: tags (!) are not allowed; put text in quotes")
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event


def _node(
    event: yaml.Event,
    events: Iterator[yaml.Event],
    source: str,
    depth: int,
    scalars: list[yaml.ScalarEvent],
) -> Node:
    line = event.start_mark.line + 1
    node = Node(source, line, line)
    if depth > MOST_DEPTH:
        raise node.error(f"nested more than {MOST_DEPTH} deep")
    if isinstance(event, yaml.ScalarEvent):
        scalars.append(event)
        end = event.end_mark
        node.scalar, node.quoted = event.value, event.style is not None
        node.last_line = max(line, end.line + (1 if end.column else 0))
        return node
    parts: list[Node] = []
    for inner in events:
        if isinstance(inner, yaml.CollectionEndEvent):
            break
        parts.append(_node(inner, events, source, depth + 1, scalars))
    node.last_line = max([line, *(part.last_line for part in parts)])
    if isinstance(event, yaml.SequenceStartEvent):
        node.items = parts
    else:
        node.table = _table(parts)
    return node


def _table(parts: list[Node]) -> dict[str, tuple[Node, Node]]:
    table: dict[str, tuple[Node, Node]] = {}
    for key, value in zip(parts[::2], parts[1::2], strict=True):
        if key.scalar is None:
            raise key.error("a list or table as key; need a word")
        if key.scalar in table:
            first = table[key.scalar][0].line
            raise key.error(f"key '{key.scalar}' given twice, first in line {first}")
        table[key.scalar] = (key, value)
    return table


def _comments(text: str, scalars: Iterable[yaml.ScalarEvent]) -> Iterator[tuple[int, str]]:
    """(line, text after '#') of each comment: a '#' outside of values, after white space."""
    lines = text.split("\n")
    searched = [0] * len(lines)  # per line, the column from which comments can begin
    for scalar in scalars:
        first, last = scalar.start_mark.line, scalar.end_mark.line
        for line in range(first + (scalar.style in ("|", ">")), last):
            searched[line] = len(lines[line])
        if scalar.style not in ("|", ">") and last < len(lines):
            searched[last] = max(searched[last], scalar.end_mark.column)
    for number, (line_text, start) in enumerate(zip(lines, searched, strict=True), start=1):
        found = re.search(r"(?:^|(?<=\s))#", line_text[start:] if start else line_text)
        if found:
            yield number, line_text[start + found.end() :].rstrip()
