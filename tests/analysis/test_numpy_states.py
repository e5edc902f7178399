# SPDX-License-Identifier: Apache-2.0
"""States of numpy's types and arrays that make numpy fall, or parse text, are refused by interpreter and checker alike."""

import pickle

import numpy as np
import pytest

from hauberk.analysis.certificate import certify
from hauberk.analysis.checker.check import attest
from hauberk.analysis.checker.refusal import Refused
from hauberk.analysis.program import interpret
from hauberk.assets.pickles import Stream
from hauberk.core.errors import CannotLook

TYPE = np.dtype([("aa", "<i4"), ("bb", "<i4")])
RECORD = pickle.dumps(np.zeros(2, TYPE), 2)
TEXTS = pickle.dumps(np.zeros(2, "U1"), 2)
OBJECTS = pickle.dumps(np.array([1, None], dtype=object), 2)


def changed(data: bytes, old: bytes, new: bytes, count: int = 1) -> bytes:
    assert old in data
    return data.replace(old, new, count)


def of_kind(kind: bytes) -> bytes:
    """A type made from ``kind``, the operations that push it, with the state of whole numbers."""
    return (
        b"\x80\x02cnumpy\ndtype\n" + kind + b"\x89\x88\x87R(K\x03X\x01\0\0\0|NNN" + b"J\xff\xff\xff\xff" * 2 + b"K\0tb."
    )


REFUSED = {
    "a name without a field": changed(RECORD, b"X\x02\0\0\0aaq\x10X\x02\0\0\0bbq\x11", b"X\x02\0\0\0aaq\x10X\x02\0\0\0ccq\x12h\x100X\x02\0\0\0bbq\x110"),
    "a field without a name": changed(RECORD, b"(h\x10h\x0b", b"(h\x0ch\x0b"),
    "objects named in bytes": of_kind(b"C\x02O8"),
    "objects by a class": of_kind(b"c__builtin__\nobject\n"),
    "several kinds": of_kind(b"X\x05\0\0\0i4,O8"),
    "a list of fields": of_kind(b"]"),
    "a kind that numpy parses": changed(RECORD, b"X\x01\0\0\0bq\x04", b"X\x01\0\0\x003q\x04"),
    "a state given twice": of_kind(b"X\x02\0\0\0V8")[:-1] + b"(K\x03X\x01\0\0\0|NNNK\x09K\x01K\0tb.",
    "an array of a type without state": b"\x80\x02cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\x01b\x87R"
    b"(K\x01K\x01\x85cnumpy\ndtype\nX\x02\0\0\0V8\x89\x88\x87RI00\nC\x0812345678tb.",
    "fewer objects, version 0": changed(changed(OBJECTS, b"(K\x01K\x02", b"(K\x02"), b"K\x02\x85", b"K\x03\x85"),
    "fields that change later": changed(RECORD, b"K\x08K\x01K\x10t", b"K\x08K\x01K\x10t")[:-1]
    + b"0h\x13X\x02\0\0\0aaX\x01\0\0\0zs.",
}  # fmt: skip


@pytest.mark.parametrize("label", REFUSED)
def test_it_is_refused_by_both(label):
    data = REFUSED[label]
    program = interpret(Stream(data))
    assert program.faults
    assert not program.stopped
    with pytest.raises(CannotLook):
        certify(data)
    with pytest.raises(Refused):
        attest(data)


HONEST = {
    "fields": np.zeros(2, TYPE),
    "titles": np.zeros(2, np.dtype([(("title", "a"), "<i4"), ("b", "<f8")])),
    "nested": np.zeros(2, np.dtype([("a", TYPE), ("b", "<f4", (2, 3))])),
    "record": np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    "texts": np.array(["a", "bc"]),
    "dates": np.array(["2026-01-01"], "M8[ns]"),
    "two of one type": [np.zeros(1, TYPE), np.ones(2, TYPE), TYPE],
    "masked": np.ma.masked_array([1, 2], [True, False]),
    "fields of objects": np.zeros(2, np.dtype([("a", "O"), ("b", "i4")])),
    "matrix": np.arange(2).reshape(1, 2).view(np.matrix),
    "scalar": np.zeros(2, TYPE)[0],
}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("label", HONEST)
def test_what_numpy_writes_is_taken_by_both(label, protocol):
    data = pickle.dumps(HONEST[label], protocol)
    program = interpret(Stream(data))
    assert (program.faults, program.stopped) == ((), "")
    attest(data)
