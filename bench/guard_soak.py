# SPDX-License-Identifier: Apache-2.0
"""Whether the guard keeps its word while things die: workers by kill -9, the upstream, the disk under the spool.

Real processes on loopback: ``hauberk guard run`` with two workers before an upstream that counts each request by a
number in it; clients that remember every answer. The spool lies on a small tmpfs where this user may mount one.
``--quick`` takes 40 s instead of 30 minutes.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
HAUBERK = str(Path(sys.executable).parent / "hauberk")
SECONDS = 40 if "--quick" in sys.argv else 1800
ROUND = 10
"""Seconds of a round, in which one thing dies."""
CLIENTS = 6
ROW = {
    "status_of_existing_checking_account": "A14", "duration_in_month": 21, "credit_history": "A34", "purpose": "A41",
    "credit_amount": 3275, "savings_account_bonds": "A61", "present_employment_since": "A75",
    "installment_rate_in_percentage_of_disposable_income": 1, "other_debtors_guarantors": "A101",
    "present_residence_since": 4, "property": "A123", "other_installment_plans": "A143", "housing": "A152",
    "number_of_existing_credits_at_this_bank": 1, "job": "A174",
}  # fmt: skip
ANSWER = json.dumps({"outputs": [{"name": "label", "datatype": "BYTES", "shape": [1], "data": ["good"]}]}).encode()
WHOLE = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER)


class Upstream:
    """Counts requests by the number that stands for the amount; may be away."""

    def __init__(self):
        self.asked, self.server, self.port, self.writers = Counter(), None, 0, set()

    async def begin(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def end(self):
        self.server.close()
        for writer in list(self.writers):
            writer.transport.abort()

    async def serve(self, reader, writer):
        self.writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(int(re.search(rb"content-length: (\d+)", head.lower())[1]))
                asked = {one["name"]: one["data"] for one in json.loads(body)["inputs"]}
                self.asked[float(asked["credit_amount"][0])] += 1
                writer.write(WHOLE)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()


class Load:
    """Clients that send each number once."""

    def __init__(self, port, key):
        self.port, self.key, self.next = port, key, 0
        self.answered, self.statuses, self.ended = [], Counter(), False

    async def client(self):
        while not self.ended:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    while not self.ended:
                        await self.ask(reader, writer)
                finally:
                    writer.close()
            except (OSError, asyncio.IncompleteReadError):
                self.statuses["cut off"] += 1
                await asyncio.sleep(0.05)

    async def ask(self, reader, writer):
        self.next += 1
        body = json.dumps(ROW | {"credit_amount": self.next}).encode()
        head = f"POST /predict HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {self.key}\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        answer = json.loads(await reader.readexactly(int(re.search(rb"content-length: (\d+)", head)[1])))
        status = int(head.split()[1])
        self.statuses[status] += 1
        if status == 200:
            self.answered.append(answer["event"])
        if b"connection: close" in head:
            raise ConnectionResetError


def memory(pids):
    """Resident kilobytes of processes."""
    return sum(int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) for pid in pids)


def fill(folder):
    """Fill what is left of a small disk; the file that does."""
    path = folder / "ballast"
    try:
        with path.open("wb", buffering=0) as file:
            while file.write(bytes(4096)) == 4096:
                pass
    except OSError:
        pass
    return path


def alive(told, pid):
    return pid in [worker["pid"] for worker in told()["workers"]] and Path(f"/proc/{pid}").exists()


async def soak(system, mounted):
    """Run; what came of it."""
    upstream = Upstream()
    await upstream.begin()
    environment = {**os.environ, "HAUBERK_KEYS": str(system.parent / "keys")}
    run = {"cwd": system, "env": environment, "text": True}
    made = subprocess.run([HAUBERK, "guard", "key", "new", "--name", "soak", "-q"], stdout=-1, check=True, **run)  # noqa: ASYNC221  nothing else runs yet
    command = [
        HAUBERK,
        "guard",
        "run",
        "--port",
        "0",
        "--workers",
        "2",
        "--upstream",
        f"http://127.0.0.1:{upstream.port}",
    ]
    guard = subprocess.Popen(command, stdout=-1, **run)  # noqa: ASYNC220  as above
    line = await asyncio.to_thread(guard.stdout.readline)
    load = Load(int(re.search(r":(\d+)/", line)[1]), made.stdout.strip())
    clients = [asyncio.create_task(load.client()) for _ in range(CLIENTS)]

    def told():
        return json.loads((system / ".hauberk/run/processes.json").read_bytes())

    rounds, sizes, begin = Counter(), [], time.monotonic()
    while time.monotonic() - begin < SECONDS:
        await asyncio.sleep(ROUND / 2)
        kind = ("worker", "upstream", "disk", "drainer")[rounds.total() % 4]
        if kind == "worker":
            os.kill(told()["workers"][0]["pid"], signal.SIGKILL)
        elif kind == "upstream":
            await upstream.end()
            await asyncio.sleep(ROUND / 5)
            await upstream.begin()
        elif kind == "disk" and mounted:
            ballast = await asyncio.to_thread(fill, system / ".hauberk/spool")
            await asyncio.sleep(ROUND / 5)
            ballast.unlink(missing_ok=True)
        elif kind == "drainer":
            found = subprocess.run(  # noqa: ASYNC221  milliseconds
                ["pgrep", "-P", str(guard.pid), "-f", "guard.drainer"], stdout=-1, text=True, check=False
            )
            for pid in found.stdout.split():
                os.kill(int(pid), signal.SIGKILL)
        rounds[kind] += 1
        await asyncio.sleep(ROUND / 2)
        sizes.append(memory([guard.pid, *(worker["pid"] for worker in told()["workers"])]))
    load.ended = True
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    guard.terminate()
    await asyncio.to_thread(guard.wait)
    await upstream.end()
    return upstream, load, rounds, sizes


def recorded(system):
    """Ids of the events in the ledger, in order."""
    from hauberk.core.codec import decode
    from hauberk.core.event import EVENT, Event
    from hauberk.ledger.log import Ledger

    ledger = Ledger.open(system / ".hauberk" / "ledger")
    ledger.verify(history=False)
    return [decode(body, Event).id for body in ledger.bodies(EVENT)]


def main():
    folder = Path(tempfile.mkdtemp(prefix="guard-soak-", dir=ROOT / "bench"))
    system = folder / "credit"
    shutil.copytree(ROOT / "examples/credit/hardened", system, ignore=shutil.ignore_patterns(".hauberk"))
    manifest = system / "hauberk.yaml"
    manifest.write_text(manifest.read_text().replace("rate_limit: 60/minute", "rate_limit: 100000000/minute"))
    spool = system / ".hauberk" / "spool"
    spool.mkdir(parents=True)
    mounted = (
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", spool], stderr=-3, check=False).returncode
        == 0
    )
    try:
        upstream, load, rounds, sizes = asyncio.run(soak(system, mounted))
        events = recorded(system)
    finally:
        said = system / ".hauberk/run/processes.json"
        if said.exists():  # it did not come to its end
            os.kill(json.loads(said.read_bytes())["supervisor"]["pid"], signal.SIGKILL)
            time.sleep(1)
        if mounted:
            subprocess.run(["umount", spool], check=False)
        shutil.rmtree(folder)
    lost = set(load.answered) - set(events)
    twice = [number for number, count in upstream.asked.items() if count > 1]
    growth = sizes[-1] / sizes[len(sizes) // 2] if len(sizes) > 3 else 1.0
    print(
        f"{SECONDS} s; killed or taken away: {dict(rounds)}; spool on {'a tmpfs of 16 MiB' if mounted else 'the disk: no right to mount'}"
    )
    print(f"sent {load.next}, statuses {dict(load.statuses)}, events {len(events)}, memory in kB {sizes}")
    bars = [
        (len(load.answered) > SECONDS and not lost, f"recorded: {len(load.answered)} decisions were answered and {len(lost)} are missing in the ledger"),
        (len(events) == len(set(events)), f"once in the ledger: {len(events)} events, {len(set(events))} distinct"),
        (not twice, f"once upstream: {len(upstream.asked)} requests reached it, {len(twice)} more than once"),
        (load.statuses[502] > 0 and (not mounted or load.statuses[503] > 0), "seen: the dead upstream gave 502, the full disk 503"),
        (growth < 1.2, f"memory: {growth:.2f} times that of half time, bar 1.2"),
        (mounted, "a full disk was tried"),
    ]  # fmt: skip
    for holds, words in bars:
        print(f"{'PASS' if holds else 'FALLS SHORT'}: {words}")
    return 0 if all(holds for holds, _ in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
