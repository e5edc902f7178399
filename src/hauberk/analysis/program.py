# SPDX-License-Identifier: Apache-2.0
"""Interprets a pickle program without running it: what it would import and call, and whether that is allowed.

The rule: naming a global imports its module, so every global must be on the allow-list; a call (REDUCE, INST, OBJ,
NEWOBJ, NEWOBJ_EX, BUILD, and the method calls behind APPEND, SETITEM and ADDITEMS on what is no builtin container) is
safe only if what is called is exactly an allowed global in an allowed way and its arguments satisfy that global's
contract. What is not known is not safe. A reader that stops leaves the evidence so far and says where and why.
"""

import binascii
import contextlib
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Callable
from typing import Final

from hauberk.analysis.program_judge import Judge, Program
from hauberk.analysis.program_values import UNKNOWN, Bag, Made, Named, Persistent, Table, Unknown
from hauberk.assets.pickles import Operation, Stream
from hauberk.core.errors import CannotLook, Malformed

_RENAMED_BELOW: Final = 3
_NESTED: Final = 1 << 20
"""Bytes of a constant that are looked at as a pickle within a pickle."""
_DEEPEST: Final = 3
_SPARSE: Final = 1 << 16
"""Highest memo key, beyond the number of operations, of an honest program: the C unpickler allocates so many."""

Wrapped = Callable[[Stream, Made, Judge], object]
"""Called after BUILD: what the loader puts in the place of a built instance, after reading array bytes behind it."""


def interpret(stream: Stream, *, judge: Judge | None = None, wrapped: Wrapped | None = None) -> Program:
    """What the pickle at the stream's position would do; ``judge`` collects over several pickles of one file.

    Never raises for malformed content: the result says why the reading stopped, with what was seen until there.
    """
    judge = judge or Judge()
    stopped = run(stream, judge, wrapped)
    return judge.program(end=stream.position, operations=stream.operations, stopped=stopped)


def run(stream: Stream, judge: Judge, wrapped: Wrapped | None = None) -> str:
    """Let the judge see one pickle; why the reading ended before STOP, or empty."""
    stopped = ""
    try:
        _Machine(stream, judge, wrapped).run()
    except CannotLook as error:
        stopped = str(error)
    if stream.misframed is not None:
        judge.fault(
            stream.misframed, "frame", "ends a frame within an operation, so that unpicklers run different programs"
        )
    return stopped


class _Machine:
    """Stack, marks and memo, as in ``Modules/_pickle.c``: marks are fences that no operation reaches below."""

    def __init__(self, stream: Stream, judge: Judge, wrapped: Wrapped | None) -> None:
        self.stream = stream
        self.judge = judge
        self.wrapped = wrapped
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.fence = 0
        self.memo: dict[int, object] = {}
        self.protocol = 0

    def run(self) -> None:
        handlers = _HANDLERS
        for operation in self.stream:
            handlers[operation.code](self, operation)

    def push(self, value: object) -> None:
        self.stack.append(value)

    def pop(self) -> object:
        if len(self.stack) <= self.fence:
            raise Malformed(f"stack is empty before byte {self.stream.position}")
        return self.stack.pop()

    def top(self) -> object:
        if len(self.stack) <= self.fence:
            raise Malformed(f"stack is empty before byte {self.stream.position}")
        return self.stack[-1]

    def since_mark(self) -> list[object]:
        """Pop the values above the newest mark, and the mark."""
        if not self.marks:
            raise Malformed(f"no mark before byte {self.stream.position}")
        mark = self.marks.pop()
        items = self.stack[mark:]
        del self.stack[mark:]
        self.fence = self.marks[-1] if self.marks else 0
        return items

    def remember(self, key: int) -> None:
        if key > _SPARSE + 4 * self.stream.operations:
            self.judge.fault(
                self.stream.position, "memory", f"memo key {key} makes the unpickler allocate that many slots"
            )
        self.memo[key] = self.top()

    def recall(self, key: int) -> None:
        if key not in self.memo:
            raise Malformed(f"memo key {key} before byte {self.stream.position} was never set")
        self.stack.append(self.memo[key])

    def named(self, module: str, name: str, offset: int) -> Named:
        """The global under the name by which this protocol looks it up."""
        if self.protocol < _RENAMED_BELOW:
            if (module, name) in NAME_MAPPING:
                module, name = NAME_MAPPING[(module, name)]
            elif module in IMPORT_MAPPING:
                module = IMPORT_MAPPING[module]
        return self.judge.name(Named(module, name, offset))


Handler = Callable[[_Machine, Operation], None]


def _argument(machine: _Machine, operation: Operation) -> None:
    machine.stack.append(operation.argument)


