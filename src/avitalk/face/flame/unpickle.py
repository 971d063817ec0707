"""Pickle bytes in, plain data out, without running anything that is in them.

Python's own reader calls whatever a pickle names, so a file from the net can run any program. Here
the opcodes of protocols 0 to 5 are interpreted by name only: numbers, text, bytes, lists, tuples
and dicts are made; every other object becomes an inert `Record` of what the file says about it.
"""

import codecs
import io
import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from avitalk.errors import InputError

MAX_OPCODES: Final = 2_000_000
"""A model file has some hundreds; an endless one is stopped here."""
OPCODES: Final = {opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes}
PLAIN: Final = (
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "BINSTRING",
    "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "UNICODE",
    "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "FLOAT", "BINFLOAT",
)  # fmt: skip
CONSTANTS: Final = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}


@dataclass(slots=True, eq=False, repr=False)
class Record:
    """An object that was not made: its class or function by name, and what it was given."""

    module: str
    name: str
    arguments: tuple[Any, ...] | None = None
    """Arguments of the call; None for a bare name."""
    state: Any = None
    """What the file would have set it to."""
    items: list[Any] = field(default_factory=list)
    """What the file would have put into it: list items, or keys and values in turn."""

    @property
    def path(self) -> str:
        """'module.name', shortened for messages."""
        return f"{self.module}.{self.name}"[:80]


class _Mark:
    """Where a list of arguments begins on the stack."""


def unpickle(data: bytes, source: str = "pickle") -> Any:
    """The plain data and Records that `data` describes.

    Raises InputError, naming `source`, on anything that is no whole pickle.
    """
    try:
        return _Machine(data).run()
    except InputError as error:
        raise InputError(f"{source}: {error}") from error
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError) as error:
        why = " ".join(str(error).split())[:120]
        raise InputError(f"{source}: not a whole pickle ({why})") from error


