# SPDX-License-Identifier: Apache-2.0
"""Finds every pickle in a file, whatever wraps it, and has it interpreted.

Raw, joblib, torch, npy and npz, compressed, zipped. Dispatch is by content. Where loaders would read the same bytes
differently, each reading is taken, and what any of them would run counts.
"""

from collections.abc import Iterator
from typing import NamedTuple

from hauberk.analysis.program import interpret, run
from hauberk.analysis.program_arrays import array_behind
from hauberk.analysis.program_judge import Fault, Judge, Program
from hauberk.analysis.program_machine import WRAPPER
from hauberk.assets import archive, compressed, npy, sevenzip, tar, torchscript
from hauberk.assets.archive import Oddity
from hauberk.assets.pickles import Stream
from hauberk.assets.recognise import HEAD, recognise
from hauberk.core.content import LARGEST, Budget, Content
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
NO_MODEL = "content that is no model"
"""Why what a compression holds was not read as a program."""
SEVENZIP = "archive in 7z, whose members follow"
"""Why the bytes of such an archive are none."""


class Part(NamedTuple):
    """One pickle, or run of pickles, within a file."""

    member: str
    """Path of wrappings from the file to the pickle; empty for the file itself."""
    program: Program


class Unread(NamedTuple):
    """Something within the file that could not be looked at."""

    member: str
    reason: str


class Unusual(NamedTuple):
    """A wrapping that leaves its writer much freedom: the checker of certificates says whether it takes this one."""

    member: str
    what: str


class Inert(NamedTuple):
    """Bytes that no loader reads as a program."""

    member: str
    start: int
    end: int
    why: str


Piece = Part | Oddity | Unread | Unusual | Inert


def pieces(data: bytes | Content, member: str = "", *, depth: int = 0, budget: Budget | None = None) -> Iterator[Piece]:
    """Every pickle, oddity and unread part of a file; never raises for its content."""
    if depth > DEEPEST:
        yield Unread(member, f"wrapped more than {DEEPEST} times")
        return
    try:
        yield from _open(Content.of(data), _Where(member, depth, budget or Budget()))
    except CannotLook as error:
        yield Unread(member, str(error))


class _Where(NamedTuple):
    """Where in the file a content lies."""

    member: str
    depth: int
    budget: Budget

    def within(self, inner: str) -> str:
        return f"{self.member}/{inner}" if self.member else inner

    def open(self, data: Content, member: str) -> Iterator[Piece]:
        """What a content within this one holds."""
        return pieces(data, member, depth=self.depth + 1, budget=self.budget)


def _open(data: Content, where: _Where) -> Iterator[Piece]:
    head = data[:_ZIP_TAIL]
    if head.startswith((archive.LOCAL, archive.END)):
        yield from _zip(data, where)
    elif head.startswith(npy.MAGIC):
        yield from _npy(data, where.member)
    elif tar.is_tar(head):
        yield from _tar(data, where)
    elif head.startswith(sevenzip.MAGIC):
        yield from _seven(data, where)
    elif compressed.compression(head):
        yield from _compressed(data, where)
    else:
        yield from _pickles(data, where.member)
        if archive.is_archive(data):
            what = "a zip archive behind other content, which some loaders open instead"
            yield Oddity(where.member, data.rfind(archive.END), what)
            yield from _zip(data, where)


_ZIP_TAIL = 1024
"""Bytes of the beginning that tell what a content is."""


def _compressed(data: Content, where: _Where) -> Iterator[Piece]:
    name = compressed.compression(data)
    if data[:1] == b"B":  # also an opcode: a pickle may begin so
        yield from _glimpse(data, where.member)
    content = compressed.content(data, where.budget)
    yield from where.open(content, where.within(name))
    len(content)  # read to its end, or raise why it has none


def _zip(data: Content, where: _Where) -> Iterator[Piece]:
    items: list[archive.Entry | Oddity] = []
    unread = ""
    try:
        items.extend(archive.entries(data, where.budget))
        if not archive.is_plain(data, [one.header for one in items if isinstance(one, archive.Entry)]):
            yield Unusual(where.member, "a zip archive laid out as no library does")
    except CannotLook as error:
        unread = str(error)
    code = {}
    for item in items:
        if isinstance(item, archive.Entry) and _is_code(item.name):
            try:
                code[item.name] = _source(item)
            except CannotLook as error:
                yield Unread(where.within(item.name), str(error))
    scripts = frozenset(one for name, text in code.items() for one in torchscript.classes(name, text))
    for item in items:
        name = where.within(item.name if isinstance(item, archive.Entry) else item.member)
        if isinstance(item, Oddity):
            yield Oddity(name, item.offset, item.what)
        elif item.name in code:
            yield from _script(code[item.name], len(item.content), name)
        else:
            yield from _entry(item, name, where, scripts)
    if unread:
        yield Unread(where.member, unread)


