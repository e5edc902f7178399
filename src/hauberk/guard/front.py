# SPDX-License-Identifier: Apache-2.0
"""The front, a seam of extra ``guard``: uvicorn's protocol on httptools, with what it leaves open closed.

RFC 9112 lets servers be lenient where two of them may understand one message differently (request smuggling), and
uvicorn bounds neither the head nor the time that it takes. Here whatever is ambiguous is refused and the connection
closed: the parser refuses both lengths at once, folded lines and bare line feeds; this module a length or a host
twice, trailers, upgrades, odd codings, and heads without end.
"""

import asyncio
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD: Final = 16 << 10
"""Bytes of a request line with all headers."""
MOST_HEADERS: Final = 64
HEAD_SECONDS: Final = 10.0
"""From the first byte of a request, or from a connection's begin, to the end of its headers."""

_METHODS: Final = frozenset({b"GET", b"HEAD", b"POST"})
_ONCE: Final = frozenset(
    {
        b"host",
        b"content-length",
        b"transfer-encoding",
        b"authorization",
        b"x-api-key",
        b"content-encoding",
        b"content-type",
    }
)
_WORDS: Final = {
    400: b"Bad Request",
    408: b"Request Timeout",
    431: b"Request Header Fields Too Large",
    501: b"Not Implemented",
}


class Ambiguous(httptools.HttpParserError):
    """Raised in a callback of the parser, which makes an error of it."""


class Front(HttpToolsProtocol):
    """One connection."""

    _timer: asyncio.TimerHandle | None = None
    _head = 0
    """Bytes of the request line and headers so far."""
    _waiting = 0
    """Bytes of a head that has not ended, but for what shared a packet with an earlier request."""
    _heads = 0
    """Heads that have ended."""
    _begun = False
    """Whether a head has begun and not ended."""
    _in_head = True
    """Whether what comes next is a head, not a body."""
    _refusal = 400

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to count the time."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(HEAD_SECONDS, self._late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting."""
        self._quiet()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; bound a head that has not ended yet, in bytes and in time."""
        if self.transport.is_closing():
            return
        in_head, heads = self._in_head, self._heads
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._begun:
            self._waiting += len(data) if in_head and heads == self._heads else 0
            if self._waiting > MOST_HEAD:
                self._refuse(431)
        elif self._in_head and self._timer is None and self.timeout_keep_alive_task is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._late)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._begun, self._in_head, self._head, self._waiting = True, True, 0, 0
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._late)

    def on_url(self, url: bytes) -> None:
        """Bound the target."""
        self._grow(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Bound the headers; refuse trailers."""
        if not self._in_head:
            raise Ambiguous("a trailer")
        self._grow(len(name) + len(value) + 4)
        if len(self.headers) >= MOST_HEADERS:
            self._refusal = 431
            raise Ambiguous("too many headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Refuse what two servers may understand differently; then let the application begin."""
        self._check()
        self._begun = self._in_head = False
        self._heads += 1
        self._quiet()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What follows is another head."""
        super().on_message_complete()
        self._in_head = True

    def _check(self) -> None:
        names = [name for name, _ in self.headers]
        known = set(names)
        if len(names) != len(known) and any(names.count(name) > 1 for name in _ONCE & known):
            raise Ambiguous("a header twice")
        if b"host" not in known and self.parser.get_http_version() == "1.1":
            raise Ambiguous("no host")
        if b"upgrade" in known or self.parser.should_upgrade():
            raise Ambiguous("an upgrade")
        if b"transfer-encoding" in known:
            coding = next(value for name, value in self.headers if name == b"transfer-encoding")
            if b"content-length" in known or coding.lower() != b"chunked" or self.parser.get_http_version() != "1.1":
                raise Ambiguous("a length that is not clear")
        elif b"content-length" in known:
            length = next(value for name, value in self.headers if name == b"content-length")
            if not (length.isdigit() and len(length) <= 18):  # noqa: PLR2004  below 2^63
                raise Ambiguous("a length that is not clear")
        if self.parser.get_method() not in _METHODS:
            self._refusal = 501
            raise Ambiguous("a method")

    def _grow(self, size: int) -> None:
        self._head += size
        if self._head > MOST_HEAD:
            self._refusal = 431
            raise Ambiguous("a head without end")

    def send_400_response(self, msg: str) -> None:
        """Answer what could not be understood."""
        del msg
        self._refuse(self._refusal)

    def _late(self) -> None:
        self._timer = None
        self._refuse(408)

    def _refuse(self, status: int) -> None:
        """Say so and close; where an answer is still on its way, only close, so that none is taken for another."""
        self._quiet()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            line = b"HTTP/1.1 %d %s\r\n" % (status, _WORDS[status])
            self.transport.write(line + b"content-length: 0\r\nconnection: close\r\n\r\n")
            self.transport.close()
        else:
            self.transport.abort()

    def _quiet(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _get_upgrade(self) -> Any:
        return None
