# SPDX-License-Identifier: Apache-2.0
"""The whole guard as processes: serves, records, is killed, is stopped while wedged, proves and replays."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.cases import HAUBERK, ROOT, example, hauberk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROW = {
    "status_of_existing_checking_account": "A14", "duration_in_month": 21, "credit_history": "A34", "purpose": "A41",
    "credit_amount": 3275, "savings_account/bonds": "A61", "present_employment_since": "A75",
    "installment_rate_in_percentage_of_disposable_income": 1, "other_debtors/guarantors": "A101",
    "present_residence_since": 4, "property": "A123", "other_installment_plans": "A143", "housing": "A152",
    "number_of_existing_credits_at_this_bank": 1, "job": "A174",
}  # fmt: skip
BODY = json.dumps(ROW).encode()


@dataclass
class Running:
    """A guard that serves."""

    process: subprocess.Popen
    port: int
    key: str
    folder: object
    home: object

    def cli(self, *words):
        return hauberk("guard", *words, cwd=self.folder, home=self.home)

    @property
    def workers(self):
        told = json.loads((self.folder / ".hauberk" / "run" / "processes.json").read_bytes())
        return [worker["pid"] for worker in told["workers"]]

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def is_silent(self):
        """Whether a request that looks for its caller gets no answer in a second."""
        with self.connect() as sock:
            sock.settimeout(1)
            sock.sendall(b"GET /v2 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer x\r\n\r\n")
            try:
                sock.recv(100)
            except TimeoutError:
                return True
            return False

    def ask(self, sock=None, *, body=BODY, path="/predict"):
        """Status and body of one request on a raw socket."""
        own = sock is None
        sock = sock or self.connect()
        try:
            head = f"POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {self.key}\r\ncontent-length: {len(body)}\r\n\r\n"
            sock.sendall(head.encode() + body)
            got = b""
            while b"\r\n\r\n" not in got:
                got += _more(sock)
            head, _, rest = got.partition(b"\r\n\r\n")
            length = int(re.search(rb"content-length: (\d+)", head)[1])
            while len(rest) < length:
                rest += _more(sock)
            return int(head.split()[1]), json.loads(rest) if rest else None
        finally:
            if own:
                sock.close()


def _more(sock):
    piece = sock.recv(65536)
    if not piece:
        raise ConnectionResetError
    return piece


@contextlib.contextmanager
def running(folder, home, *options):
    environment = {**os.environ, "XDG_CONFIG_HOME": str(home / "config"), "XDG_CACHE_HOME": str(home / "cache")}
    key = hauberk("guard", "key", "new", "--name", "branch", "-q", cwd=folder, home=home).out.strip()
    process = subprocess.Popen(
        [HAUBERK, "guard", "run", "--port", "0", *options], cwd=folder, env=environment, stdout=-1, stderr=-1, text=True
    )
    try:
        line = process.stdout.readline()
        assert "serving" in line, process.stderr.read()
        port = int(re.search(r":(\d+)/", line)[1])
        yield Running(process, port, key, folder, home)
    finally:
        process.terminate()
        _, err = process.communicate(timeout=60)
        assert "Traceback" not in err, err


@pytest.fixture
def system(tmp_path):
    folder = example("hardened", tmp_path)
    text = (folder / "hauberk.yaml").read_text().replace("rate_limit: 60/minute", "rate_limit: 100000/minute")
    (folder / "hauberk.yaml").write_text(text)
    return folder


def test_a_decision_is_served_proven_and_replayed_and_another_model_answers_otherwise(system, tmp_path):
    with running(system, tmp_path) as one:
        status, answer = one.ask()
        assert (status, answer["label"]) == (200, "good")
        triton(one)
    listed = hauberk("ledger", "list", cwd=system, home=tmp_path).out
    assert listed.count(" event ") == 2
    same = one.cli("replay", answer["event"])
    assert (same.code, "the same, to the last bit" in same.out) == (0, True), same
    assert hauberk("ledger", "export", "b.bundle", cwd=system, home=tmp_path).code == 0
    (system / "k.pub").write_text(hauberk("key", "show", cwd=system, home=tmp_path).out)
    elsewhere = tmp_path / "elsewhere"
    proven = hauberk(
        "verify",
        system / "b.bundle",
        "--key",
        system / "k.pub",
        "--entry",
        answer["event"],
        cwd=tmp_path,
        home=elsewhere,
    )
    assert (proven.code, "event" in proven.out) == (0, True), proven
    swapped(system)
    other = one.cli("replay", answer["event"], "--model", "other.onnx")
    assert (other.code, "another model" in other.out, "differs" in other.out) == (1, True, True), other
    (kept,) = (system / ".hauberk" / "models").iterdir()
    kept.chmod(0o600)
    kept.write_bytes((system / "other.onnx").read_bytes())
    assert one.cli("replay", answer["event"]).code == 3


def swapped(system):
    """The same model with its scores exchanged, as ``other.onnx``."""
    onnx = pytest.importorskip("onnx")
    model = onnx.load(system / "models" / "credit.onnx")
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name in ("coefficients", "intercepts", "nodes_values", "class_weights", "target_weights"):
                attribute.floats[:] = [-value for value in attribute.floats]
    onnx.save(model, system / "other.onnx")


def triton(one):
    """The acceptance's own client, with JSON tensors."""
    client = pytest.importorskip("tritonclient.http")
    numpy = pytest.importorskip("numpy")
    with client.InferenceServerClient(f"127.0.0.1:{one.port}") as made:
        headers = {"authorization": f"Bearer {one.key}"}
        assert made.is_server_live()
        described = made.get_model_metadata("credit-model", headers=headers)
        values = {re.sub(r"\W", "_", name): value for name, value in ROW.items()}
        inputs = []
        for told in described["inputs"]:
            value = values[told["name"]]
            array = numpy.array([[value]], dtype=object if told["datatype"] == "BYTES" else numpy.float32)
            inputs.append(client.InferInput(told["name"], [1, 1], told["datatype"]))
            inputs[-1].set_data_from_numpy(array, binary_data=False)
        outputs = [client.InferRequestedOutput("probabilities", binary_data=False)]
        answer = made.infer("credit-model", inputs, outputs=outputs, headers=headers)
        assert answer.as_numpy("probabilities").shape == (1, 2)


