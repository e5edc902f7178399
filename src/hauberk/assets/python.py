# SPDX-License-Identifier: Apache-2.0
"""Reads Python of any version from 2.7 to 3.14 without running it: scopes, bindings, imports, calls.

The grammar is tree-sitter's, not the host's, so that a file newer or older than the interpreter is still read. A region
with a syntax error is listed in ``Module.broken`` and left out; everything around it is read.
"""

import codecs
import functools
import re
from collections import OrderedDict
from itertools import islice

import tree_sitter

from hauberk.assets.names import written
from hauberk.assets.scopes import Call, Scope
from hauberk.assets.scopes_reader import LANGUAGE, Reader
from hauberk.core.errors import CannotLook, Malformed, TooLarge

LARGEST = 4 << 20
"""Largest source that is parsed, in bytes."""

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_TYPE_PARAMETERS = re.compile(rb"^[ \t]*(?:async[ \t]+)?(?:def|class|type)[ \t]+\w+[ \t]*\[(?=[^\n]*=)", re.MULTILINE)
MOST_TYPE_PARAMETERS = 10_000
Regions = tuple[tuple[int, int], ...]
_ENCODING = re.compile(r"[A-Za-z0-9][-_A-Za-z0-9]{0,40}")


_NAMING = frozenset({b"getattr", b"globals", b"vars", b"__builtins__", b"__dict__", b"import_module", b"__import__"})
"""What makes a name of a text, so that it need not stand in the code."""


