# SPDX-License-Identifier: Apache-2.0
"""Runs a pickle over values that stand for what it would make; refuses at the first operation that is not allowed."""

import binascii
import hashlib
import math
import sys
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Callable
from typing import Any

from hauberk.analysis.checker import trees
from hauberk.analysis.checker.contracts import CALLS, check_state, require
from hauberk.analysis.checker.reader import Reader
from hauberk.analysis.checker.refusal import Carried, Refused, Unsafe
from hauberk.analysis.checker.source import Source
from hauberk.analysis.checker.values import Global, Group, Long, Mapping, Object, Opaque, permitted

WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"
_RENAMED_BELOW = 3
_NESTED = 1 << 20
"""Bytes of a constant that are looked at as a pickle of its own."""
_MARK = object()

Handler = Callable[["Machine", Any, int], None]


class Machine:
    """One pickle: what it names, uses and holds.

    ``arrays`` reads joblib's arrays, ``storages`` torch's ids, and ``scripts`` are the classes that the archive defines
    in TorchScript's language.
    """

    def __init__(
        self,
        source: Source,
        start: int,
        *,
        arrays: bool = False,
        storages: bool = False,
        scripts: frozenset[str] = frozenset(),
    ) -> None:
        """Stand before the first operation."""
        self.source = source
        self.start = self.end = start
        self.arrays = arrays
        self.storages = storages
        self.scripts = scripts
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.protocol = 0
        self.operations = 0
        self.frame_end = 0
        self.globals: list[str] = []
        self.uses: dict[str, int] = {}
        self.trace = hashlib.sha256()
        self.inert: list[tuple[int, int]] = []
        self.grown: list[dict[str, Any]] = []
        """Attributes of estimators of trees as they were set; lists among them may grow afterwards."""
        self.result: Any = None
        """What the program makes."""

    def run(self) -> "Machine":
        """Walk to STOP; raises Refused before."""
        reader = Reader(self.source, self.start)
        try:
            for position, name, argument in reader.operations():
                self._step(name, argument, position, reader.tell())
                if self.end != reader.tell():
                    reader.seek(self.end)
        except (ValueError, IndexError, KeyError, TypeError, RecursionError, OverflowError) as error:
            raise Refused("is not what a pickler writes") from error
        return self

    def _step(self, name: str, argument: Any, position: int, end: int) -> None:
        self.operations += 1
        self.end = end
        if name == "FRAME":
            require(position >= self.frame_end, "a frame within a frame")
            self.frame_end = self.end + argument
        elif position < self.frame_end < self.end or (name == "STOP" and self.frame_end > self.end):
            raise Refused("a frame ends within an operation")
        if name in _CONSTANTS:
            self.stack.append(argument)
            if isinstance(argument, str | bytes | bytearray | Long):
                look_into(argument)
        else:
            _HANDLERS[name](self, argument, position)

    def pop(self) -> Any:
        """The top of the stack, which must be no mark."""
        value = self.stack.pop()
        if value is _MARK:
            raise Refused("takes a mark for a value")
        return value

    def above(self) -> list[Any]:
        """Everything above the newest mark, which goes too."""
        at = len(self.stack) - 1 - self.stack[::-1].index(_MARK)
        items = self.stack[at + 1 :]
        del self.stack[at:]
        return items

    def name(self, module: str, name: str) -> Global:
        """A global as this protocol looks it up; it must be allowed."""
        if self.protocol < _RENAMED_BELOW:
            if (module, name) in NAME_MAPPING:
                module, name = NAME_MAPPING[(module, name)]
            else:
                module = IMPORT_MAPPING.get(module, module)
        found = Global(module, name)
        if str(found) not in self.globals:
            self.globals.append(str(found))
        if str(found) not in self.scripts:
            permitted(found)
        return found

    def note(self, position: int, use: str, name: Global) -> str:
        """Count an allowed use, and give its contract."""
        script = str(name) in self.scripts and use in ("new", "build")
        contract = "any" if script else permitted(name, use)
        line = f"{use} {name} {contract}"
        self.uses[line] = self.uses.get(line, 0) + 1
        self.trace.update(f"{position} {line}\n".encode("utf-8", "surrogatepass"))
        return contract

    def call(self, callee: Any, arguments: Any, position: int, use: str = "call") -> Any:
        """The value of a call of an allowed global that satisfies its contract."""
        if not isinstance(callee, Global):
            raise Unsafe("calls what the program makes itself")
        require(isinstance(arguments, tuple), "arguments that are no tuple")
        return CALLS[self.note(position, use, callee)](callee, arguments)

    def add(self, use: str, items: list[Any], position: int) -> None:
        """Add items to the container on top of the stack, one of its own or one that a call made."""
        target = self.stack[-1]
        if isinstance(target, Object):
            self.note(position, use, target.maker)
        elif use == "setitem" and isinstance(target, Mapping):
            target.put(items)
        elif (use == "append" and type(target) is list) or (use == "add" and isinstance(target, Group)):
            target.extend(items)
        else:
            raise Refused("adds items to what is no container")

    def build(self, position: int) -> None:
        """Give the object on top its state, and read the array behind it where joblib does."""
        state, target = self.pop(), self.stack[-1]
        if not isinstance(target, Object):
            raise Unsafe("sets the state of what no call made")
        contract = self.note(position, "build", target.maker)
        check_state(contract, target, state)
        if contract == "grown" and isinstance(state, Mapping):
            self.grown.append(trees.attributes(state))
        target.state = state
        if self.arrays and str(target.maker) == WRAPPER:
            self._array(target)

    def _array(self, wrapper: Object) -> None:
        """Pass over the bytes of an array, which begin where the frame ends."""
        require(isinstance(wrapper.state, Mapping), "array wrapper without plain state")
        require(self.end >= self.frame_end, "an array within a frame")
        facts = dict(zip(wrapper.state.keys, wrapper.state.values, strict=True))
        size, objects = item(facts["dtype"])
        if objects:
            inner = Machine(self.source, self.end)
            inner.globals, inner.uses, inner.trace, inner.grown = self.globals, self.uses, self.trace, self.grown
            self.end = inner.run().end
            self.stack[-1] = inner.result
        else:
            start = self.end
            if facts.get("numpy_array_alignment_bytes") is not None:
                start += 1 + self.source.read(start, 1)[0]
            end = start + size * math.prod(facts["shape"])
            require(end <= self.source.size and size >= 0 and min(facts["shape"], default=0) >= 0, "array breaks off")
            if end > start:
                self.inert.append((start, end))
            self.end = end
            state = (
                1,
                tuple(facts["shape"]),
                facts["dtype"],
                facts.get("order") == "F",
                Long(self.source, start, end - start),
            )
            self.stack[-1] = Object(Global("numpy", "ndarray"), ())
            self.stack[-1].state = state