@pytest.mark.parametrize("wedge", ["workers stopped", "everything stopped", "loop blocked"])
def test_stop_takes_effect_within_a_second_whatever_hangs(system, tmp_path, wedge):
    with running(system, tmp_path, "--workers", "1" if wedge == "loop blocked" else "2") as one:
        sock = one.connect()
        assert one.ask(sock)[0] == 200
        pids = list(one.workers)
        if wedge == "loop blocked":
            callers = system / ".hauberk" / "callers.json"
            callers.unlink()
            os.mkfifo(callers)  # whoever reads it waits for ever, and with him the loop of his process
            time.sleep(0.5)  # from when on it looks at the file again
            assert one.is_silent(), "the loop still turns"
        else:
            for pid in pids + ([one.process.pid] if wedge == "everything stopped" else []):
                os.kill(pid, signal.SIGSTOP)
        closed = []

        def watch():
            while not closed:
                try:
                    with socket.create_connection(("127.0.0.1", one.port), timeout=1):
                        time.sleep(0.005)
                except OSError:
                    closed.append(time.monotonic())

        thread = threading.Thread(target=watch)
        thread.start()
        done = one.cli("stop", "--reason", "drift")
        assert done.code == 0, done
        took = int(re.search(r"in (\d+) ms", done.out)[1])
        thread.join(5)
        assert closed
        assert took < 1000
        with pytest.raises((ConnectionResetError, TimeoutError)):
            one.ask(sock)  # what was open is closed, too
        assert not [pid for pid in pids if _runs(pid)]
        sock.close()
        again = one.cli("run", "--port", "0")
        assert (again.code, "was stopped" in again.err) == (2, True)
        listed = hauberk("ledger", "list", cwd=system, home=tmp_path).out
        assert "guard.stopped" in listed
        assert one.cli("resume", "--reason", "fixed").code == 0


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def test_a_soak_with_killed_workers_loses_no_decision_that_was_answered(system, tmp_path):
    answered, failures, ended = [], [], threading.Event()
    with running(system, tmp_path, "--workers", "2") as one:

        def ask():
            while not ended.is_set():
                try:
                    with one.connect() as sock:
                        for _ in range(20):
                            status, body = one.ask(sock)
                            (answered if status == 200 else failures).append(body.get("event"))
                except OSError:
                    time.sleep(0.02)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for round_ in range(4):
            time.sleep(1.5)
            os.kill(one.workers[round_ % 2], signal.SIGKILL)
        time.sleep(2)
        ended.set()
        for thread in threads:
            thread.join()
    documents = hauberk("guard", "replay", answered[-1], cwd=system, home=tmp_path)
    assert documents.code == 0, documents
    listed = json.loads(hauberk("ledger", "list", "--kind", "event", "--json", cwd=system, home=tmp_path).out)
    recorded = events_of(system)
    assert len(answered) > 50
    assert not set(answered) - recorded, "acknowledged and not recorded"
    assert len(recorded) == len(listed["entries"])
    assert ROOT.is_dir()


def events_of(system):
    from hauberk.core.codec import decode
    from hauberk.core.event import EVENT, Event
    from hauberk.ledger.log import Ledger

    ledger = Ledger.open(system / ".hauberk" / "ledger")
    return {decode(body, Event).id for body in ledger.bodies(EVENT)}


def test_sighup_reads_the_manifest_again_without_losing_a_request_and_seals_that(system, tmp_path):
    manifest = system / "hauberk.yaml"
    with running(system, tmp_path, "--workers", "1") as one:
        statuses, ended = [], threading.Event()

        def load():
            while not ended.is_set():
                statuses.append(one.ask()[0])

        asking = threading.Thread(target=load)
        asking.start()
        before = one.workers
        held = "rate_limit: 100000/minute\n      guard: {review: [{name: all}]}"
        manifest.write_text(manifest.read_text().replace("rate_limit: 100000/minute", held))
        one.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 60
        while 202 not in statuses and time.monotonic() < deadline:
            time.sleep(0.05)
        while set(before) & set(one.workers) and time.monotonic() < deadline:
            time.sleep(0.05)
        ended.set()
        asking.join()
        assert set(statuses) == {200, 202}
        after = one.workers
        assert not set(before) & set(after)
        manifest.write_text(manifest.read_text().replace("{name: all}", "{name: all, invented: 1}"))
        one.process.send_signal(signal.SIGHUP)
        time.sleep(1)
        assert one.ask()[0] == 202
        assert one.workers == after
    kinds = hauberk("ledger", "list", cwd=system, home=tmp_path).out
    assert (kinds.count(" guard.started "), kinds.count(" guard.reloaded ")) == (2, 1)
    assert kinds.count(" event ") == len(statuses) + 1
