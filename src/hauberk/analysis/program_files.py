# SPDX-License-Identifier: Apache-2.0
"""Finds every pickle in a file, whatever wraps it, and has it interpreted.

Raw, joblib, torch, npy and npz, compressed, zipped. Dispatch is by content. Where loaders would read the same bytes
differently, each reading is taken, and what any of them would run counts.
"""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from hauberk.analysis.program import interpret, run
from hauberk.analysis.program_arrays import WRAPPER, array_behind
from hauberk.analysis.program_judge import Fault, Judge, Program
from hauberk.assets import archive, compressed, npy, tar, torchscript
from hauberk.assets.archive import Oddity
from hauberk.assets.pickles import Stream
from hauberk.assets.recognise import HEAD, recognise
from hauberk.core.errors import CannotLook, Malformed, TooLarge
from hauberk.core.scales import Kind, Severity

DEEPEST = 4
"""Wrappings within wrappings that are opened."""
MOST_PICKLES = 10_000

_LEGACY_TORCH = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
"""The first object of a legacy torch file: LONG1 of its magic number."""
_LEGACY_PICKLES = 5
"""Magic, protocol, system, the object, the keys of its storages; raw storages follow."""


SCRIPT = "code in TorchScript's own language"
"""Why a member of TorchScript's code is no pickle."""


class Part(NamedTuple):
    """One pickle, or run of pickles, within a file."""

    member: str
    """Path of wrappings from the file to the pickle; empty for the file itself."""
    program: Program


class Unread(NamedTuple):
    """Something within the file that could not be looked at."""

    member: str
    reason: str


class Inert(NamedTuple):
    """Bytes that no loader reads as a program."""

    member: str
    start: int
    end: int
    why: str


Piece = Part | Oddity | Unread | Inert


def pieces(data: bytes, member: str = "", *, depth: int = 0, budget: int = compressed.MOST_BYTES) -> Iterator[Piece]:
    """Every pickle, oddity and unread part of a file; never raises for its content."""
    if depth > DEEPEST:
        yield Unread(member, f"wrapped more than {DEEPEST} times")
        return
    try:
        yield from _open(data, member, depth, budget)
    except CannotLook as error:
        yield Unread(member, str(error))


def _open(data: bytes, member: str, depth: int, budget: int) -> Iterator[Piece]:
    if data.startswith((archive.LOCAL, archive.END)):
        yield from _zip(data, member, depth, budget)
    elif data.startswith(npy.MAGIC):
        yield from _npy(data, member)
    elif tar.is_tar(data):
        yield from _tar(data, member, depth, budget)
    elif compressed.compression(data):
        yield from _compressed(data, member, depth, budget)
    else:
        yield from _pickles(data, member)
        if archive.is_archive(data):
            yield Oddity(
                member, data.rfind(archive.END), "a zip archive behind other content, which some loaders open instead"
            )
            yield from _zip(data, member, depth, budget)


def _compressed(data: bytes, member: str, depth: int, budget: int) -> Iterator[Piece]:
    name = compressed.compression(data)
    if data[:1] == b"B":  # also an opcode: a pickle may begin so
        yield from _glimpse(data, member)
    content = compressed.decompress(data, most=budget)
    yield from pieces(content, _within(member, name), depth=depth + 1, budget=budget - len(content))


def _zip(data: bytes, member: str, depth: int, budget: int) -> Iterator[Piece]:
    code: dict[str, bytes] = {}
    if b"/code/" in data:  # a name, which zip does not compress; other archives are read once, a member at a time
        members = archive.members(data, most=budget)
        code = {one.name: one.data for one in members if isinstance(one, archive.Member) and _is_code(one.name)}
    scripts = frozenset(one for name, text in code.items() for one in torchscript.classes(name, _source(text)))
    for item in archive.members(data, most=budget):
        if isinstance(item, archive.Member) and item.name in code:
            yield from _script(item, _within(member, item.name))
        else:
            yield from _item(item, member, depth, budget, scripts)


def _tar(data: bytes, member: str, depth: int, budget: int) -> Iterator[Piece]:
    for item in tar.members(data):
        yield from _item(item, member, depth, budget, frozenset())


def _item(
    item: archive.Member | Oddity, member: str, depth: int, budget: int, scripts: frozenset[str]
) -> Iterator[Piece]:
    """A member of an archive, or what is odd about it."""
    if isinstance(item, Oddity):
        yield Oddity(_within(member, item.member), item.offset, item.what)
        return
    name = _within(member, item.name)
    if item.unread:
        yield Unread(name, item.unread)
        yield from _glimpse(item.data, name)
    else:
        yield from _member(item, name, depth, budget, scripts)


def _is_code(name: str) -> bool:
    return "/code/" in name and name.endswith(".py")


