# SPDX-License-Identifier: Apache-2.0
"""Secrets in the metadata of model files, format by format, and what is none."""

import json
import struct

import pytest

from hauberk.checks.secrets.in_model import secret_in_model
from tests.checks.trial import messages, on_files, outcomes

TOKEN = "hf_" + "QzWvTnRkPbYhMdXsLgJcFuKaEoIiVpZwBt"


def safetensors(value):
    header = json.dumps(
        {"__metadata__": {"hub_token": value}, "w": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}
    )
    return struct.pack("<Q", len(header)) + header.encode()


def gguf(value):
    def text(some):
        return struct.pack("<Q", len(some)) + some.encode()

    return b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("general.hub_token") + struct.pack("<I", 8) + text(value)


def field(number, data):
    assert len(data) < 128
    return bytes([number << 3 | 2, len(data)]) + data


def onnx(value, number=14):
    entry = field(1, b"hub_token") + field(2, value.encode())
    graph = field(2, b"g") + field(1, field(4, b"Relu"))
    return (
        b"\x08\x08" + field(2, b"pytorch") + field(7, graph) + field(number, entry if number == 14 else value.encode())
    )


def hdf5(value):
    config = json.dumps({"class_name": "Sequential", "config": {"hub_token": value}}).encode()
    size = 96 + len(config) + 1
    block = b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0" + struct.pack("<HHI", 4, 16, 0)
    block += struct.pack("<QQQQ", 0, 2**64 - 1, size, 2**64 - 1)
    return block.ljust(96, b"\0") + config + b"\0"


def tokenizer(value):
    return json.dumps({"chat_template": "{{ messages }}", "hub_token": value}).encode()


FORMATS = {
    "m.safetensors": safetensors,
    "m.gguf": gguf,
    "m.onnx": onnx,
    "m.h5": hdf5,
    "tokenizer_config.json": tokenizer,
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("value", "found"), [(TOKEN, True), ("read from HF_TOKEN", False), ("<|end_of_text|>", False)])
def test_a_secret_in_the_metadata_is_found_in_every_format(name, value, found, tmp_path):
    evidence = on_files(secret_in_model, tmp_path, {name: FORMATS[name](value)})
    assert outcomes(evidence) == {"found" if found else "clean"}, [one.reason for one in evidence]
    assert TOKEN not in repr(evidence)


def test_a_doc_string_is_searched_too(tmp_path):
    assert messages(on_files(secret_in_model, tmp_path, {"m.onnx": onnx(TOKEN, number=6)}))


@pytest.mark.parametrize("name", ["m.safetensors", "m.gguf", "m.onnx", "m.h5"])
def test_a_file_that_breaks_off_is_unable(name, tmp_path):
    data = FORMATS[name](TOKEN)
    assert outcomes(on_files(secret_in_model, tmp_path, {name: data[: len(data) - 12]})) == {"unable"}
