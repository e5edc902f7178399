# SPDX-License-Identifier: Apache-2.0
"""An upstream over HTTP/1.1: pooled connections, bounded answers, and never the same request twice.

What goes on is written anew from what was checked, so that no two readers of one request can disagree. A connection is
taken from the pool only if nothing has arrived on it since its last answer; where it turns out to be dead all the
same, the request fails: whether the upstream has read it cannot be known, so it is not sent again.
"""

import asyncio
import math
import ssl
from collections import deque
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec

from hauberk.core.codec import decode, encode
from hauberk.core.errors import Malformed
from hauberk.core.query import Tensor, Tensors
from hauberk.guard.ask import Unanswered
from hauberk.wire import strict
from hauberk.wire.inference import MOST_DIMENSIONS, Size

MOST_ANSWER: Final = 8 << 20
MOST_HEAD: Final = 32 << 10
MOST_POOLED: Final = 64
IDLE_SECONDS: Final = 15.0
"""Longest that a pooled connection waits; shorter than servers usually do, so that theirs is not the end."""
_OK: Final = 200
_ONCE: Final = frozenset({"content-length", "transfer-encoding"})
OPAQUE: Final = "JSON"
"""Datatype of an answer that is passed on as it stands."""


class _Broken(Exception):
    """The upstream's answer is not HTTP as we read it."""


class _Connection:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.since = 0.0

    def is_clean(self, now: float) -> bool:
        """Whether it may carry another request."""
        arrived = self.reader._buffer  # type: ignore[attr-defined]  # noqa: SLF001  there is no public way to see it
        silent = not self.reader.at_eof() and not arrived
        return silent and not self.writer.is_closing() and now - self.since < IDLE_SECONDS

    def close(self) -> None:
        """Let go."""
        self.writer.close()


class Upstream:
    """The model at another address."""

    def __init__(self, address: str, path: str, *, protocol: str) -> None:
        """``path`` is where requests are POSTed; ``protocol`` is ``open-inference`` or ``rows``."""
        parts = urlsplit(address)
        self._host = parts.hostname or ""
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._protocol = protocol
        self._head = (
            f"POST {path} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\n"
            "accept: application/json\r\ncontent-length: "
        ).encode("ascii")
        self._pool: deque[_Connection] = deque()

    async def infer(self, inputs: Tensors, plain: Any, seconds: float) -> Tensors:
        """The outputs; raises Unanswered: 504 too late, 502 anything else that is no answer."""
        rows = self._protocol == "rows"
        body = encode((_rows(inputs) if plain is None else plain) if rows else _open_inference(inputs))
        connection = None
        try:
            async with asyncio.timeout(seconds):
                connection = self._pooled() or await self._connect()
                status, answer, keep = await self._exchange(connection, body)
        except TimeoutError:
            self._drop(connection)
            raise Unanswered(504, "the model did not answer in time") from None
        except (OSError, EOFError, _Broken, ValueError, asyncio.LimitOverrunError):
            self._drop(connection)
            raise Unanswered(502, "the model could not be asked") from None
        except BaseException:
            self._drop(connection)
            raise
        self._put_back(connection, keep=keep)
        if status != _OK:
            raise Unanswered(502, f"the model's server answered {status}")
        try:
            return self._read(answer)
        except Malformed as error:
            raise Unanswered(502, "the model's server gave an answer that cannot be read") from error

    async def close(self) -> None:
        """Let go of all connections."""
        while self._pool:
            self._pool.pop().close()

    def _pooled(self) -> _Connection | None:
        now = asyncio.get_running_loop().time()
        while self._pool:
            connection = self._pool.pop()
            if connection.is_clean(now):
                return connection
            connection.close()
        return None

    async def _connect(self) -> _Connection:
        reader, writer = await asyncio.open_connection(self._host, self._port, ssl=self._tls, limit=MOST_HEAD)
        return _Connection(reader, writer)

    def _put_back(self, connection: _Connection, *, keep: bool) -> None:
        if keep and len(self._pool) < MOST_POOLED:
            connection.since = asyncio.get_running_loop().time()
            self._pool.append(connection)
        else:
            connection.close()

    def _drop(self, connection: _Connection | None) -> None:
        if connection is not None:
            connection.writer.transport.abort()

    async def _exchange(self, connection: _Connection, body: bytes) -> tuple[int, bytes, bool]:
        """Status, body, and whether the connection may be used again."""
        connection.writer.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        await connection.writer.drain()
        while True:
            head = await connection.reader.readuntil(b"\r\n\r\n")
            status, headers = _parsed(head)
            if status >= _OK:
                break
        if "transfer-encoding" in headers:
            if headers["transfer-encoding"].lower() != "chunked" or "content-length" in headers:
                raise _Broken
            answer = await _chunks(connection.reader)
        else:
            length = headers.get("content-length", "")
            if not length.isdigit() or int(length) > MOST_ANSWER:
                raise _Broken
            answer = await connection.reader.readexactly(int(length))
        keep = head.startswith(b"HTTP/1.1") and headers.get("connection", "").lower() != "close"
        return status, answer, keep

    def _read(self, answer: bytes) -> Tensors:
        if self._protocol == "rows":
            plain = strict.read(answer)
            _finite(plain)
            return (Tensor(name="answer", datatype=OPAQUE, shape=(1,), data=[plain]),)
        told = decode(answer, _Answer)  # written anew for the client, so that a key read twice deceives nobody
        return tuple(_output(one) for one in told.outputs)


class _Output(msgspec.Struct, frozen=True):
    name: str
    datatype: str
    shape: Annotated[tuple[Size, ...], msgspec.Meta(max_length=MOST_DIMENSIONS)]
    data: list[Any]


class _Answer(msgspec.Struct, frozen=True):
    outputs: list[_Output]


def _parsed(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if version not in ("HTTP/1.1", "HTTP/1.0") or not rest[:3].isdigit():
        raise _Broken
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        key = name.lower()
        if not colon or name != name.strip() or (key in headers and key in _ONCE):
            raise _Broken
        headers[key] = value.strip()
    return int(rest[:3]), headers


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    pieces, size = [], 0
    while True:
        line = (await reader.readuntil(b"\r\n")).partition(b";")[0].strip()
        length = int(line, 16)
        size += length
        if size > MOST_ANSWER or length < 0:
            raise _Broken
        pieces.append(await reader.readexactly(length))
        if await reader.readexactly(2) != b"\r\n":  # trailers are no part of what we read
            raise _Broken
        if not length:
            return b"".join(pieces)


def _open_inference(inputs: Tensors) -> dict[str, Any]:
    return {
        "inputs": [{"name": one.name, "shape": one.shape, "datatype": one.datatype, "data": one.data} for one in inputs]
    }


def _rows(inputs: Tensors) -> Any:
    """One object for one row, else ``rows``."""
    count = inputs[0].shape[0]
    made = [{one.name: one.data[row] for one in inputs} for row in range(count)]
    return made[0] if count == 1 else {"rows": made}


def _finite(plain: Any) -> None:
    """Raise Malformed for a number such as 1e400, which has no spelling on its way out."""
    if isinstance(plain, float) and not math.isfinite(plain):
        raise Malformed("a number that is not finite")
    for item in plain.values() if isinstance(plain, dict) else plain if isinstance(plain, list) else ():
        _finite(item)


def _output(one: _Output) -> Tensor:
    return Tensor(name=one.name, datatype=one.datatype, shape=one.shape, data=one.data)
