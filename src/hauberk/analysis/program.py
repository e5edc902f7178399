# SPDX-License-Identifier: Apache-2.0
"""Interprets a pickle program without running it: what it would import and call, and whether that is allowed.

The rule: naming a global imports its module, so every global must be on the allow-list; a call (REDUCE, INST, OBJ,
NEWOBJ, NEWOBJ_EX, BUILD, and the method calls behind APPEND, SETITEM and ADDITEMS on what is no builtin container) is
safe only if what is called is exactly an allowed global in an allowed way and its arguments satisfy that global's
contract. What is not known is not safe. A reader that stops leaves the evidence so far and says where and why.
"""

import binascii
import contextlib
from collections.abc import Callable
from typing import Final

from hauberk.analysis.program_judge import Judge, Program
from hauberk.analysis.program_machine import Handler, Machine, Wrapped
from hauberk.analysis.program_stride import stride
from hauberk.analysis.program_values import UNKNOWN, Bag, Made, Persistent, Table, Unknown, extend
from hauberk.assets.pickles import STOP, Operation, Stream, Stretch
from hauberk.core.errors import CannotLook, Malformed

_NESTED: Final = 1 << 20
"""Bytes of a constant that are looked at as a pickle within a pickle."""
_DEEPEST: Final = 3


def interpret(stream: Stream, *, judge: Judge | None = None, wrapped: Wrapped | None = None) -> Program:
    """What the pickle at the stream's position would do; ``judge`` collects over several pickles of one file.

    Never raises for malformed content: the result says why the reading stopped, with what was seen until there.
    """
    judge = judge or Judge()
    stopped = run(stream, judge, wrapped)
    return judge.program(end=stream.position, operations=stream.operations, stopped=stopped)


def run(stream: Stream, judge: Judge, wrapped: Wrapped | None = None, *, made: list[object] | None = None) -> str:
    """Let the judge see one pickle, and keep what it makes; why the reading ended before STOP, or empty."""
    stopped = ""
    try:
        machine = Machine(stream, judge, wrapped)
        _read(machine)
        if not machine.stack:
            stopped = f"nothing is on the stack at the end, byte {stream.position}"
        elif made is not None:
            made.append(machine.stack[-1])
        if not stopped and (odd := judge.odd if stream.odd is None else stream.odd) is not None:
            stopped = f"what stands at byte {odd} is written as no pickler writes it"
    except CannotLook as error:
        stopped = str(error)
    if stream.misframed is not None:
        judge.fault(
            stream.misframed, "frame", "ends a frame within an operation, so that unpicklers run different programs"
        )
    return stopped


def _read(machine: Machine) -> None:
    """Read operations up to and including STOP; raises CannotLook before."""
    stream = machine.stream
    while not stride(machine):
        operation = stream.operation()
        _HANDLERS[operation.code](machine, operation)
        if operation.code == STOP:
            return


def _argument(machine: Machine, operation: Operation) -> None:
    machine.stack.append(operation.argument)


def _text(machine: Machine, operation: Operation) -> None:
    text = operation.argument
    machine.stack.append(text)
    head = _head(text) if isinstance(text, Stretch) else text
    if head[:2] == "gA" or head[:3] == "800":
        with contextlib.suppress(ValueError):
            _nested(machine, binascii.a2b_base64(head) if head[:1] == "g" else bytes.fromhex(head), operation.offset)


def _head(text: Stretch) -> str:
    """The beginning of a long text, where it may be a pickle in base64 or in hexadecimal digits."""
    return text.head(_NESTED if text.head(1) in b"g8" else 0).decode("latin-1")


def _bytes(machine: Machine, operation: Operation) -> None:
    value = operation.argument
    machine.stack.append(value)
    if isinstance(value, Stretch):
        if value.head(1) == b"\x80":
            _nested(machine, value.head(_NESTED), operation.offset)
    elif value[:1] == b"\x80":
        _nested(machine, value, operation.offset)


