# SPDX-License-Identifier: Apache-2.0
"""Stack, marks and memo of the interpreter, and the operations that most of a pickle consists of.

An honest program is nine tenths constants, memo and tuples. Those are done in the window, without a look at what a
whole operation needs; wherever one of them could cross the window, a frame or a mark, it is left to ``operation``.
"""

import struct
from collections.abc import Callable

from hauberk.analysis.program_judge import Judge
from hauberk.analysis.program_values import Made, Table, extend
from hauberk.assets.pickles import SHORT, STOP, Operation, Stream
from hauberk.core.errors import Malformed

WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"
"""The one class in whose place a loader puts something else."""
_SPARSE = 1 << 16
"""Highest memo key, beyond the number of operations, of an honest program: the C unpickler allocates so many."""

Wrapped = Callable[[Stream, Made, Judge], object]
"""Called after BUILD: what the loader puts in the place of a built instance, after reading array bytes behind it."""
Handler = Callable[["Machine", Operation], None]
Quick = Callable[["Machine", bytes, int], int]
"""Does the operation at a place of the window and gives the place behind it; the same place where it cannot."""


class Machine:
    """Stack, marks and memo, as in ``Modules/_pickle.c``: marks are fences that no operation reaches below."""

    def __init__(self, stream: Stream, judge: Judge, wrapped: Wrapped | None) -> None:
        """Stand before the first operation."""
        self.stream = stream
        self.judge = judge
        self.wrapped = wrapped
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.fence = 0
        self.memo: list[object] = []
        """Values under the keys that picklers give, in order."""
        self.sparse: dict[int, object] = {}
        """Values under other keys."""
        self.protocol = 0

    def run(self, handlers: list[Handler]) -> None:
        """Read operations up to and including STOP; raises CannotLook before."""
        stream = self.stream
        while True:
            data, at, limit = stream.quick()
            count = 0
            for quick, end in ((QUICK, limit), (QUICKEST, stream.edge - 1)):
                while at < end:
                    operation = quick[data[at]]
                    if operation is None:
                        break
                    behind = operation(self, data, at)
                    if behind == at:
                        break
                    at = behind
                    count += 1
            stream.passed(at, count)
            whole = stream.operation()
            handlers[whole.code](self, whole)
            if whole.code == STOP:
                return

    def pop(self) -> object:
        """The top of the stack."""
        if len(self.stack) <= self.fence:
            raise Malformed(f"stack is empty before byte {self.stream.position}")
        return self.stack.pop()

    def top(self) -> object:
        """The top of the stack, which stays."""
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

    def remember(self, key: int | None) -> None:
        """Keep the top of the stack under a key, by default under the count of all keys."""
        if key is None:
            key = len(self.memo) + len(self.sparse)
        if key > _SPARSE + 4 * self.stream.operations:
            self.judge.fault(
                self.stream.position, "memory", f"memo key {key} makes the unpickler allocate that many slots"
            )
        if key < len(self.memo):
            self.memo[key] = self.top()
        elif key == len(self.memo) and not self.sparse:
            self.memo.append(self.top())
        else:
            self.sparse[key] = self.top()

    def recall(self, key: int) -> None:
        """Push the value under a key."""
        if key < len(self.memo):
            self.stack.append(self.memo[key])
        elif key in self.sparse:
            self.stack.append(self.sparse[key])
        else:
            raise Malformed(f"memo key {key} before byte {self.stream.position} was never set")


def _constant(value: object) -> Quick:
    def quick(machine: Machine, _data: bytes, at: int) -> int:
        machine.stack.append(value)
        return at + 1

    return quick


def _list(machine: Machine, _data: bytes, at: int) -> int:
    machine.stack.append([])
    return at + 1


def _table(machine: Machine, _data: bytes, at: int) -> int:
    machine.stack.append(Table())
    return at + 1


def _mark(machine: Machine, _data: bytes, at: int) -> int:
    fence = machine.fence = len(machine.stack)
    machine.marks.append(fence)
    return at + 1


def _byte(machine: Machine, data: bytes, at: int) -> int:
    machine.stack.append(data[at + 1])
    return at + 2


def _two_bytes(machine: Machine, data: bytes, at: int) -> int:
    machine.stack.append(data[at + 1] | data[at + 2] << 8)
    return at + 3


_WHOLE, _FLOAT = struct.Struct("<i").unpack_from, struct.Struct(">d").unpack_from


def _whole(machine: Machine, data: bytes, at: int) -> int:
    machine.stack.append(_WHOLE(data, at + 1)[0])
    return at + 5


def _float(machine: Machine, data: bytes, at: int) -> int:
    machine.stack.append(_FLOAT(data, at + 1)[0])
    return at + 9


def _get(machine: Machine, data: bytes, at: int) -> int:
    memo, key = machine.memo, data[at + 1]
    if key >= len(memo):
        return at
    machine.stack.append(memo[key])
    return at + 2


def _get_long(machine: Machine, data: bytes, at: int) -> int:
    memo, key = machine.memo, int.from_bytes(data[at + 1 : at + 5], "little")
    if key >= len(memo):
        return at
    machine.stack.append(memo[key])
    return at + 5


def _put(machine: Machine, data: bytes, at: int) -> int:
    memo, stack = machine.memo, machine.stack
    if data[at + 1] != len(memo) or machine.sparse or len(stack) <= machine.fence:
        return at
    memo.append(stack[-1])
    return at + 2


def _put_long(machine: Machine, data: bytes, at: int) -> int:
    memo, stack = machine.memo, machine.stack
    key = int.from_bytes(data[at + 1 : at + 5], "little")
    if key != len(memo) or machine.sparse or len(stack) <= machine.fence:
        return at
    memo.append(stack[-1])
    return at + 5


