# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004  a number in the code is looked up nowhere; the name of each operation stands beside it
"""The operations that pickles consist of, done in the window without a look at what a whole operation needs.

What stands here does as the handlers of ``program`` do. Wherever an operation could cross the window or a frame, meets
a stack that is too short, an unusual memo or a value that has to be looked at, it is left to them.
"""

import struct

from hauberk.analysis.program_machine import WRAPPER, Machine
from hauberk.analysis.program_values import ENOUGH, Made, Table, extend
from hauberk.assets.pickles import KEPT, MOST_KEPT, SHORT, Stream, Stretch

_FOREVER = range(1 << 62)
_WHOLE, _LONG, _FLOAT = (struct.Struct(form).unpack_from for form in ("<i", "<I", ">d"))
_LONGEST_NUMBER = 12
"""Digits of a number in a line, with its opcode."""
_NONE = 1 << 62
_ZERO, _ONE, _PROTO, _GLOBAL, _UNICODE = ord("0"), ord("1"), 0x80, ord("c"), ord("V")
_TRUTHS = (b"I00\n", b"I01\n")
_MAYBE = frozenset(b"g8")
"""First bytes of texts that may be a pickle in other words."""
_SIZED: dict[int, tuple[int, str]] = {
    0x8C: (1, "utf-8"),
    0x58: (4, "utf-8"),
    0x8D: (8, "utf-8"),
    0x55: (1, "latin-1"),
    0x54: (4, "latin-1"),
    0x43: (1, ""),
    0x42: (4, ""),
    0x8E: (8, ""),
    0x96: (8, ""),
}
"""Width of the length, and encoding, none for bytes, of constants whose length stands before them."""
_LINES = frozenset(b"cSV")
"""Operations whose argument is a line, but numbers."""
_OTHER = (b"gA", b"800")
"""How a pickle begins that is written in base64 or in hexadecimal digits."""