def _text(machine: _Machine, operation: Operation) -> None:
    text = operation.argument
    machine.stack.append(text)
    if text[:2] == "gA" or text[:3] == "800":
        with contextlib.suppress(ValueError):
            _nested(machine, binascii.a2b_base64(text) if text[:1] == "g" else bytes.fromhex(text), operation.offset)


def _bytes(machine: _Machine, operation: Operation) -> None:
    machine.stack.append(operation.argument)
    if operation.argument[:1] == b"\x80":
        _nested(machine, bytes(operation.argument[:_NESTED]), operation.offset)


def _nested(machine: _Machine, data: bytes, offset: int) -> None:
    """Look into a constant that begins as a pickle, plain, in base64 or in hexadecimal digits."""
    if machine.judge.depth < _DEEPEST:
        machine.judge.nested(interpret(Stream(data), judge=Judge(depth=machine.judge.depth + 1)), offset)


def _value(value: object) -> Handler:
    return lambda machine, _: machine.stack.append(value)


def _fresh(make: Callable[[], object]) -> Handler:
    return lambda machine, _: machine.stack.append(make())


def _nothing(_machine: _Machine, _operation: Operation) -> None:
    pass


def _set_protocol(machine: _Machine, operation: Operation) -> None:
    machine.protocol = operation.argument


def _mark(machine: _Machine, _: Operation) -> None:
    machine.fence = len(machine.stack)
    machine.marks.append(machine.fence)


def _pop(machine: _Machine, _: Operation) -> None:
    if machine.marks and machine.marks[-1] == len(machine.stack):
        machine.since_mark()
    else:
        machine.pop()


def _pop_mark(machine: _Machine, _: Operation) -> None:
    machine.since_mark()


def _duplicate(machine: _Machine, _: Operation) -> None:
    machine.push(machine.top())


def _tuple(machine: _Machine, _: Operation) -> None:
    machine.push(tuple(machine.since_mark()))


def _short_tuple(count: int) -> Handler:
    def run(machine: _Machine, _: Operation) -> None:
        items = [machine.pop() for _ in range(count)]
        machine.push(tuple(reversed(items)))

    return run


def _list(machine: _Machine, _: Operation) -> None:
    machine.push(machine.since_mark())


def _pairs(items: list[object], offset: int) -> list[tuple[object, object]]:
    if len(items) % 2:
        raise Malformed(f"odd number of items for a dictionary at byte {offset}")
    return list(zip(items[::2], items[1::2], strict=True))


def _dict(machine: _Machine, operation: Operation) -> None:
    table = Table()
    table.pairs = _pairs(machine.since_mark(), operation.offset)
    machine.push(table)


def _frozenset(machine: _Machine, _: Operation) -> None:
    machine.push(Bag(machine.since_mark()))


def _append(machine: _Machine, operation: Operation) -> None:
    item = machine.pop()
    _extend(machine, [item], operation.offset)


def _appends(machine: _Machine, operation: Operation) -> None:
    _extend(machine, machine.since_mark(), operation.offset)


def _extend(machine: _Machine, items: list[object], offset: int) -> None:
    target = machine.top()
    if isinstance(target, list):
        target.extend(items)
    else:
        machine.judge.method(target, "append", offset)


def _set_item(machine: _Machine, operation: Operation) -> None:
    value, key = machine.pop(), machine.pop()
    _update(machine, [(key, value)], operation.offset)


def _set_items(machine: _Machine, operation: Operation) -> None:
    _update(machine, _pairs(machine.since_mark(), operation.offset), operation.offset)


def _update(machine: _Machine, pairs: list[tuple[object, object]], offset: int) -> None:
    target = machine.top()
    if isinstance(target, Table):
        target.pairs.extend(pairs)
        machine.judge.filled(target, pairs, offset)
    else:
        machine.judge.method(target, "setitem", offset)


def _add_items(machine: _Machine, operation: Operation) -> None:
    items = machine.since_mark()
    target = machine.top()
    if isinstance(target, Bag):
        target.items.extend(items)
    else:
        machine.judge.method(target, "add", operation.offset)


def _get(machine: _Machine, operation: Operation) -> None:
    machine.recall(operation.argument)


def _put(machine: _Machine, operation: Operation) -> None:
    machine.remember(operation.argument)


def _memoize(machine: _Machine, _: Operation) -> None:
    machine.memo[len(machine.memo)] = machine.top()


def _global(machine: _Machine, operation: Operation) -> None:
    module, name = operation.argument
    machine.push(machine.named(module, name, operation.offset))