def _memoize(machine: Machine, _data: bytes, at: int) -> int:
    stack = machine.stack
    if machine.sparse or len(stack) <= machine.fence:
        return at
    machine.memo.append(stack[-1])
    return at + 1


def _text(machine: Machine, data: bytes, at: int) -> int:
    """A short text that cannot be a pickle in other words: those begin with ``gA`` or ``800``."""
    count = data[at + 1]
    end = at + 2 + count
    if count > SHORT or end > machine.stream.edge or data[at + 2 : at + 3] in b"g8":
        return at
    try:
        machine.stack.append(data[at + 2 : end].decode())
    except UnicodeDecodeError:
        return at
    return end


def _text_long(machine: Machine, data: bytes, at: int) -> int:
    count = int.from_bytes(data[at + 1 : at + 5], "little")
    end = at + 5 + count
    if count > SHORT or end > machine.stream.edge or data[at + 5 : at + 6] in b"g8":
        return at
    try:
        machine.stack.append(data[at + 5 : end].decode())
    except UnicodeDecodeError:
        return at
    return end


def _tuple(count: int) -> Quick:
    def quick(machine: Machine, _data: bytes, at: int) -> int:
        stack = machine.stack
        if len(stack) < machine.fence + count:
            return at
        stack[-count:] = [tuple(stack[-count:])]
        return at + 1

    return quick


def _tuple_since_mark(machine: Machine, _data: bytes, at: int) -> int:
    marks, stack = machine.marks, machine.stack
    if not marks:
        return at
    mark = marks.pop()
    stack[mark:] = [tuple(stack[mark:])]
    machine.fence = marks[-1] if marks else 0
    return at + 1


def _appends(machine: Machine, _data: bytes, at: int) -> int:
    marks, stack = machine.marks, machine.stack
    if not marks:
        return at
    mark = marks[-1]
    below = marks[-2] if len(marks) > 1 else 0
    target = stack[mark - 1] if mark > below else None
    if not isinstance(target, list):
        return at
    extend(target, stack[mark:])
    del stack[mark:]
    marks.pop()
    machine.fence = below
    return at + 1


def _set_items(machine: Machine, _data: bytes, at: int) -> int:
    marks, stack = machine.marks, machine.stack
    if not marks:
        return at
    mark = marks[-1]
    below = marks[-2] if len(marks) > 1 else 0
    target = stack[mark - 1] if mark > below else None
    if not isinstance(target, Table) or target.attributes or (len(stack) - mark) & 1:
        return at
    target.put(list(zip(stack[mark::2], stack[mark + 1 :: 2], strict=True)))
    del stack[mark:]
    marks.pop()
    machine.fence = below
    return at + 1


def _append(machine: Machine, _data: bytes, at: int) -> int:
    stack = machine.stack
    target = stack[-2] if len(stack) >= machine.fence + 2 else None
    if not isinstance(target, list):
        return at
    extend(target, [stack.pop()])
    return at + 1


def _reduce(machine: Machine, _data: bytes, at: int) -> int:
    stack = machine.stack
    if len(stack) < machine.fence + 2:
        return at
    arguments = stack.pop()
    stack[-1] = machine.judge.call(stack[-1], arguments, machine.stream.base + at)
    return at + 1


def _new(machine: Machine, _data: bytes, at: int) -> int:
    stack = machine.stack
    if len(stack) < machine.fence + 2:
        return at
    arguments = stack.pop()
    stack[-1] = machine.judge.new(stack[-1], arguments, machine.stream.base + at)
    return at + 1


def _build(machine: Machine, _data: bytes, at: int) -> int:
    """All but what a loader puts something else in the place of, which moves the stream."""
    stack = machine.stack
    if len(stack) < machine.fence + 2:
        return at
    target = stack[-2]
    if machine.wrapped is not None and isinstance(target, Made) and target.origin.path == WRAPPER:
        return at
    state = stack.pop()
    machine.judge.build(stack[-1], state, machine.stream.base + at)
    return at + 1


def _bytes(machine: Machine, data: bytes, at: int) -> int:
    """Short bytes that cannot be a pickle."""
    count = data[at + 1]
    end = at + 2 + count
    if count > SHORT or end > machine.stream.edge or data[at + 2] == _PROTO:
        return at
    machine.stack.append(data[at + 2 : end])
    return end


_PROTO = 0x80
_OPERATIONS: dict[bytes, Quick] = {
    b"N": _constant(None),
    b"\x88": _constant(True),  # noqa: FBT003  the constant that the opcode pushes
    b"\x89": _constant(False),  # noqa: FBT003  the constant that the opcode pushes
    b")": _constant(()),
    b"]": _list,
    b"}": _table,
    b"(": _mark,
    b"K": _byte,
    b"M": _two_bytes,
    b"J": _whole,
    b"G": _float,
    b"h": _get,
    b"j": _get_long,
    b"q": _put,
    b"r": _put_long,
    b"\x94": _memoize,
    b"\x8c": _text,
    b"X": _text_long,
    b"\x85": _tuple(1),
    b"\x86": _tuple(2),
    b"\x87": _tuple(3),
    b"t": _tuple_since_mark,
    b"e": _appends,
    b"a": _append,
    b"u": _set_items,
    b"C": _bytes,
    b"R": _reduce,
    b"\x81": _new,
    b"b": _build,
}
QUICK: list[Quick | None] = [_OPERATIONS.get(bytes([code])) for code in range(256)]
QUICKEST: list[Quick | None] = [
    _OPERATIONS.get(bytes([code])) if bytes([code]) in b"N\x88\x89)]}(Khq\x94\x85\x86\x87teauR\x81b" else None
    for code in range(256)
]
"""Those of at most two bytes, which are done up to the end of a window or a frame: joblib writes many short frames."""
