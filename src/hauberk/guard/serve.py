# SPDX-License-Identifier: Apache-2.0
"""Serves an application on an open socket, a seam of extra ``guard``: uvicorn with uvloop, and nothing that logs."""

import asyncio
import gc
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
import uvloop

from hauberk.guard.front import Front

KEEP_ALIVE = 30
BACKLOG = 2048
MOST_CONNECTIONS = 1024
_COLLECT = 20_000
"""New containers between two collections; 700 would mean one every few requests."""
GRACE = 10
"""Seconds that requests in flight get when the server is asked to end."""


def server_of(application: Any) -> uvicorn.Server:
    """A server of an ASGI application; it ends when its ``should_exit`` is set."""
    config = uvicorn.Config(
        application,
        http=Front,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    return uvicorn.Server(config)


def serve(server: uvicorn.Server, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; ``ready`` is called once connections are answered."""
    gc.collect()
    gc.freeze()  # what is there by now stays; requests leave hardly a cycle behind
    gc.set_threshold(_COLLECT, 20, 50)
    uvloop.run(_run(server, listening, ready))


async def _run(server: uvicorn.Server, listening: socket.socket, ready: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()

    def tell() -> None:
        if server.started:
            ready()
        else:
            loop.call_later(0.005, tell)

    loop.call_soon(tell)
    await server.serve(sockets=[listening])
