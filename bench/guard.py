# SPDX-License-Identifier: Apache-2.0
"""What the guard costs a request: its chain beside a bare pass-through in the same harness, and beside FastAPI + httpx.

The chain: key, rate and quota, schema, feature contract, the campaign detector (one memory for all accounts), the spool.
Each server is one process on core 0 before one upstream on core 1 (with the load), all on loopback; CPU is what the
kernel says of the server's threads, latency is that of an open-loop load. ``--quick`` takes 3 s a server instead of 30. Needs the extra ``guard``, FastAPI and httpx (``dev``).
"""

import asyncio
import hashlib
import itertools
import json
import math
import os
import platform
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

COLUMNS = [f"x{n}" for n in range(15)]
STRANGE = 40
"""One request in so many has a number that no training row had."""
MODEL = "m"


def row_of(chance):
    """A row as those that the model was trained on."""
    return [round(chance.random(), 4) for _ in COLUMNS]


def body_of(values):
    """The request for a row."""
    inputs = [
        {"name": name, "shape": [1, 1], "datatype": "FP32", "data": [value]}
        for name, value in zip(COLUMNS, values, strict=True)
    ]
    return json.dumps({"inputs": inputs}).encode()


def bodies(seed, count):
    """Requests of rows that differ, one in STRANGE beyond the range of the training rows."""
    chance = random.Random(seed)
    rows = [row_of(chance) for _ in range(count)]
    return [body_of([7.0, *row[1:]] if at % STRANGE == 0 else row) for at, row in enumerate(rows)]


BODIES = bodies(1, 4000)
ANSWER = json.dumps(
    {
        "model_name": MODEL,
        "outputs": [{"name": "probabilities", "datatype": "FP32", "shape": [1, 2], "data": [0.25, 0.75]}],
    }
).encode()
PATH = f"/v2/models/{MODEL}/infer"
CPU_BAR, PEER_BAR, P99_BAR = 4.0, 12.0, 1.0
QUICK = "--quick" in sys.argv
SECONDS = 3 if QUICK else 30
ROUNDS = 3 if QUICK else 9
CONNECTIONS = 32


# ---- servers, each run as ``bench/guard.py --serve NAME FD FOLDER UPSTREAM``


def build(name, folder, upstream):
    """The ASGI application of a name, and what to count at its end."""
    if name == "fastapi":
        return peer(upstream), dict
    if name == "bare":
        return bare(upstream), dict
    return guard(Path(folder), upstream)


def bare(upstream):
    """Forwards bodies unread over the guard's own upstream client."""
    from hauberk.guard.upstream import Upstream

    client = Upstream(upstream, PATH, protocol="open-inference")

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        status, answer = await client.exchange(body, 10.0)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return application


def guard(folder, upstream):
    """The guard's own chain, as its worker wires it."""
    from hauberk.core.query import Interface, Port
    from hauberk.core.system import Detecting, Guarding
    from hauberk.guard.app import Guard
    from hauberk.guard.buckets import Buckets
    from hauberk.guard.chain import Chain
    from hauberk.guard.counters import Counters
    from hauberk.guard.known import Known
    from hauberk.guard.record import Sealer
    from hauberk.guard.settings import Rate, Settings
    from hauberk.guard.spool import Spool
    from hauberk.guard.standing import Standing
    from hauberk.guard.state import State
    from hauberk.guard.tally import tally_of
    from hauberk.guard.upstream import Upstream
    from hauberk.guard.watch.opened import detectors
    from hauberk.guard.watch.sight import Sight

    state = State(root=folder)
    many = Rate(count=10**9, seconds=86400)
    detect = Detecting(contract="allow", campaign="allow", distribution="off", adversarial="off", extraction="off")
    settings = Settings(
        system="bench", endpoint="bench", model=MODEL, path="", digest="sha256:" + "0" * 64, route="/predict",
        guarding=Guarding(upstream=upstream, detect=detect), rate=many, quota=many, tokens=None, state=str(folder), run="sha256:" + "1" * 64,
    )  # fmt: skip
    interface = Interface(
        inputs=tuple(Port(name=name, datatype="FP32", shape=(-1, 1)) for name in COLUMNS),
        outputs=(Port(name="probabilities", datatype="FP32", shape=(-1, 2)),),
    )
    lesson = learned(interface)
    chain = Chain(detectors=tuple(detectors(detect, lesson.contract, Sight(lesson.fitted), state.run, "bench")))
    counters = Counters(state.run / "counters", 0)
    spool = Spool(state.spool, "bench")
    application = Guard(
        settings, interface, Upstream(upstream, PATH, protocol="open-inference"), known=Known(state.callers, None),
        buckets=Buckets(state.run / "buckets", many, many), chain=chain, spool=spool, sealer=Sealer(bytes(32)),
        counters=counters, tally=tally_of(settings, state, 0), held=(state.held, bytes(32)),
        standing=Standing(state.standing), stop=lambda: None,
    )  # fmt: skip

    def told():
        return counters.totals() | {"window_ms": spool.widest * 1000, "most_in_window": spool.most}

    return application, told