_BEGINNINGS = (b"g", b"8", b"\x80")


def look_into(constant: str | bytes | bytearray | Long) -> None:
    """Raise Unsafe where a constant, plain, in base64 or in hexadecimal digits, is a pickle that is not allowed."""
    head = constant.head(_NESTED) if isinstance(constant, Long) and constant.head(1) in _BEGINNINGS else constant
    if isinstance(constant, Long) and constant.codec != "latin-1" and isinstance(head, bytes):
        head = head.decode("latin-1")
    try:
        if isinstance(head, str) and head[:1] in ("g", "8"):
            content = binascii.a2b_base64(head) if head[0] == "g" else bytes.fromhex(head)
        else:
            content = bytes(head) if isinstance(head, bytes | bytearray) else b""
    except ValueError:
        return
    if content[:1] == b"\x80":
        glimpse(Source.of(content))


def glimpse(content: Source) -> None:
    """Raise Carried where data, taken as a pickle, would name something of the standard library."""
    machine = Machine(content, 0)
    try:
        machine.run()
    except Carried:
        raise
    except Unsafe as error:
        if machine.globals and machine.globals[-1].partition(".")[0] in sys.stdlib_module_names:
            raise Carried(f"carries another pickle: {error}") from error
    except Refused:
        return  # data need not be a pickle


def item(dtype: Any) -> tuple[int, bool]:
    """Bytes of an item of a pickled ``numpy.dtype``, and whether it holds objects."""
    require(isinstance(dtype, Object) and str(dtype.maker) == "numpy.dtype", "array of an unknown type")
    kind, state = dtype.arguments[0], dtype.state
    letter, size = kind.lstrip("|=<>")[0], int(kind.lstrip("|=<>")[1:])
    require(letter in "biufcmMSUVO", "array of an unknown type")
    if letter == "U":
        size *= 4
    objects = letter == "O"
    if isinstance(state, tuple) and len(state) > 5:  # noqa: PLR2004  size of an item is the sixth
        if letter in "SUV" and isinstance(state[5], int) and state[5] >= 0:
            size = state[5]
        if len(state) > 7 and isinstance(state[7], int):  # noqa: PLR2004  flags are the eighth
            objects = bool(state[7] & 1)
    return size, objects


def _pushed(make: Callable[[Machine], Any]) -> Handler:
    return lambda machine, _argument, _position: machine.stack.append(make(machine))


def _tuple(count: int) -> Handler:
    def run(machine: Machine, _argument: Any, _position: int) -> None:
        items = [machine.pop() for _ in range(count)]
        machine.stack.append(tuple(reversed(items)))

    return run


def _pop(machine: Machine, _argument: Any, _position: int) -> None:
    machine.stack.pop()


def _stop(machine: Machine, _argument: Any, _position: int) -> None:
    machine.result = machine.pop()
    for facts in machine.grown:
        trees.grown(facts)


def _pop_mark(machine: Machine, _argument: Any, _position: int) -> None:
    machine.above()


