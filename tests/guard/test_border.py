# SPDX-License-Identifier: Apache-2.0
"""What the guard lets in: hostile bytes on raw sockets, and requests that no model must see."""

import gzip
import json
import random
import zlib

import pytest

from hauberk.guard import front
from tests.guard.served import BODY, ROW, served


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    with served(tmp_path_factory.mktemp("guard"), most_bytes=65536, most_rows=50, seconds=1.0) as it:
        yield it


def test_a_well_formed_request_is_answered(one):
    status, body = one.ask()
    assert status == 200
    assert body["label"] == "good"
    assert body["probabilities"] == [1.0, 0.0]
    assert len(body["event"]) == 36


def row(**changed):
    return json.dumps(ROW | changed)


REFUSED = {
    "NaN": (row().replace("12.5", "NaN"), 400),
    "Infinity": (row().replace("12.5", "Infinity"), 400),
    "minus Infinity": (row().replace("12.5", "-Infinity"), 400),
    "1e400": (row().replace("12.5", "1e400"), 400),
    "beyond FP32": (row(amount=1e39), 400),
    "integer overflow": (row(count=2**31), 400),
    "integer of 5000 digits": (row().replace("3,", "3" * 5000 + ","), 400),
    "a fraction for an integer": (row(count=3.5), 400),
    "true for an integer": (row(count=True), 400),
    "true for a float": (row(amount=True), 400),
    "null": (row(amount=None), 400),
    "a text for a number": (row(amount="12"), 400),
    "a number for a text": (row(purpose=1), 400),
    "a list for a number": (row(amount=[1]), 400),
    "a long text": (row(purpose="x" * 5000), 400),
    "half a surrogate": (row().replace("A41", "\\ud800"), 400),
    "a key twice": (row()[:-1] + ', "amount": 13}', 400),
    "an input under two names": (row()[:-1].replace('"count": 3', '"Amount": 3') + "}", 400),
    "a key missing": (json.dumps({"amount": 1, "count": 1}), 400),
    "a key too many": (row(more=1), 400),
    "no rows": ('{"rows": []}', 400),
    "too many rows": (json.dumps({"rows": [ROW] * 51}), 413),
    "rows of lists": ('{"rows": [[1, 2, 3]]}', 400),
    "rows mixed": (json.dumps({"rows": [ROW, [1]]}), 400),
    "rows and more": (json.dumps({"rows": [ROW], "x": 1}), 400),
    "a million rows": ('{"rows":[' + "[1]," * 16000 + "[1]]}", 413),
    "a list": ("[]", 400),
    "a number": ("1", 400),
    "nothing": ("", 400),
    "no JSON": ("{", 400),
    "two documents": (row() + row(), 400),
    "deep": ("[" * 30000 + "]" * 30000, 400),
    "a byte order mark": ("\ufeff" + row(), 400),
    "a comment": ("/**/" + row(), 400),
}