def learned(interface):
    """Contract and detector of a model that looks at the sum of its inputs."""
    from hauberk.assets.table import read
    from hauberk.core.query import Tensor
    from hauberk.core.system import Facts
    from hauberk.guard.learn import learn
    from hauberk.models.trial import Sheet

    def sheet(seed):
        chance = random.Random(seed)
        rows = [row_of(chance) for _ in range(1000)]
        lines = [",".join([*COLUMNS, "y"]), *(",".join(map(str, [*row, int(sum(row) > 7.5)])) for row in rows)]
        return Sheet(id="rows", uri="rows.csv", table=read("\n".join(lines).encode()), facts=Facts(label="y"))

    def ask(inputs):
        sums = [sum(one.data[at] for one in inputs) for at in range(inputs[0].shape[0])]
        shares = [1 / (1 + math.exp(7.5 - total)) for total in sums]
        data = [cell for share in shares for cell in (1 - share, share)]
        return (Tensor(name="probabilities", datatype="FP32", shape=(len(sums), 2), data=data),)

    return learn(interface, ask, sheet(11), sheet(12), key=bytes(32))


def peer(upstream):
    """What many write: FastAPI with a key and a schema, httpx behind it."""
    import httpx
    from fastapi import FastAPI, Header, HTTPException
    from pydantic import BaseModel, ConfigDict

    class Input(BaseModel):
        model_config = ConfigDict(extra="forbid")
        name: str
        shape: list[int]
        datatype: str
        data: list[float]

    class Request(BaseModel):
        model_config = ConfigDict(extra="forbid")
        inputs: list[Input]

    application = FastAPI()
    client = httpx.AsyncClient(base_url=upstream)
    known = hashlib.sha256(os.environ["BENCH_KEY"].encode()).hexdigest()

    @application.post(PATH)
    async def infer(request: Request, authorization: Annotated[str, Header()]) -> dict:
        if hashlib.sha256(authorization.removeprefix("Bearer ").encode()).hexdigest() != known:
            raise HTTPException(401)
        answer = await client.post(
            PATH, content=request.model_dump_json(), headers={"content-type": "application/json"}
        )
        return answer.json()

    return application


def serve():
    """Serve on an inherited socket until SIGTERM; counters go to standard output."""
    name, descriptor, folder, upstream = sys.argv[2:]
    os.sched_setaffinity(0, {0})
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises it again at its end
    from hauberk.guard.serve import serve as run
    from hauberk.guard.serve import server_of

    application, told = build(name, folder, upstream)
    listening = socket.socket(fileno=int(descriptor))
    server = server_of(application)
    try:
        run(server, listening, lambda: None)
    finally:
        print(json.dumps(told()), flush=True)


# ---- upstream and load, on core 1


class Answering(asyncio.Protocol):
    """Answers every request of a connection with the same bytes."""

    whole = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER)
    asked = 0

    def connection_made(self, transport):
        self.transport, self.held, self.need = transport, b"", 0

    def data_received(self, data):
        self.held += data
        while True:
            head, blank, rest = self.held.partition(b"\r\n\r\n")
            if not blank:
                return
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            if len(rest) < length:
                return
            self.held = rest[length:]
            Answering.asked += 1
            self.transport.write(self.whole)


class Client(asyncio.Protocol):
    """One connection of the load: one request at a time."""

    def __init__(self, requests):
        self.requests, self.held, self.waiter = requests, b"", None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.held += data
        head, blank, rest = self.held.partition(b"\r\n\r\n")
        if not blank:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        if len(rest) >= length:
            self.held = b""
            if self.waiter and not self.waiter.done():
                self.waiter.set_result(int(head.split()[1]))

    def connection_lost(self, _error):
        if self.waiter and not self.waiter.done():
            self.waiter.set_result(0)

    async def ask(self):
        self.waiter = asyncio.get_running_loop().create_future()
        self.transport.write(next(self.requests))
        return await self.waiter