def _source(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Malformed("TorchScript code is not UTF-8") from error


def _script(item: archive.Member, name: str) -> Iterator[Piece]:
    """TorchScript's code: a program in a language of its own."""
    for reach in torchscript.reaches(_source(item.data)):
        severity = Severity.HIGH if reach.grave else Severity.MEDIUM
        fault = Fault(offset=reach.offset, what=reach.what, subject=reach.what, severity=severity)
        yield Part(name, Program(globals=(), calls=0, faults=(fault,), end=len(item.data), operations=0))
    yield Inert(name, 0, len(item.data), SCRIPT)


def _member(item: archive.Member, name: str, depth: int, budget: int, scripts: frozenset[str]) -> Iterator[Piece]:
    """A member of an archive: opened where name or first bytes claim to be a pickle or a wrapping; else glimpsed at."""
    data, last = item.data, item.name.rpartition("/")[2].lower()
    suffix = last.rpartition(".")[2]
    if suffix in _PICKLES and not _wrapped(data):
        yield from _pickles(data, name, Judge(storages=True, scripts=scripts))
    elif suffix in _PICKLES or suffix in _WRAPPINGS or data.startswith((archive.LOCAL, npy.MAGIC)):
        yield from pieces(data, name, depth=depth + 1, budget=budget)
    else:
        yield from _glimpse(data, name)
        yield Inert(name, 0, len(data), "member that the loader reads as data")


_PICKLES = frozenset({"pkl", "pickle", "joblib", "pt", "pth", "ckpt", "dill"})
_WRAPPINGS = frozenset({"npy", "npz", "zip", "gz", "bz2", "xz", "z", "tar", "tgz", "lz4"})


def _wrapped(data: bytes) -> bool:
    return data.startswith((archive.LOCAL, npy.MAGIC)) or bool(compressed.compression(data))


def _npy(data: bytes, member: str) -> Iterator[Piece]:
    """Arrays in a row, as repeated ``numpy.save`` into one file writes them."""
    position, stopped = 0, ""
    while data.startswith(npy.MAGIC, position) and not stopped:
        header = npy.header(data, position)
        position = header.offset + header.size
        if header.objects:
            stream, judge = Stream(data, header.offset), Judge()
            stopped = run(stream, judge)
            position = stream.position
            yield Part(
                member, judge.program(start=header.offset, end=position, operations=stream.operations, stopped="")
            )
        elif position > len(data):
            stopped = "array data break off"
        else:
            yield Inert(member, header.offset, position, "items of an array")
    if not stopped and position < len(data):
        yield from _glimpse(data[position:], member)
        stopped = f"{len(data) - position} bytes behind the array are no array"
    if stopped:
        yield Unread(member, stopped)


def _pickles(data: bytes, member: str, judge: Judge | None = None) -> Iterator[Piece]:
    """Pickles in a row; as joblib reads them too, where one names joblib's array wrapper."""
    legacy = _LEGACY_TORCH in data[:32]
    judge = judge or Judge(storages=legacy)
    stream = Stream(data)
    stopped = run(stream, judge)
    plain = judge.program(end=stream.position, operations=stream.operations, stopped=stopped)
    if WRAPPER in plain.globals:
        yield from _joblib(data, member, plain)
        return
    yield Part(member, plain)
    count = 1
    while not stopped and stream.position < len(data) and count < (_LEGACY_PICKLES if legacy else MOST_PICKLES):
        behind, operations = stream.position, stream.operations
        following = Judge(storages=legacy)
        stream = Stream(data, behind)
        stream.operations = operations
        stopped = run(stream, following)
        program = following.program(
            start=behind, end=stream.position, operations=stream.operations - operations, stopped=""
        )
        if not stopped or program.globals or program.faults:
            yield Part(member, program)
        if stopped:
            yield Unread(member, f"{len(data) - behind} bytes behind the pickle are no pickle")
        count += 1
    if count >= MOST_PICKLES:
        raise TooLarge(f"more than {MOST_PICKLES} pickles in a row")
    if legacy and not stopped and stream.position < len(data):
        yield Inert(member, stream.position, len(data), "storages of tensors")


def _joblib(data: bytes, member: str, plain: Program) -> Iterator[Piece]:
    """A file with joblib's array wrappers; what a plain unpickler would reach in the array bytes counts as well."""
    judge = Judge()
    stream = Stream(data, framed=True)
    program = interpret(stream, judge=judge, wrapped=array_behind)
    known = {fault.subject for fault in program.faults}
    extra = tuple(fault for fault in plain.faults if fault.subject not in known and fault.severity >= Severity.CRITICAL)
    behind = stream.file_position
    stopped = program.stopped
    if not stopped and behind < len(data):
        yield from _glimpse(data[behind:], member)
        stopped = f"{len(data) - behind} bytes behind the pickle are not read by joblib"
    yield Part(member, judge.program(end=behind, operations=stream.operations, stopped=stopped))
    for start, end in judge.inert_ranges:
        yield Inert(member, start, end, "items of an array")
    if extra:
        yield Part(member, Program(globals=(), calls=0, faults=extra, end=plain.end, operations=plain.operations))


def _glimpse(data: bytes, member: str) -> Iterator[Part]:
    """Bytes that need not be a pickle: they count only where, taken as one, they would do serious harm."""
    program = interpret(Stream(data))
    if any(fault.severity >= Severity.HIGH and "." in fault.subject for fault in program.faults):
        yield Part(member, msgspec.structs.replace(program, stopped=""))


def within_other(data: bytes) -> Iterator[Piece]:
    """What a compressed file that nobody calls a model holds: opened where its content is one, else glimpsed at."""
    name = compressed.compression(data)
    try:
        content = compressed.decompress(data)
    except CannotLook as error:
        yield Unread("", str(error))
        return
    kind, _ = recognise(name, content[:HEAD])
    if kind is Kind.MODEL or tar.is_tar(content) or content.startswith((archive.LOCAL, npy.MAGIC)):
        yield from pieces(content, name, depth=1)
    else:
        yield from _glimpse(content, name)
        yield Inert(name, 0, len(content), "content that is no model")


def _within(outer: str, inner: str) -> str:
    return f"{outer}/{inner}" if outer else inner


__all__ = ["Inert", "Malformed", "Part", "Piece", "Unread", "pieces", "within_other"]