@pytest.mark.parametrize(("body", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_a_senseless_row_is_refused_and_no_model_sees_it(one, body, status):
    before = len(one.model.asked)
    got, told = one.ask(body.encode())
    assert (got, len(one.model.asked)) == (status, before)
    assert told["error"]


INPUTS = [
    {"name": "amount", "shape": [1, 1], "datatype": "FP32", "data": [12.5]},
    {"name": "count", "shape": [1, 1], "datatype": "INT32", "data": [3]},
    {"name": "purpose", "shape": [1, 1], "datatype": "BYTES", "data": ["A41"]},
]


def infer(change=None, **extra):
    inputs = json.loads(json.dumps(INPUTS))
    if change:
        inputs[0] |= change
    return json.dumps({"inputs": inputs, **extra})


def test_open_inference_answers_with_tensors_and_the_events_id(one):
    status, body = one.ask(infer(id="mine").encode(), path="/v2/models/m/infer")
    assert status == 200
    assert body["id"] == "mine"
    assert [output["name"] for output in body["outputs"]] == ["label", "probabilities"]
    assert body["outputs"][1]["shape"] == [1, 2]
    status, body = one.ask(
        infer(outputs=[{"name": "label", "parameters": {"binary_data": False}}]).encode(),
        path="/v2/models/m/versions/1/infer",
    )
    assert [output["name"] for output in body["outputs"]] == ["label"]


TENSORS = {
    "wrong product": (infer({"shape": [2, 1]}), 400),
    "product of zero": (infer({"shape": [0, 1], "data": []}), 400),
    "wrong rank": (infer({"shape": [1]}), 400),
    "negative size": (infer({"shape": [-1, 1]}), 400),
    "size beyond everything": (infer({"shape": [2**62, 4]}), 400),
    "a product that overflows 64 bits": (infer({"shape": [2**31, 2**31, 4]}), 400),
    "many dimensions": (infer({"shape": [1] * 40}), 400),
    "another datatype": (infer({"datatype": "FP64"}), 400),
    "no such input": (infer({"name": "x"}), 400),
    "an input twice": (infer({"name": "count", "datatype": "INT32", "data": [1]}), 400),
    "binary data": (infer({"parameters": {"binary_data_size": 4}}), 400),
    "binary answers": (infer(parameters={"binary_data_output": True}), 400),
    "binary output": (infer(outputs=[{"name": "label", "parameters": {"binary_data": True}}]), 400),
    "no such output": (infer(outputs=[{"name": "secret"}]), 400),
    "unknown key": (infer(more=1), 400),
    "too many rows": (infer({"shape": [51, 1], "data": [1.0] * 51}), 413),
    "rows that differ": (infer({"shape": [2, 1], "data": [1.0, 2.0]}), 400),
    "nested raggedly": (infer({"shape": [1, 1], "data": [[1.0, 2.0]]}), 400),
    "id with a line feed": (infer(id="a\nb"), 400),
    "subject of another type": (infer(parameters={"subject": 1}), 400),
}  # fmt: skip


@pytest.mark.parametrize(("body", "status"), TENSORS.values(), ids=TENSORS.keys())
def test_a_senseless_tensor_is_refused_and_no_model_sees_it(one, body, status):
    before = len(one.model.asked)
    got, told = one.ask(body.encode(), path="/v2/models/m/infer")
    assert (got, len(one.model.asked)) == (status, before), told
    assert "binary" not in body or "binary_data=False" in told["error"]


def test_whatever_bytes_come_the_answer_is_4xx_or_a_prediction_and_never_a_fault(one):
    chance = random.Random(6)
    seeds = [BODY, infer().encode()]
    for _ in range(300):
        seed = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(seed))
            match chance.randrange(4):
                case 0:
                    seed[at] = chance.randrange(256)
                case 1:
                    del seed[at : at + chance.randint(1, 9)]
                case 2:
                    seed[at:at] = bytes(chance.choices(b'0123456789eE+-.,:[]{}"\\u\x00\xff', k=chance.randint(1, 6)))
                case _:
                    seed[at:at] = seed[at : at + 20]
            seed = seed or bytearray(b"x")
        path = chance.choice(["/predict", "/v2/models/m/infer"])
        status, _ = one.ask(bytes(seed), path=path)
        assert status in (200, 400, 413), bytes(seed)


CREDENTIALS = {
    "none": "",
    "wrong secret": "hbk_000000000000_" + "a" * 43,
    "no key of ours": "x",
    "odd letters": "hbk_\xff",
    "long": "hbk_" + "a" * 4000,
}


@pytest.mark.parametrize("key", CREDENTIALS.values(), ids=CREDENTIALS.keys())
def test_nobody_unknown_is_let_in(one, key):
    before = len(one.model.asked)
    assert one.ask(key=key)[0] == 401
    assert one.ask(key=key, path="/v2/models/m", method="GET", body=b"")[0] == 401
    assert len(one.model.asked) == before


def test_two_credentials_that_may_differ_are_nobody(one):
    assert one.ask(headers=f"x-api-key: {one.key}\r\n")[0] == 401
    assert one.ask(key="", headers=f"x-api-key: {one.key}\r\n")[0] == 200


def test_compressed_bodies_are_read_and_bombs_are_not(one):
    assert one.ask(gzip.compress(BODY), headers="content-encoding: gzip\r\n")[0] == 200
    assert one.ask(zlib.compress(BODY), headers="content-encoding: deflate\r\n")[0] == 200
    before = len(one.model.asked)
    assert one.ask(gzip.compress(b"0" * (50 << 20)), headers="content-encoding: gzip\r\n")[0] == 413
    assert one.ask(gzip.compress(BODY)[:-4], headers="content-encoding: gzip\r\n")[0] == 400
    assert one.ask(gzip.compress(BODY) + b"x", headers="content-encoding: gzip\r\n")[0] == 400
    assert one.ask(BODY, headers="content-encoding: gzip\r\n")[0] == 400
    assert one.ask(BODY, headers="content-encoding: br\r\n")[0] == 415
    assert len(one.model.asked) == before


def head(one, *lines, body=b""):
    text = f"POST /predict HTTP/1.1\r\nauthorization: Bearer {one.key}\r\n"
    return text.encode() + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
LENGTH = b"content-length: %d" % len(BODY)
TE = b"transfer-encoding: chunked"
HOST = b"host: x"

SMUGGLED = {
    "both lengths": ([HOST, LENGTH, TE], CHUNKED),
    "both lengths, the other way": ([HOST, TE, LENGTH], CHUNKED),
    "a length twice": ([HOST, LENGTH, LENGTH], BODY),
    "two lengths": ([HOST, LENGTH, b"content-length: 1"], BODY),
    "a list of lengths": ([HOST, LENGTH + b", 1"], BODY),
    "a signed length": ([HOST, b"content-length: +%d" % len(BODY)], BODY),
    "a negative length": ([HOST, b"content-length: -1"], BODY),
    "a length in hex": ([HOST, b"content-length: 0x10"], BODY),
    "a length beyond 64 bits": ([HOST, b"content-length: 18446744073709551617"], BODY),
    "two codings": ([HOST, b"transfer-encoding: gzip, chunked"], CHUNKED),
    "a coding twice": ([HOST, TE, TE], CHUNKED),
    "an odd coding": ([HOST, b"transfer-encoding: xchunked"], CHUNKED),
    "a coding behind a tab": ([HOST, b"transfer-encoding:\x0bchunked"], CHUNKED),
    "a folded line": ([HOST, b"x-a: 1\r\n 2", LENGTH], BODY),
    "a folded coding": ([HOST, b"transfer-encoding:\r\n chunked"], CHUNKED),
    "a bare line feed": ([HOST, b"x-a: 1\nx-b: 2", LENGTH], BODY),
    "a bare carriage return": ([HOST, b"x-a: 1\rx-b: 2", LENGTH], BODY),
    "a space before the colon": ([HOST, b"content-length : 5", LENGTH], BODY),
    "a null in a header": ([HOST, b"x-a: \x00", LENGTH], BODY),
    "no host": ([LENGTH], BODY),
    "two hosts": ([HOST, b"host: y", LENGTH], BODY),
    "two credentials": ([HOST, b"authorization: Bearer x", LENGTH], BODY),
    "an upgrade": ([HOST, b"upgrade: h2c", b"connection: upgrade", LENGTH], BODY),
    "a trailer": ([HOST, TE], b"%x\r\n%b\r\n0\r\nauthorization: x\r\n\r\n" % (len(BODY), BODY)),
    "a chunk that is longer than it says": ([HOST, TE], b"5\r\n%b\r\n0\r\n\r\n" % BODY),
    "a chunk's length signed": ([HOST, TE], b"+5\r\nabcde\r\n0\r\n\r\n"),
    "a chunk's length beyond 64 bits": ([HOST, TE], b"ffffffffffffffff1\r\nabc\r\n0\r\n\r\n"),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "body"), SMUGGLED.values(), ids=SMUGGLED.keys())
