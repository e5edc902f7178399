# SPDX-License-Identifier: Apache-2.0
"""Finds programs that a model file carries along: machine code, scripts, and pickles in text or among numbers.

Nothing here depends on the format: a payload is found where it lies, raw, or written as base64 or hexadecimal, and
counts only if its header holds together or, taken as a pickle, it would do harm.
"""

import ast
import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import re2

from hauberk.analysis.program import interpret
from hauberk.assets import executables
from hauberk.assets.executables import SCRIPTS
from hauberk.assets.pickles import Stream
from hauberk.core.errors import TooLarge
from hauberk.core.scales import Severity

MOST_BYTES = 1 << 20
"""Of one encoded text, or of one pickle among other bytes."""
MOST_TRIES = 20_000
"""Places in one file that are looked at closely."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(rb"(?:[0-9a-f]{2}){16,}|(?:[0-9A-F]{2}){16,}")
_BY_BASE64 = (b"gA", b"f0VM", b"TVo", b"TVp", b"TVq", b"TVr", b"Y29z", b"Y3Bvc2", b"Y19faW", b"Y2J1aW")
"""How base64 begins: of pickles (protocols 2 to 5, GLOBAL of os, posix, ``__builtin__`` or builtins), of programs."""
_BY_HEX = (b"8002", b"8003", b"8004", b"8005", b"7f454c46", b"7F454C46", b"4d5a", b"4D5A")
_PICKLES = (b"\x80\x04\x95", b"\x80\x05\x95", b"\x80\x04c", b"\x80\x04\x8c", b"\x80\x03c", b"\x80\x02c")
_RUNS = re.compile(
    r"(?:builtins\.)?(?:eval|exec|__import__)"
    r"|(?:os|posix|nt)\.(?:system|popen|fork|forkpty|exec[a-z]+|spawn[a-z]+|posix_spawnp?|startfile)"
    r"|(?:subprocess|pty|ctypes|runpy|socket|code|codeop|pickle|marshal)\.(?!dumps?\b)\w[\w.]*"
)
"""Calls that start programs, run text, load code or open sockets; ``os.path.join`` and the like are none of them."""


class Payload(NamedTuple):
    """A program within a file."""

    offset: int
    what: str
    severity: Severity


def _pattern() -> Any:
    """All anchors at once: one automaton passes over gigabytes where thirty searches would not."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    rows = [*((anchor, b"") for anchor in (*executables.ANCHORS, *_PICKLES))]
    rows += [(anchor, rb"[A-Za-z0-9+/_\-]{12}") for anchor in _BY_BASE64]
    rows += [(anchor, rb"[0-9a-fA-F]{24}") for anchor in _BY_HEX]
    escaped = (b"".join(b"\\x%02x" % byte for byte in anchor) + more for anchor, more in rows)
    return re2.compile(b"(?:" + b"|".join(escaped) + b")", options)


_ANCHORS = _pattern()


def payloads(data: bytes, *, pickles: bool = False) -> Iterator[Payload]:
    """Every program in these bytes; ``pickles`` looks for raw ones too, in formats that are none themselves.

    Raises TooLarge where more places look like a program than are looked at.
    """
    if data.startswith(SCRIPTS):
        yield Payload(0, "a script", Severity.MEDIUM)
    seen = 0
    for tries, match in enumerate(_ANCHORS.finditer(data)):
        if tries > MOST_TRIES:
            raise TooLarge(f"more than {MOST_TRIES} places that look like the beginning of a program")
        at = match.start()
        if at >= seen:
            found, seen = _at(data, at, pickles=pickles)
            if found is not None:
                yield found


def _at(data: bytes, at: int, *, pickles: bool) -> tuple[Payload | None, int]:
    """The program at an anchor, and the byte up to which other anchors are part of the same text."""
    head = bytes(data[at : at + 8])
    if head.startswith(executables.ANCHORS):
        found = executables.executable_at(data, at)
        return (Payload(found.offset, found.kind, Severity.HIGH) if found else None), at
    if head.startswith(_PICKLES):
        what = _pickle(data[at : at + MOST_BYTES]) if pickles else ""
        return (Payload(at, what, Severity.HIGH) if what else None), at
    for anchors, form, decode in ((_BY_HEX, _HEX, binascii.unhexlify), (_BY_BASE64, _BASE64, _from_base64)):
        run = form.match(data, at, at + MOST_BYTES) if head.startswith(anchors) else None
        if run is None or _within(form, data, at):
            continue
        what = _harm(decode(run[0]))
        if what:
            return Payload(at, f"{what}, written as text", Severity.HIGH), run.end()
    return None, at


def _from_base64(raw: bytes) -> bytes:
    whole = raw.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    return base64.b64decode(
        whole[: len(whole) // 4 * 4] + (whole[len(whole) // 4 * 4 :] + b"==" if len(whole) % 4 > 1 else b"")
    )


def _within(form: re.Pattern[bytes], data: bytes, at: int) -> bool:
    """Whether a run of the same letters began before: what is decoded from its middle is no more than chance."""
    return at > 1 and form.match(data, max(0, at - 16), at + 16) is not None and data[at - 1 : at].isalnum()


def _harm(content: bytes) -> str:
    """What decoded bytes are, if they are a program; empty otherwise."""
    found = executables.executable(content)
    return found.kind if found is not None else _pickle(content)


def _pickle(content: bytes) -> str:
    program = interpret(Stream(bytes(content[:MOST_BYTES])))
    for fault in program.faults:
        if fault.severity >= Severity.HIGH and "." in fault.subject:
            return f"a pickle that {fault.what}"
    return ""


def source(text: str) -> str:
    """Why a text is Python that would do more than compute, by its syntax; empty where it is none."""
    if len(text) > MOST_BYTES or "(" not in text:
        return ""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    known = _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, dot, rest = _path(node.func).partition(".")
            path = f"{known.get(first, first)}{dot}{rest}"
            if _RUNS.fullmatch(path):
                return f"Python source that calls {path[:80]}"
    return ""


def _imported(tree: ast.AST) -> dict[str, str]:
    """What each imported name stands for."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update((one.asname, one.name) for one in node.names if one.asname)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.update((one.asname or one.name, f"{node.module}.{one.name}") for one in node.names)
    return found


def _path(node: ast.expr) -> str:
    """A dotted path; the module where it is taken from ``__import__("os")``."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return ".".join([node.id, *reversed(names)])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__" and node.args:
        return "__import__"
    return ""
