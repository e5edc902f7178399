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
from hauberk.guard.connection import Connection
from hauberk.guard.reply import Broken
from hauberk.wire import strict
from hauberk.wire.inference import MOST_DIMENSIONS, Size

MOST_POOLED: Final = 64
_OK: Final = 200
OPAQUE: Final = "JSON"
"""Datatype of an answer that is passed on as it stands."""


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
        self._pool: deque[Connection] = deque()

    async def infer(self, inputs: Tensors, plain: Any, seconds: float) -> Tensors:
        """The outputs; raises Unanswered: 504 too late, 502 anything else that is no answer."""
        rows = self._protocol == "rows"
        body = encode((_rows(inputs) if plain is None else plain) if rows else {"inputs": inputs})
        status, answer = await self.exchange(body, seconds)
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

    async def exchange(self, body: bytes, seconds: float) -> tuple[int, bytes]:
        """Status and body of the answer to a body, which is sent once; raises Unanswered."""
        loop, connection = asyncio.get_running_loop(), None
        end = loop.time() + seconds
        try:
            connection = self._pooled(loop.time()) or await self._connect(seconds)
            request = b"%b%d\r\n\r\n%b" % (self._head, len(body), body)
            status, answer, keep = await connection.ask(request, end - loop.time())
        except TimeoutError:
            _drop(connection)
            raise Unanswered(504, "the model did not answer in time") from None
        except (OSError, EOFError, Broken, ValueError):
            _drop(connection)
            raise Unanswered(502, "the model could not be asked") from None
        except BaseException:
            _drop(connection)
            raise
        if keep and len(self._pool) < MOST_POOLED:
            connection.since = loop.time()
            self._pool.append(connection)
        else:
            connection.close()
        return status, answer

    def _pooled(self, now: float) -> Connection | None:
        while self._pool:
            connection = self._pool.pop()
            if connection.is_clean(now):
                return connection
            connection.close()
        return None

    async def _connect(self, seconds: float) -> Connection:
        async with asyncio.timeout(seconds):
            loop = asyncio.get_running_loop()
            return (await loop.create_connection(Connection, self._host, self._port, ssl=self._tls))[1]

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


def _drop(connection: Connection | None) -> None:
    if connection is not None:
        connection.close()


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
