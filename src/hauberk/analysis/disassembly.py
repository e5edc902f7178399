# SPDX-License-Identifier: Apache-2.0
"""Tells a pickle program in words, around the operations that matter, without running any.

Texts in the program may be anybody's data: they are told by their length, unless whoever asks may see them. Names of
modules and functions are shown always, for they are what the program would import.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from hauberk.assets.pickles import STOP, Operation, Stream, Stretch
from hauberk.core.content import Content
from hauberk.core.errors import CannotLook

BEFORE, AFTER = 12, 3
"""Operations that are told before and after each that matters."""
MOST_LINES = 80
_PADDING = 18
"""Bytes behind a wrapper within which its array begins."""
MOST_OPERATIONS = 300_000
"""Operations that are followed in words; what lies further is not told."""
_WIDE = 60
_GLOBAL, _INSTANCE, _BY_STACK, _CALL, _OBJECT, _BUILD, _NEW, _NEW_EX = b"ci\x93Rob\x81\x92"


class Line(NamedTuple):
    """One operation in words, or how many were passed over."""

    offset: int
    words: str
    grave: bool


class _Value(NamedTuple):
    words: str
    text: str = ""
    """Of a text or a global: what it says, to name what is imported and called."""


_SAYS: dict[int, str] = {
    ord("("): "marks where a row of items begins",
    ord("."): "ends; the last value is what the loader returns",
    ord("0"): "drops the last value",
    ord("1"): "drops all values since the mark",
    ord("2"): "repeats the last value",
    ord("}"): "makes an empty dictionary",
    ord("d"): "makes a dictionary of the items since the mark",
    ord("s"): "puts a value under its key",
    ord("u"): "puts the values since the mark under their keys",
    ord("]"): "makes an empty list",
    ord("l"): "makes a list of the items since the mark",
    ord("a"): "appends the last value to the list before it",
    ord("e"): "appends the items since the mark to the list before it",
    ord(")"): "makes an empty tuple",
    ord("t"): "makes a tuple of the items since the mark",
    0x85: "makes a tuple of the last value",
    0x86: "makes a tuple of the last two values",
    0x87: "makes a tuple of the last three values",
    0x8F: "makes an empty set",
    0x90: "adds the items since the mark to the set before it",
    0x91: "makes a frozen set of the items since the mark",
    0x97: "takes a buffer that the loader was given",
    0x98: "makes that buffer read-only",
    ord("P"): "asks the loader for an object by a name in the file",
    ord("Q"): "asks the loader for the object that the last value names",
}
_EMPTY = {ord("}"): "a dictionary", ord("]"): "a list", ord(")"): "no arguments", 0x8F: "a set"}
_ROWS = {ord("d"): "a dictionary", ord("l"): "a list", ord("t"): "a tuple", 0x91: "a frozen set"}
_TUPLES = {0x85: 1, 0x86: 2, 0x87: 3}
_INTO = {ord("e"), ord("u"), 0x90}
_REMEMBERED = frozenset(b"pqr\x94")
_RECALLED = frozenset(b"ghj")
_TEXTS, _BYTES = frozenset(b"STUVX\x8c\x8d"), frozenset(b"BC\x8e\x96")
_NUMBERS = frozenset(b"IJKMLFG\x8a\x8b")
_PLAIN = {ord("N"): "None", 0x88: "True", 0x89: "False"}
_REGISTERED = frozenset(b"\x82\x83\x84")


class _Teller:
    """A stack of words beside the program: what each operation takes and gives."""

    def __init__(self, *, reveal: bool) -> None:
        self.reveal = reveal
        self.stack: list[_Value] = []
        self.marks: list[int] = []
        self.memo: dict[Any, _Value] = {}

    def pop(self) -> _Value:
        return self.stack.pop() if self.stack else _Value("nothing")

    def since_mark(self) -> list[_Value]:
        begin = self.marks.pop() if self.marks else 0
        taken, self.stack[begin:] = self.stack[begin:], []
        return taken

    def tell(self, operation: Operation) -> tuple[str, str]:
        """The operation in words, and the global that it imports or calls."""
        code, argument = operation.code, operation.argument
        if code in _TEXTS | _BYTES:
            return self.constant(argument, "text" if code in _TEXTS else "bytes"), ""
        if code in _NUMBERS or code in _PLAIN:
            words = _PLAIN.get(code) or (f"the number {str(argument)[:20]}" if self.reveal else "a number")
            self.stack.append(_Value(words))
            return f"takes {words}", ""
        if code in (_GLOBAL, _INSTANCE, _BY_STACK, _CALL, _OBJECT, _BUILD, _NEW, _NEW_EX):
            return self.reach(code, argument)
        return self.shape(code, argument), ""

    def constant(self, argument: object, kind: str) -> str:
        if isinstance(argument, Stretch):
            words, text = f"{kind} of {argument.count} bytes", ""
        elif isinstance(argument, str):
            words = repr(argument[:_WIDE]) if self.reveal else f"a text of {len(argument)} characters"
            text = argument if len(argument) <= 200 else ""  # noqa: PLR2004  longer than any name
        else:
            size = len(argument) if isinstance(argument, bytes) else 0
            words, text = f"{size} bytes", ""
        self.stack.append(_Value(words, text))
        return f"takes {words}"

    def reach(self, code: int, argument: Any) -> tuple[str, str]:
        """What imports, calls or sets a state."""
        if code in (_GLOBAL, _BY_STACK):
            pair = argument if code == _GLOBAL else (self.pop(), self.pop())[::-1]
            module, name = (one.text if isinstance(one, _Value) else one for one in pair)
            path = f"{module}.{name}" if module and name else ""
            self.stack.append(_Value(path or "a global whose name is computed", path))
            return f"imports {path or 'a global whose name is computed'}", path
        if code == _BUILD:
            state, made = self.pop(), self.pop()
            self.stack.append(made)
            return f"sets the state of {made.words[:_WIDE]} to {state.words[:_WIDE]}", made.text
        if code in (_INSTANCE, _OBJECT):
            items = self.since_mark()
            callee = items.pop(0) if code == _OBJECT and items else _Value("", ".".join(argument or ("nothing",)))
            given = ", ".join(one.words for one in items) or "no arguments"
        else:
            named = self.pop().words if code == _NEW_EX else ""
            given, callee = self.pop().words, self.pop()
            given = f"{given} and {named}" if named else given
        path = callee.text or callee.words
        self.stack.append(_Value(f"what {path[:_WIDE]} gave", path))
        verb = "makes one of" if code in (_NEW, _NEW_EX) else "calls"
        return f"{verb} {path[:120]} with {given[:200]}", path

    def shape(self, code: int, argument: object) -> str:
        """What arranges values, and what is remembered and recalled."""
        if code in _RECALLED:
            self.stack.append(self.memo.get(argument, _Value("nothing")))
            return f"recalls {self.stack[-1].words[:_WIDE]} (number {argument})"
        if code in _REMEMBERED:
            key = len(self.memo) if argument is None else argument
            self.memo[key] = self.stack[-1] if self.stack else _Value("nothing")
            return f"remembers it as number {key}"
        if code in _REGISTERED:
            self.stack.append(_Value("a registered global"))
            return f"imports the global that the process registered as number {argument}"
        if code in (0x80, 0x95):
            return f"is of protocol {argument}" if code == 0x80 else f"frames the next {argument} bytes"  # noqa: PLR2004  PROTO
        self.move(code)
        return _SAYS.get(code, "does nothing that matters")

    def move(self, code: int) -> None:
        if code == ord("("):
            self.marks.append(len(self.stack))
        elif code in _EMPTY:
            self.stack.append(_Value(_EMPTY[code]))
        elif code in _TUPLES:
            items = [self.pop() for _ in range(_TUPLES[code])][::-1]
            self.stack.append(_Value(f"({', '.join(one.words[:_WIDE] for one in items)})"))
        elif code in _ROWS:
            items = self.since_mark()
            inner = ", ".join(one.words[:_WIDE] for one in items[:4])
            self.stack.append(_Value(f"({inner})" if code == ord("t") else f"{_ROWS[code]} of {len(items)}"))
        elif code in _INTO or code == ord("1"):
            self.since_mark()
        elif code in b"0as":
            self.pop()
            if code == ord("s"):
                self.pop()
        elif code == ord("2") and self.stack:
            self.stack.append(self.stack[-1])
        elif code in b"P\x97":
            self.stack.append(_Value("what the loader gave"))


class Extent(NamedTuple):
    """Where a program lies, with the arrays that joblib reads out of it."""

    start: int
    end: int = 0
    """Behind the last pickle that belongs to it; 0 where the first STOP ends it."""
    arrays: tuple[tuple[int, int], ...] = ()


def tell(
    source: bytes | Content, extent: Extent, *, offsets: Iterable[int], subjects: Iterable[str], reveal: bool = False
) -> list[Line]:
    """The program, around the operations at ``offsets`` and those that reach ``subjects``."""
    start = extent.start
    grave, names = frozenset(offsets), frozenset(subjects)
    lines: list[Line] = []
    waiting: deque[Line] = deque(maxlen=BEFORE)
    passed = after = 0
    try:
        for line, matters in _lines(Content.of(source), extent, grave, names, reveal=reveal):
            if matters:
                passed -= len(waiting)
                lines.extend((*_gap(passed, waiting or (line,)), *waiting, line))
                waiting.clear()
                passed, after = 0, AFTER
            elif after:
                lines.append(line)
                after -= 1
            else:
                waiting.append(line)
                passed += 1
            if len(lines) >= MOST_LINES:
                return [*lines[:MOST_LINES], Line(line.offset, "what follows is not told", grave=False)]
    except CannotLook as error:
        lines.append(Line(lines[-1].offset if lines else start, f"could not be read on: {error}", grave=False))
    return lines


def _gap(passed: int, waiting: Iterable[Line]) -> Iterator[Line]:
    if passed > 0:
        yield Line(next(iter(waiting)).offset, f"{passed:,} operations that rebuild values", grave=False)


def _lines(
    content: Content, extent: Extent, grave: frozenset[int], names: frozenset[str], *, reveal: bool
) -> Iterator[tuple[Line, bool]]:
    teller, stream = _Teller(reveal=reveal), Stream(content, extent.start)
    arrays = dict(extent.arrays)
    for _ in range(MOST_OPERATIONS):
        operation = stream.operation()
        words, path = teller.tell(operation)
        matters = operation.offset in grave or path in names
        if operation.code not in _REMEMBERED:  # what is recalled is told by what it was
            yield Line(operation.offset, words, matters), matters
        at = stream.position
        if operation.code == STOP:
            if at >= extent.end:
                return
            stream = Stream(content, at)  # a pickle within joblib's: items of an array
        elif operation.code == _BUILD:
            begin = next((one for one in range(at, at + _PADDING) if one in arrays), None)
            if begin is not None:
                size = arrays[begin] - begin
                yield Line(begin, f"passes over {size:,} bytes that joblib reads as an array", grave=False), False
                stream = Stream(content, arrays[begin])
    yield Line(stream.position, f"more than {MOST_OPERATIONS:,} operations: the rest is not told", grave=False), True
