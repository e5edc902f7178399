# SPDX-License-Identifier: Apache-2.0
"""Bodies of Open Inference v2: the quick way and the one that names what is wrong read every body alike."""

import json
import random

import msgspec
import pytest

from hauberk.core.errors import Malformed, TooLarge
from hauberk.core.query import Interface, Port
from hauberk.wire import inference, strict

PORTS = (
    Port(name="amount", datatype="FP32", shape=(-1, 1)),
    Port(name="in:0", datatype="FP64", shape=(-1,)),
    Port(name="count", datatype="INT8", shape=(1, 1)),
    Port(name="purpose", datatype="BYTES", shape=(-1, 1)),
)
WORLD = Interface(inputs=PORTS, outputs=(Port(name="label", datatype="INT64", shape=(-1,)),))
READER = inference.Reader(WORLD, 10)


def body(*cells, **extra):
    cells = (*cells, "A41") if len(cells) == 3 else cells
    inputs = [
        {"name": port.name, "shape": [1] * len(port.shape), "datatype": port.datatype, "data": [cell]}
        for port, cell in zip(PORTS, cells, strict=False)
    ]
    return json.dumps({"inputs": inputs, **extra})


GOOD = body(1.5, 2.5, 3)


def understood(read):
    try:
        return read()
    except (Malformed, TooLarge) as error:
        return type(error)


def alike(data):
    """What a body says, the same in both ways."""
    quick = understood(lambda: READER(data))
    found = msgspec.structs.replace(quick, line=None) if isinstance(quick, inference.Asked) else quick
    assert found == understood(lambda: inference.request(strict.read(data), WORLD, 10))
    return quick


def test_the_usual_body_is_read_at_once():
    assert READER._quick(GOOD.encode()).line.cells == [1.5, 2.5, 3, "A41"]
    assert [one.data for one in alike(GOOD.encode()).inputs] == [[1.5], [2.5], [3], ["A41"]]


BODIES = {
    "a whole number for a float": body(1, 2.5, 3),
    "true for a float": body(True, 2.5, 3),
    "a fraction for an integer": body(1.5, 2.5, 3.0),
    "beyond its type": body(1e39, 2.5, 3),
    "an integer beyond its type": body(1.5, 2.5, 128),
    "beyond all doubles": GOOD.replace("1.5", "1e400"),
    "NaN": GOOD.replace("1.5", "NaN"),
    "null": body(None, 2.5, 3),
    "text": body("1", 2.5, 3),
    "nested": body([1.5], 2.5, 3),
    "a number for a text": body(1.5, 2.5, 3, 4),
    "a text of the greatest length": body(1.5, 2.5, 3, "x" * 4096),
    "a text that is too long": body(1.5, 2.5, 3, "x" * 4097),
    "a colon in a text": body(1.5, 2.5, 3, "a:b"),
    "a quote in a text": body(1.5, 2.5, 3, 'a"b'),
    "one input too few": body(1.5, 2.5),
    "two in a cell": GOOD.replace("[1.5]", "[1.5, 1.5]"),
    "none in a cell": GOOD.replace("[1.5]", "[]"),
    "a size that is no integer": GOOD.replace("[1, 1]", "[1.0, 1]"),
    "a size below zero": GOOD.replace("[1, 1]", "[-1, 1]"),
    "a size beyond 64 bits": GOOD.replace("[1, 1]", f"[{2**70}, 1]"),
    "another rank": GOOD.replace("[1, 1]", "[1]"),
    "a key twice": GOOD.replace('"amount"', '"count", "name": "amount"'),
    "a key twice and one less": GOOD.replace('"shape": [1, 1]', '"name": "amount"', 1),
    "a key twice and a name without its colon": GOOD.replace("in:0", "in0").replace('"data"', '"name": "x", "data"', 1),
    "inputs twice": GOOD[:-1] + ', "inputs": []}',
    "an unknown key": GOOD[:-1] + ', "x": 1}',
    "an escape": GOOD.replace("amount", "amoun\\u0074"),
    "an id": body(1.5, 2.5, 3, id="mine"),
    "outputs": body(1.5, 2.5, 3, outputs=[{"name": "label"}]),
    "a subject": body(1.5, 2.5, 3, parameters={"subject": "x"}),
    "two documents": GOOD * 2,
    "a byte that is no UTF-8": GOOD.replace("FP32", "FP32\udcff"),
}


@pytest.mark.parametrize("text", BODIES.values(), ids=BODIES.keys())
def test_every_other_body_is_understood_as_before(text):
    alike(text.encode("utf-8", "surrogateescape"))


def test_inputs_in_another_order_and_more_rows_are_understood():
    plain = json.loads(GOOD)
    plain["inputs"].reverse()
    assert alike(json.dumps(plain).encode()).rows == 1


def test_mutated_bodies_are_read_alike():
    chance = random.Random(3)
    parts = [GOOD, *BODIES.values()]
    for _ in range(3000):
        text = bytearray(chance.choice(parts).encode("utf-8", "surrogateescape"))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(text))
            if chance.random() < 0.5:
                text[at] = chance.choice(b'":,[]{}0123456789.eE-\\ n')
            else:
                text[at : at + chance.randint(0, 8)] = text[(other := chance.randrange(len(text))) : other + 5]
        alike(bytes(text))
