# SPDX-License-Identifier: Apache-2.0
"""A journal of an attack under way: what was answered, step by step, so that a run that was cut short goes on.

An attack is a pure function of its order and of what the model answers. So answers (of a query, or of a whole white-box
stage) are written as they come; a run that is resumed reads them instead of asking again, goes through the same code
and therefore ends in the same bits. Each piece names what was asked, so that a journal of another run is refused.

The file is a line of format, the digest of the order, and pieces: length (four bytes, big-endian), content, and SHA-256
over the digest before it and the content. A last piece that is cut off, as by a kill, is left out. The chain has no
key: whoever may write the file may invent answers, so that it is made readable and writable for its owner only.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from hauberk.attacks.siege import Points, Query
from hauberk.core.errors import CannotLook, Malformed, Misuse, TooLarge

FORMAT: Final = b"hauberk/attack-journal/1\n"
MOST: Final = 1 << 30
"""Bytes of a journal; what comes after is not written, and would be asked again."""
MOST_PIECE: Final = 256 << 20
_DIGEST: Final = 32
_LENGTH: Final = 4
_OTHER = "the journal is not of this attack: "
_REMEDY = "resume with the same model, data and options, or begin anew with another file"


class Journal:
    """Pieces of the past, read once in their order; then new ones, written as they come."""

    def __init__(self, past: Iterable[bytes] = (), write: Callable[[bytes], None] = lambda _: None) -> None:
        """Begin with the first piece of the past."""
        self._past, self._write = iter(past), write
        self.replayed = 0
        """Pieces that were read, not asked for."""

    def step(self, name: bytes, ask: Callable[[], bytes]) -> bytes:
        """What was answered to this question, or else the answer of ``ask``, which is then written.

        Raises CannotLook where the past holds the answer to another question.
        """
        asked = hashlib.sha256(name).digest()
        for piece in self._past:
            if piece[:_DIGEST] != asked:
                raise CannotLook(f"{_OTHER}question {self.replayed + 1} is another", remedy=_REMEDY)
            self.replayed += 1
            return piece[_DIGEST:]
        answer = ask()
        self._write(asked + answer)
        return answer

    def query(self, query: Query) -> Query:
        """The query, asked only for what the past does not hold."""

        def answered(points: Points) -> NDArray[Any]:
            held = np.ascontiguousarray(points)
            name = repr((held.shape, held.dtype.str)).encode() + held.tobytes()
            return _unpacked(self.step(name, lambda: _packed(query(points))), len(points))

        return answered


def _packed(answers: NDArray[Any]) -> bytes:
    """Scores as float64, or as float32 where that loses nothing, or labels as int64; the width comes first."""
    if answers.ndim == 1:
        return b"l" + (0).to_bytes(_LENGTH, "big") + answers.astype("<i8").tobytes()
    wide = np.ascontiguousarray(answers, dtype="<f8")
    narrow = wide.astype("<f4")
    kind, kept = (b"f", narrow) if np.array_equal(narrow.astype("<f8"), wide, equal_nan=True) else (b"d", wide)
    return kind + int(answers.shape[1]).to_bytes(_LENGTH, "big") + kept.tobytes()


def _unpacked(piece: bytes, n: int) -> NDArray[Any]:
    """The answers; raises Malformed where they are not of so many samples."""
    kinds = {b"l": "<i8", b"f": "<f4", b"d": "<f8"}
    kind, width, body = piece[:1], int.from_bytes(piece[1 : 1 + _LENGTH], "big"), piece[1 + _LENGTH :]
    size = np.dtype(kinds.get(kind, "<f8")).itemsize
    if kind not in kinds or len(body) != n * size * (1 if kind == b"l" else width) or (kind == b"l") == (width > 0):
        raise Malformed("the journal holds no answers of so many samples")
    flat = np.frombuffer(body, dtype=kinds[kind])
    return flat.astype(np.intp) if kind == b"l" else flat.reshape(n, width).astype(np.float64)


def pieces(path: Path, order: bytes) -> Iterator[bytes]:
    """The pieces of a journal file; ends before a last one that is cut off.

    Raises TooLarge, Malformed where a piece is not what was written, and CannotLook for a journal of another order.
    """
    with path.open("rb") as file:
        for piece, _ in _read(file, order):
            yield piece


def _read(file: Any, order: bytes) -> Iterator[tuple[bytes, int]]:
    """Each piece and where it ends."""
    if os.fstat(file.fileno()).st_size > MOST + MOST_PIECE:
        raise TooLarge(f"a journal of more than {MOST + MOST_PIECE} bytes")
    head = file.read(len(FORMAT) + _DIGEST)
    if head[: len(FORMAT)] != FORMAT or len(head) != len(FORMAT) + _DIGEST:
        raise Malformed("not the journal of an attack")
    before = head[len(FORMAT) :]
    if before != hashlib.sha256(order).digest():
        raise CannotLook(f"{_OTHER}model, data or options are others", remedy=_REMEDY)
    at = len(head)
    while True:
        size = int.from_bytes(file.read(_LENGTH), "big")
        if size > MOST_PIECE:
            raise TooLarge(f"a piece of {size} bytes in a journal")
        piece, digest = file.read(size), file.read(_DIGEST)
        at += _LENGTH + size + _DIGEST
        if len(digest) < _DIGEST:
            return
        if hashlib.sha256(before + piece).digest() != digest or size < _DIGEST:
            raise Malformed("a piece of the journal is not what was written")
        before = digest
        yield piece, at


class Book:
    """A journal file that is held open: nobody else writes it meanwhile, and a new piece is there once written."""

    def __init__(self, path: Path, order: bytes) -> None:
        """Open, or begin; raises as ``pieces`` does, and Misuse for a file that cannot be written or is in use."""
        with contextlib.ExitStack() as undo:
            try:
                self._file = undo.enter_context(os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b"))
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Misuse(f"{path}: {error.strerror}", remedy="another run may hold it, or name a file") from error
            self._last = hashlib.sha256(order).digest()
            self._size = len(FORMAT) + _DIGEST
            if os.fstat(self._file.fileno()).st_size < self._size:
                if not FORMAT.startswith(self._file.read(len(FORMAT))):
                    raise Malformed("not the journal of an attack")
                self._file.seek(0)
                self._file.write(FORMAT + self._last)
                self._file.flush()
            self._file.seek(0)
            for piece, end in _read(self._file, order):
                self._last, self._size = hashlib.sha256(self._last + piece).digest(), end
            self._file.truncate(self._size)
            self._file.seek(self._size)
            undo.pop_all()

    def __enter__(self) -> Self:
        """The book."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close; what was written stays."""
        self._file.close()

    def write(self, piece: bytes) -> None:
        """Append a piece, as long as there is room."""
        if self._size >= MOST or not _DIGEST <= len(piece) <= MOST_PIECE:
            return
        self._last = hashlib.sha256(self._last + piece).digest()
        self._file.write(len(piece).to_bytes(_LENGTH, "big") + piece + self._last)
        self._file.flush()
        self._size += _LENGTH + len(piece) + _DIGEST