def _stack_global(machine: _Machine, operation: Operation) -> None:
    name, module = machine.pop(), machine.pop()
    if isinstance(name, str) and isinstance(module, str):
        machine.push(machine.named(module, name, operation.offset))
    elif not (_may_be_text(name) and _may_be_text(module)):
        raise Malformed(f"name at byte {operation.offset} is no string")
    else:
        machine.judge.fault(operation.offset, "computed", "imports a name that the program computes")
        machine.push(UNKNOWN)


def _may_be_text(value: object) -> bool:
    """Whether the unpickler, which asks for exactly ``str`` here, could find one."""
    return isinstance(value, str | Unknown | Persistent) or (
        isinstance(value, Made) and value.origin.path in _MAKES_TEXT
    )


_MAKES_TEXT = frozenset({"builtins.str"})


def _extension(machine: _Machine, operation: Operation) -> None:
    what = f"imports whatever the process registered as extension {operation.argument}"
    machine.judge.fault(operation.offset, "extension", what)
    machine.push(UNKNOWN)


def _reduce(machine: _Machine, operation: Operation) -> None:
    arguments, callee = machine.pop(), machine.pop()
    machine.push(machine.judge.call(callee, arguments, operation.offset))


def _instance(machine: _Machine, operation: Operation) -> None:
    module, name = operation.argument
    callee = machine.named(module, name, operation.offset)  # the unpickler in Python imports before it asks for a mark
    arguments = tuple(machine.since_mark())
    machine.push(machine.judge.call(callee, arguments, operation.offset))


def _object(machine: _Machine, operation: Operation) -> None:
    items = machine.since_mark()
    if not items:
        raise Malformed(f"no class for an object at byte {operation.offset}")
    machine.push(machine.judge.call(items[0], tuple(items[1:]), operation.offset))


def _new(machine: _Machine, operation: Operation) -> None:
    arguments, callee = machine.pop(), machine.pop()
    machine.push(machine.judge.new(callee, arguments, operation.offset))


def _new_ex(machine: _Machine, operation: Operation) -> None:
    keywords, arguments, callee = machine.pop(), machine.pop(), machine.pop()
    values = [value for _, value in keywords.pairs] if isinstance(keywords, Table) else [UNKNOWN]
    given = (*arguments, *values) if isinstance(arguments, tuple) else UNKNOWN
    machine.push(machine.judge.new(callee, given, operation.offset))


def _build(machine: _Machine, operation: Operation) -> None:
    state = machine.pop()
    target = machine.top()
    machine.judge.build(target, state, operation.offset)
    if machine.wrapped is not None and isinstance(target, Made):
        machine.stack[-1] = machine.wrapped(machine.stream, target, machine.judge)


def _persistent(machine: _Machine, operation: Operation) -> None:
    key = operation.argument if operation.code == ord("P") else machine.pop()
    machine.push(machine.judge.persistent(Persistent(key), operation.offset))


_TABLE: dict[bytes, Handler] = {
    **dict.fromkeys((bytes([code]) for code in b"IJKML\x8a\x8bFG"), _argument),
    **dict.fromkeys((bytes([code]) for code in b"STUV\x8cX\x8d"), _text),
    **dict.fromkeys((bytes([code]) for code in b"BC\x8e\x96"), _bytes),
    **dict.fromkeys((b"g", b"h", b"j"), _get),
    **dict.fromkeys((b"p", b"q", b"r"), _put),
    **dict.fromkeys((b"\x82", b"\x83", b"\x84"), _extension),
    **dict.fromkeys((b"P", b"Q"), _persistent),
    **dict.fromkeys((b"\x95", b".", b"\x98"), _nothing),
    b"\x80": _set_protocol,
    b"\x94": _memoize,
    b"N": _value(None),
    b"\x88": _value(True),  # noqa: FBT003  the constant that the opcode pushes
    b"\x89": _value(False),  # noqa: FBT003  the constant that the opcode pushes
    b"\x97": _value(UNKNOWN),
    b"]": _fresh(list),
    b"}": _fresh(Table),
    b"\x8f": _fresh(lambda: Bag([])),
    b")": _value(()),
    b"a": _append,
    b"e": _appends,
    b"l": _list,
    b"t": _tuple,
    b"\x85": _short_tuple(1),
    b"\x86": _short_tuple(2),
    b"\x87": _short_tuple(3),
    b"d": _dict,
    b"s": _set_item,
    b"u": _set_items,
    b"\x90": _add_items,
    b"\x91": _frozenset,
    b"0": _pop,
    b"1": _pop_mark,
    b"2": _duplicate,
    b"(": _mark,
    b"c": _global,
    b"\x93": _stack_global,
    b"R": _reduce,
    b"b": _build,
    b"i": _instance,
    b"o": _object,
    b"\x81": _new,
    b"\x92": _new_ex,
}
_HANDLERS: list[Handler] = [_TABLE.get(bytes([code]), _nothing) for code in range(256)]