def _nested(machine: Machine, data: bytes, offset: int) -> None:
    """Look into a constant that begins as a pickle, plain, in base64 or in hexadecimal digits."""
    if machine.judge.depth < _DEEPEST:
        found = interpret(Stream(data, within=machine.stream), judge=Judge(depth=machine.judge.depth + 1))
        cut = len(data) >= _NESTED // 2  # of a long constant the head alone is read, of hexadecimal digits half of it
        if found.calls or cut or not found.stopped:  # text that only begins as one, and breaks off, runs nothing
            machine.judge.nested(found, offset)


def _value(value: object) -> Handler:
    return lambda machine, _: machine.stack.append(value)


def _fresh(make: Callable[[], object]) -> Handler:
    return lambda machine, _: machine.stack.append(make())


def _nothing(_machine: Machine, _operation: Operation) -> None:
    pass


def _set_protocol(machine: Machine, operation: Operation) -> None:
    machine.protocol = operation.argument


def _mark(machine: Machine, _: Operation) -> None:
    machine.mark()


def _pop(machine: Machine, _: Operation) -> None:
    if machine.below and not machine.stack:
        machine.since_mark()
    else:
        machine.pop()


def _pop_mark(machine: Machine, _: Operation) -> None:
    machine.since_mark()


def _duplicate(machine: Machine, _: Operation) -> None:
    machine.stack.append(machine.top())


def _tuple(machine: Machine, _: Operation) -> None:
    items = machine.since_mark()
    machine.stack.append(tuple(items))


def _short_tuple(count: int) -> Handler:
    def run(machine: Machine, _: Operation) -> None:
        items = [machine.pop() for _ in range(count)]
        machine.stack.append(tuple(reversed(items)))

    return run


def _list(machine: Machine, _: Operation) -> None:
    items = machine.since_mark()
    machine.stack.append(items)


def _pairs(items: list[object], offset: int) -> list[tuple[object, object]]:
    if len(items) % 2:
        raise Malformed(f"odd number of items for a dictionary at byte {offset}")
    return list(zip(items[::2], items[1::2], strict=True))


def _dict(machine: Machine, operation: Operation) -> None:
    table = Table()
    table.put(_pairs(machine.since_mark(), operation.offset))
    machine.stack.append(table)


def _frozenset(machine: Machine, _: Operation) -> None:
    items = machine.since_mark()
    machine.stack.append(Bag(items))


def _append(machine: Machine, operation: Operation) -> None:
    item = machine.pop()
    _extend(machine, [item], operation.offset)


def _appends(machine: Machine, operation: Operation) -> None:
    _extend(machine, machine.since_mark(), operation.offset)


def _extend(machine: Machine, items: list[object], offset: int) -> None:
    target = machine.top()
    if isinstance(target, list):
        extend(target, items)
    else:
        machine.judge.method(target, "append", offset)


def _set_item(machine: Machine, operation: Operation) -> None:
    value, key = machine.pop(), machine.pop()
    _update(machine, [(key, value)], operation.offset)


def _set_items(machine: Machine, operation: Operation) -> None:
    _update(machine, _pairs(machine.since_mark(), operation.offset), operation.offset)


def _update(machine: Machine, pairs: list[tuple[object, object]], offset: int) -> None:
    target = machine.top()
    if isinstance(target, Table):
        if target.sealed:
            machine.judge.fault(offset, "state", "changes the fields of a type that numpy has taken")
        target.put(pairs)
        machine.judge.filled(target, pairs, offset)
    else:
        machine.judge.method(target, "setitem", offset)


def _add_items(machine: Machine, operation: Operation) -> None:
    items = machine.since_mark()
    target = machine.top()
    if isinstance(target, Bag):
        extend(target.items, items)
    else:
        machine.judge.method(target, "add", operation.offset)


def _get(machine: Machine, operation: Operation) -> None:
    machine.recall(operation.argument)


def _put(machine: Machine, operation: Operation) -> None:
    machine.remember(operation.argument)


def _memoize(machine: Machine, _: Operation) -> None:
    machine.remember(None)


def _global(machine: Machine, operation: Operation) -> None:
    module, name = operation.argument
    machine.stack.append(machine.named(module, name, operation.offset))


def _stack_global(machine: Machine, operation: Operation) -> None:
    name, module = machine.pop(), machine.pop()
    if isinstance(name, str) and isinstance(module, str):
        machine.stack.append(machine.named(module, name, operation.offset))
    elif not (_may_be_text(name) and _may_be_text(module)):
        raise Malformed(f"name at byte {operation.offset} is no string")
    else:
        machine.judge.fault(operation.offset, "computed", "imports a name that the program computes")
        machine.stack.append(UNKNOWN)


