# SPDX-License-Identifier: Apache-2.0
"""A request's body, bounded in bytes and in time; compressed ones are bounded once they are not."""

import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

_WINDOW: Final = {b"gzip": 31, b"deflate": 15}


class Refused(Exception):
    """The request is not taken; ``status`` and ``why`` are what the client gets."""

    def __init__(self, status: int, why: str, *, close: bool = False) -> None:
        """``close``: the connection is of no further use, since its body was not read."""
        super().__init__(why)
        self.status, self.why, self.close = status, why, close


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], most: int) -> bytes:
    """All bytes of the body as the client meant them; raises Refused. The caller bounds the time."""
    encoding = headers.get(b"content-encoding", b"identity").lower()
    if encoding != b"identity" and encoding not in _WINDOW:
        raise Refused(415, "bodies are sent as they are, or with gzip or deflate", close=True)
    length = headers.get(b"content-length")
    if length is not None and int(length) > most:
        raise Refused(413, f"the body exceeds the limit of {most} bytes", close=True)
    pieces, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400, "the client went away", close=True)
        piece: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(piece)
        if size > most:
            raise Refused(413, f"the body exceeds the limit of {most} bytes", close=True)
        pieces.append(piece)
    data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    return data if encoding == b"identity" else inflate(data, _WINDOW[encoding], most)


def inflate(data: bytes, window: int, most: int) -> bytes:
    """Decompressed bytes; raises Refused beyond ``most``, of which no more are ever made, and for broken streams."""
    stream = zlib.decompressobj(window)
    try:
        made = stream.decompress(data, most + 1)
    except zlib.error as error:
        raise Refused(400, "the compressed body is broken") from error
    if len(made) > most:
        raise Refused(413, f"the decompressed body exceeds the limit of {most} bytes")
    if not stream.eof or stream.unused_data:
        raise Refused(400, "the compressed body is broken")
    return made
