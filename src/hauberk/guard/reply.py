# SPDX-License-Identifier: Apache-2.0
"""An upstream's answer as it arrives: HTTP/1.1 (RFC 9112) with one reading, bounded in bytes."""

import functools
import re
from typing import Final

MOST_ANSWER: Final = 8 << 20
MOST_HEAD: Final = 32 << 10
_FINAL: Final = 200
"""Least status of an answer that is no interim one."""
_ONCE: Final = frozenset({"content-length", "transfer-encoding"})
_CHUNK: Final = re.compile(rb"[0-9A-Fa-f]{1,8}[ \t]*(?:;[^\r\n]*)?\Z")
_BREAK: Final = b"\r\n"


class Broken(Exception):
    """The upstream's answer is not HTTP as we read it."""


class Reply:
    """One answer. What is fed after it was whole belongs to nobody, and ``is_over`` says so."""

    __slots__ = ("_held", "_need", "_pieces", "_size", "keep", "status")

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.status, self.keep = 0, False
        self._held, self._need, self._size = bytearray(), 0, 0
        self._pieces: list[bytes] | None = None

    @property
    def is_over(self) -> bool:
        """Whether bytes came beyond the end of the answer."""
        return bool(self._held)

    def feed(self, data: bytes) -> bytes | None:
        """The body once it is whole, None while more is to come; raises Broken."""
        self._held += data
        if not self.status and not self._read_head():
            return None
        if self._pieces is not None:
            return self._read_chunks(self._pieces)
        return None if len(self._held) < self._need else self._taken(self._need)

    def _taken(self, count: int) -> bytes:
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken

    def _read_head(self) -> bool:
        status = 0
        while status < _FINAL:
            end = self._held.find(b"\r\n\r\n", 0, MOST_HEAD)
            if end < 0 and len(self._held) < MOST_HEAD:
                return False
            if end < 0:
                raise Broken
            status, self.keep, need = _head(self._taken(end + 4))
        self.status = status
        self._need, self._pieces = (0, []) if need is None else (need, None)
        return True

    def _read_chunks(self, pieces: list[bytes]) -> bytes | None:
        while True:
            end = self._held.find(_BREAK, 0, MOST_HEAD)
            if end < 0 and len(self._held) < MOST_HEAD:
                return None
            line = bytes(self._held[: max(end, 0)])
            if not _CHUNK.match(line):
                raise Broken
            length = int(line.partition(b";")[0], 16)
            if self._size + length > MOST_ANSWER:
                raise Broken
            start, whole = end + 2, end + 2 + length + 2
            if len(self._held) < whole:
                return None
            if self._held[whole - 2 : whole] != _BREAK:  # trailers are no part of what we read
                raise Broken
            pieces.append(bytes(self._held[start : whole - 2]))
            self._size += length
            del self._held[:whole]
            if not length:
                return b"".join(pieces)


@functools.lru_cache(maxsize=32)
def _head(head: bytes) -> tuple[int, bool, int | None]:
    """Status, whether the connection goes on, and the body's length: None for one in chunks. Raises Broken.

    Cached, since a server's heads differ once a second at most.
    """
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if version not in ("HTTP/1.1", "HTTP/1.0") or not (rest[:3].isascii() and rest[:3].isdigit()):
        raise Broken
    status, headers = int(rest[:3]), _headers(lines)
    keep = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    return status, keep, _length(headers) if status >= _FINAL else 0


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        key = name.lower()
        if not colon or name != name.strip() or (key in headers and key in _ONCE):
            raise Broken
        headers[key] = value.strip()
    return headers


def _length(headers: dict[str, str]) -> int | None:
    if "transfer-encoding" in headers:
        if headers["transfer-encoding"].lower() != "chunked" or "content-length" in headers:
            raise Broken
        return None
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()) or len(length) > len(str(MOST_ANSWER)) or int(length) > MOST_ANSWER:
        raise Broken
    return int(length)