def stride(machine: Machine) -> bool:  # noqa: C901, PLR0912, PLR0915  one loop: a call costs more than most operations
    """Do operations as long as they are plain; whether the last one was STOP.

    An operation that meets the end of its bytes, or of the stack, raises IndexError before it has changed anything.
    """
    stream, judge, memo = machine.stream, machine.judge, machine.memo
    stack, below, wrapped = machine.stack, machine.below, machine.wrapped
    data, at, base = stream.quick()
    sparse = bool(machine.sparse)
    done = count = 0
    stopped = False
    try:
        for count in _FOREVER:
            code = data[at]
            if code == 0x68:  # BINGET
                stack.append(memo[data[at + 1]])
                at += 2
            elif code == 0x4B:  # BININT1
                stack.append(data[at + 1])
                at += 2
            elif code >= 0x80:
                if code == 0x94:  # MEMOIZE
                    if sparse:
                        break
                    memo.append(stack[-1])
                    at += 1
                elif code == 0x8C:  # SHORT_BINUNICODE
                    size = data[at + 1]
                    end = at + 2 + size
                    if size > SHORT or end > len(data) or not size or data[at + 2] in _MAYBE:
                        end = _sized(stream, stack, data, at, base)
                        if end == at:
                            break
                    else:
                        stack.append(data[at + 2 : end].decode())
                    at = end
                elif code == 0x85:  # TUPLE1
                    stack[-1] = (stack[-1],)
                    at += 1
                elif code == 0x86:  # TUPLE2
                    first = stack[-2]
                    second = stack.pop()
                    stack[-1] = (first, second)
                    at += 1
                elif code == 0x87:  # TUPLE3
                    first = stack[-3]
                    third = stack.pop()
                    second = stack.pop()
                    stack[-1] = (first, second, third)
                    at += 1
                elif code == 0x81:  # NEWOBJ
                    first = stack[-2]
                    second = stack.pop()
                    stack[-1] = judge.new(first, second, base + at)
                    at += 1
                elif code == 0x88:  # NEWTRUE
                    stack.append(True)
                    at += 1
                elif code == 0x89:  # NEWFALSE
                    stack.append(False)
                    at += 1
                elif code == 0x93:  # STACK_GLOBAL
                    first, second = stack[-2], stack[-1]
                    if first.__class__ is not str or second.__class__ is not str:
                        break
                    stack.pop()
                    stack[-1] = machine.named(first, second, base + at)
                    at += 1
                elif code == 0x80 and data[at + 1] <= 5:  # PROTO
                    machine.protocol = data[at + 1]
                    at += 2
                else:
                    end = _rare(machine, stack, data, at, base)
                    if end == at:
                        break
                    at = end
            elif code >= 0x70:
                if code == 0x72:  # LONG_BINPUT
                    if _LONG(data, at + 1)[0] != len(memo) or sparse:
                        break
                    memo.append(stack[-1])
                    at += 5
                elif code == 0x74:  # TUPLE
                    made = tuple(stack)
                    stack = below.pop()
                    stack.append(made)
                    at += 1
                elif code == 0x71:  # BINPUT
                    if data[at + 1] != len(memo) or sparse:
                        break
                    memo.append(stack[-1])
                    at += 2
                elif code == 0x7D:  # EMPTY_DICT
                    stack.append(Table())
                    at += 1
                elif code == 0x75:  # SETITEMS
                    target = below[-1][-1]
                    if target.__class__ is not Table or target.attributes or len(stack) & 1:
                        break
                    items = iter(stack)
                    pairs = zip(items, items)  # noqa: B905  of an even number, and asking for that takes time
                    if len(target.pairs) < ENOUGH:
                        target.pairs += pairs
                    else:
                        target.put(pairs)
                    stack = below.pop()
                    at += 1
                elif code == 0x70:  # PUT
                    key, end = _number(data, at)
                    if key != len(memo) or sparse:
                        break
                    memo.append(stack[-1])
                    stream.kept += end - at - 1
                    at = end + 1
                elif code == 0x73:  # SETITEM
                    target = stack[-3]
                    if target.__class__ is not Table or target.attributes:
                        break
                    target.put(((stack[-2], stack[-1]),))
                    del stack[-2:]
                    at += 1
                else:
                    break
            elif code == 0x28:  # MARK
                below.append(stack)
                stack = []
                at += 1
            elif code == 0x4D:  # BININT2
                stack.append(data[at + 1] | data[at + 2] << 8)
                at += 3
            elif code >= 0x50:
                if code == 0x52:  # REDUCE
                    first = stack[-2]
                    second = stack.pop()
                    stack[-1] = judge.call(first, second, base + at)
                    at += 1
                elif code == 0x62:  # BUILD
                    first = stack[-2]
                    second = stack.pop()
                    if wrapped is not None and first.__class__ is Made and first.origin.path == WRAPPER:
                        stream.passed(base + at + 1, count + 1 - done)
                        done = count + 1
                        judge.build(first, second, base + at)
                        stack[-1] = wrapped(stream, first, judge)
                        data, at, base = stream.quick()
                    else:
                        judge.build(first, second, base + at)
                        at += 1
                elif code == 0x58:  # BINUNICODE
                    end = _sized(stream, stack, data, at, base)
                    if end == at:
                        break
                    at = end
                elif code == 0x67:  # GET
                    key, end = _number(data, at)
                    stack.append(memo[key])
                    stream.kept += end - at - 1
                    at = end + 1
                elif code == 0x61:  # APPEND
                    target = stack[-2]
                    if target.__class__ is not list:
                        break
                    extend(target, [stack.pop()])
                    at += 1
                elif code == 0x5D:  # EMPTY_LIST
                    stack.append([])
                    at += 1
                elif code == 0x6A:  # LONG_BINGET
                    stack.append(memo[_LONG(data, at + 1)[0]])
                    at += 5
                elif code == 0x65:  # APPENDS
                    target = below[-1][-1]
                    if target.__class__ is not list:
                        break
                    extend(target, stack)
                    stack = below.pop()
                    at += 1
                else:
                    end = _rare(machine, stack, data, at, base)
                    if end == at:
                        break
                    at = end
            elif code == 0x4E:  # NONE
                stack.append(None)
                at += 1
            elif code == 0x29:  # EMPTY_TUPLE
                stack.append(())
                at += 1
            elif code == 0x47:  # BINFLOAT
                stack.append(_FLOAT(data, at + 1)[0])
                at += 9
            elif code == 0x49:  # INT
                end = _integer(stream, stack, data, at)
                if end == at:
                    break
                at = end
            elif code == 0x4A:  # BININT
                stack.append(_WHOLE(data, at + 1)[0])
                at += 5
            elif code == 0x2E:  # STOP
                if not stream.is_whole(base + at + 1):
                    break
                stopped = True
                at += 1
                break
            else:
                end = _rare(machine, stack, data, at, base)
                if end == at:
                    break
                at = end
    except (IndexError, UnicodeDecodeError, struct.error) as error:
        if error.__traceback__ is None or error.__traceback__.tb_next is not None:
            raise  # from further within than an operation here
    machine.stack = stack
    stream.passed(base + at, count - done + stopped)
    return stopped