def test_what_two_servers_may_understand_differently_is_refused(one, lines, body):
    before = len(one.model.asked)
    follow = b"GET /v2/health/live HTTP/1.1\r\nhost: x\r\n\r\n"
    got = one.raw(head(one, *lines, body=body) + follow, timeout=3)
    assert got.count(b"HTTP/1.1 ") <= 1, got  # what follows is not answered: the connection is closed
    assert not got or got.split(b" ")[1][:1] == b"4", got
    assert b"(still open)" not in got
    assert len(one.model.asked) == before


def test_chunked_bodies_are_read_and_two_requests_on_one_connection_are_two(one):
    asked = head(one, HOST, TE, body=CHUNKED)
    got = one.raw(asked + asked.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\nconnection: close\r\n"))
    assert got.count(b"HTTP/1.1 200") == 2
    assert got.count(b'"label":"good"') == 2


def test_a_head_without_end_is_refused(one):
    got = one.raw(b"POST /predict HTTP/1.1\r\nx-a: " + b"a" * (front.MOST_HEAD + 65536))
    assert got.startswith(b"HTTP/1.1 431") or got == b""  # or reset, since not all of it was read
    many = b"".join(b"x-%d: 1\r\n" % index for index in range(200))
    assert one.raw(b"POST /predict HTTP/1.1\r\nhost: x\r\n" + many + b"\r\n").startswith(b"HTTP/1.1 431")
    assert one.raw(b"POST /" + b"a" * 20000 + b" HTTP/1.1\r\nhost: x\r\n\r\n").startswith(b"HTTP/1.1 431")


def test_slow_clients_are_sent_away(one, monkeypatch):
    monkeypatch.setattr(front, "HEAD_SECONDS", 0.3)
    assert one.raw(b"POST /predict HT").startswith(b"HTTP/1.1 408")
    assert one.raw(b"").startswith(b"HTTP/1.1 408")
    drops = [bytes([letter]) for letter in b"POST /predict HTTP/1.1\r\nhost: x"]
    assert b"408" in one.raw(b"", pieces=drops[:20], pause=0.03)
    assert b"408" in one.raw(b"", pieces=[b"\r\n"] * 20, pause=0.03)
    slow = one.request()
    got = one.raw(b"", pieces=[slow[:-5], slow[-5:-3]], pause=0.05)
    assert got.startswith(b"HTTP/1.1 408")


def test_other_methods_paths_and_kinds_of_body_are_refused(one):
    before = len(one.model.asked)
    assert one.ask(method="PUT")[0] == 501
    assert one.ask(method="GET")[0] == 405
    assert one.ask(path="/nowhere", method="GET", body=b"")[0] == 404
    assert one.ask(path="/predict/../predict")[0] in (404, 405)
    assert one.raw(one.request().replace(b"application/json", b"text/xml"))[:12] == b"HTTP/1.1 415"
    assert one.ask(headers="inference-header-content-length: 3\r\n")[0] == 400
    assert one.ask(length=70000, body=b"")[0] == 413
    assert len(one.model.asked) == before