def _entry(entry: archive.Entry, name: str, where: _Where, scripts: frozenset[str]) -> Iterator[Piece]:
    """A member of a zip archive: first whether it is what its header says, unless that is long, plain and only data."""
    opened = _is_opened(entry.name, entry.content) if _begins(entry.content) else False
    plain = entry.is_stored and entry.header.size == entry.header.packed > _CHECKED
    flaw = "" if plain and not opened else entry.flaw()
    if flaw:
        yield Unread(name, flaw)
        yield from _glimpse(entry.content if _begins(entry.content) else entry.raw, name)
    else:
        yield from _member(entry.name, entry.content, name, where, scripts)


def _begins(content: Content) -> bool:
    """Whether its first byte can be had."""
    try:
        content.read(0, 1)
    except TooLarge:
        raise
    except CannotLook:
        return False
    return True


_CHECKED = 1 << 20
"""Bytes up to which a member that is only data is read to its end, to compare its checksum."""


def _tar(data: Content, where: _Where) -> Iterator[Piece]:
    yield Unusual(where.member, "a tar archive")
    for item in tar.entries(data):
        if isinstance(item, Oddity):
            yield Oddity(where.within(item.member), item.offset, item.what)
        else:
            yield from _member(item.name, item.content, where.within(item.name), where, frozenset())


def _seven(data: Content, where: _Where) -> Iterator[Piece]:
    yield Unusual(where.member, SEVENZIP)
    yield Inert(where.member, 0, len(data), SEVENZIP)
    for item in sevenzip.members(data.whole(LARGEST), most=LARGEST):
        if isinstance(item, Oddity):
            yield Oddity(where.within(item.member), item.offset, item.what)
            continue
        name = where.within(item.name)
        where.budget.spend(len(item.data))
        if item.unread:
            yield Unread(name, item.unread)
            yield from _glimpse(Content.of(item.data), name)
        else:
            yield from _member(item.name, Content.of(item.data), name, where, frozenset())


def _is_code(name: str) -> bool:
    return "/code/" in name and name.endswith(".py")


def _source(entry: archive.Entry) -> str:
    flaw = entry.flaw()
    if flaw:
        raise Malformed(flaw)
    try:
        return entry.content.whole().decode()
    except UnicodeDecodeError as error:
        raise Malformed("TorchScript code is not UTF-8") from error


def _script(source: str, size: int, name: str) -> Iterator[Piece]:
    """TorchScript's code: a program in a language of its own."""
    for reach in torchscript.reaches(source):
        severity = Severity.HIGH if reach.grave else Severity.MEDIUM
        fault = Fault(offset=reach.offset, what=reach.what, subject=reach.what, severity=severity)
        yield Part(name, Program(globals=(), calls=0, faults=(fault,), end=size, operations=0))
    yield Unusual(name, SCRIPT)
    yield Inert(name, 0, size, SCRIPT)


def _is_opened(name: str, data: Content) -> bool:
    """Whether a member is opened: its name claims a pickle, its first bytes a wrapping, or name and bytes together.

    What is named like a compression and begins like none is text that somebody unpacked and did not rename.
    """
    suffix = name.rpartition("/")[2].lower().rpartition(".")[2]
    squeezed = suffix in _WRAPPINGS and (data.startswith(_MODERN) or bool(compressed.compression(data)))
    return suffix in _PICKLES | _ARRAYS or squeezed or data.startswith(_MAGIC) or tar.is_tar(data[:_ZIP_TAIL])


def _member(path: str, data: Content, name: str, where: _Where, scripts: frozenset[str]) -> Iterator[Piece]:
    """A member of an archive: opened where name or first bytes claim to be a pickle or a wrapping; else glimpsed at."""
    if not _is_opened(path, data):
        yield from _glimpse(data, name)
        yield Inert(name, 0, len(data), "member that the loader reads as data")
    elif path.rpartition("/")[2].lower().rpartition(".")[2] in _PICKLES and not _wrapped(data):
        yield from _pickles(data, name, Judge(storages=True, scripts=scripts))
    else:
        yield from where.open(data, name)


