# SPDX-License-Identifier: Apache-2.0
"""Safetensors headers: an honest one breaks nothing; each way to lie is named."""

import json
import struct

import pytest

from hauberk.assets.safetensors import breaches
from hauberk.core.errors import CannotLook, Malformed, TooLarge


def file(header, size: int, *, pad: int = 0) -> bytes:
    raw = (header if isinstance(header, str) else json.dumps(header)).encode() + b" " * pad
    return struct.pack("<Q", len(raw)) + raw + b"\0" * size


def entry(begin: int, end: int, shape=(2,), dtype: str = "F32") -> dict:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


HONEST = {
    "two tensors": file({"a": entry(0, 8), "b": entry(8, 12, [2, 1], "BF16")}, 12),
    "out of order": file({"b": entry(8, 16), "a": entry(0, 8)}, 16),
    "metadata": file({"__metadata__": {"format": "pt"}, "a": entry(0, 8)}, 8),
    "padded header": file({"a": entry(0, 8)}, 8, pad=7),
    "empty tensor": file({"a": entry(0, 0, [0, 4]), "b": entry(0, 8)}, 8),
    "scalar": file({"a": entry(0, 4, [])}, 4),
    "no tensors": file({}, 0),
    "small floats": file({"a": entry(0, 3, [4], "F6_E2M3"), "b": entry(3, 5, [4], "F4")}, 5),
}


@pytest.mark.parametrize("label", HONEST)
def test_an_honest_file_breaks_nothing(label):
    assert list(breaches(HONEST[label])) == []


LIES = {
    "overlap": (file({"a": entry(0, 8), "b": entry(4, 12)}, 12), "overlaps"),
    "hole": (file({"a": entry(0, 8), "b": entry(12, 20)}, 20), "belong to no tensor"),
    "hole at the start": (file({"a": entry(4, 12)}, 12), "belong to no tensor"),
    "bytes behind": (file({"a": entry(0, 8)}, 9), "behind the last"),
    "beyond the file": (file({"a": entry(16, 24)}, 4), "outside the file"),
    "negative": (file({"a": entry(-8, 0)}, 0), "outside the file"),
    "end before begin": (file({"a": entry(8, 0)}, 8), "outside the file"),
    "shape too large": (file({"a": entry(0, 8, [1 << 62, 4])}, 8), "say otherwise"),
    "negative shape": (file({"a": entry(0, 8, [-1, -2])}, 8), "say otherwise"),
    "name twice": (
        file(f'{{"a":{json.dumps(entry(0, 8))},"a":{json.dumps(entry(8, 16))}}}', 16),
        "stands twice",
    ),
    "metadata twice": (file('{"__metadata__":{"a":"1","a":"2"}}', 0), "stands twice"),
    "metadata of numbers": (file({"__metadata__": {"a": 1}}, 0), "not text"),
    "metadata that carry a payload": (file({"__metadata__": {"a": "x" * 1_000_001}}, 0), "payload"),
}


@pytest.mark.parametrize("label", LIES)
def test_a_lie_is_named(label):
    data, words = LIES[label]
    assert any(words in breach.what for breach in breaches(data))


UNREADABLE = {
    "empty": b"",
    "length alone": struct.pack("<Q", 100),
    "no JSON": file("{not json", 0),
    "no object": file("[]", 0),
    "deep": file("{" + '"a":[' * 100_000, 0),
    "no offsets": file({"a": {"dtype": "F32", "shape": [1]}}, 4),
    "offsets that are text": file({"a": {"dtype": "F32", "shape": [1], "data_offsets": ["0", "4"]}}, 4),
    "offsets that are true": file({"a": {"dtype": "F32", "shape": [1], "data_offsets": [False, 4]}}, 4),
    "keys twice in a tensor": file('{"a":{"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,4]}}', 4),
}


@pytest.mark.parametrize("label", UNREADABLE)
def test_what_cannot_be_read_is_malformed(label):
    with pytest.raises(Malformed):
        list(breaches(UNREADABLE[label]))


def test_an_unknown_type_cannot_be_looked_at():
    with pytest.raises(CannotLook):
        list(breaches(file({"a": entry(0, 8, [2], "F99")}, 8)))


def test_a_huge_header_is_too_large():
    with pytest.raises(TooLarge):
        list(breaches(file("{" + " " * 25_000_001, 0)))
