# SPDX-License-Identifier: Apache-2.0
"""An upstream on a raw socket that answers well, badly, late, or not at all."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
import uvloop

from hauberk.core.query import Tensor
from hauberk.guard.ask import Unanswered
from hauberk.guard.reply import MOST_ANSWER
from hauberk.guard.upstream import Upstream

INPUTS = (Tensor(name="amount", datatype="FP32", shape=(1, 1), data=[1.5]),)
OUTPUT = {"outputs": [{"name": "label", "datatype": "BYTES", "shape": [1], "data": ["good"]}]}


def http(body, *, status="200 OK", headers=""):
    return f"HTTP/1.1 {status}\r\n{headers}content-length: {len(body)}\r\n\r\n{body}".encode()


GOOD = http(json.dumps(OUTPUT))


class Server:
    """Plays one answer for each request; an answer of None closes, one of a number waits so many seconds."""

    def __init__(self, *answers):
        self.answers, self.requests, self.connections = list(answers), [], 0

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
                self.requests.append(head + await reader.readexactly(length))
                answer = self.answers.pop(0) if self.answers else GOOD
                if isinstance(answer, float):
                    await asyncio.sleep(answer)
                elif answer is None:
                    break
                else:
                    writer.write(answer)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def upstream(*answers, protocol="open-inference"):
    played = Server(*answers)
    server = await asyncio.start_server(played.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    one = Upstream(f"http://127.0.0.1:{port}", "/v2/models/m/infer", protocol=protocol)
    try:
        yield one, played
    finally:
        await one.close()
        server.close()


@pytest.mark.parametrize("run_loop", [asyncio.run, uvloop.run])
def test_a_connection_serves_one_request_after_the_other(run_loop):
    async def run():
        async with upstream() as (one, played):
            for _ in range(3):
                (answer,) = await one.infer(INPUTS, None, 5.0)
                assert answer.data == ["good"]
            assert (played.connections, len(played.requests)) == (1, 3)
            assert json.loads(played.requests[0].partition(b"\r\n\r\n")[2])["inputs"][0]["data"] == [1.5]

    run_loop(run())


def test_rows_go_on_as_they_were_read_and_their_answer_comes_back_as_it_stands():
    async def run():
        async with upstream(http('{"advice": "good"}'), protocol="rows") as (one, played):
            (answer,) = await one.infer(INPUTS, {"a/b": 1.5}, 5.0)
            assert answer.data == [{"advice": "good"}]
            assert played.requests[0].endswith(b'{"a/b":1.5}')

    asyncio.run(run())


def test_chunked_answers_and_interim_ones_are_read():
    body = json.dumps(OUTPUT).encode()
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n%b\r\n%x;x=1\r\n%b\r\n0\r\n\r\n"
    answer = b"HTTP/1.1 100 Continue\r\n\r\n" + chunked % (body[:5], len(body) - 5, body[5:])

    async def run():
        async with upstream(answer) as (one, played):
            assert (await one.infer(INPUTS, None, 5.0))[0].data == ["good"]
            assert (await one.infer(INPUTS, None, 5.0))[0].data == ["good"]
            assert played.connections == 1

    asyncio.run(run())


BAD = {
    "closes": (None, 502),
    "is late": (30.0, 504),
    "says 500": (http("{}", status="500 No"), 502),
    "says 301": (http("{}", status="301 Moved", headers="location: http://evil\r\n"), 502),
    "no HTTP": (b"220 smtp\r\n\r\n", 502),
    "no length": (b"HTTP/1.1 200 OK\r\n\r\n{}", 502),
    "both lengths": (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 502),
    "two lengths": (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}", 502),
    "too large": (b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (MOST_ANSWER + 1), 502),
    "a chunk that is too large": (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffff\r\n", 502),
    "a negative chunk": (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n", 502),
    "a head without end": (b"HTTP/1.1 200 OK\r\nx: " + b"a" * 100000, 502),
    "NaN": (http('{"outputs": [{"name": "a", "datatype": "FP32", "shape": [1], "data": [NaN]}]}'), 502),
    "1e400": (http('{"outputs": [{"name": "a", "datatype": "FP32", "shape": [1], "data": [1e400]}]}'), 502),
    "no outputs": (http("{}"), 502),
    "no JSON": (http("hello"), 502),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "status"), BAD.values(), ids=BAD.keys())
def test_an_upstream_that_misbehaves_is_asked_once_and_never_again_on_that_connection(answer, status):
    async def run():
        async with upstream(answer) as (one, played):
            with pytest.raises(Unanswered) as refused:
                await one.infer(INPUTS, None, 0.5 if status == 504 else 5.0)
            assert refused.value.status == status
            assert len(played.requests) == 1
            assert (await one.infer(INPUTS, None, 5.0))[0].data == ["good"]
            assert len(played.requests) == 2

    asyncio.run(run())


def test_what_comes_unasked_is_never_taken_for_an_answer():
    async def run():
        async with upstream(GOOD + GOOD.replace(b"good", b"evil")) as (one, played):
            await one.infer(INPUTS, None, 5.0)
            await asyncio.sleep(0.05)
            assert (await one.infer(INPUTS, None, 5.0))[0].data == ["good"]
            assert played.connections == 2

    asyncio.run(run())


def test_nobody_there_is_502():
    async def run():
        one = Upstream("http://127.0.0.1:9", "/x", protocol="rows")
        with pytest.raises(Unanswered) as refused:
            await one.infer(INPUTS, None, 5.0)
        assert refused.value.status == 502

    asyncio.run(run())