_PICKLES = frozenset({"pkl", "pickle", "joblib", "pt", "pth", "ckpt", "dill"})
_ARRAYS = frozenset({"npy", "npz"})
"""``numpy.load`` takes for a pickle what is neither an array nor an archive."""
_WRAPPINGS = frozenset({"zip", "gz", "bz2", "xz", "z", "tar", "tgz", "lz4", "7z", "zst"})
_MODERN = b"\x80"
"""How pickles begin since protocol 2."""
_MAGIC = (archive.LOCAL, npy.MAGIC, sevenzip.MAGIC, compressed.ZSTD)


def _wrapped(data: Content) -> bool:
    return data.startswith((archive.LOCAL, npy.MAGIC)) or bool(compressed.compression(data))


def _npy(data: Content, member: str) -> Iterator[Piece]:
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
        elif not data.reaches(position):
            stopped = "array data break off"
        else:
            yield Inert(member, header.offset, position, "items of an array")
    if not stopped and data.reaches(position + 1):
        yield from _glimpse(data.part(position, len(data)), member)
        stopped = f"{len(data) - position} bytes behind the array are no array"
    if stopped:
        yield Unread(member, stopped)


def _pickles(data: Content, member: str, judge: Judge | None = None) -> Iterator[Piece]:
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
    while not stopped and data.reaches(stream.position + 1) and count < (_LEGACY_PICKLES if legacy else MOST_PICKLES):
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
    if legacy and not stopped and data.reaches(stream.position + 1):
        yield Inert(member, stream.position, len(data), "storages of tensors")


def _joblib(data: Content, member: str, plain: Program) -> Iterator[Piece]:
    """A file with joblib's array wrappers; what a plain unpickler would reach in the array bytes counts as well."""
    judge = Judge()
    stream = Stream(data, framed=True)
    program = interpret(stream, judge=judge, wrapped=array_behind)
    known = {fault.subject for fault in program.faults}
    extra = tuple(
        fault
        for fault in plain.faults
        if fault.subject not in known and _is_name(fault.subject) and _is_real(fault, judge.carried)
    )
    behind = stream.file_position
    stopped = program.stopped
    if not stopped and data.reaches(behind + 1):
        yield from _glimpse(data.part(behind, len(data)), member)
        stopped = f"{len(data) - behind} bytes behind the pickle are not read by joblib"
    yield Part(member, judge.program(end=behind, operations=stream.operations, stopped=stopped))
    for start, end in judge.inert_ranges:
        yield Inert(member, start, end, "items of an array")
    if extra:
        yield Part(member, Program(globals=(), calls=0, faults=extra, end=plain.end, operations=plain.operations))


def _is_name(subject: str) -> bool:
    """Whether a fault is about a global that could be imported, not one that the bytes of an array happen to spell."""
    return "." in subject and all(map(str.isidentifier, subject.split(".")))


def _is_real(fault: Fault, carried: list[tuple[int, int]]) -> bool:
    """Whether it is more than what a plain unpickler makes of an honest array of objects.

    joblib reads that pickle with a memo of its own. A plain unpickler looks ``numpy`` up in the wrong memo, finds some
    other text, and asks for its ``dtype``; then it gives the array what came of that. Anything else counts.
    """
    mistaken = fault.subject.endswith((".dtype", "._reconstruct"))
    return not (mistaken and any(start <= fault.offset < end for start, end in carried))


def _glimpse(data: Content, member: str) -> Iterator[Part]:
    """Bytes that need not be a pickle: they count only where, taken as one, they would do serious harm."""
    stream, judge = Stream(data), Judge()
    run(stream, judge)
    if judge.is_calm:
        return
    program = judge.program(end=stream.position, operations=stream.operations, stopped="")
    if any(fault.severity >= Severity.HIGH and "." in fault.subject for fault in program.faults):
        yield Part(member, program)


def within_other(data: bytes | Content) -> Iterator[Piece]:
    """What a compressed file that nobody calls a model holds: opened where its content is one, else glimpsed at."""
    packed = Content.of(data)
    name = compressed.compression(packed)
    where = _Where("", 0, Budget())
    try:
        content = compressed.content(packed, where.budget)
        kind, _ = recognise(name, content[:HEAD])
        if kind is Kind.MODEL or tar.is_tar(content) or content.startswith((archive.LOCAL, npy.MAGIC)):
            yield from where.open(content, name)
            len(content)
        else:
            yield from _glimpse(content, name)
            yield Inert(name, 0, len(content), NO_MODEL)
    except CannotLook as error:
        yield Unread("", str(error))


__all__ = ["Inert", "Malformed", "Part", "Piece", "Unread", "Unusual", "pieces", "within_other"]