def _remember(machine: Machine, argument: Any, _position: int) -> None:
    require(machine.stack[-1] is not _MARK, "remembers a mark")
    require(argument is None or argument <= 4 * machine.operations + 65_536, "memo key makes the unpickler allocate")
    machine.memo[len(machine.memo) if argument is None else argument] = machine.stack[-1]


def _protocol(machine: Machine, argument: Any, _position: int) -> None:
    require(0 <= argument <= 5, "protocol is not known")  # noqa: PLR2004  the newest protocol
    machine.protocol = argument


def _global(machine: Machine, argument: Any, _position: int) -> None:
    module, _, name = argument.partition(" ")
    machine.stack.append(machine.name(module, name))


def _stack_global(machine: Machine, _argument: Any, _position: int) -> None:
    name, module = machine.pop(), machine.pop()
    require(type(name) is str and type(module) is str, "a computed name")
    machine.stack.append(machine.name(module, name))


def _reduce(machine: Machine, _argument: Any, position: int) -> None:
    arguments, callee = machine.pop(), machine.pop()
    machine.stack.append(machine.call(callee, arguments, position))


def _new(machine: Machine, _argument: Any, position: int) -> None:
    arguments, callee = machine.pop(), machine.pop()
    machine.stack.append(machine.call(callee, arguments, position, "new"))


def _new_ex(machine: Machine, _argument: Any, position: int) -> None:
    keywords, arguments, callee = machine.pop(), machine.pop(), machine.pop()
    require(isinstance(keywords, Mapping) and isinstance(arguments, tuple), "arguments that are not plain")
    machine.stack.append(machine.call(callee, (*arguments, *keywords.values), position, "new"))


def _instance(machine: Machine, argument: Any, position: int) -> None:
    module, _, name = argument.partition(" ")
    callee = machine.name(module, name)
    machine.stack.append(machine.call(callee, tuple(machine.above()), position))


def _object(machine: Machine, _argument: Any, position: int) -> None:
    callee, *arguments = machine.above()
    machine.stack.append(machine.call(callee, tuple(arguments), position))


def _persistent(machine: Machine, _argument: Any, _position: int) -> None:
    key = machine.pop()
    known = isinstance(key, tuple) and len(key) > 1 and key[0] in ("storage", "module") and isinstance(key[1], Global)
    require(machine.storages and known, "asks the loader's own persistent_load for an object")
    machine.stack.append(key[1] if key[0] == "module" else Opaque())


def _refuse(_machine: Machine, _argument: Any, _position: int) -> None:
    raise Unsafe("imports whatever the process registered, or asks the loader for an object")


_CONSTANTS = frozenset(
    ["INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "STRING", "BINSTRING", "SHORT_BINSTRING",
     "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE",
     "BINUNICODE8", "FLOAT", "BINFLOAT"]
)  # fmt: skip
_HANDLERS: dict[str, Handler] = {
    "NONE": _pushed(lambda _: None),
    "NEWTRUE": _pushed(lambda _: True),
    "NEWFALSE": _pushed(lambda _: False),
    "EMPTY_LIST": _pushed(lambda _: []),
    "EMPTY_DICT": _pushed(lambda _: Mapping([])),
    "EMPTY_SET": _pushed(lambda _: Group()),
    "EMPTY_TUPLE": _pushed(lambda _: ()),
    "MARK": _pushed(lambda _: _MARK),
    "LIST": _pushed(lambda machine: machine.above()),
    "TUPLE": _pushed(lambda machine: tuple(machine.above())),
    "DICT": _pushed(lambda machine: Mapping(machine.above())),
    "FROZENSET": _pushed(lambda machine: Group(machine.above())),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "APPEND": lambda machine, _, position: machine.add("append", [machine.pop()], position),
    "APPENDS": lambda machine, _, position: machine.add("append", machine.above(), position),
    "ADDITEMS": lambda machine, _, position: machine.add("add", machine.above(), position),
    "SETITEM": lambda machine, _, position: machine.add("setitem", [machine.pop(), machine.pop()][::-1], position),
    "SETITEMS": lambda machine, _, position: machine.add("setitem", machine.above(), position),
    "POP": _pop,
    "POP_MARK": _pop_mark,
    "DUP": _pushed(lambda machine: machine.stack[-1]),
    "GET": lambda machine, key, _: machine.stack.append(machine.memo[key]),
    "PUT": _remember,
    "MEMOIZE": _remember,
    "PROTO": _protocol,
    "FRAME": lambda _machine, _argument, _position: None,
    "STOP": _stop,
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "REDUCE": _reduce,
    "NEWOBJ": _new,
    "NEWOBJ_EX": _new_ex,
    "INST": _instance,
    "OBJ": _object,
    "BUILD": lambda machine, _argument, position: machine.build(position),
    "BINPERSID": _persistent,
    **dict.fromkeys(("EXT1", "EXT2", "EXT4", "PERSID", "NEXT_BUFFER", "READONLY_BUFFER"), _refuse),
}
_HANDLERS |= {f"{size}BIN{name}": _HANDLERS[name] for name in ("GET", "PUT") for size in ("", "LONG_")}
