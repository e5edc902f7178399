# SPDX-License-Identifier: Apache-2.0
"""A certificate: what the interpreter saw in a model file that it calls clean, so that anybody can see it again.

It names every program in the file with its globals and uses, and every range of bytes that is data only. It holds for
one file, by digest, under one allow-list, by digest. ``checker`` re-verifies it with code of its own.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from hauberk.analysis import allowlist
from hauberk.analysis.checker.check import check
from hauberk.analysis.checker.source import Source
from hauberk.analysis.program_files import NO_MODEL, Inert, Part, Piece, Unread, Unusual, pieces
from hauberk.core.codec import encode
from hauberk.core.content import Content
from hauberk.core.errors import CannotLook
from hauberk.core.value import Value

SCHEMA = "hauberk/certificate/1"


class Examined(Value, frozen=True, kw_only=True):
    """One program: a pickle, or joblib's pickle with the arrays in it."""

    member: str
    """Path of wrappings from the file to the program; empty for the file itself."""
    start: int
    end: int
    """Bytes within the unwrapped member."""
    operations: int
    globals: tuple[str, ...]
    uses: dict[str, int]
    """How often each use was made, by ``use callee contract``."""
    trace: str
    """SHA-256 over one line ``offset use callee contract`` for each use, in order."""


class Data(Value, frozen=True, kw_only=True):
    """A range that no loader reads as a program, and why."""

    member: str
    start: int
    end: int
    why: str


class Certificate(Value, frozen=True, kw_only=True):
    """Why a file is clean."""

    schema: str
    digest: str
    """``sha256:`` of the file."""
    size: int
    allowlist: str
    """``sha256:`` of the allow-list."""
    programs: tuple[Examined, ...]
    inert: tuple[Data, ...]


def certify(data: bytes | Content) -> Certificate:
    """The certificate of a file of the pickle family: pickle, joblib, torch, npy, npz, compressed, in tar, zip or 7z.

    Raises CannotLook where it has none, with the first thing that stands against it.
    """
    content = Content.of(data)
    total = hashlib.sha256()
    for piece in content.pieces():
        total.update(piece)
    return assemble(pieces(content), "sha256:" + total.hexdigest(), len(content))


def attachable(found: Iterable[Piece], content: Content, digest: str) -> bytes:
    """The certificate for a scan's evidence, as its bytes; raises as ``certify`` does, and where the checker refuses.

    The checker looks again where a wrapping leaves its writer much freedom. What else it would refuse, the interpreter
    does not call clean, so that a scan need not read every file twice; tests hold that against the checker.
    """
    seen = list(found)
    made = encode(assemble(seen, digest, len(content)))
    if any(isinstance(piece, Unusual) for piece in seen):
        check(Source(content.read, len(content)), made)
    return made


def assemble(found: Iterable[Piece], digest: str, size: int) -> Certificate:
    """The certificate of a file of which these pieces were seen; raises as ``certify`` does."""
    programs: list[Examined] = []
    inert: list[Data] = []
    for piece in found:
        if isinstance(piece, Inert):
            if piece.why == NO_MODEL:
                raise CannotLook("no certificate: nobody calls what the file holds a model")
            inert.append(Data(member=piece.member, start=piece.start, end=piece.end, why=piece.why))
        elif isinstance(piece, Unread):
            raise CannotLook(f"no certificate: {piece.reason}")
        elif isinstance(piece, Part):
            program = piece.program
            if program.faults or program.stopped:
                against = program.faults[0].what if program.faults else program.stopped
                raise CannotLook(f"no certificate: the file {against}")
            fields = {name: getattr(program, name) for name in Examined.__struct_fields__ if name != "member"}
            programs.append(Examined(member=piece.member, **fields))
        elif not isinstance(piece, Unusual):
            raise CannotLook(f"no certificate: the file holds {piece.what}")
    return Certificate(
        schema=SCHEMA,
        digest=digest,
        size=size,
        allowlist=allowlist.digest(),
        programs=tuple(programs),
        inert=tuple(inert),
    )


def write(certificate: Certificate, path: Path) -> None:
    """Write a certificate as JSON, beside its model."""
    path.write_bytes(encode(certificate))
