# SPDX-License-Identifier: Apache-2.0
"""Receivers get everything at least once, on real sockets, whatever dies meanwhile; nothing of a request is in it."""

import json
import re
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import jsonschema
import pytest

from hauberk.core.errors import Misuse
from hauberk.core.system import Sending
from hauberk.respond.follow import Line, round_of
from hauberk.respond.receivers import receiver
from hauberk.respond.schema import schemas
from hauberk.store.incidents import Status
from tests.store.test_incidents import add, book, event, stamped

__all__ = ["book"]
RECEIVER = """
import socket, sys
listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(listening.getsockname()[1], flush=True)
while True:
    sock, _ = listening.accept()
    data = b""
    while piece := sock.recv(4096):
        data += piece
    with open(sys.argv[2], "ab") as file:
        while data:
            size, _, rest = data.partition(b" ")
            file.write(rest[: int(size)] + b"\\n")
            data = rest[int(size) :]
    sock.close()
"""


@contextmanager
def tcp(path, port=0):
    """A receiver of its own process, that writes down what it got before it closes."""
    process = subprocess.Popen([sys.executable, "-c", RECEIVER, str(port), str(path)], stdout=-1)
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def line(book, to, **facts):
    sending = Sending(name="siem", to=to, **facts)
    return Line(sending=sending, receiver=receiver(sending, book.root, ()), path=book.root / "siem.json")


def ids(path):
    return re.findall(r'"uid":"([0-9a-f-]{36}:\d+)"', path.read_text())


def rested(one):
    one.rests = 0
    return one


def test_a_receiver_that_is_killed_and_comes_back_has_everything(book, tmp_path):
    book, _ = book
    path = tmp_path / "got.log"
    path.touch()
    with tcp(path) as (process, port):
        one = line(book, f"tcp://127.0.0.1:{port}", what=("detections",))
        add(book, *(event(number, salt=number) for number in range(300)))
        assert round_of(book, [one]) == 300
        process.kill()
        process.wait()
        add(book, *(event(number, salt=number) for number in range(300, 500)))
        for _ in range(3):
            assert round_of(book, [rested(one)]) == 0
    assert (one.sent.failed, one.sent.notices, one.sent.error != "") == (3, 300, True)
    with tcp(path, port):
        assert round_of(book, [rested(one)]) == 200
    got = ids(path)
    assert len(set(got)) == 500
    assert one.sent.notices == 500


def test_what_was_under_way_when_the_receiver_died_is_sent_again(book, tmp_path):
    book, _ = book
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]

    def die():
        sock, _ = listening.accept()
        sock.recv(10)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.close()
        listening.close()

    thread = threading.Thread(target=die)
    thread.start()
    one = line(book, f"tcp://127.0.0.1:{port}", what=("detections",))
    add(book, *(event(number, salt=number) for number in range(50)))
    assert round_of(book, [one]) == 0
    thread.join()
    assert (one.sent.upto, one.sent.again) == (0, 50)
    path = tmp_path / "got.log"
    with tcp(path, port):
        assert round_of(book, [rested(one)]) == 50
    assert len(set(ids(path))) == 50


@pytest.mark.parametrize("form", ["ocsf", "cef", "syslog"])
def test_a_file_gets_a_line_for_each_and_a_crash_before_the_mark_sends_again(book, form):
    book, _ = book
    add(book, event(0, "a\nb"), event(1))
    one = line(book, "file:out.log", format=form)
    assert round_of(book, [one]) == 3
    path = book.root / "out.log"
    assert len(path.read_text().splitlines()) == 3
    one.path.unlink()
    round_of(book, [one])
    assert len(path.read_text().splitlines()) == 6


def test_udp_carries_one_message_of_rfc_5424_each(book):
    book, _ = book
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)
        add(book, event(0))
        round_of(book, [line(book, f"udp://127.0.0.1:{sock.getsockname()[1]}", format="cef", what=("detections",))])
        data = sock.recv(65536)
    assert re.match(rb"<107>1 2027-01-15T08:00:00.000000Z \S+ hauberk - detection \[hauberk@32473 .*\] CEF:0\|", data)


@contextmanager
def webhook(statuses):
    """A webhook that answers with these statuses in turn, the last one from then on."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append((self.path, self.headers["idempotency-key"], json.loads(body)))
            self.send_response(statuses[min(len(got), len(statuses)) - 1])
            self.send_header("location", "http://192.0.2.1/")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, got
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("form", ["ocsf", "cef", "syslog"])
def test_a_webhook_gets_the_same_batch_again_until_it_takes_it_and_redirects_lead_nowhere(book, form):
    book, identity = book
    add(book, event(0), event(1))
    with webhook([500, 302, 204]) as (port, got):
        one = line(book, f"http://127.0.0.1:{port}/hook?x=1", format=form)
        assert [round_of(book, [rested(one)]) for _ in range(3)] == [0, 0, 3]
        (incident,) = book.incidents()
        book.step(incident.id, Status.CLOSED, identity, "a test", stamped(9))
        assert round_of(book, [rested(one)]) == 1
    assert len({key for _, key, _ in got[:3]}) == 1
    assert got[0][0] == "/hook?x=1"
    assert [len(body["notices"]) for _, _, body in got] == [3, 3, 3, 1]
    validator = jsonschema.Draft202012Validator(json.loads(schemas()["notices-1.json"]))
    assert all(validator.is_valid(body) for _, _, body in got)


def test_tls_checks_the_name_and_the_certificate(book, tmp_path):
    book, _ = book
    add(book, event(0))
    make_certificate(book.root)
    got = []
    for ca, works in (("", False), ("ca.pem", True)):
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(book.root / "ca.pem", book.root / "key.pem")
        listening = socket.create_server(("127.0.0.1", 0))

        def serve(listening=listening, context=context):
            sock, _ = listening.accept()
            try:
                with context.wrap_socket(sock, server_side=True) as secure:
                    while piece := secure.recv(4096):
                        got.append(piece)
            except (ssl.SSLError, OSError):
                sock.close()

        thread = threading.Thread(target=serve)
        thread.start()
        one = line(book, f"tls://localhost:{listening.getsockname()[1]}", ca=ca, what=("detections",))
        assert round_of(book, [rested(one)]) == int(works), one.sent
        thread.join()
        listening.close()
    assert b"".join(got).count(b"Detection Finding") == 1


def make_certificate(folder):
    """A certificate of ``localhost`` that signs itself."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@pytest.mark.parametrize(
    "to", ["tcp://192.0.2.1:514", "https://siem.example.com/x", "file:../out.log", "udp://127.0.0.1:0"]
)
def test_a_manifest_alone_sends_nothing_beyond_this_machine_or_folder(tmp_path, to):
    with pytest.raises(Misuse):
        receiver(Sending(name="siem", to=to), tmp_path, ())


def test_the_users_word_allows_it(tmp_path):
    assert receiver(Sending(name="siem", to="tcp://192.0.2.1:514"), tmp_path, ("siem",)).host == "192.0.2.1"