def requests_of(key):
    """Requests without end, each with the next body."""
    head = f"POST {PATH} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n"
    made = [f"{head}content-length: {len(body)}\r\n\r\n".encode() + body for body in BODIES]
    return itertools.cycle(made)


async def closed_loop(port, key, seconds):
    """Requests a second that the server answers when asked as fast as it can."""
    loop, requests = asyncio.get_running_loop(), requests_of(key)
    clients = [
        (await loop.create_connection(lambda: Client(requests), "127.0.0.1", port))[1] for _ in range(CONNECTIONS)
    ]
    done, end = 0, time.perf_counter() + seconds

    async def work(client):
        nonlocal done
        while time.perf_counter() < end:
            assert await client.ask() == 200
            done += 1

    start = time.perf_counter()
    await asyncio.gather(*map(work, clients))
    for client in clients:
        client.transport.close()
    return done, done / (time.perf_counter() - start)


async def open_loop(port, key, rate, seconds):
    """Latencies in milliseconds, from the moment at which each request was due."""
    loop, requests = asyncio.get_running_loop(), requests_of(key)
    free = asyncio.Queue()
    for _ in range(CONNECTIONS * 4):
        free.put_nowait((await loop.create_connection(lambda: Client(requests), "127.0.0.1", port))[1])
    latencies, tasks = [], set()

    async def one(due):
        client = await free.get()
        assert await client.ask() == 200
        latencies.append((loop.time() - due) * 1000)
        free.put_nowait(client)

    begin, count = loop.time() + 0.05, int(rate * seconds)
    chance, due = random.Random(6), begin
    for _ in range(count):
        due += chance.expovariate(rate)
        wait = due - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        task = loop.create_task(one(due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait().transport.close()
    return sorted(latencies)


def cpu_of(pid):
    """Seconds on the CPU of all threads of a process, after /proc/PID/task/*/schedstat (ns)."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


class Server:
    """One server under test, in its own process."""

    def __init__(self, name, folder, upstream, key):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(1024)
        self.port = self.socket.getsockname()[1]
        command = [sys.executable, __file__, "--serve", name, str(self.socket.fileno()), str(folder), upstream]
        environment = {**os.environ, "BENCH_KEY": key}
        self.process = subprocess.Popen(command, pass_fds=[self.socket.fileno()], stdout=-1, env=environment, text=True)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=60)
        self.socket.close()
        return json.loads(out.splitlines()[-1])


def prepared():
    """A folder on a real disk with one caller, and the caller's key."""
    from hauberk.guard.callers import add_key
    from hauberk.guard.state import State

    folder = Path(tempfile.mkdtemp(prefix="guard-bench-", dir=Path(__file__).parent))
    state = State(root=folder)
    state.make()
    _, key = add_key(state.callers, "bench", now=datetime.now(UTC), days=1)
    return folder, key


async def measure(folder, key):
    """CPU, latency, saturation and counters of every server, interleaved."""
    loop = asyncio.get_running_loop()
    upstream = await loop.create_server(Answering, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{upstream.sockets[0].getsockname()[1]}"
    names = ("bare", "guard", "fastapi")
    servers = {name: Server(name, folder, address, key) for name in names}
    found = {name: {"sent": 0} for name in names}
    for name, server in servers.items():
        await closed_loop_warm(server.port, key, found[name])
    for _ in range(ROUNDS):
        for name, server in servers.items():
            before = cpu_of(server.process.pid)
            done, rate = await closed_loop(server.port, key, SECONDS / ROUNDS)
            found[name].setdefault("cpus", []).append((cpu_of(server.process.pid) - before) / done * 1e6)
            found[name].setdefault("rates", []).append(rate)
            found[name]["sent"] += done
    for name in names:
        found[name]["cpu"] = statistics.median(found[name]["cpus"])
        found[name]["saturated"] = statistics.median(found[name]["rates"])
    half = found["guard"]["saturated"] * 0.5
    for name in ("bare", "guard", "bare", "guard"):
        latencies = await open_loop(servers[name].port, key, half, SECONDS / 2)
        found[name].setdefault("latencies", []).extend(latencies)
        found[name]["sent"] += len(latencies)
    for name, server in servers.items():
        found[name]["told"] = server.end()
    upstream.close()
    found["upstream"] = Answering.asked
    return found, half


async def closed_loop_warm(port, key, found):
    """Wait for the server, and warm it."""
    for _ in range(300):
        try:
            done, _rate = await closed_loop(port, key, 0.3)
        except (OSError, AssertionError):
            await asyncio.sleep(0.1)
        else:
            found["sent"] += done
            return
    raise SystemExit("a server did not start")


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def main():
    from hauberk.guard.counters import STAGES
    from hauberk.guard.record import Sealer
    from hauberk.guard.spool import frames

    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    folder, key = prepared()
    import uvloop

    found, half = uvloop.run(measure(folder, key))
    filesystem = subprocess.run(
        ["stat", "-f", "-c", "%T", str(folder)], capture_output=True, text=True, check=True
    ).stdout.strip()
    versions = ", ".join(
        f"{name} {version(name)}" for name in ("uvicorn", "uvloop", "httptools", "fastapi", "pydantic", "httpx")
    )
    print(
        f"python {platform.python_version()}, {versions}; spool on {filesystem}; {SECONDS} s, bodies of {len(BODIES[1])} bytes, {len(BODIES)} that differ"
    )
    print(
        f"CPU at saturation, median of {ROUNDS} interleaved rounds; latency at {half:.0f}/s, half of the guard's, open loop, Poisson, seed 6"
    )
    print(f"{'server':<10} {'CPU us':>8} {'x bare':>7} {'saturated/s':>12} {'p50 ms':>8} {'p99 ms':>8} {'requests':>9}")
    base = found["bare"]["cpu"]
    for name in ("bare", "guard", "fastapi"):
        one = found[name]
        p50, p99 = (
            (percentile(one["latencies"], share) for share in (0.5, 0.99))
            if "latencies" in one
            else (float("nan"),) * 2
        )
        print(
            f"{name:<10} {one['cpu']:8.0f} {one['cpu'] / base:7.2f} {one['saturated']:12.0f} {p50:8.2f} {p99:8.2f} {one['sent']:9d}"
        )
    told, sent = found["guard"]["told"], found["guard"]["sent"]
    events = [
        Sealer(bytes(32)).open(body)[0]
        for path in folder.glob("spool/*.spool")
        for _, body in frames(path.read_bytes())
    ]
    print(
        f"stages: {', '.join(f'{name} {told[name]}' for name in STAGES)}; spooled events {len(events)}, distinct {len({e.id for e in events})}"
    )
    print(
        f"fsync window: at most {told['window_ms']:.0f} ms and {told['most_in_window']} events (what a power cut may take)"
    )
    kinds = Counter(seen.detector for event in events for seen in event.decision.detections)
    added = percentile(found["guard"]["latencies"], 0.99) - percentile(found["bare"]["latencies"], 0.99)
    cost, cheaper = found["guard"]["cpu"] / base, found["fastapi"]["cpu"] / found["guard"]["cpu"]
    whole = all(told[name] == sent for name in STAGES) and len({event.id for event in events}) == sent
    on_disk = filesystem not in ("tmpfs", "ramfs")
    bars = [
        (cost <= CPU_BAR, f"cpu: {cost:.2f} times a bare pass-through, bar {CPU_BAR:g}"),
        (cheaper >= PEER_BAR, f"peer: {cheaper:.1f} times cheaper than FastAPI + pydantic + httpx, bar {PEER_BAR:g}"),
        (added <= P99_BAR, f"p99: {added:+.2f} ms added at half of saturation, bar {P99_BAR:g}"),
        (whole and on_disk, f"counted: every stage counts each of {sent} requests, spool on a disk"),
        (found["upstream"] == sum(found[name]["sent"] for name in ("bare", "guard", "fastapi")), f"once: the upstream was asked {found['upstream']} times"),
        (told["window_ms"] <= 50, f"window: {told['window_ms']:.0f} ms, bar 50"),
        (0 < kinds["contract"] <= told["detections"] == kinds.total(), f"detections: {dict(kinds)}"),
    ]  # fmt: skip
    for holds, words in bars:
        print(f"{'PASS' if holds else 'FALLS SHORT'}: {words}")
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    return 0 if all(holds for holds, _ in bars) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve()
    else:
        sys.exit(main())
