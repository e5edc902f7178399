# SPDX-License-Identifier: Apache-2.0
"""A guard on a real socket, in a thread of the test: everything is real but the model, which counts how often it is asked."""

import json
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hauberk.core.query import Interface, Port, Tensor
from hauberk.core.system import Guarding
from hauberk.guard.app import Guard
from hauberk.guard.ask import Unanswered
from hauberk.guard.buckets import Buckets
from hauberk.guard.callers import add_key
from hauberk.guard.chain import Chain
from hauberk.guard.counters import Counters
from hauberk.guard.known import Known
from hauberk.guard.record import Sealer
from hauberk.guard.serve import serve, server_of
from hauberk.guard.settings import Rate, Settings
from hauberk.guard.spool import Spool
from hauberk.guard.standing import Standing
from hauberk.guard.state import State
from hauberk.guard.tally import tally_of

SECRET = bytes(range(32))
INTERFACE = Interface(
    inputs=(
        Port(name="amount", datatype="FP32", shape=(-1, 1)),
        Port(name="count", datatype="INT32", shape=(-1, 1)),
        Port(name="purpose", datatype="BYTES", shape=(-1, 1)),
    ),
    outputs=(
        Port(name="label", datatype="BYTES", shape=(-1,)),
        Port(name="probabilities", datatype="FP32", shape=(-1, 2)),
    ),
)
ROW = {"amount": 12.5, "count": 3, "purpose": "A41"}
FAST, OPEN = Rate(count=100000, seconds=1), Chain()
BODY = json.dumps(ROW).encode()


@dataclass
class Echo:
    """A model that says what class the amount falls in."""

    asked: list = field(default_factory=list)
    fails: bool = False

    async def infer(self, inputs, plain, seconds):
        del plain, seconds
        self.asked.append(inputs)
        if self.fails:
            raise Unanswered(502, "the model could not be asked")
        amounts = inputs[0].data
        labels = ["good" if amount < 100 else "bad" for amount in amounts]
        shares = [share for amount in amounts for share in ((1.0, 0.0) if amount < 100 else (0.25, 0.75))]
        return (
            Tensor(name="label", datatype="BYTES", shape=(len(labels),), data=labels),
            Tensor(name="probabilities", datatype="FP32", shape=(len(labels), 2), data=shares),
        )

    async def close(self):
        pass


@dataclass
class Served:
    """What a test holds."""

    port: int
    key: str
    state: State
    model: Echo
    guard: Guard
    spool: Spool
    counters: Counters

    def raw(self, data, *, timeout=5.0, pieces=None, pause=0.0):
        """What comes back on a raw socket until the other end closes, or nothing more comes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as sock:
            try:
                for piece in pieces or [data]:
                    sock.sendall(piece)
                    if pause:
                        threading.Event().wait(pause)
            except (BrokenPipeError, ConnectionResetError):
                pass  # sent away; what was said before stands in the buffer
            got = b""
            while True:
                try:
                    more = sock.recv(65536)
                except TimeoutError:
                    return got + b"(still open)"
                except ConnectionResetError:
                    return got
                if not more:
                    return got
                got += more

    def request(self, body=BODY, *, path="/predict", headers="", key=None, method="POST", length=None):
        """The bytes of one request, whose connection closes behind it."""
        length = len(body) if length is None else length
        key = self.key if key is None else key
        credential = f"authorization: Bearer {key}\r\n" if key else ""
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: x\r\n{credential}content-type: application/json\r\n"
            f"{headers}connection: close\r\ncontent-length: {length}\r\n\r\n"
        )
        return head.encode() + body

    def ask(self, body=BODY, **facts):
        """Status and body as JSON of one request."""
        return parsed(self.raw(self.request(body, **facts)))


def parsed(answer):
    """Status and body of an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head:
        return 0, None
    status = int(head.split(b" ")[1])
    return status, json.loads(body) if body else None


@contextmanager
def served(
    folder: Path,
    *,
    rate=FAST,
    quota=None,
    chain=OPEN,
    sync=None,
    wall=time.time_ns,
    favourable="good",
    second=None,
    **guarding,
):
    """Serve."""
    state = State(root=folder / ".hauberk")
    state.make()
    _, key = add_key(state.callers, "branch", now=datetime.now(UTC), days=1, scopes=("infer", "metadata", "metrics"))
    settings = Settings(
        system="s", endpoint="e", model="m", path="/nowhere", digest="sha256:" + "0" * 64, route="/predict",
        guarding=Guarding(**guarding), rate=rate, quota=quota, tokens=None, state=str(state.root), favourable=favourable, run="sha256:" + "1" * 64,
    )  # fmt: skip
    model = Echo()
    spool = Spool(state.spool, "w", **({"sync": sync} if sync else {}))
    counters = Counters(state.run / "counters", 0)
    guard = Guard(
        settings, INTERFACE, model, known=Known(state.callers, None), buckets=Buckets(state.run / "buckets", rate, quota),
        chain=chain, spool=spool, sealer=Sealer(SECRET), counters=counters, wall=wall,
        tally=tally_of(settings, state, 0), held=(state.held, SECRET),
        standing=Standing(state.standing), stop=lambda: state.stop.write_text("stopped"), second=second,
    )  # fmt: skip
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    server, ready = server_of(guard), threading.Event()
    thread = threading.Thread(target=serve, args=(server, listening, ready.set), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield Served(listening.getsockname()[1], key, state, model, guard, spool, counters)
    finally:
        server.should_exit = True
        thread.join(10)
        spool.close()
        listening.close()