class _Machine:
    """A pickle's stack, memo and reading position."""

    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.steps: dict[str, Callable[[Any], None]] = {
            name.removeprefix("_do_").upper(): getattr(self, name)
            for name in dir(self)
            if name.startswith("_do_")
        }

    def run(self) -> Any:
        """Interpret up to STOP."""
        for _ in range(MAX_OPCODES):
            code = self.file.read(1)
            opcode = OPCODES.get(code)
            if opcode is None:
                raise InputError(
                    "cut off before its end" if not code else f"no pickle: unknown opcode {code!r}"
                )
            name = opcode.name
            if name == "STOP":
                return self.pop()
            if name == "STRING":
                self.stack.append(_quoted(self.file.readline()))
                continue
            # Sizes are checked against what is left of the file by these readers.
            argument = None if opcode.arg is None else opcode.arg.reader(self.file)
            if name in PLAIN:
                self.stack.append(argument)
            elif name in CONSTANTS:
                self.stack.append(CONSTANTS[name])
            elif name in self.steps:
                self.steps[name](argument)
            else:
                raise InputError(f"pickle opcode {name} has no place in a model file")
        raise InputError(f"more than {MAX_OPCODES} opcodes: not a model file")

    def pop(self) -> Any:
        """Take the top of the stack."""
        if not self.stack or isinstance(self.stack[-1], _Mark):
            raise InputError("not a whole pickle (its stack is empty)")
        return self.stack.pop()

    def pop_to_mark(self) -> list[Any]:
        """Take everything above the last mark, and the mark."""
        for place in range(len(self.stack) - 1, -1, -1):
            if isinstance(self.stack[place], _Mark):
                taken = self.stack[place + 1 :]
                del self.stack[place:]
                return taken
        raise InputError("not a whole pickle (a mark is missing)")

    def top(self) -> Any:
        """The top of the stack, left there."""
        value = self.pop()
        self.stack.append(value)
        return value

    def push(self, value: Any) -> None:
        """Put `value` on the stack."""
        self.stack.append(value)

    # What follows is one method an opcode; the argument is None where the opcode has none.

    def _do_proto(self, version: int) -> None:
        if not 0 <= version <= 5:
            raise InputError(f"pickle protocol {version}; readable: 0 to 5")

    def _do_frame(self, _: Any) -> None:
        pass

    def _do_mark(self, _: Any) -> None:
        self.push(_Mark())

    def _do_pop(self, _: Any) -> None:
        if self.stack and isinstance(self.stack[-1], _Mark):
            self.stack.pop()
        else:
            self.pop()

    def _do_pop_mark(self, _: Any) -> None:
        self.pop_to_mark()

    def _do_dup(self, _: Any) -> None:
        self.push(self.top())

    def _do_empty_list(self, _: Any) -> None:
        self.push([])

    def _do_empty_tuple(self, _: Any) -> None:
        self.push(())

    def _do_empty_dict(self, _: Any) -> None:
        self.push({})

    def _do_empty_set(self, _: Any) -> None:
        self.push(Record("builtins", "set", ()))

    def _do_frozenset(self, _: Any) -> None:
        self.push(Record("builtins", "frozenset", (self.pop_to_mark(),)))

    def _do_list(self, _: Any) -> None:
        self.push(self.pop_to_mark())

    def _do_tuple(self, _: Any) -> None:
        self.push(tuple(self.pop_to_mark()))

    def _do_tuple1(self, _: Any) -> None:
        self.push((self.pop(),))

    def _do_tuple2(self, _: Any) -> None:
        last = self.pop()
        self.push((self.pop(), last))

    def _do_tuple3(self, _: Any) -> None:
        last, middle = self.pop(), self.pop()
        self.push((self.pop(), middle, last))

    def _do_dict(self, _: Any) -> None:
        made: dict[Any, Any] = {}
        _set_items(made, self.pop_to_mark())
        self.push(made)

    def _do_append(self, _: Any) -> None:
        value = self.pop()
        _extend(self.top(), [value])

    def _do_appends(self, _: Any) -> None:
        values = self.pop_to_mark()
        _extend(self.top(), values)

    def _do_additems(self, _: Any) -> None:
        self._do_appends(_)

    def _do_setitem(self, _: Any) -> None:
        value = self.pop()
        key = self.pop()
        _set_items(self.top(), [key, value])

    def _do_setitems(self, _: Any) -> None:
        values = self.pop_to_mark()
        _set_items(self.top(), values)

    def _do_put(self, place: int) -> None:
        self.memo[int(place)] = self.top()

    _do_binput = _do_long_binput = _do_put

    def _do_memoize(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.top()

    def _do_get(self, place: int) -> None:
        if int(place) not in self.memo:
            raise InputError("not a whole pickle (it refers to something that is not in it)")
        self.push(self.memo[int(place)])

    _do_binget = _do_long_binget = _do_get

    def _do_global(self, names: str) -> None:
        module, _, name = names.partition(" ")
        self.push(Record(module, name))

    def _do_stack_global(self, _: Any) -> None:
        name, module = self.pop(), self.pop()
        if not (isinstance(name, str) and isinstance(module, str)):
            raise InputError("not a whole pickle (a name is not text)")
        self.push(Record(module, name))

    def _do_reduce(self, _: Any) -> None:
        arguments = self.pop()
        self.push(_called(self.pop(), arguments))

    def _do_newobj(self, _: Any) -> None:
        self._do_reduce(_)

    def _do_newobj_ex(self, _: Any) -> None:
        self.pop()  # keyword arguments: no class of a model file takes them
        self._do_reduce(_)

    def _do_inst(self, names: str) -> None:
        module, _, name = names.partition(" ")
        self.push(Record(module, name, tuple(self.pop_to_mark())))

    def _do_obj(self, _: Any) -> None:
        kind, *arguments = self.pop_to_mark() or [None]
        self.push(_called(kind, tuple(arguments)))

    def _do_build(self, _: Any) -> None:
        state = self.pop()
        made = self.top()
        if isinstance(made, Record):
            made.state = state

    def _do_persid(self, _: Any) -> None:
        self.push(Record("persistent", "object"))

    def _do_binpersid(self, _: Any) -> None:
        self.pop()
        self.push(Record("persistent", "object"))


def _called(kind: Any, arguments: Any) -> Any:
    """What a call would give, as a Record; dicts and bytes come out as themselves."""
    if not isinstance(kind, Record) or not isinstance(arguments, tuple):
        return Record("unknown", "call", ())
    path = kind.path
    if path in ("_codecs.encode", "codecs.encode") and arguments and isinstance(arguments[0], str):
        # How Python 3 writes bytes in protocols 0 to 2.
        return arguments[0].encode("latin-1")
    if path in ("collections.OrderedDict", "builtins.dict", "__builtin__.dict") and not arguments:
        return {}
    return Record(kind.module, kind.name, arguments)


def _extend(target: Any, values: list[Any]) -> None:
    if isinstance(target, list):
        target.extend(values)
    elif isinstance(target, Record):
        target.items.extend(values)
    else:
        raise InputError("not a whole pickle (items for something that is no list)")


def _set_items(target: Any, values: list[Any]) -> None:
    if isinstance(target, Record):
        target.items.extend(values)
        return
    if not isinstance(target, dict) or len(values) % 2:
        raise InputError("not a whole pickle (keys and values for something that is no dict)")
    for key, value in zip(values[::2], values[1::2], strict=True):
        # Hashing a tuple that is nested a million deep would end the process.
        if not isinstance(key, str | bytes | int | float | None):
            raise InputError("a dict's key is neither text nor number: not a model file")
        target[key] = value


def _quoted(line: bytes) -> str:
    """Text of a STRING opcode: a Python 2 literal in quotes, its bytes as latin-1."""
    text = line.strip()
    if not line.endswith(b"\n") or len(text) < 2 or text[:1] != text[-1:] or text[:1] not in b"'\"":
        raise InputError("not a whole pickle (text without its quotes)")
    return codecs.escape_decode(text[1:-1])[0].decode("latin-1")
