# SPDX-License-Identifier: Apache-2.0
"""Where notices go: a file, UDP, TCP, TLS, a webhook. ``send`` returns once the other end has what was sent.

Over TCP and TLS there is no word of receipt in syslog. So each batch has a connection of its own, which is closed for
writing; the receiver has read it all when it closes in turn, and if it died with something unread the kernel resets
the connection, which raises. Over UDP nothing is known: what is lost there is lost.
"""

import contextlib
import http.client
import os
import socket
import ssl
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

from hauberk.core.errors import Misuse
from hauberk.core.system import Sending
from hauberk.wire.syslog import framed

SECONDS: Final = 10.0
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
LARGEST_DATAGRAM: Final = 65_000
_OUTSTANDING: Final = 0x5411
"""SIOCOUTQ of tcp(7): bytes that the other end's kernel has not acknowledged."""


class Undelivered(Exception):
    """A batch did not get there, or not all of it: it is sent again."""


class Receiver(Protocol):
    """One place."""

    def send(self, messages: Sequence[bytes]) -> None:
        """Deliver them all, in order; raises Undelivered."""


@dataclass(frozen=True, kw_only=True)
class File:
    """A file, to whose end a line is added for each message; synced before ``send`` returns."""

    path: Path

    def send(self, messages: Sequence[bytes]) -> None:
        """As in Receiver."""
        try:
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                view = memoryview(b"".join(message + b"\n" for message in messages))
                while view:
                    view = view[os.write(file, view) :]
                os.fdatasync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise Undelivered(error.strerror or "the file cannot be written") from error


@dataclass(frozen=True, kw_only=True)
class Udp:
    """Datagrams (RFC 5426): nobody says whether they arrive."""

    host: str
    port: int

    def send(self, messages: Sequence[bytes]) -> None:
        """As in Receiver; a message that is larger than a datagram is cut."""
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)[0]
            with socket.socket(family, kind, protocol) as sock:
                for message in messages:
                    sock.sendto(message[:LARGEST_DATAGRAM], address)
        except OSError as error:
            raise Undelivered(error.strerror or "no such host") from error


@dataclass(frozen=True, kw_only=True)
class Stream:
    """TCP, or TLS where a context is given, by octet counting (RFC 6587, RFC 5425)."""

    host: str
    port: int
    context: ssl.SSLContext | None = None

    def send(self, messages: Sequence[bytes]) -> None:
        """As in Receiver."""
        data = b"".join(map(framed, messages))
        try:
            with socket.create_connection((self.host, self.port), timeout=SECONDS) as plain:
                if self.context is None:
                    plain.sendall(data)
                    plain.shutdown(socket.SHUT_WR)
                    _await_end(plain)
                    return
                with self.context.wrap_socket(plain, server_hostname=self.host) as sock:
                    sock.sendall(data)
                    with contextlib.suppress(ssl.SSLEOFError):  # it closed without the alert, having read to our own
                        sock.unwrap()
        except OSError as error:
            raise Undelivered(error.strerror or type(error).__name__) from error


def _await_end(sock: socket.socket) -> None:
    """Wait until the other end closes; raises OSError where it resets, or keeps quiet and has not acknowledged all."""
    try:
        while sock.recv(4096):
            pass
    except TimeoutError:
        if not sys.platform.startswith("linux") or _outstanding(sock):
            raise


def _outstanding(sock: socket.socket) -> int:
    import fcntl  # noqa: PLC0415  not there on every platform

    found: int = struct.unpack("i", fcntl.ioctl(sock, _OUTSTANDING, b"\0\0\0\0"))[0]
    return found


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """One POST for a batch, as JSON; a status of 200 to 299 is the receipt. Redirects are not followed."""

    url: str
    context: ssl.SSLContext | None = None

    def send(self, messages: Sequence[bytes]) -> None:
        """As in Receiver; ``Idempotency-Key`` is the same when the same batch is sent again."""
        parts = urlsplit(self.url)
        body = b'{"schema":"hauberk/notices/1","notices":[' + b",".join(messages) + b"]}"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"content-type": "application/json", "idempotency-key": sha256(body).hexdigest()}
        try:
            connection = (
                http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)
                if self.context is None
                else http.client.HTTPSConnection(
                    parts.hostname or "", parts.port, timeout=SECONDS, context=self.context
                )
            )
            with contextlib.closing(connection):
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                answer.read(1 << 16)
        except (OSError, http.client.HTTPException) as error:
            raise Undelivered(getattr(error, "strerror", None) or type(error).__name__) from error
        if not 200 <= answer.status < 300:  # noqa: PLR2004  HTTP
            raise Undelivered(f"status {answer.status}")


def receiver(sending: Sending, root: Path, allowed: Sequence[str]) -> Receiver:
    """The place that a manifest names; ``allowed`` are names of those beyond this machine that the user granted.

    Raises Misuse for another one of those, and for a file that leaves the folder of the manifest.
    """
    parts = urlsplit(sending.to)
    if parts.scheme == "file":
        path = (root / sending.to.removeprefix("file:")).resolve()
        if not path.is_relative_to(root.resolve()):
            raise Misuse(f"{sending.name}: the file leaves the folder of the manifest", remedy="name one inside it")
        return File(path=path)
    host = parts.hostname or ""
    if host not in LOOPBACK and sending.name not in allowed:
        raise Misuse(f"the manifest sends to another machine: {sending.name}", remedy=f"say so: --send {sending.name}")
    context = _context(sending, root) if parts.scheme in ("tls", "https") else None
    if parts.scheme in ("http", "https"):
        return Webhook(url=sending.to, context=context)
    try:
        port = parts.port or 0
    except ValueError:
        port = 0
    if not port:
        raise Misuse(f"{sending.name}: no port from 1 to 65535", remedy="write tcp://HOST:PORT")
    return Udp(host=host, port=port) if parts.scheme == "udp" else Stream(host=host, port=port, context=context)


def _context(sending: Sending, root: Path) -> ssl.SSLContext:
    """TLS 1.2 or later, the other end's name and certificate checked."""
    try:
        context = ssl.create_default_context(cafile=str(root / sending.ca) if sending.ca else None)
    except (OSError, ssl.SSLError) as error:
        raise Misuse(f"{sending.name}: cannot read the certificates in ca", remedy="name a file of PEM") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
