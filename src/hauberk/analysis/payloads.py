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
from typing import NamedTuple

from hauberk.analysis.program import interpret
from hauberk.assets.executables import SCRIPTS, executables
from hauberk.assets.pickles import Stream
from hauberk.core.scales import Severity

MOST_BYTES = 1 << 20
"""Of one encoded text, or of one pickle among other bytes."""
MOST_TRIES = 5000
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(rb"(?:[0-9a-f]{2}){16,}|(?:[0-9A-F]{2}){16,}")
_ANCHORS = (b"gA", b"f0VM", b"TVo", b"TVp", b"TVq", b"TVr", b"Y29z", b"Y3Bvc2", b"Y19faW", b"Y2J1aW")
"""How base64 begins: of pickles (protocols 2 to 5, GLOBAL of os, posix, ``__builtin__`` or builtins), of programs."""
_HEX_ANCHORS = (b"8002", b"8003", b"8004", b"8005", b"7f454c46", b"7F454C46", b"4d5a", b"4D5A")
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


def payloads(data: bytes, *, pickles: bool = False) -> Iterator[Payload]:
    """Every program in these bytes; ``pickles`` looks for raw ones too, in formats that are none themselves."""
    for found in executables(data):
        yield Payload(found.offset, found.kind, Severity.HIGH)
    if data.startswith(SCRIPTS):
        yield Payload(0, "a script", Severity.MEDIUM)
    yield from _encoded(data, _ANCHORS, _BASE64, _from_base64)
    yield from _encoded(data, _HEX_ANCHORS, _HEX, binascii.unhexlify)
    if pickles:
        yield from _raw(data)


def _from_base64(raw: bytes) -> bytes:
    whole = raw.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    return base64.b64decode(
        whole[: len(whole) // 4 * 4] + (whole[len(whole) // 4 * 4 :] + b"==" if len(whole) % 4 > 1 else b"")
    )


def _encoded(data: bytes, anchors: tuple[bytes, ...], form: re.Pattern[bytes], decode: object) -> Iterator[Payload]:
    for anchor in anchors:
        at, tries = data.find(anchor), 0
        while at >= 0 and tries < MOST_TRIES:
            tries += 1
            run = form.match(data, at, at + MOST_BYTES)
            if run and not _within(form, data, at):
                what = _harm(decode(run[0])) if callable(decode) else ""
                if what:
                    yield Payload(at, f"{what}, written as text", Severity.HIGH)
            at = data.find(anchor, max(at + 1, run.end() if run else 0))


def _within(form: re.Pattern[bytes], data: bytes, at: int) -> bool:
    """Whether a run of the same letters began before: what is decoded from its middle is no more than chance."""
    return at > 1 and form.match(data, max(0, at - 16), at + 16) is not None and data[at - 1 : at].isalnum()


def _harm(content: bytes) -> str:
    """What decoded bytes are, if they are a program; empty otherwise."""
    found = next(executables(content[:MOST_BYTES]), None)
    if found is not None and not found.offset:
        return found.kind
    return _pickle(content)


def _pickle(content: bytes) -> str:
    program = interpret(Stream(bytes(content[:MOST_BYTES])))
    for fault in program.faults:
        if fault.severity >= Severity.HIGH and "." in fault.subject:
            return f"a pickle that {fault.what}"
    return ""


def _raw(data: bytes) -> Iterator[Payload]:
    for anchor in _PICKLES:
        at, tries = data.find(anchor), 0
        while at >= 0 and tries < MOST_TRIES:
            tries += 1
            what = _pickle(data[at : at + MOST_BYTES])
            if what:
                yield Payload(at, what, Severity.HIGH)
            at = data.find(anchor, at + 1)


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