def _number(data: bytes, at: int) -> tuple[int, int]:
    """The number in a line, and where the line ends; a number beyond all keys where it is none that is plain."""
    end = data.find(b"\n", at, at + _LONGEST_NUMBER)
    digits = data[at + 1 : end]
    if end < 0 or not digits.isdigit() or (digits[0] == _ZERO and len(digits) > 1):
        return _NONE, at
    return int(digits), end


def _integer(stream: Stream, stack: list[object], data: bytes, at: int) -> int:
    """Push a number in a line, or a truth; gives the place behind it, or its own where it is not plain."""
    if data.startswith(_TRUTHS, at):
        stack.append(data[at + 2] == _ONE)
        stream.kept += 2
        return at + 4
    number, end = _number(data, at)
    if number == _NONE:
        return at
    stack.append(number)
    stream.kept += end - at - 1
    return end + 1


def _rare(machine: Machine, stack: list[object], data: bytes, at: int, base: int) -> int:
    """What is left to do here; gives the place behind it, or its own where it has to be looked at."""
    if data[at] in _SIZED:
        return _sized(machine.stream, stack, data, at, base)
    return _line(machine, stack, data, at, base) if data[at] in _LINES else at


def _sized(stream: Stream, stack: list[object], data: bytes, at: int, base: int) -> int:
    """Push a constant behind its length; gives the place behind it, or its own where it has to be looked at."""
    width, encoding = _SIZED[data[at]]
    begin = at + 1 + width
    count = int.from_bytes(data[at + 1 : begin], "little")
    end = begin + count
    if begin > len(data) or end > len(data) or _is_odd(data, begin, count, encoding):
        return at
    if count > SHORT and (count > KEPT or stream.kept + count > MOST_KEPT):
        stack.append(Stretch(str if encoding else bytes, stream.content, base + begin, count, encoding or "latin-1"))
        return end
    try:
        stack.append(data[begin:end].decode(encoding) if encoding else data[begin:end])
    except UnicodeDecodeError:
        return at
    if count > SHORT:
        stream.kept += count
    return end


def _is_odd(data: bytes, begin: int, count: int, encoding: str) -> bool:
    """Whether a constant may be a pickle, in other words where it is a text."""
    if encoding:
        return data.startswith(_OTHER, begin, begin + count)
    return count > 0 and data[begin] == _PROTO


def _line(machine: Machine, stack: list[object], data: bytes, at: int, base: int) -> int:
    """Push what stands in a line; gives the place behind it, or its own where it has to be looked at."""
    end = data.find(b"\n", at, at + KEPT)
    raw = data[at + 1 : end]
    if end < 0 or b"\\" in raw or raw.startswith(_OTHER) or raw[1:].startswith(_OTHER):
        return at
    if data[at] == _GLOBAL:
        return _global(machine, stack, data, at, base)
    if data[at] == _UNICODE:
        stack.append(raw.decode("latin-1"))
    elif len(raw) > 1 and raw[0] == raw[-1] and raw[:1] in (b"'", b'"'):
        stack.append(raw[1:-1].decode("latin-1"))
    else:
        return at
    machine.stream.kept += len(raw)
    return end + 1


def _global(machine: Machine, stack: list[object], data: bytes, at: int, base: int) -> int:
    end = data.find(b"\n", at)
    last = data.find(b"\n", end + 1, end + KEPT)
    if last < 0 or not data[at:last].isascii():
        return at
    stack.append(machine.named(data[at + 1 : end].decode(), data[end + 1 : last].decode(), base + at))
    machine.stream.kept += last - at - 2
    return last + 1