def _may_be_text(value: object) -> bool:
    """Whether the unpickler, which asks for exactly ``str`` here, could find one."""
    return isinstance(value, str | Stretch | Unknown | Persistent) or (
        isinstance(value, Made) and value.origin.path in _MAKES_TEXT
    )


_MAKES_TEXT = frozenset({"builtins.str"})


def _extension(machine: Machine, operation: Operation) -> None:
    what = f"imports whatever the process registered as extension {operation.argument}"
    machine.judge.fault(operation.offset, "extension", what)
    machine.stack.append(UNKNOWN)


def _buffer(machine: Machine, operation: Operation) -> None:
    """NEXT_BUFFER, READONLY_BUFFER: of use only to who sends buffers beside the pickle, which no file can."""
    machine.judge.fault(operation.offset, "persistent", "asks the loader for a buffer")
    if operation.code == 0x97:  # noqa: PLR2004  NEXT_BUFFER, which pushes one
        machine.stack.append(UNKNOWN)


def _reduce(machine: Machine, operation: Operation) -> None:
    arguments, callee = machine.pop(), machine.pop()
    machine.stack.append(machine.judge.call(callee, arguments, operation.offset))


def _instance(machine: Machine, operation: Operation) -> None:
    module, name = operation.argument
    callee = machine.named(module, name, operation.offset)  # the unpickler in Python imports before it asks for a mark
    arguments = tuple(machine.since_mark())
    machine.stack.append(machine.judge.call(callee, arguments, operation.offset))


def _object(machine: Machine, operation: Operation) -> None:
    items = machine.since_mark()
    if not items:
        raise Malformed(f"no class for an object at byte {operation.offset}")
    machine.stack.append(machine.judge.call(items[0], tuple(items[1:]), operation.offset))


def _new(machine: Machine, operation: Operation) -> None:
    arguments, callee = machine.pop(), machine.pop()
    machine.stack.append(machine.judge.new(callee, arguments, operation.offset))


def _new_ex(machine: Machine, operation: Operation) -> None:
    keywords, arguments, callee = machine.pop(), machine.pop(), machine.pop()
    values = [value for _, value in keywords.pairs] if isinstance(keywords, Table) and keywords.whole else [UNKNOWN]
    given = (*arguments, *values) if isinstance(arguments, tuple) else UNKNOWN
    machine.stack.append(machine.judge.new(callee, given, operation.offset))


def _build(machine: Machine, operation: Operation) -> None:
    state = machine.pop()
    target = machine.top()
    machine.judge.build(target, state, operation.offset)
    if machine.wrapped is not None and isinstance(target, Made):
        machine.stack[-1] = machine.wrapped(machine.stream, target, machine.judge)


def _persistent(machine: Machine, operation: Operation) -> None:
    key = operation.argument if operation.code == ord("P") else machine.pop()
    machine.stack.append(machine.judge.persistent(Persistent(key), operation.offset))


_TABLE: dict[bytes, Handler] = {
    **dict.fromkeys((bytes([code]) for code in b"IJKML\x8a\x8bFG"), _argument),
    **dict.fromkeys((bytes([code]) for code in b"STUV\x8cX\x8d"), _text),
    **dict.fromkeys((bytes([code]) for code in b"BC\x8e\x96"), _bytes),
    **dict.fromkeys((b"g", b"h", b"j"), _get),
    **dict.fromkeys((b"p", b"q", b"r"), _put),
    **dict.fromkeys((b"\x82", b"\x83", b"\x84"), _extension),
    **dict.fromkeys((b"P", b"Q"), _persistent),
    **dict.fromkeys((b"\x97", b"\x98"), _buffer),
    **dict.fromkeys((b"\x95", b"."), _nothing),
    b"\x80": _set_protocol,
    b"\x94": _memoize,
    b"N": _value(None),
    b"\x88": _value(True),  # noqa: FBT003  the constant that the opcode pushes
    b"\x89": _value(False),  # noqa: FBT003  the constant that the opcode pushes
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
