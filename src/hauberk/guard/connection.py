# SPDX-License-Identifier: Apache-2.0
"""One connection to an upstream, which carries one request at a time."""

import asyncio
from typing import Final, cast

from hauberk.guard.reply import Broken, Reply

IDLE_SECONDS: Final = 15.0
"""Longest that a pooled connection waits; shorter than servers usually do, so that theirs is not the end."""


class Connection(asyncio.Protocol):
    """Sends a request and hands back the whole answer. What arrives unasked ends it."""

    def __init__(self) -> None:
        """Not connected yet."""
        self.since = 0.0
        """When it was last put back, on the loop's clock."""
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[bytes] | None = None
        self._reply = Reply()
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by behaviour only

    def data_received(self, data: bytes) -> None:
        """Read on; bytes that nobody waits for are no answer to anything."""
        if self._waiter is None or self._waiter.done():
            self.close()
            return
        try:
            body = self._reply.feed(data)
        except Broken as error:
            self._fail(error)
            return
        if body is not None:
            self._ended = self._ended or self._reply.is_over
            self._waiter.set_result(body)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        self._fail(exc or EOFError())

    def is_clean(self, now: float) -> bool:
        """Whether it may carry another request."""
        closing = self._transport is None or self._transport.is_closing()
        return not self._ended and not closing and now - self.since < IDLE_SECONDS

    async def ask(self, request: bytes, seconds: float) -> tuple[int, bytes, bool]:
        """Status, body, and whether the connection may be used again.

        Raises TimeoutError, OSError or EOFError where no answer comes, Broken where it is none.
        """
        if self._transport is None or self._ended:
            raise EOFError
        loop = asyncio.get_running_loop()
        self._reply, self._waiter = Reply(), loop.create_future()
        late = loop.call_later(seconds, self._fail, TimeoutError())
        try:
            self._transport.write(request)
            body = await self._waiter
        finally:
            late.cancel()
            self._waiter = None
        return self._reply.status, body, self._reply.keep and not self._ended

    def close(self) -> None:
        """Let go, at once."""
        self._ended = True
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, error: Exception) -> None:
        self._ended = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)