class Module:
    """What one source holds; scopes and calls are read from its tree when they are first asked for."""

    def __init__(self, text: str, encoding: str, source: bytes, reader: Reader, broken: Regions) -> None:
        """What was parsed; ``reader`` has the tree, and has read it where there are errors in it."""
        self.encoding = encoding
        self.source = source
        """UTF-8 as it was parsed."""
        self.broken = broken
        """First and last lines of regions that could not be parsed."""
        self._text = text
        self._reader = reader

    @functools.cached_property
    def lines(self) -> tuple[str, ...]:
        """Lines without their ends."""
        return tuple(self._text.split("\n"))

    @functools.cached_property
    def names(self) -> frozenset[bytes]:
        """Names that stand in the code, and some more; those in comments and texts do not count."""
        return frozenset(written(self.source))

    @property
    def identity(self) -> int:
        """``id(module.root)``, for which nothing is read."""
        return id(self._reader.root)

    @property
    def root(self) -> Scope:
        """The module's scope."""
        return self._read.root

    @property
    def calls(self) -> tuple[Call, ...]:
        """Calls in order of the source."""
        return self._calls

    @property
    def scopes(self) -> dict[int, Scope]:
        """Scopes of the module, its classes, functions and lambdas by the id of their node."""
        return self._read.scopes

    @functools.cached_property
    def _read(self) -> Reader:
        self._reader.run()
        return self._reader

    @functools.cached_property
    def _calls(self) -> tuple[Call, ...]:
        return tuple(self._read.calls)

    def holds(self, names: frozenset[bytes]) -> bool:
        """Whether the code may speak of something with one of these names, if only by a text that becomes a name."""
        return not (self.names.isdisjoint(names) and self.names.isdisjoint(_NAMING))

    def calls_of(self, names: frozenset[bytes]) -> tuple[Call, ...]:
        """All calls where the code may speak of one of these names, which a caller looks for; else none."""
        return self.calls if self.holds(names) else ()

    def line(self, number: int) -> str:
        """Text of a line, counted from 1; empty beyond the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def complain(self) -> None:
        """Raise Malformed naming the lines that were not evaluated, where there are any."""
        if self.broken:
            words = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in self.broken[:10])
            more = f" and {len(self.broken) - 10} more" if len(self.broken) > 10 else ""  # noqa: PLR2004  as shown
            raise Malformed(f"Python syntax not understood in lines {words}{more}; the rest was evaluated")


_last: list[tuple[bytes, str, Module]] = []
_held: OrderedDict[tuple[str, bytes], Module] = OrderedDict()
_weight = [0]
"""Bytes of source in ``_held``."""
HELD = 24 << 20
"""Bytes of source whose modules are kept."""


def read(data: bytes, uri: str = "") -> Module:
    """Parse a source; the last one is kept, and those that have a ``uri``, so that several cards share the work.

    Two files with the same bytes are two modules. Raises TooLarge beyond LARGEST, DEEPEST or MOST_NODES, and CannotLook
    where the encoding is unknown or does not fit.
    """
    if not (_last and (_last[0][0] is data or _last[0][0] == data) and uri in ("", _last[0][1])):
        _last[:] = [(data, uri, held(data, uri) if uri else parse(data))]
    return _last[0][2]


def held(data: bytes, uri: str) -> Module:
    """The module at a path, from those that were read; the last ones are kept. Raises as ``read`` does."""
    key = uri, data
    if key in _held:
        _held.move_to_end(key)
        return _held[key]
    module = _held[key] = parse(data)
    _weight[0] += len(data)
    while len(_held) > 1 and _weight[0] > HELD:
        (_, source), _ = _held.popitem(last=False)
        _weight[0] -= len(source)
    return module


def decode(data: bytes) -> tuple[str, str]:
    """Source text and encoding by BOM or PEP 263 cookie; every newline becomes LF. Raises CannotLook."""
    name = "utf-8"
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
    else:
        for line in re.split(rb"\r\n?|\n", data[:4096], maxsplit=2)[:2]:
            cookie = _COOKIE.match(line)
            if cookie:
                name = cookie[1].decode("ascii", "replace")
                break
            if line.strip() and not line.lstrip().startswith(b"#"):
                break
    if not _ENCODING.fullmatch(name):
        raise CannotLook("the coding cookie names no encoding")
    try:
        text = str(data, name)
    except LookupError as error:
        raise CannotLook(f"unknown source encoding {name!r}") from error
    except ValueError as error:
        raise CannotLook(f"source is not {name}") from error
    return text.replace("\r\n", "\n").replace("\r", "\n"), name


def parse(data: bytes) -> Module:
    """Parse a source and keep nothing; raises as ``read`` does."""
    if len(data) > LARGEST:
        raise TooLarge(f"{len(data)} bytes of Python exceed the limit of {LARGEST}")
    text, encoding = decode(data)
    nul = [(number, number) for number, line in enumerate(text.split("\n"), 1) if "\0" in line] if "\0" in text else []
    source = text.replace("\0", " ").encode("utf-8", "replace")
    parser = tree_sitter.Parser(LANGUAGE)
    tree = parser.parse(source)
    if tree.root_node.has_error and _TYPE_PARAMETERS.search(source):
        tree = parser.parse(_without_defaults(source))
    reader = Reader(tree.root_node)
    if not reader.skims:  # only then can there be errors, and too much to read
        reader.run()
    return Module(text, encoding, source, reader, _merged(sorted(nul + reader.broken)))


def _without_defaults(source: bytes) -> bytes:
    """The source with the defaults of type parameters (PEP 696) blanked, which the grammar does not know yet."""
    blank = bytearray(source)
    for match in islice(_TYPE_PARAMETERS.finditer(source), MOST_TYPE_PARAMETERS):
        depth, default = 1, False
        for at in range(match.end(), min(len(source), match.end() + 2000)):
            sign = source[at : at + 1]
            depth += (sign in b"[({") - (sign in b"])}")
            if depth == 0:
                break
            default = (default or sign == b"=") and not (depth == 1 and sign == b",")
            if default and sign != b"\n":
                blank[at] = 0x20
    return bytes(blank)


def _merged(regions: list[tuple[int, int]]) -> Regions:
    merged: list[tuple[int, int]] = []
    for first, last in regions:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)
